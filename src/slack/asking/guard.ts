import type { Asker } from './request'

/** Slack refuses older requests and so do we; Bolt lets newer ones pass (dependencies of clocks included), we do not. */
const MOST_SKEW_MS = 300_000

/** Remembers deliveries: true when this key was seen before. One call both asks and remembers. */
export type Memory = { readonly seenBefore: (key: string) => Promise<boolean> }

/** Whether a request's timestamp header (Unix seconds) is too far from now, in either direction. */
export const isOutOfTime = (header: string | undefined, now: number): boolean => {
  const seconds = Number(header)
  return !Number.isFinite(seconds) || Math.abs(now - seconds * 1000) > MOST_SKEW_MS
}

/**
 * The memory of this process: the last `most` keys, each for 10 minutes, twice as long as a signed request stays valid.
 */
export const localMemory = (now: () => number, most = 10_000): Memory => {
  const keys = new Map<string, number>()
  const forget = (): void => {
    for (const [key, at] of keys) {
      if (keys.size <= most && now() - at < KEPT_MS) return // in order of time: the others are younger
      keys.delete(key)
    }
  }
  const seenBefore = (key: string): Promise<boolean> => {
    const at = keys.get(key)
    if (at !== undefined && now() - at < KEPT_MS) return Promise.resolve(true)
    keys.delete(key)
    keys.set(key, now())
    forget()
    return Promise.resolve(false)
  }
  return { seenBefore }
}

const KEPT_MS = 600_000

/** Asks this process first, then the memory that all replicas share, for `withinMs`; without it, this process decides. */
export const memoryOf = (local: Memory, shared: Memory | undefined, withinMs: number): Memory => {
  if (shared === undefined) return local
  return {
    seenBefore: async (key) =>
      (await local.seenBefore(key)) || (await inTime(shared.seenBefore(key), withinMs)),
  }
}

/** False when the memory fails or is late: a lost store must not silence the bot. */
const inTime = (asked: Promise<boolean>, withinMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs)
    const settle = (seen: boolean): void => {
      clearTimeout(timer)
      resolve(seen)
    }
    asked.then(settle, () => settle(false))
  })

/** Which workspace may ask: a reason to refuse, or undefined. */
export const refusedWorkspace = (
  { team, enterprise }: Pick<Asker, 'team' | 'enterprise'>,
  allowed: readonly string[],
): string | undefined => {
  if (allowed.length === 0)
    return 'Stormwatch has not heard from Slack yet which workspace it belongs to. Ask again in a minute.'
  const known = [team, enterprise].some((id) => id !== undefined && allowed.includes(id))
  if (known) return undefined
  return 'This workspace may not ask here. Whoever runs Stormwatch can add its id to slack.teams.'
}
