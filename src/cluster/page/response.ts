/**
 * Reads one answer of HTTP/1.1 out of bytes as they come. They are not kept: what is of the body is handed on at once, so
 * that all connections can be read into the same memory.
 */
export type Response = {
  /** What is known after these bytes. After anything but `more` it is over. */
  readonly take: (bytes: Buffer) => Progress
  /** The other side has closed. */
  readonly close: () => Progress
}

export type Progress =
  | { readonly is: 'more' }
  /** `isLast`: the connection cannot carry another answer. */
  | { readonly is: 'whole'; readonly isLast: boolean }
  | { readonly is: 'refused'; readonly status: number; readonly location: string | undefined }
  | { readonly is: 'too-large' }
  | { readonly is: 'cut-off' }
  | { readonly is: 'malformed'; readonly why: string }

export type Wanted = {
  readonly status: number
  /** False: no more of the body is wanted. */
  readonly add: (piece: Buffer) => boolean
}

export const createResponse = ({ status, add }: Wanted): Response => {
  let head = ''
  let body: Body | undefined
  const takeBody = (bytes: Buffer): Progress => (body === undefined ? MORE : body.take(bytes))
  const takeHead = (bytes: Buffer): Progress => {
    const known = head.length
    head += bytes.toString('latin1', 0, HEAD_MAX)
    const end = head.indexOf(HEAD_END)
    if (!GREETING.test(head.slice(0, GREETING_LENGTH))) return malformed('no HTTP')
    if (end < 0) return head.length < HEAD_MAX ? MORE : malformed('headers without end')
    const read = headOf(head.slice(0, end + 2))
    const rest = bytes.subarray(end + HEAD_END.length - known)
    head = ''
    if (read.status < 200) return rest.length === 0 ? MORE : takeHead(rest) // 100 Continue and its like
    if (read.status !== status) return { is: 'refused', ...read }
    body = bodyOf(read, add)
    return takeBody(rest)
  }
  return {
    take: (bytes) => (body === undefined ? takeHead(bytes) : takeBody(bytes)),
    close: () => body?.close() ?? CUT_OFF,
  }
}

const MORE: Progress = { is: 'more' }
const TOO_LARGE: Progress = { is: 'too-large' }
const CUT_OFF: Progress = { is: 'cut-off' }
const malformed = (why: string): Progress => ({ is: 'malformed', why })

const HEAD_MAX = 16_384
const HEAD_END = '\r\n\r\n'
/** As much of it as is there. */
const GREETING = /^(HTTP\/1\.[01] \d{3}|H(T(T(P(\/(1(\.([01]( \d{0,2})?)?)?)?)?)?)?)?)$/
const GREETING_LENGTH = 'HTTP/1.1 200'.length

type Head = {
  readonly status: number
  readonly location: string | undefined
  readonly isChunked: boolean
  readonly length: number | undefined
  readonly keeps: boolean
}

const patternOf = (name: string): RegExp => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'im')

const LENGTH = patternOf('content-length')
const CONNECTION = patternOf('connection')
const LOCATION = patternOf('location')
const ENCODING = patternOf('transfer-encoding')

const headOf = (text: string): Head => {
  const header = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]
  const length = header(LENGTH)
  const connection = header(CONNECTION)?.toLowerCase()
  return {
    status: Number(text.slice(9, 12)),
    location: header(LOCATION),
    isChunked: /\bchunked\b/i.test(header(ENCODING) ?? ''),
    length: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    keeps: text.startsWith('HTTP/1.0')
      ? connection === 'keep-alive'
      : !/\bclose\b/.test(connection ?? ''),
  }
}

type Body = Response

const bodyOf = ({ isChunked, length, keeps }: Head, add: Wanted['add']): Body => {
  if (isChunked) return chunkedBody(keeps, add)
  return length === undefined ? openBody(add) : countedBody(length, { keeps, add })
}

type Keeping = { readonly keeps: boolean; readonly add: Wanted['add'] }

const whole = (keeps: boolean, left: number): Progress => ({
  is: 'whole',
  isLast: !keeps || left > 0,
})
const cutOff = (): Progress => CUT_OFF

const countedBody = (length: number, { keeps, add }: Keeping): Body => {
  let left = length
  return {
    take: (bytes) => {
      const piece = bytes.subarray(0, left)
      left -= piece.length
      if (!add(piece)) return TOO_LARGE
      return left > 0 ? MORE : whole(keeps, bytes.length - piece.length)
    },
    close: cutOff,
  }
}

/** Up to the end of the connection. */
const openBody = (add: Wanted['add']): Body => ({
  take: (bytes) => (add(bytes) ? MORE : TOO_LARGE),
  close: () => whole(false, 0),
})

const NEWLINE = 10
const RETURN = 13
const LINE_MAX = 4096

const isLineEnd = (bytes: Buffer, at: number): boolean =>
  at + 1 < bytes.length && bytes[at] === RETURN && bytes[at + 1] === NEWLINE

/** Of `7ff` and the end of its line, where nothing else stands between: most are so, and need no text. 0: another line. */
const plainDigits = (bytes: Buffer, at: number): number => {
  let digits = 0
  while (digits <= 8 && at + digits < bytes.length && hexDigit(bytes[at + digits]) < 16) digits++
  return digits <= 8 && isLineEnd(bytes, at + digits) ? digits : 0
}

const hexAt = (bytes: Buffer, at: number, digits: number): number => {
  let value = 0
  for (let i = at; i < at + digits; i++) value = value * 16 + hexDigit(bytes[i])
  return value
}

/** 16: it is none. */
const hexDigit = (code = 0): number => {
  if (code >= 48 && code <= 57) return code - 48
  const letter = (code | 32) - 97 // a is 0, also a capital one
  return letter >= 0 && letter <= 5 ? letter + 10 : 16
}

/** Lines of sizes, each before so many bytes and an empty line; after the size 0 come trailers up to an empty line. */
const chunkedBody = (keeps: boolean, add: Wanted['add']): Body => {
  let left = 0
  let line = ''
  let awaits: 'size' | 'data' | 'end' | 'trailer' = 'size'
  const begin = (size: number): void => {
    left = size
    awaits = size === 0 ? 'trailer' : 'data'
  }
  const takeLine = (text: string): Progress | undefined => {
    if (awaits === 'end') {
      awaits = 'size'
      return text === '' ? undefined : malformed('a chunk without its size')
    }
    if (awaits === 'trailer') return text === '' ? MORE : undefined
    const [, size] = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text) ?? []
    if (size === undefined) return malformed('a chunk without its size')
    begin(Number.parseInt(size, 16))
    return undefined
  }
  const take = (bytes: Buffer): Progress => {
    let at = 0
    while (at < bytes.length) {
      if (awaits === 'data') {
        const piece = bytes.subarray(at, at + left)
        if (!add(piece)) return TOO_LARGE
        at += piece.length
        left -= piece.length
        if (left === 0) awaits = 'end'
        continue
      }
      if (line === '' && awaits === 'end' && isLineEnd(bytes, at)) {
        awaits = 'size'
        at += 2
        continue
      }
      const digits = line === '' && awaits === 'size' ? plainDigits(bytes, at) : 0
      if (digits > 0) {
        begin(hexAt(bytes, at, digits))
        at += digits + 2
        continue
      }
      const end = bytes.indexOf(NEWLINE, at)
      line += bytes.toString('latin1', at, end < 0 ? at + LINE_MAX + 1 : end)
      if (line.length > LINE_MAX) return malformed('a chunk without its size')
      if (end < 0) return MORE
      at = end + 1
      const progress = takeLine(line.endsWith('\r') ? line.slice(0, -1) : line)
      line = ''
      if (progress === MORE) return whole(keeps, bytes.length - at)
      if (progress !== undefined) return progress
    }
    return MORE
  }
  return { take, close: cutOff }
}
