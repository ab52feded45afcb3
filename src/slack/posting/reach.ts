import { reasonOf } from '../log'

/** Whether Slack answers the calls of a client. */
export type Reach = {
  /** In place of Node's own. */
  readonly fetch: typeof fetch
  /** Why the last two calls had no answer. Undefined: one had, or none was made for a while. */
  readonly trouble: () => string | undefined
}

/** What waits for Slack asks again much sooner: later than this nobody knows. */
const KNOWN_MS = 120_000

/** A refusal is an answer; an error of Slack's servers is none. */
export const createReach = (monotonicMs: () => number): Reach => {
  let last: { readonly why: string; readonly at: number; readonly count: number } | undefined
  const learn = (why: string | undefined): void => {
    last = why === undefined ? undefined : { why, at: monotonicMs(), count: (last?.count ?? 0) + 1 }
  }
  return {
    fetch: async (...asked) => {
      try {
        const response = await fetch(...asked)
        learn(response.status < 500 ? undefined : `HTTP ${response.status}`)
        return response
      } catch (error) {
        learn(reasonOf(error))
        throw error
      }
    },
    trouble: () =>
      last !== undefined && last.count > 1 && monotonicMs() - last.at < KNOWN_MS
        ? last.why
        : undefined,
  }
}
