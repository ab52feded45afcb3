import type { Redis } from 'ioredis'

/** What is wrong with a connection, from what its events and its commands say. */
export type Trouble = {
  readonly now: () => string | undefined
  readonly unbrokenMs: () => number
  readonly lives: () => number
  readonly absence: () => Absence
  /** Runs a command and learns from how it ends. The error that it rejects with is safe to log. */
  readonly watch: <T>(command: () => Promise<T>) => Promise<T>
}

/** The last time in which no command succeeded: how long it took, and how long ago it ended, ms; 0 while it lasts. */
export type Absence = { readonly forMs: number; readonly agoMs: number }

const FULL = 'Redis is full (maxmemory): history is not kept'
/** Nothing says that there is room again; a write that is refused says so anew. */
const FULL_MS = 60_000

export const createTrouble = (redis: Redis): Trouble => {
  let away: string | undefined = 'not connected yet'
  let silent: string | undefined
  let fullSince = -Infinity
  let unbrokenSince = performance.now()
  let lives = 0
  const begun = performance.now()
  let lost: { readonly at: number; until?: number } = { at: begun, until: begun }
  const renewed = () => {
    unbrokenSince = performance.now()
    lives += 1
  }
  const lose = (): void => {
    if (lost.until !== undefined) lost = { at: performance.now() }
  }
  const broken = (why?: string) => {
    away ??= why ?? 'the connection is closed'
    lose()
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
    if (!/^Command timed out/.test(error.message)) return
    silent = 'Redis does not answer in time'
    lose()
  }
  return {
    now: () => away ?? silent ?? (performance.now() - fullSince < FULL_MS ? FULL : undefined),
    lives: () => lives,
    unbrokenMs: () => (away === undefined ? performance.now() - unbrokenSince : 0),
    absence: () => {
      const until = lost.until ?? performance.now()
      return { forMs: until - lost.at, agoMs: performance.now() - until }
    },
    watch: async (command) => {
      try {
        const answer = await command()
        away = silent = undefined
        lost.until ??= performance.now()
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
