import { setTimeout as wait } from 'node:timers/promises'

/** Ends what was begun, and resolves when all is as before. */
export type Undo = () => Promise<void>

/** Sleeps for ms; wakes at once, without an error, when the signal is aborted. */
export const nap = (ms: number, signal?: AbortSignal): Promise<void> =>
  wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})

/** Runs round after round until undone; the round under way is awaited. An error of a round comes out of the undo. */
export const rounds = (round: (signal: AbortSignal) => Promise<void>): Undo => {
  const stop = new AbortController()
  const work = (async () => {
    while (!stop.signal.aborted) await round(stop.signal)
  })()
  // Reported by the undo; until then it must not count as unhandled.
  work.catch(() => {})
  return async () => {
    stop.abort()
    await work
  }
}
