import type { LogEvent, MemberReading, Observation } from '../../diagnosis/facts'
import { parseLogLine } from '../logs/lines'
import { readingOf } from './line'
import type { RecordedReading } from './line'
import { readLines } from './lines'
import type { Book, Bytes, Damage } from './lines'

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

/**
 * Reads a trace (`.ndjson.br`, or the same text uncompressed) from bytes in any pieces. Never throws for what it reads:
 * a torn file, a broken line or a page that is not etcd's end up in `damage` or in the reading they belong to. Rejects
 * when the first byte cannot be had: there is no file.
 */
export const readTrace = async (bytes: Bytes): Promise<Trace> => {
  const book = openBook()
  const damage = await readLines(book, bytes)
  return { ...book.close(), damage }
}

type TraceBook = Book & {
  readonly close: () => Omit<Trace, 'damage'>
}

type Header = Pick<Trace, 'title' | 'heartbeatMs' | 'electionMs'>
type Page = { readonly members: Map<string, MemberReading>; readonly logs: LogEvent[] }

/** Gathers lines into looks: lines of one look share `at`, in any order. */
const openBook = (): TraceBook => {
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
