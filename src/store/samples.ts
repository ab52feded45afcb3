import type { Backlog } from './backlog'
import { pack, packSamples, unpack, unpackSamples } from './chunk'
import { DAY_MS, KEPT_MS, keyOf } from './keys'
import type { Connection } from './redis'
import type { Rows, Sample } from './rows'
import { script } from './script'
import { SUMMARY_MS, atOf, summariesOf } from './summary'

export type { Sample } from './rows'

/** Unix ms, both included. */
export type Span = { readonly from: number; readonly to: number }

/**
 * The looks of each cluster: every one for 48 h, then summaries of 5 min for 35 days. Numbers of gains come back to 2 %,
 * state exactly. A look whose chunk is not ours is missing, and counted.
 */
export type Samples = {
  /** Never rejects: without Redis it waits, bounded. The same look twice is kept once. */
  readonly append: (cluster: string, sample: Sample) => Promise<void>
  /** In order of time. Rejects while Redis is away. */
  readonly range: (cluster: string, span: Span) => Promise<readonly Sample[]>
  /** One look for each 5 min, at the time of its last; those of the last half hour may not be made yet. */
  readonly summaries: (cluster: string, span: Span) => Promise<readonly Sample[]>
  /** For how long of the span summaries are kept, ms: by their chunks' names alone, so that four weeks cost one read. */
  readonly watchedMs: (cluster: string, span: Span) => Promise<number>
}

export const RAW_KEPT_MS = 2 * DAY_MS
/** Looks that lie open: beyond, the older ones are packed. 35 min at 15 s. */
const MAX_OPEN = 140
const MAX_OPEN_MS = 40 * 60_000
/** Another replica's look may come so much later. */
const LATE_MS = 30_000
/** Of packed looks of a cluster; only looks every 2 s for a day come near. */
const MAX_RAW_BYTES = 8 * 1024 * 1024
/** Summaries of 3 h in a chunk. */
const SUMMARIES_IN_CHUNK = 36

export const createSamples = (connection: Connection, backlog: Backlog): Samples => {
  const parts = partsOf(connection)
  const packing = new Set<string>()
  const packOpen = async (cluster: string, { count, first, at }: Open): Promise<void> => {
    if (packing.has(cluster) || (count < MAX_OPEN && at - first < MAX_OPEN_MS)) return
    packing.add(cluster)
    // What fails here is done at the next look
    await parts
      .pack(cluster, Math.floor((at - LATE_MS) / SUMMARY_MS) * SUMMARY_MS)
      .catch(() => undefined)
      .finally(() => packing.delete(cluster))
  }
  return {
    append: async (cluster, sample) => {
      const chunk = await packSamples([sample])
      await backlog.put(chunk.length, async () => {
        const [, count, first] = await connection.run(
          APPEND,
          [keyOf(cluster, 'samples:open')],
          [sample.at, chunk],
        )
        const open = { count: Number(count), first: Number(first), at: sample.at }
        await packOpen(cluster, open)
      })
    },
    range: async (cluster, span) => {
      const open = await parts.open(cluster, span)
      const packed = await parts.chunks(cluster, 'samples', span)
      return inSpan([...packed, ...open], span)
    },
    summaries: async (cluster, span) =>
      inSpan(await parts.chunks(cluster, 'summaries', span), span),
    watchedMs: async (cluster, span) => {
      const fields = await parts.fields(cluster, 'summaries')
      return fields.reduce((sum, field) => sum + withinMs(field, span), 0)
    },
  }
}

/** A chunk whose time is longer than its summaries can be has a gap: nobody looked then. */
const withinMs = (field: Span, { from, to }: Span): number => {
  const ms = Math.min(to, field.to) - Math.max(from, field.from - SUMMARY_MS)
  return Math.min(Math.max(0, ms), SUMMARIES_IN_CHUNK * SUMMARY_MS)
}

type Open = { readonly count: number; readonly first: number; readonly at: number }

/** A look that was being packed while we read is there twice. */
const inSpan = (samples: readonly Sample[], { from, to }: Span): readonly Sample[] => {
  const seen = new Set<string>()
  return samples
    .filter(({ at }) => at >= from && at <= to)
    .toSorted((a, b) => a.at - b.at)
    .filter((sample) => {
      const mark = `${sample.at} ${sample.members.map(({ status }) => status.tookMs.toFixed(3)).join(' ')}`
      return !seen.has(mark) && seen.add(mark)
    })
}

const partsOf = (connection: Connection) => {
  const trusted = <T>(value: T | undefined): readonly T[] => {
    if (value === undefined) connection.poisoned('samples')
    return value === undefined ? [] : [value]
  }
  const openChunks = (cluster: string, { from, to }: Span): Promise<readonly Buffer[]> =>
    connection.ask((redis) => redis.zrangebyscoreBuffer(keyOf(cluster, 'samples:open'), from, to))
  const fieldsOf = async (cluster: string, name: string): Promise<readonly Field[]> => {
    const fields = await connection.ask((redis) => redis.hkeys(keyOf(cluster, name)))
    return fields.flatMap((field) => trusted(fieldOf(field))).toSorted((a, b) => a.from - b.from)
  }
  const read = (
    cluster: string,
    name: string,
    fields: readonly Field[],
  ): Promise<readonly (Buffer | null)[]> =>
    fields.length === 0
      ? Promise.resolve([])
      : connection.ask((redis) =>
          redis.hmgetBuffer(keyOf(cluster, name), ...fields.map(({ text }) => text)),
        )

  return {
    fields: fieldsOf,

    open: async (cluster: string, span: Span): Promise<readonly Sample[]> => {
      const chunks = await openChunks(cluster, span)
      return (await Promise.all(chunks.map(unpackSamples))).flatMap(trusted).flat()
    },

    chunks: async (cluster: string, name: string, span: Span): Promise<readonly Sample[]> => {
      const fields = (await fieldsOf(cluster, name)).filter(
        ({ from, to }) => from <= span.to && to >= span.from,
      )
      const chunks = (await read(cluster, name, fields)).filter((chunk) => chunk !== null)
      const samples: Sample[] = []
      // One after the other: a long span in parallel would hold all of it unpacked at once
      for (const chunk of chunks)
        samples.push(...inSpan(trusted(await unpackSamples(chunk)).flat(), span))
      return samples
    },

    /** Open looks before `upTo` become one chunk, and their summaries join the last chunk of those: all or nothing. */
    pack: async (cluster: string, upTo: number): Promise<void> => {
      const version = await connection.ask((redis) => redis.get(keyOf(cluster, 'samples:version')))
      const open = await openChunks(cluster, { from: -Infinity, to: upTo - 1 })
      if (open.length === 0) return
      const rows = (await Promise.all(open.map(unpack))).flatMap(trusted).flat()
      const [raw, summaries] = await Promise.all([
        rawOf(rows, await fieldsOf(cluster, 'samples'), upTo),
        summariesAfter(rows, await fieldsOf(cluster, 'summaries'), {
          upTo,
          read: async (field) => (await read(cluster, 'summaries', [field]))[0],
        }),
      ])
      const keys = ['samples:open', 'samples', 'summaries', 'samples:version']
      await connection.run(
        PACK,
        keys.map((key) => keyOf(cluster, key)),
        [version ?? '0', upTo, open.length, ...argsOf(raw), ...argsOf(summaries)],
      )
    },
  }
}

/** A chunk's name in its hash: what it spans, and how large it is. */
type Field = {
  readonly text: string
  readonly from: number
  readonly to: number
  readonly bytes: number
}

const fieldOf = (text: string): Field | undefined => {
  const [, from, to, bytes] = /^(\d{1,15})-(\d{1,15})-(\d{1,9})$/.exec(text) ?? []
  if (from === undefined) return undefined
  return { text, from: Number(from), to: Number(to), bytes: Number(bytes) }
}

/** A hash's change: a chunk that is set, and fields that go. */
type Change = {
  readonly set: readonly [string, Buffer] | undefined
  readonly gone: readonly Field[]
}

const argsOf = ({ set, gone }: Change): readonly (string | number | Buffer)[] => [
  ...(set ?? ['', '']),
  gone.length,
  ...gone.map(({ text }) => text),
]

const rawOf = async (
  rows: readonly Rows[],
  fields: readonly Field[],
  upTo: number,
): Promise<Change> => {
  let bytes = 0
  const kept = fields.toReversed().filter((field) => {
    bytes += field.bytes
    return field.to >= upTo - RAW_KEPT_MS && bytes <= MAX_RAW_BYTES
  })
  return { set: await named(rows), gone: fields.filter((field) => !kept.includes(field)) }
}

type After = {
  readonly upTo: number
  readonly read: (field: Field) => Promise<Buffer | null | undefined>
}

/** The last chunk grows until it holds 3 h. */
const summariesAfter = async (
  rows: readonly Rows[],
  fields: readonly Field[],
  { upTo, read }: After,
): Promise<Change> => {
  const gone = fields.filter(({ to }) => to < upTo - KEPT_MS)
  const last = fields.at(-1)
  const before = last === undefined ? undefined : await unpack(await read(last))
  const grows = before !== undefined && before.length < SUMMARIES_IN_CHUNK
  const added = summariesOf(rows.toSorted((a, b) => atOf(a) - atOf(b)))
  return {
    set: await named([...(grows ? before : []), ...added]),
    gone: grows && last !== undefined && !gone.includes(last) ? [...gone, last] : gone,
  }
}

const named = async (rows: readonly Rows[]): Promise<readonly [string, Buffer] | undefined> => {
  if (rows.length === 0) return undefined
  const times = rows.map(atOf)
  const chunk = await pack(rows)
  return [`${Math.min(...times)}-${Math.max(...times)}-${chunk.length}`, chunk]
}

const APPEND = script(`
own(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {'kept', redis.call('ZCARD', KEYS[1]), first[2]}
`)

/** ARGV: deadline, version, upTo, count, then for chunks and for summaries: field, bytes, number of old fields, those. */
const PACK = script(`
local open, version = KEYS[1], KEYS[4]
own(KEYS[2], 'hash') own(KEYS[3], 'hash') own(version, 'string')
if whole(redis.call('GET', version), 0) ~= whole(ARGV[2], 0) then return {'changed'} end
if redis.call('ZCOUNT', open, '-inf', '(' .. ARGV[3]) ~= tonumber(ARGV[4]) then return {'changed'} end
redis.call('ZREMRANGEBYSCORE', open, '-inf', '(' .. ARGV[3])
redis.call('SET', version, whole(ARGV[2], 0) + 1)
local at = 5
for i = 2, 3 do
  local field, bytes, gone = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  for _ = 1, gone do
    redis.call('HDEL', KEYS[i], ARGV[at])
    at = at + 1
  end
  if field ~= '' then redis.call('HSET', KEYS[i], field, bytes) end
end
return {'packed'}
`)
