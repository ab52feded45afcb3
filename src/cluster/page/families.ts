/**
 * Reads chosen families of a Prometheus text page (0.0.4) and steps over the others: a `# TYPE` line of a family that
 * nobody wants skips to the next comment. A page without comments is read line by line. The page may come in pieces that
 * begin with a comment.
 */
export const readFamilies = (pieces: readonly string[], wanted: Wanted): Families | string => {
  const reading: Reading = { found: new Map(), wanted, family: undefined }
  for (const piece of pieces) {
    const why = readPiece(piece, reading)
    if (why !== undefined) return why
  }
  return tornAtEnd(pieces.at(-1) ?? '', wanted) ?? reading.found
}

type Reading = {
  readonly found: Map<string, Series[]>
  readonly wanted: Wanted
  /** Of the last `# TYPE` line. */
  family: Family | undefined
}

/** Returns why the page cannot be trusted, or nothing. */
const readPiece = (page: string, reading: Reading): string | undefined => {
  const { found, wanted } = reading
  let at = 0
  while (at < page.length) {
    const end = page.indexOf('\n', at)
    if (page.charCodeAt(at) === HASH) {
      const typed = familyOfType(page, at, end)
      if (typed !== undefined) reading.family = wanted.families.get(typed)
      if (typed !== undefined && found.has(typed)) return `${typed} is on the page twice`
      const isUnwanted = typed !== undefined && reading.family === undefined
      at = isUnwanted ? nextComment(page, end) : end + 1
      continue
    }
    const name = nameBelow(page, at, reading.family) ?? anyName(page, { at, end }, wanted)
    const why = name === undefined ? undefined : readSample(page, { at, end, name }, found)
    if (why !== undefined) return why
    at = end + 1
  }
  return undefined
}

export type Families = ReadonlyMap<string, readonly Series[]>

/** One sample. `labels` is what stands between the braces; `le` is that label of a bucket, as a number. */
export type Series = {
  readonly suffix: Suffix
  readonly labels: string
  readonly le: number | undefined
  readonly value: number
}

type Suffix = '' | '_bucket' | '_sum' | '_count'

export type Wanted = {
  readonly families: ReadonlyMap<string, Family>
  /** By the name that stands in a line. */
  readonly names: ReadonlyMap<string, Name>
}

type Name = { readonly family: string; readonly suffix: Suffix; readonly length: number }

/** The names that a family's lines start with. */
type Family = { readonly name: string; readonly names: readonly Name[] }

/** Most lines are buckets: they are tried first. */
const SUFFIXES = ['_bucket', '_sum', '_count', ''] as const

/** Histograms and summaries have four names each, the others one. */
export const wantedFamilies = (plain: readonly string[], histograms: readonly string[]): Wanted => {
  const families = [
    ...plain.map((name) => familyOf(name, [''])),
    ...histograms.map((name) => familyOf(name, SUFFIXES)),
  ]
  return {
    families: new Map(families.map((family) => [family.name, family])),
    names: new Map(
      families.flatMap(({ names }) => names.map((name) => [name.family + name.suffix, name])),
    ),
  }
}

const familyOf = (name: string, suffixes: readonly Suffix[]): Family => ({
  name,
  names: suffixes.map((suffix) => ({ family: name, suffix, length: name.length + suffix.length })),
})

/** A peer family holds one series a peer, a histogram of peers 18 each: 4,096 is 200 peers and a page gone wrong. */
const MAX_SERIES = 4096

const HASH = 35
const SPACE = 32
const BRACE = 123
const QUOTE = 34
const TYPE_MARK = '# TYPE '

const familyOfType = (page: string, at: number, end: number): string | undefined => {
  if (!page.startsWith(TYPE_MARK, at)) return undefined
  const from = at + TYPE_MARK.length
  const to = page.indexOf(' ', from)
  return to > 0 && to < end ? page.slice(from, to) : undefined
}

const nextComment = (page: string, end: number): number => {
  const next = page.indexOf('\n#', end)
  return next < 0 ? page.length : next + 1
}

type Line = { readonly at: number; readonly end: number }

/** The name of a line below its own `# TYPE`: no text is cut out and looked up, which is half of the work otherwise. */
const nameBelow = (page: string, at: number, family: Family | undefined): Name | undefined => {
  if (family === undefined || !page.startsWith(family.name, at)) return undefined
  const rest = at + family.name.length
  for (const name of family.names) {
    if (page.startsWith(name.suffix, rest) && endsName(page, at + name.length)) return name
  }
  return undefined
}

const anyName = (page: string, line: Line, wanted: Wanted): Name | undefined =>
  wanted.names.get(page.slice(line.at, endOfName(page, line)))

/** Of a histogram's lines `_count` is the last: a page that ends before it was cut off at the end of a line. */
const tornAtEnd = (page: string, wanted: Wanted): string | undefined => {
  const line = { at: page.lastIndexOf('\n', page.length - 2) + 1, end: page.length }
  const last = anyName(page, line, wanted)
  const isWhole = last?.suffix !== '_bucket' && last?.suffix !== '_sum'
  return isWhole ? undefined : `the page ends inside ${last.family}`
}

const endsName = (page: string, at: number): boolean => {
  const code = page.charCodeAt(at)
  return code === BRACE || code === SPACE
}

const endOfName = (page: string, { at, end }: Line): number => {
  for (let i = at; i < end; i++) if (endsName(page, i)) return i
  return end
}

/** Adds the sample of one line. Returns why the page cannot be trusted, or nothing. */
const readSample = (
  page: string,
  { at, end, name }: Line & { readonly name: Name },
  found: Map<string, Series[]>,
): string | undefined => {
  const nameEnd = at + name.length
  const labelled = page.charCodeAt(nameEnd) === BRACE
  const labelsEnd = labelled ? page.lastIndexOf('}', end) : nameEnd
  if (labelled && labelsEnd < nameEnd) return tornLine(page, { at, end })
  const value = numberAt(page, labelsEnd + 1, end)
  if (value === undefined) return tornLine(page, { at, end })
  const labels = labelled ? page.slice(nameEnd + 1, labelsEnd) : ''
  const le = name.suffix === '_bucket' ? edgeOf(labels) : undefined
  return addSeries(found, name.family, { suffix: name.suffix, labels, le, value })
}

const addSeries = (
  found: Map<string, Series[]>,
  family: string,
  series: Series,
): string | undefined => {
  const known = found.get(family)
  if (known === undefined) found.set(family, [series])
  else if (known.length >= MAX_SERIES) return `${family} has more than ${MAX_SERIES} series`
  else known.push(series)
  return undefined
}

const tornLine = (page: string, { at, end }: Line): string =>
  `cannot read the line ${JSON.stringify(page.slice(at, Math.min(end, at + 120)))}`

/** Mostly `le` is the only label. */
const edgeOf = (labels: string): number | undefined => {
  const alone = labels.startsWith('le="') && labels.charCodeAt(labels.length - 1) === QUOTE
  const text = alone ? labels.slice(4, -1) : (readLabel(labels, 'le') ?? '')
  return numberAt(text, 0, text.length)
}

/** `value` or `value timestamp`. Go writes +Inf, -Inf and NaN; anything else that is no number is undefined. */
const numberAt = (text: string, from: number, to: number): number | undefined =>
  decimalAt(text, skipSpaces(text, from, to), to) ?? anyNumber(text.slice(from, to))

const skipSpaces = (text: string, from: number, to: number): number => {
  let at = from
  while (at < to && text.charCodeAt(at) === SPACE) at++
  return at
}

const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i)
const ZERO = 48
const DOT = 46

/**
 * Digits with at most one point, 15 of them at most: whole numbers and powers of ten that small are exact, so that their
 * quotient is the nearest number, as `Number` gives it. Undefined for anything else. Most of a page is this.
 */
const decimalAt = (text: string, from: number, to: number): number | undefined => {
  if (to - from > 16 || to <= from) return undefined
  let whole = 0
  let pointAt = -1
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    const digit = code - ZERO
    if (digit >= 0 && digit <= 9) whole = whole * 10 + digit
    else if (code === DOT && pointAt < 0 && to - from > 1) pointAt = i
    else return undefined
  }
  if (pointAt < 0) return to - from > 15 ? undefined : whole
  return whole / (POWERS[to - pointAt - 1] ?? Number.NaN)
}

const anyNumber = (text: string): number | undefined => {
  const word = text.trim().split(' ', 1)[0] ?? ''
  if (word === '') return undefined
  const value = Number(word)
  return Number.isNaN(value) ? SPECIAL.get(word) : value
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
])

/** One label's value, with the three escapes of the format undone. */
export const readLabel = (labels: string, label: string): string | undefined => {
  const mark = `${label}="`
  const at = labels.startsWith(mark) ? 0 : labels.indexOf(`,${mark}`) + 1
  if (at === 0 && !labels.startsWith(mark)) return undefined
  const from = at + mark.length
  let end = labels.indexOf('"', from)
  while (end > 0 && isEscaped(labels, end)) end = labels.indexOf('"', end + 1)
  if (end < 0) return undefined
  const raw = labels.slice(from, end)
  return raw.includes('\\') ? raw.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)) : raw
}

const isEscaped = (text: string, at: number): boolean => {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}
