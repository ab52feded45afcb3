/** The text that was seen before: a watcher keeps ids and versions look after look, and of all its members they are few. */
export const interned = (text: string): string => {
  const known = TEXTS.get(text)
  if (known !== undefined) return known
  if (TEXTS.size >= MOST) TEXTS.clear()
  TEXTS.set(text, text)
  return text
}

const TEXTS = new Map<string, string>()
const MOST = 10_000 // ids of 1,500 members are 1,500; a hostile page must not grow this
