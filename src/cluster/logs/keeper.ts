import type { LogEvent } from '../../diagnosis/facts'
import { parseLogLine } from './lines'
import type { LineBatch, Lines } from './batch'
import type { LogsConfig } from '../../config'
import type { LogClock } from './time'

/** What the logs told since a time. */
export type LogReading = {
  /** In order of time. The newest `settings` of each member are always among them, however old. */
  readonly events: readonly LogEvent[]
  /** The lines of the events that came, for a trace. */
  readonly lines: readonly LogLine[]
  /** What could not be read, a sentence each. */
  readonly unseen: readonly string[]
}

export type LogLine = { readonly endpoint: string; readonly text: string }

export type LogSourceOptions = {
  readonly endpoints: readonly string[]
  /** The endpoint of the member with this id or name, as far as it is known: for logs that no configuration assigns. */
  readonly endpointOf?: (idOrName: string) => string | undefined
}

/** Of telling lines, for all members: an hour of a storm. */
const MAX_KEPT = 20_000
const KEPT_MS = 3_600_000
/** A line of a trace; request contents go on and on. */
const MAX_LINE_KEPT = 2000

type Kept = {
  readonly arrivedAt: number
  readonly stream: string
  readonly event: LogEvent
  readonly text: string
}

/** Whose log a stream is: as configured, or by the id and name that it speaks of itself. */
type Speaker = { endpoint: string | undefined; id: string | undefined; name: string | undefined }

export type Window = { readonly since: number; readonly now: number }

/** Keeps what was read for an hour: the readers give each line once, and several may ask. */
export const createKeeper = (config: LogsConfig, { endpointOf }: LogSourceOptions) => {
  let kept: Kept[] = []
  const settings = new Map<string, Kept>()
  const speakers = new Map<string, Speaker>()
  const ownerOf = (stream: string): string | undefined => {
    const { endpoint, id, name } = speakers.get(stream) ?? NOBODY
    return endpoint ?? (id && endpointOf?.(id)) ?? (name && endpointOf?.(name))
  }
  const keepBatch = (batch: LineBatch, now: number): void => {
    const speaker = { ...NOBODY, ...speakers.get(batch.stream), endpoint: batch.endpoint }
    speakers.set(batch.stream, speaker)
    for (const one of readBatch(batch, clockOf(config, now))) {
      learn(speaker, one)
      const arrivedAt = batch.isPast ? Math.min(one.event.at, now) : now
      if (one.event.kind === 'settings') settings.set(settingsKey(one), { ...one, arrivedAt })
      kept.push({ ...one, arrivedAt })
    }
  }
  const owned = (all: readonly Kept[]): readonly Owned[] =>
    all.flatMap(({ stream, event, text }) => {
      const endpoint = ownerOf(stream)
      return endpoint === undefined ? [] : [{ endpoint, event: { ...event, endpoint }, text }]
    })
  return {
    keep: (batches: readonly LineBatch[], { now }: Window): void => {
      for (const batch of batches) keepBatch(batch, now)
      kept = kept.filter(({ arrivedAt }) => arrivedAt > now - KEPT_MS).slice(-MAX_KEPT)
    },
    take: (lines: Lines, since: number): LogReading => {
      const came = kept.filter(({ arrivedAt }) => arrivedAt > since)
      const standing = [...settings.values()].filter((one) => !hasSettings(came, one))
      const strangers = new Set(came.map(({ stream }) => stream).filter((one) => !ownerOf(one)))
      return {
        events: owned([...standing, ...came])
          .map(({ event }) => event)
          .toSorted((a, b) => a.at - b.at),
        lines: owned(came).map(({ endpoint, text }) => ({ endpoint, text })),
        unseen: unseenIn(lines, [...strangers]),
      }
    },
  }
}

type Owned = LogLine & { readonly event: LogEvent }

const NOBODY: Speaker = { endpoint: undefined, id: undefined, name: undefined }

const clockOf = ({ timezoneOffsetMinutes = 0 }: LogsConfig, seenAt: number): LogClock => ({
  timezoneOffsetMinutes,
  seenAt,
})

const readBatch = (
  { stream, lines }: LineBatch,
  clock: LogClock,
): readonly Omit<Kept, 'arrivedAt'>[] =>
  lines.flatMap((line) => {
    const event = parseLogLine(line, '', clock)
    return event === undefined ? [] : [{ stream, event, text: line.slice(0, MAX_LINE_KEPT) }]
  })

/** 3.4 tells the two timeouts in two lines: each is kept. */
const settingsKey = ({ stream, event }: Omit<Kept, 'arrivedAt'>): string =>
  [stream, event.heartbeatMs === undefined, event.electionMs === undefined].join()

const hasSettings = (came: readonly Kept[], { event, stream }: Kept): boolean =>
  came.some(
    (one) => one.event.kind === 'settings' && one.stream === stream && one.event.at === event.at,
  )

/** In the start line of zap; 3.4's text has it in a line of its own, but its id in the next. */
const NAME = /"name":"([^"]{1,100})"/

const learn = (speaker: Speaker, { event, text }: Omit<Kept, 'arrivedAt'>): void => {
  speaker.id = event.memberId ?? speaker.id
  if (event.kind !== 'settings') return
  speaker.name = NAME.exec(text)?.[1] ?? speaker.name
}

const unseenIn = (
  { batches, failures }: Lines,
  strangers: readonly string[],
): readonly string[] => [
  ...failures.map(({ stream, endpoint, why }) => `Log ${nameOf(stream, endpoint)}: ${why.text}`),
  ...batches
    .filter(({ skippedBytes }) => skippedBytes > 0)
    .map(
      ({ stream, endpoint, skippedBytes }) =>
        `Log ${nameOf(stream, endpoint)}: ${skippedBytes} bytes came at once and were skipped`,
    ),
  ...batches
    .filter(({ wasCut }) => wasCut)
    .map(
      ({ stream, endpoint }) =>
        `Log ${nameOf(stream, endpoint)}: it was emptied; lines from just before may be missing`,
    ),
  ...strangers.map((stream) => `Log ${stream}: it has not said yet which member writes it`),
]

const nameOf = (stream: string, endpoint: string | undefined): string =>
  endpoint === undefined ? stream : `of ${endpoint} (${stream})`
