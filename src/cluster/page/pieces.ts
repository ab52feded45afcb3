/**
 * A page's bytes as texts that begin with a comment, of 64 KB where its comments allow. V8 maps memory of its own for each
 * text above 128 KB: that costs more than to read the page.
 */
export const piecesOf = (page: Buffer): readonly string[] => {
  const pieces: string[] = []
  for (let from = 0; from < page.length;) {
    const to = endOfPiece(page, from)
    pieces.push(page.toString('utf8', from, to))
    from = to
  }
  return pieces
}

const PIECE_BYTES = 64 * 1024
const COMMENT = Buffer.from('\n#')

/** The last comment that is near enough, else the next one: a page without comments is one piece. */
const endOfPiece = (page: Buffer, from: number): number => {
  const limit = from + PIECE_BYTES
  if (limit >= page.length) return page.length
  const last = page.lastIndexOf(COMMENT, limit)
  const end = last > from ? last : page.indexOf(COMMENT, limit)
  return end < 0 ? page.length : end + 1
}
