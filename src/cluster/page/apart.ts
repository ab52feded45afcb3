/**
 * A text of its own, the same one at every look: what is cut out of a page keeps the whole page in memory for as long as
 * it lives, and a watcher keeps ids and versions for a quarter of an hour.
 */
export const apart = (text: string): string => {
  const known = APART.get(text)
  if (known !== undefined) return known
  const own = Buffer.from(text).toString()
  if (APART.size >= APART_MAX) APART.clear()
  APART.set(own, own)
  return own
}

const APART = new Map<string, string>()
const APART_MAX = 10_000 // ids of 1,500 members are 1,500; a hostile page must not grow this
