import { commonKey } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** What all replicas together do no more often than so: posts in a channel. */
export type Slots = {
  /** Takes the next one. 0: now, also while Redis is away; else how long until there is one, ms, and nothing is taken. */
  readonly take: (name: string, everyMs: number) => Promise<number>
}

export const createSlots = (connection: Connection): Slots => ({
  take: async (name, everyMs) => {
    if (everyMs <= 0) return 0
    const reply = await connection
      .run(TAKE, [commonKey(`slot:${name}`)], [Math.ceil(everyMs)])
      .catch(() => undefined)
    return reply?.[0] === 'wait' ? Math.min(Math.max(1, Number(reply[1])), everyMs) : 0
  },
})

const TAKE = script(`
own(KEYS[1], 'string')
local left = redis.call('PTTL', KEYS[1])
if left > 0 then return {'wait', tostring(left)} end
redis.call('SET', KEYS[1], '', 'PX', ARGV[2])
return {'taken'}
`)
