import { createHash } from 'node:crypto'
import type { Backlog } from './backlog'
import { keyOf } from './keys'
import type { Connection } from './redis'
import { isRecord, isText, read, write } from './stored'
import type { Json } from './stored'

/** Nothing is posted of a cluster until then. It always has an end. Times are Unix ms. */
export type Silence = {
  readonly id: string
  readonly cluster: string
  readonly from: number
  readonly until: number
  /** Who set it: a Slack user id, or a name of the terminal. */
  readonly by: string
  readonly reason: string
}

/**
 * Silences of each cluster. Works without Redis: what this replica knew and was told stays in force, and is written when
 * Redis is back.
 */
export type Silences = {
  readonly add: (silence: Omit<Silence, 'id'>) => Promise<Silence>
  /** Ends it now; resolves to it, or to undefined when it stands no more. */
  readonly lift: (cluster: string, id: string, now: number) => Promise<Silence | undefined>
  /** Those that stand at `now`, the next to end first. */
  readonly list: (cluster: string, now: number) => Promise<readonly Silence[]>
}

/** No silence is longer. */
export const LONGEST_SILENCE_MS = 30 * 86_400_000
const MAX_SILENCES = 100

export const createSilences = (connection: Connection, backlog: Backlog): Silences => {
  const known = new Map<string, readonly Silence[]>()
  const keep = (cluster: string, silences: readonly Silence[]) => {
    known.set(cluster, silences.slice(-MAX_SILENCES))
    return silences
  }
  const all = async (cluster: string): Promise<readonly Silence[]> => {
    if (backlog.waiting() > 0) await backlog.drain()
    // What was not written yet would seem to be gone
    if (backlog.waiting() > 0) return known.get(cluster) ?? []
    const stored = await connection
      .ask((redis) => redis.hvals(keyOf(cluster, 'silences')))
      .catch(() => undefined)
    if (stored === undefined) return known.get(cluster) ?? []
    return keep(
      cluster,
      stored.flatMap((text) => {
        const silence = read(text, silenceOf, { kind: 'silences', counts: connection })
        return silence?.cluster === cluster ? [silence] : []
      }),
    )
  }
  const forget = (cluster: string, ids: readonly string[]): Promise<boolean> =>
    backlog.put(100, () =>
      connection.ask((redis) => redis.hdel(keyOf(cluster, 'silences'), ...ids)),
    )
  return {
    add: async (asked) => {
      const silence = { ...asked, id: idOf(asked) }
      if (!isBounded(silence))
        throw new Error(
          `Cannot silence ${asked.cluster}: need an end within 30 days, have ${asked.until}`,
        )
      const others = (await all(asked.cluster)).filter(({ id }) => id !== silence.id)
      const gone = others.filter(({ until }) => until <= asked.from).map(({ id }) => id)
      if (gone.length > 0) await forget(asked.cluster, gone)
      keep(asked.cluster, [...others, silence])
      const key = keyOf(asked.cluster, 'silences')
      await backlog.put(500, () =>
        connection.ask((redis) => redis.hset(key, silence.id, write(silence))),
      )
      return silence
    },
    lift: async (cluster, id, now) => {
      const silences = await all(cluster)
      const lifted = silences.find((silence) => silence.id === id && silence.until > now)
      if (lifted === undefined) return undefined
      keep(
        cluster,
        silences.filter((silence) => silence !== lifted),
      )
      await forget(cluster, [id])
      return lifted
    },
    list: async (cluster, now) =>
      (await all(cluster))
        .filter(({ from, until }) => from <= now && until > now)
        .toSorted((a, b) => a.until - b.until),
  }
}

/** Short enough to type, the same when the same is asked twice. */
const idOf = (silence: Omit<Silence, 'id'>): string =>
  createHash('sha256').update(JSON.stringify(silence)).digest('hex').slice(0, 8)

const isBounded = ({ from, until }: Silence): boolean =>
  until > from && until - from <= LONGEST_SILENCE_MS

const silenceOf = (value: Json): Silence | undefined => {
  if (!isRecord(value)) return undefined
  const { id, cluster, from, until, by, reason } = value
  if (!isText(id, 40) || !isText(cluster, 63) || !isText(by, 200) || !isText(reason))
    return undefined
  if (typeof from !== 'number' || typeof until !== 'number') return undefined
  const silence = { id, cluster, from, until, by, reason }
  return isBounded(silence) ? silence : undefined
}
