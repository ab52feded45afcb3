import type { Redis } from 'ioredis'

/** What is wrong with a connection, from what its events and its commands say. */
export type Trouble = {
  readonly now: () => string | undefined
  readonly unbrokenMs: () => number
  readonly lives: () => number
  /** Runs a command and learns from how it ends. The error that it rejects with is safe to log. */
  readonly watch: <T>(command: () => Promise<T>) => Promise<T>
}

const FULL = 'Redis is full (maxmemory): history is not kept'
/** Nothing says that there is room again; a write that is refused says so anew. */
const FULL_MS = 60_000

export const createTrouble = (redis: Redis): Trouble => {
  let away: string | undefined = 'not connected yet'
  let silent: string | undefined
  let fullSince = -Infinity
  let unbrokenSince = performance.now()
  let lives = 0
  const renewed = () => {
    unbrokenSince = performance.now()
    lives += 1
  }
  const broken = (why?: string) => {
    away ??= why ?? 'the connection is closed'
    unbrokenSince = performance.now()
  }
  redis.on('ready', () => {
    away = silent = undefined
    renewed()
  })
  redis.on('close', () => broken())
  redis.on('end', () => broken('given up'))
  redis.on('error', (error: Error) => (away = sentenceOf(error)))
  // Of a Redis Cluster: one node of it may have been lost with what it held
  for (const event of ['node error', '+node', '-node']) redis.on(event, renewed)

  const learn = (error: Error): void => {
    if (error.message.startsWith('OOM')) fullSince = performance.now()
    if (/^Command timed out/.test(error.message)) silent = 'Redis does not answer in time'
  }
  return {
    now: () => away ?? silent ?? (performance.now() - fullSince < FULL_MS ? FULL : undefined),
    lives: () => lives,
    unbrokenMs: () => (away === undefined ? performance.now() - unbrokenSince : 0),
    watch: async (command) => {
      try {
        const answer = await command()
        away = silent = undefined
        return answer
      } catch (error) {
        learn(error as Error)
        throw safeError(error as Error)
      }
    },
  }
}

/** Only the message: an ioredis error carries the command, which holds the password after a failed AUTH. */
const safeError = (error: Error): Error => new Error(`Cannot use the store: ${sentenceOf(error)}`)

const sentenceOf = (error: Error): string =>
  (error as NodeJS.ErrnoException).code ?? error.message.slice(0, 200)
