/** Keeps to Slack's limits by method and channel: one that has to wait holds up no other. Times are monotonic ms. */
export type Pace = {
  /** Takes the next turn. 0: now; else how long until there is one, and nothing is taken. */
  readonly take: (method: string, channel: string) => number
  /** Slack said to wait. */
  readonly limit: (method: string, channel: string, waitMs: number) => void
  /** Channels in which this method has to wait now. */
  readonly waiting: (method: string) => readonly string[]
}

/** `everyMs`: between two calls of a method in a channel. What is not named has no pace of its own. */
export const createPace = (
  everyMs: Readonly<Record<string, number>>,
  monotonicMs: () => number,
): Pace => {
  const next = new Map<string, number>()
  const forget = (): void => {
    if (next.size < MANY) return
    for (const [key, at] of next) if (at <= monotonicMs()) next.delete(key)
  }
  return {
    take: (method, channel) => {
      const key = `${method} ${channel}`
      const now = monotonicMs()
      const waitMs = (next.get(key) ?? 0) - now
      if (waitMs > 0) return waitMs
      forget()
      next.set(key, now + (everyMs[method] ?? 0))
      return 0
    },
    limit: (method, channel, waitMs) => {
      const key = `${method} ${channel}`
      next.set(key, Math.max(next.get(key) ?? 0, monotonicMs() + waitMs))
    },
    waiting: (method) =>
      [...next].flatMap(([key, at]) =>
        at > monotonicMs() && key.startsWith(`${method} `) ? [key.slice(method.length + 1)] : [],
      ),
  }
}

const MANY = 1000
