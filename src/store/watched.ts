import { commonKey, isName } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** Which clusters any replica has in its configuration. All reject while Redis is away. */
export type Watched = {
  /** `at`: Unix ms. */
  readonly add: (names: readonly string[], at: number) => Promise<void>
  /** Those that no replica has added since then. */
  readonly left: (since: number) => Promise<readonly string[]>
  readonly remove: (name: string) => Promise<void>
}

const KEY = commonKey('watched')

export const createWatched = (connection: Connection): Watched => ({
  add: async (names, at) => {
    if (names.length > 0) await connection.run(ADD, [KEY], [at, ...names])
  },
  left: async (since) => {
    const names = await connection.ask((redis) => redis.zrangebyscore(KEY, '-inf', `(${since}`))
    return names.filter(isName)
  },
  remove: async (name) => {
    await connection.ask((redis) => redis.zrem(KEY, name))
  },
})

const ADD = script(`
own(KEYS[1], 'zset')
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i]) end
return {'added'}
`)
