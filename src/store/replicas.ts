import { commonKey } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** Who else is there, for the order in which replicas act when Redis is away. */
export type Replicas = {
  /** Says that this replica lives; call it at every tick. Resolves to whether the store heard it; never rejects. */
  readonly beat: () => Promise<boolean>
  /** Says that it ends. Never rejects. */
  readonly leave: () => Promise<void>
  /** Our place in the order, from 0 on, as it was last seen. 0 before. */
  readonly position: () => number
  readonly count: () => number
  /**
   * Whether it is this replica's turn to post without Redis, by the clock. A hung Redis makes all replicas wait and go on
   * at the same moments: they would all find nothing in the history, and all post.
   */
  readonly isOurTurn: (at: number) => boolean
}

const TURN_MS = 4000
/** The rest of a turn is for the post on its way, and for clocks that differ. */
const USED_SHARE = 0.6

/** A replica that was silent for so long is gone. */
const GONE_MS = 60_000

export const createReplicas = (connection: Connection, replica: string): Replicas => {
  let place = { position: 0, count: 1 }
  return {
    beat: async () => {
      const reply = await connection
        .run(BEAT, [commonKey('replicas')], [replica, GONE_MS])
        .catch(() => undefined)
      if (reply === undefined) return false
      const names = reply.slice(1).map(String).toSorted()
      place = { position: Math.max(0, names.indexOf(replica)), count: Math.max(1, names.length) }
      return true
    },
    leave: async () => {
      await connection.run(LEAVE, [commonKey('replicas')], [replica]).catch(() => undefined)
    },
    position: () => place.position,
    count: () => place.count,
    isOurTurn: (at) => isTurnOf(place, at),
  }
}

export const isTurnOf = (
  { position, count }: { readonly position: number; readonly count: number },
  at: number,
): boolean => Math.floor(at / TURN_MS) % count === position && (at % TURN_MS) / TURN_MS < USED_SHARE

const LEAVE = script(`
own(KEYS[1], 'zset')
redis.call('ZREM', KEYS[1], ARGV[2])
return {'left'}
`)

const BEAT = script(`
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'beat', unpack(redis.call('ZRANGE', KEYS[1], 0, 99))}
`)
