import { commonKey } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** Who does what is done once per slot. Never a guarantee: without Redis every replica does it. */
export type Ticks = {
  /** node-cron's coordinator: true for one replica a slot, and for every replica while Redis is away. */
  readonly shouldRun: (key: string, ttlMs: number) => Promise<boolean>
  /**
   * A lease that its holder renews by asking again, so that one replica goes on looking at a cluster: gains count from
   * its own look before. True while it is ours, and for everyone while Redis is away.
   */
  readonly hold: (name: string, ttlMs: number) => Promise<boolean>
  /** Lets another replica have it at once: on SIGTERM. */
  readonly release: (name: string) => Promise<void>
}

/** A tick must not wait for a hung Redis: dependencies.md §3. */
const TIMEOUT_MS = 300

/** `replica` is this process, unlike any other: the answer of a lost command is told by it. */
export const createTicks = (connection: Connection, replica: string): Ticks => ({
  shouldRun: (key, ttlMs) =>
    orTrue(async () => {
      const slot = commonKey(`tick:${key}`)
      const set = await connection.ask((redis) => redis.set(slot, replica, 'PX', ttlMs, 'NX'))
      return set !== null || (await connection.ask((redis) => redis.get(slot))) === replica
    }),
  hold: (name, ttlMs) =>
    orTrue(async () => {
      const [outcome] = await connection.run(HOLD, [commonKey(`held:${name}`)], [replica, ttlMs])
      return outcome === 'held'
    }),
  release: async (name) => {
    await connection.run(RELEASE, [commonKey(`held:${name}`)], [replica]).catch(() => undefined)
  },
})

const HOLD = script(`
own(KEYS[1], 'string')
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[2] then return {'other'} end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return {'held'}
`)

const RELEASE = script(`
if redis.call('GET', KEYS[1]) == ARGV[2] then redis.call('DEL', KEYS[1]) end
return {'released'}
`)

const orTrue = async (ask: () => Promise<boolean>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), TIMEOUT_MS)
  })
  try {
    return await Promise.race([ask().catch(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
