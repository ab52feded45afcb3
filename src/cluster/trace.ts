import { createBrotliDecompress } from 'node:zlib'
import { PassThrough, Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { LogEvent, MemberReading, Observation } from '../diagnosis/facts'
import { parseLogLine } from './loglines'
import { readingOf } from './trace-line'
import type { RecordedReading } from './trace-line'

/** A recording of a cluster: what a watcher saw, look by look. `title` carries no meaning. */
export type Trace = {
  readonly title: string
  /** As the header says; undefined where it does not. */
  readonly heartbeatMs: number | undefined
  readonly electionMs: number | undefined
  /** In order of time. */
  readonly looks: readonly Observation[]
  /** Where reading had to stop, and why: all before it stands in `looks`. */
  readonly damage: Damage | undefined
}

/** `line` counts from 1: line 1 is the header. */
export type Damage = { readonly line: number; readonly why: string }

/**
 * Reads a trace (`.ndjson.br`, or the same text uncompressed) from bytes in any pieces. Never throws for what it reads:
 * a torn file, a broken line or a page that is not etcd's end up in `damage` or in the reading they belong to.
 */
export const readTrace = async (bytes: AsyncIterable<Uint8Array> | Uint8Array): Promise<Trace> => {
  const book = openBook()
  const damage = await feed(book, bytes)
  return { ...book.close(), damage }
}

/** Bytes → lines → book. Returns what stopped it. */
const feed = async (
  book: Book,
  bytes: AsyncIterable<Uint8Array> | Uint8Array,
): Promise<Damage | undefined> => {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for await (const chunk of plainBytes(bytes)) {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const why = book.add(line)
        if (why !== undefined) return { line: book.lines(), why }
      }
    }
  } catch (error) {
    return { line: book.lines() + 1, why: `the file is torn: ${textOf(error)}` }
  }
  return lastLine(book, rest + decoder.end())
}

const lastLine = (book: Book, rest: string): Damage | undefined => {
  const why = rest === '' ? undefined : book.add(rest)
  if (why !== undefined) return { line: book.lines(), why }
  return book.lines() === 0 ? { line: 1, why: 'the file is empty' } : undefined
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Traces are brotli; text that begins as a header does is taken as it is. */
async function* plainBytes(bytes: AsyncIterable<Uint8Array> | Uint8Array): AsyncIterable<Buffer> {
  const source = bytes instanceof Uint8Array ? Readable.from([bytes]) : Readable.from(bytes)
  const first = await firstOf(source)
  if (first === undefined) return
  const decoded = isPlain(first) ? new PassThrough() : createBrotliDecompress()
  decoded.write(first)
  source.on('error', (error) => decoded.destroy(error))
  source.pipe(decoded)
  for await (const chunk of decoded) yield chunk as Buffer
}

const firstOf = (source: Readable): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    source.once('error', reject)
    source.once('end', () => resolve(undefined))
    source.once('data', (chunk: Buffer) => {
      source.pause()
      resolve(chunk)
    })
  })

const isPlain = (first: Uint8Array): boolean => Buffer.from(first).toString('latin1', 0, 2) === '{"'

type Book = {
  /** Takes the next line; returns why it cannot be read. */
  readonly add: (line: string) => string | undefined
  readonly lines: () => number
  readonly close: () => Omit<Trace, 'damage'>
}

type Header = Pick<Trace, 'title' | 'heartbeatMs' | 'electionMs'>
type Page = { readonly members: Map<string, MemberReading>; readonly logs: LogEvent[] }

/** Gathers lines into looks: lines of one look share `at`, in any order. */
const openBook = (): Book => {
  const pages = new Map<number, Page>()
  let header: Header | undefined
  let lines = 0
  let logged = false
  const add = (text: string): string | undefined => {
    lines += 1
    if (text.trim() === '') return undefined
    const line = parse(text)
    if (line === undefined) return `not JSON: ${JSON.stringify(text.slice(0, 60))}`
    if (header !== undefined) {
      logged ||= Array.isArray(line.log)
      return addTo(pages, line)
    }
    if (line.trace !== 1) return 'not a trace: the first line must hold "trace":1'
    header = headerOf(line)
    return undefined
  }
  const close = () => ({ ...(header ?? headerOf({})), looks: looksOf(pages, logged) })
  return { add, lines: () => lines, close }
}

type Line = Readonly<Record<string, unknown>>

const parse = (text: string): Line | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Line) : undefined
  } catch {
    return undefined
  }
}

const headerOf = (line: Line): Header => ({
  title: typeof line.cluster === 'string' ? line.cluster : '',
  heartbeatMs: positive(line.heartbeatMs),
  electionMs: positive(line.electionMs),
})

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined

const addTo = (pages: Map<number, Page>, line: Line): string | undefined => {
  const { at, endpoint } = line
  if (typeof at !== 'number' || !Number.isFinite(at)) return 'need "at" in Unix ms'
  if (typeof endpoint !== 'string' || endpoint === '') return 'need "endpoint"'
  const page = pageOf(pages, at)
  if (Array.isArray(line.log)) return void page.logs.push(...eventsOf(line.log, endpoint))
  if (page.members.has(endpoint)) return `a second reading of ${endpoint} in the look at ${at}`
  page.members.set(endpoint, readingOf(line as RecordedReading, endpoint))
  return undefined
}

const pageOf = (pages: Map<number, Page>, at: number): Page => {
  const known = pages.get(at)
  if (known !== undefined) return known
  const page = { members: new Map(), logs: [] }
  pages.set(at, page)
  return page
}

const eventsOf = (lines: readonly unknown[], endpoint: string): readonly LogEvent[] =>
  lines
    .filter((line) => typeof line === 'string')
    .map((line) => parseLogLine(line, endpoint))
    .filter((event) => event !== undefined)

/** `logs` stays undefined in a trace that has none. */
const looksOf = (pages: ReadonlyMap<number, Page>, logged: boolean): readonly Observation[] => {
  const sorted = [...pages].toSorted(([a], [b]) => a - b)
  const times = sorted.filter(([, page]) => page.members.size > 0).map(([at]) => at)
  const logs = new Map<number, LogEvent[]>(times.map((at) => [at, []]))
  for (const [at, page] of sorted)
    for (const event of page.logs) logs.get(lookFor(event, at, times) ?? at)?.push(event)
  return times.map((at) => ({
    at,
    members: [...(pages.get(at)?.members.values() ?? [])],
    roster,
    ...(logged && { logs: logs.get(at)?.toSorted((a, b) => a.at - b.at) ?? [] }),
  }))
}

/**
 * Lines belong to the look that they came with, or to the one after. Recorders that read a buffered log afterwards put
 * lines before their time: those wait for the look that follows it.
 */
const lookFor = (event: LogEvent, cameAt: number, times: readonly number[]): number | undefined => {
  const due = event.at > cameAt + 1000 ? times.find((at) => at >= event.at) : undefined
  return due ?? times.find((at) => at >= cameAt) ?? times.at(-1)
}

const roster: Observation['roster'] = {
  ok: false,
  why: { kind: 'other', text: 'a trace does not hold the member list' },
  tookMs: 0,
}
