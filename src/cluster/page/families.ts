import { decimalAt, isAt, NEWLINE, SPACE } from './bytes'

/**
 * Reads chosen families of a Prometheus text page (0.0.4) and steps over the others: a `# TYPE` line of a family that
 * nobody wants skips to the next one. A page without such lines is read line by line.
 *
 * It reads the bytes: a text of the page, which is 160 KB, would be a third of the garbage that a look makes.
 */
export const readFamilies = (page: Buffer, wanted: Wanted): Families | string => {
  const found = new Map<string, Series[]>()
  let family: Family | undefined // of the last `# TYPE` line
  let at = 0
  while (at < page.length) {
    if (page[at] === HASH) {
      const typed = familyOfType(page, at)
      if (typed !== undefined) family = wanted.families.get(typed)
      if (typed !== undefined && found.has(typed)) return `${typed} is on the page twice`
      const isUnwanted = typed !== undefined && family === undefined
      at = isUnwanted ? nextType(page, at) : endOfLine(page, at) + 1
      continue
    }
    const name = nameBelow(page, at, family) ?? anyName(page, at, wanted)
    const end = endOfLine(page, at + (name?.bytes.length ?? 0))
    const why = name === undefined ? undefined : readSample(page, { at, end, name }, found)
    if (why !== undefined) return why
    at = end + 1
  }
  return tornAtEnd(page, wanted) ?? found
}

export type Families = ReadonlyMap<string, readonly Series[]>

/** One sample. What stands between the braces is at `from` to `to` of the page; `le` is that label of a bucket, as a number. */
export type Series = {
  readonly suffix: Suffix
  readonly from: number
  readonly to: number
  readonly le: number | undefined
  readonly value: number
}

type Suffix = '' | '_bucket' | '_sum' | '_count'

export type Wanted = {
  readonly families: ReadonlyMap<string, Family>
  /** By the name that stands in a line. */
  readonly names: ReadonlyMap<string, Name>
}

type Name = { readonly family: string; readonly suffix: Suffix; readonly bytes: Buffer }

/** The names that a family's lines start with. */
type Family = { readonly names: readonly Name[] }

/** Most lines are buckets: they are tried first. */
const SUFFIXES = ['_bucket', '_sum', '_count', ''] as const

/** Histograms and summaries have four names each, the others one. */
export const wantedFamilies = (plain: readonly string[], histograms: readonly string[]): Wanted => {
  const families = [
    ...plain.map((name) => [name, familyOf(name, [''])] as const),
    ...histograms.map((name) => [name, familyOf(name, SUFFIXES)] as const),
  ]
  return {
    families: new Map(families),
    names: new Map(
      families.flatMap(([, { names }]) => names.map((name) => [name.family + name.suffix, name])),
    ),
  }
}

const familyOf = (family: string, suffixes: readonly Suffix[]): Family => ({
  names: suffixes.map((suffix) => ({ family, suffix, bytes: Buffer.from(family + suffix) })),
})

/** A peer family holds one series a peer, a histogram of peers 18 each: 4,096 is 200 peers and a page gone wrong. */
const MAX_SERIES = 4096

const HASH = 35
const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const BRACE = 123
const BRACE_END = 125
const TYPE_MARK = Buffer.from('# TYPE ')
/** Node searches for more than 6 bytes in a way that pays only over long distances: three times slower here (measured). */
const NEXT_TYPE = Buffer.from('\n# TY')

/** Lines are short: a loop is faster than a call into native code. */
const endOfLine = (page: Buffer, from: number): number => {
  let at = from
  while (at < page.length && page[at] !== NEWLINE) at++
  return at
}

const familyOfType = (page: Buffer, at: number): string | undefined => {
  if (!isAt(page, at, TYPE_MARK)) return undefined
  const from = at + TYPE_MARK.length
  let to = from
  while (to < page.length && page[to] !== SPACE && page[to] !== NEWLINE) to++
  return page[to] === SPACE ? page.toString('latin1', from, to) : undefined
}

const nextType = (page: Buffer, at: number): number => {
  const next = page.indexOf(NEXT_TYPE, at)
  return next < 0 ? page.length : next + 1
}

/** The name of a line below its own `# TYPE`: no text is cut out and looked up. */
const nameBelow = (page: Buffer, at: number, family: Family | undefined): Name | undefined => {
  if (family === undefined) return undefined
  for (const name of family.names)
    if (endsName(page, at + name.bytes.length) && isAt(page, at, name.bytes)) return name
  return undefined
}

const anyName = (page: Buffer, at: number, wanted: Wanted): Name | undefined => {
  let end = at
  while (end < page.length && page[end] !== NEWLINE && !endsName(page, end)) end++
  return wanted.names.get(page.toString('latin1', at, end))
}

/** Of a histogram's lines `_count` is the last: a page that ends before it was cut off at the end of a line. */
const tornAtEnd = (page: Buffer, wanted: Wanted): string | undefined => {
  const last = anyName(page, page.lastIndexOf(NEWLINE, page.length - 2) + 1, wanted)
  const isWhole = last?.suffix !== '_bucket' && last?.suffix !== '_sum'
  return isWhole ? undefined : `the page ends inside ${last.family}`
}

const endsName = (page: Buffer, at: number): boolean =>
  at < page.length && (page[at] === BRACE || page[at] === SPACE)

type Line = { readonly at: number; readonly end: number }

/** Adds the sample of one line. Returns why the page cannot be trusted, or nothing. */
const readSample = (
  page: Buffer,
  { at, end, name }: Line & { readonly name: Name },
  found: Map<string, Series[]>,
): string | undefined => {
  const nameEnd = at + name.bytes.length
  const labelled = page[nameEnd] === BRACE
  const to = labelled ? lastBrace(page, nameEnd, end) : nameEnd
  if (labelled && to === nameEnd) return tornLine(page, { at, end })
  const value = numberAt(page, to + 1, end)
  if (value === undefined) return tornLine(page, { at, end })
  const from = labelled ? nameEnd + 1 : to
  const le = name.suffix === '_bucket' ? edgeOf(page, { from, to }) : undefined
  return addSeries(found, name.family, { suffix: name.suffix, from, to, le, value })
}

/** `from` when there is none after it. */
const lastBrace = (page: Buffer, from: number, end: number): number => {
  let at = end - 1
  while (at > from && page[at] !== BRACE_END) at--
  return at
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

const tornLine = (page: Buffer, { at, end }: Line): string =>
  `cannot read the line ${JSON.stringify(page.toString('utf8', at, Math.min(end, at + 120)))}`

const edgeOf = (page: Buffer, labels: Labels): number | undefined => {
  const from = valueOf(page, labels, LE)
  return from < 0 ? undefined : numberAt(page, from, endOfValue(page, from, labels.to))
}

/** `value` or `value timestamp`. Go writes +Inf, -Inf and NaN; anything else that is no number is undefined. */
const numberAt = (page: Buffer, from: number, to: number): number | undefined => {
  let at = from
  while (at < to && page[at] === SPACE) at++
  return decimalAt(page, at, to) ?? anyNumber(page.toString('latin1', at, Math.max(at, to)))
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

// --- labels ---

type Labels = Pick<Series, 'from' | 'to'>

/** A label's name as it stands before its value. */
export const labelMark = (label: string): Buffer => Buffer.from(`${label}="`)

const LE = labelMark('le')

/** One label's value, with the three escapes of the format undone. */
export const readLabel = (page: Buffer, labels: Labels, mark: Buffer): string | undefined => {
  const from = valueOf(page, labels, mark)
  if (from < 0) return undefined
  const to = endOfValue(page, from, labels.to)
  if (to < 0) return undefined
  const raw = page.toString('utf8', from, to)
  return raw.includes('\\') ? raw.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)) : raw
}

/** Where the value begins; below 0: there is no such label. */
const valueOf = (page: Buffer, { from, to }: Labels, mark: Buffer): number => {
  for (let at = from; at + mark.length <= to; at++)
    if ((at === from || page[at - 1] === COMMA) && isAt(page, at, mark)) return at + mark.length
  return -1
}

/** Where the quote is that ends it; below 0: nowhere. */
const endOfValue = (page: Buffer, from: number, to: number): number => {
  for (let at = from; at < to; at++) {
    if (page[at] === QUOTE) return at
    if (page[at] === BACKSLASH) at++
  }
  return -1
}
