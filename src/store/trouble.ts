import type { Redis } from 'ioredis'

/** What is wrong with a connection, from what its events and its commands say. */
export type Trouble = {
  readonly now: () => string | undefined
  /** The same, but for a Redis that answers and is full. */
  readonly away: () => string | undefined
  readonly unbrokenMs: () => number
  readonly lives: () => number
  readonly absence: (leastMs: number) => Absence | undefined
  /** Runs a command and learns from how it ends. The error that it rejects with is safe to log. */
  readonly watch: <T>(command: () => Promise<T>) => Promise<T>
}

/** A time in which no command succeeded. `agoMs`: since its end; 0 while it lasts. */
export type Absence = { readonly agoMs: number }

/** More than a connection that comes and goes has while a long one is still of interest. */
const MOST_ABSENCES = 100

const FULL = 'Redis is full (maxmemory): history is not kept'
/** Nothing says that there is room again; a write that is refused says so anew. */
const FULL_MS = 60_000

export const createTrouble = (redis: Redis): Trouble => {
  let away: string | undefined = 'not connected yet'
  let silent: string | undefined
  let fullSince = -Infinity
  let unbrokenSince = performance.now()
  let lives = 0
  const absences: { readonly at: number; until: number | undefined }[] = []
  const renewed = () => {
    unbrokenSince = performance.now()
    lives += 1
  }
  const lose = (): void => {
    const last = absences.at(-1)
    if (last !== undefined && last.until === undefined) return
    absences.push({ at: performance.now(), until: undefined })
    absences.splice(0, absences.length - MOST_ABSENCES)
  }
  const find = (): void => {
    const last = absences.at(-1)
    if (last !== undefined) last.until ??= performance.now()
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
  const unusable = (): string | undefined => away ?? silent
  return {
    away: unusable,
    now: () => unusable() ?? (performance.now() - fullSince < FULL_MS ? FULL : undefined),
    lives: () => lives,
    unbrokenMs: () => (away === undefined ? performance.now() - unbrokenSince : 0),
    absence: (leastMs) => {
      const now = performance.now()
      const last = absences.findLast(({ at, until = now }) => until - at > leastMs)
      return last && { agoMs: now - (last.until ?? now) }
    },
    watch: async (command) => {
      try {
        const answer = await command()
        away = silent = undefined
        find()
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
