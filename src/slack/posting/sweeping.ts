import { pause } from './lanes'
import { reasonOf } from '../log'
import { sweep, type SweepDeps } from './sweep'

/** ms. */
export type SweepTiming = {
  readonly sweepEveryMs: number
  /** So far back a channel is read. */
  readonly sweepBackMs: number
  /** For so long nothing is decided about copies that the store does not know. */
  readonly restMs: number
}

export type SweepingDeps = Omit<SweepDeps, 'clusters' | 'restMs'> & {
  readonly clusters: () => readonly {
    readonly name: string
    readonly channel: string | undefined
  }[]
  readonly report: { readonly swept: (deleted: number) => void }
  readonly timing: SweepTiming
}

/** Channels of one round: the limits of Slack's history are for all replicas together. */
const MOST_IN_A_ROUND = 10
/** A copy can come so late after the doubt: the lease of a sender that was paused. */
const DOUBTED_FOR_MS = 600_000

/** A sweep that was not finished is done again after the next start: a Slack that hangs holds no end up. */
const ENDING_MS = 300

/**
 * Looks for second copies where there may be some: once after the start, since we may have died in the middle of a post,
 * and wherever a post was in doubt. A channel without any doubt is never read.
 */
export const createHistorySweeps = (deps: SweepingDeps) => {
  const { timing, now, log } = deps
  const doubted = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  let stopped = false

  const doubt = (channel: string): void => {
    doubted.delete(channel)
    doubted.set(channel, now())
  }
  const sweepOne = async (channel: string, since: number): Promise<void> => {
    const names = deps.clusters().map(({ name }) => name)
    const all = { ...deps, clusters: () => names, restMs: timing.restMs }
    const { deleted, isDone } = await sweep(all, channel, now() - timing.sweepBackMs)
    deps.report.swept(deleted)
    const isOld = now() - since > DOUBTED_FOR_MS
    if (isDone && isOld && doubted.get(channel) === since) doubted.delete(channel)
  }
  const sweepSome = async (): Promise<void> => {
    const due = [...doubted].slice(0, MOST_IN_A_ROUND)
    for (const [channel, since] of due) {
      if (stopped) return
      doubted.delete(channel) // to the end of the queue
      doubted.set(channel, since)
      await sweepOne(channel, since)
    }
  }
  const next = (): void => {
    round = sweepSome().catch((error: unknown) => {
      log.warn({ event: 'sweep', why: deps.redact(reasonOf(error)) }, 'A sweep was not finished')
    })
    void round.then(() => {
      if (!stopped) timer = setTimeout(next, timing.sweepEveryMs)
    })
  }
  return {
    doubt,
    start: (): void => {
      for (const { channel } of deps.clusters()) if (channel !== undefined) doubt(channel)
      timer = setTimeout(next, Math.min(30_000, timing.sweepEveryMs))
    },
    stop: async (): Promise<void> => {
      stopped = true
      clearTimeout(timer)
      await Promise.race([round, pause(ENDING_MS)])
    },
  }
}
