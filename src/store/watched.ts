import { commonKey, isName } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** Which clusters any replica has in its configuration, by Redis' clock. Rejects while Redis is away. */
export type Watched = {
  /** Says that we have these. Resolves to those that no replica has said for so long, ms. */
  readonly say: (names: readonly string[], leftMs: number) => Promise<readonly string[]>
  readonly remove: (name: string) => Promise<void>
}

const KEY = commonKey('watched')

export const createWatched = (connection: Connection): Watched => ({
  say: async (names, leftMs) => {
    const left = await connection.run(SAY, [KEY], [leftMs, ...names])
    return left.map(String).filter(isName)
  },
  remove: async (name) => {
    await connection.ask((redis) => redis.zrem(KEY, name))
  },
})

/** Begins with what a full Redis takes. */
const SAY = script(`
own(KEYS[1], 'zset')
redis.call('ZREM', KEYS[1], '')
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now - tonumber(ARGV[2]))
`)
