import { setMaxListeners } from 'node:events'
import type { Failure, Part } from '../diagnosis/facts'
import { failed, failureOf, type Result } from './failure'

/** One look's end: all readings of it stop when the signal fires, and its reason is their failure. */
export type Deadline = {
  readonly signal: AbortSignal
  clear(): void
}

/** Fires after `afterMs`, or when the caller's own signal does. `clear` it, else a timer stays. */
export const startDeadline = (afterMs: number, caller?: AbortSignal): Deadline => {
  const controller = new AbortController()
  // two readings for each member; a tick may share its signal among all clusters
  setMaxListeners(0, controller.signal, ...(caller === undefined ? [] : [caller]))
  const stop = (why: Failure): void => controller.abort(why)
  const cancel = (): void => stop({ kind: 'other', text: 'the reading was cancelled' })
  const timer = setTimeout(
    () => stop({ kind: 'deadline', text: `no answer within ${afterMs} ms` }),
    afterMs,
  )
  caller?.addEventListener('abort', cancel)
  if (caller?.aborted === true) cancel()
  const clear = (): void => {
    clearTimeout(timer)
    caller?.removeEventListener('abort', cancel)
  }
  return { signal: controller.signal, clear }
}

/** Resolves when it fires. */
export const ended = ({ signal }: Deadline): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

/** Why the signal of a Deadline fired. */
export const whyStopped = (signal: AbortSignal): Failure => signal.reason as Failure

/**
 * Runs `begin` until it settles or the signal fires, whichever is first, so that nothing below can outlast the look.
 * What `begin` returns is called at the signal: it gives up what is under way.
 */
export const until = <T>(
  signal: AbortSignal,
  begin: (settle: (result: Result<T>) => void) => () => void,
): Promise<Result<T>> =>
  new Promise<Result<T>>((resolve) => {
    if (signal.aborted) return resolve({ ok: false, why: whyStopped(signal) })
    const stop = (): void => {
      settle({ ok: false, why: whyStopped(signal) })
      giveUp()
    }
    const settle = (result: Result<T>): void => {
      signal.removeEventListener('abort', stop)
      resolve(result)
    }
    signal.addEventListener('abort', stop)
    const giveUp = begin(settle)
  }).catch((error: unknown): Result<T> => ({ ok: false, why: failureOf(error) }))

/** `tookMs` is monotonic. */
export const timed = async <T>(read: () => Promise<Result<T>>): Promise<Part<T>> => {
  const from = performance.now()
  const result = await read()
  return { ...result, tookMs: performance.now() - from }
}

export const fail = <T>(why: Failure): Promise<Result<T>> =>
  Promise.resolve(failed(why.kind, why.text))
