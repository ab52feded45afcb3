import { createHash } from 'node:crypto'
import type { Backlog } from './backlog'
import { KEPT_MS, keyOf } from './keys'
import type { Connection } from './redis'
import { script } from './script'
import { isRecord, isText, read, write } from './stored'
import type { Json } from './stored'

/** A line for the next handoff. `at` is Unix ms. */
export type Note = {
  readonly cluster: string
  readonly at: number
  readonly by: string
  readonly text: string
}

export type Notes = {
  /** Resolves to false when it waits for Redis. */
  readonly add: (note: Note) => Promise<boolean>
  /** Those of the span, in order of time; at most 200 of a cluster are kept, 35 days. Rejects while Redis is away. */
  readonly list: (
    cluster: string,
    span: { readonly from: number; readonly to: number },
  ) => Promise<readonly Note[]>
}

/** With what only the store needs. */
export type KeptNotes = Notes & {
  /** Writes once more what was added last: a Redis that comes back may lack the last seconds, and was told to keep them. */
  readonly again: () => Promise<void>
}

const MAX_NOTES = 200
/** Nobody types more in the time that a failover may lose. */
const MAX_AGAIN = 50
const MAX_TEXT = 2000

export const createNotes = (connection: Connection, backlog: Backlog): KeptNotes => {
  const last: Note[] = []
  const put = (note: Note): Promise<boolean> => {
    const text = write({ ...note, text: note.text.slice(0, MAX_TEXT) })
    const id = createHash('sha256').update(text).digest('hex').slice(0, 16)
    const keys = ['notes', 'notes:text'].map((name) => keyOf(note.cluster, name))
    return backlog.put(text.length, () =>
      connection.run(ADD, keys, [id, note.at, text, note.at - KEPT_MS, MAX_NOTES]),
    )
  }
  return {
    add: async (note) => {
      const isKept = await put(note)
      if (isKept) last.push(note)
      last.splice(0, last.length - MAX_AGAIN)
      return isKept
    },
    again: async () => {
      for (const note of last) await put(note)
    },
    list: (cluster, span) => listOf(connection, cluster, span),
  }
}

type Span = Parameters<Notes['list']>[1]

const listOf = async (
  connection: Connection,
  cluster: string,
  { from, to }: Span,
): Promise<readonly Note[]> => {
  const ids = await connection.ask((redis) =>
    redis.zrangebyscore(keyOf(cluster, 'notes'), from, to),
  )
  if (ids.length === 0) return []
  const texts = await connection.ask((redis) => redis.hmget(keyOf(cluster, 'notes:text'), ...ids))
  return texts.flatMap((text) => {
    const note = read(text, noteOf, { kind: 'notes', counts: connection })
    return note === undefined ? [] : [note]
  })
}

const ADD = script(`
own(KEYS[1], 'zset') own(KEYS[2], 'hash')
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[5])
local many = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[6])
if many > 0 then old = redis.call('ZRANGE', KEYS[1], 0, many - 1) end
for _, id in ipairs(old) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
return {'kept'}
`)

const noteOf = (value: Json): Note | undefined => {
  if (!isRecord(value)) return undefined
  const { cluster, at, by, text } = value
  return isText(cluster, 63) && typeof at === 'number' && isText(by, 200) && isText(text, MAX_TEXT)
    ? { cluster, at, by, text }
    : undefined
}
