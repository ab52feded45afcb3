import { createHistorySweeps, type SweepTiming } from './sweeping'
import { sendEdit, type EditOutcome } from './editing'
import { reasonOf, type Log } from './log'
import type { News } from './news'
import type { Client, Edits, Outbox } from './outbox'
import { createPace } from './pace'
import { sendPost, type PostOutcome, type PostTiming } from './posting'
import { createRefusals } from './refusals'

export type AnnounceDeps = {
  readonly clusters: () => readonly AnnouncedCluster[]
  readonly outbox: Outbox
  readonly edits: Edits
  /** Of its own: a rate limit of the replies must not hold up a warning. It neither retries nor waits by itself. */
  readonly client: Client
  /** The slash command as configured. */
  readonly command: () => string
  /** Unix ms, and a clock that nobody sets. */
  readonly now: () => number
  readonly monotonicMs: () => number
  readonly log: Log
  readonly redact: (text: string) => string
  readonly report: AnnounceReport
  readonly timing?: Partial<AnnounceTiming>
}

export type AnnouncedCluster = {
  readonly name: string
  /** Where its posts go; undefined: to the fallback. */
  readonly channel: string | undefined
}

/** Called as it happens, for metrics; none may throw. */
export type AnnounceReport = {
  readonly post: (outcome: PostOutcome, reason: News['reason'] | 'unreadable') => void
  readonly edit: (outcome: EditOutcome) => void
  readonly swept: (deleted: number) => void
  /** Slack answered 429 to this method. */
  readonly limited: (method: string) => void
  /** Posts of a cluster that wait, and how long the oldest does, ms. */
  readonly depth: (cluster: string, depth: Depth) => void
}

export type Depth = { readonly count: number; readonly oldestMs: number }

/** ms. */
export type AnnounceTiming = PostTiming &
  SweepTiming & {
    /** At least twice the timeout of a call and 2 s: two looks at a channel and a post must fit. */
    readonly leaseMs: number
    /** Between two claims of a cluster that has something to say, and of one that has not. */
    readonly busyEveryMs: number
    readonly idleEveryMs: number
    /** A cluster stays busy for so long after its last word. */
    readonly busyForMs: number
    readonly depthEveryMs: number
    /** Between two posts in a channel. */
    readonly paceMs: number
  }

export const TIMING: AnnounceTiming = {
  callMs: 5000,
  leaseMs: 15_000,
  lagMs: 3000,
  busyEveryMs: 500,
  idleEveryMs: 5000,
  busyForMs: 60_000,
  depthEveryMs: 30_000,
  paceMs: 1000,
  sweepEveryMs: 60_000,
  sweepBackMs: 3_600_000,
  restMs: 60_000,
}

export type Announcer = {
  readonly start: () => void
  /** No new claims; resolves when those under way have ended, or the grace has. */
  readonly stop: (graceMs: number) => Promise<void>
  /** Something of this cluster may be due: it is asked for at once. */
  readonly wake: (cluster: string) => void
  /** What keeps posts from their channels, a sentence each. */
  readonly troubles: () => readonly string[]
}

/** Clusters that are served at one time: a Slack that hangs holds so many calls. */
const MOST_AT_ONCE = 16
/** Posts, and edits, of one cluster in one go. */
const MOST_IN_A_ROW = 5
const TICK_MS = 100

type Lane = { dueAt: number; busyUntil: number; isRunning: boolean; countAt: number }

/** Brings what was decided from the outbox into Slack's channels. Never throws; one runs in each process. */
export const createAnnouncer = (given: AnnounceDeps): Announcer => {
  const timing = { ...TIMING, ...given.timing }
  const stopped = new AbortController()
  const { monotonicMs, report } = given
  const pace = createPace({ 'chat.postMessage': timing.paceMs }, monotonicMs)
  const refusals = createRefusals(given.now)
  const sweeps = createHistorySweeps({ ...given, pace, timing, sentAs: given.outbox.sentAs })
  const posting = {
    ...given,
    pace,
    timing,
    sleep: (ms: number) => pause(ms, stopped.signal),
    report: { ...report, ...refusals.report, doubted: sweeps.doubt },
  }
  const lanes = new Map<string, Lane>()
  let running = 0
  let timer: NodeJS.Timeout | undefined

  const laneOf = (name: string): Lane => {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const lane = { dueAt: monotonicMs(), busyUntil: 0, isRunning: false, countAt: 0 }
    lanes.set(name, lane)
    return lane
  }
  const nextPost = async (name: string): Promise<boolean> => {
    const leaseEndsAt = monotonicMs() + timing.leaseMs
    const skip = pace.waiting('chat.postMessage')
    const ask = { now: given.now(), leaseMs: timing.leaseMs, skip }
    const claim = await given.outbox.claim(name, ask)
    if (claim === undefined) return false
    await sendPost(posting, claim, leaseEndsAt)
    return true
  }
  const nextEdit = async (name: string): Promise<boolean> => {
    const claim = await given.edits.claim(name, { now: given.now(), leaseMs: timing.leaseMs })
    if (claim === undefined) return false
    await sendEdit({ ...posting, edits: given.edits, report }, claim)
    return true
  }
  const several = async (one: () => Promise<boolean>): Promise<boolean> => {
    let some = false
    for (let count = 0; count < MOST_IN_A_ROW && !stopped.signal.aborted; count++) {
      if (!(await one())) return some
      some = true
    }
    return some
  }
  const count = async (name: string, lane: Lane): Promise<void> => {
    if (monotonicMs() < lane.countAt) return
    lane.countAt = monotonicMs() + timing.depthEveryMs
    const waiting = await given.outbox.waiting(name)
    const oldest = Math.min(given.now(), ...waiting.map(({ decidedAt }) => decidedAt))
    report.depth(name, { count: waiting.length, oldestMs: given.now() - oldest })
  }
  const serve = async (name: string, lane: Lane): Promise<void> => {
    lane.isRunning = true
    running += 1
    try {
      const spoke = await several(() => nextPost(name))
      const showed = await several(() => nextEdit(name))
      if (spoke || showed) lane.busyUntil = monotonicMs() + timing.busyForMs
      await count(name, lane)
    } catch (error) {
      const why = given.redact(reasonOf(error))
      given.log.error({ event: 'announce', cluster: name, why }, 'Announcing failed; it goes on')
    } finally {
      const isBusy = lane.busyUntil > monotonicMs()
      lane.dueAt = monotonicMs() + (isBusy ? timing.busyEveryMs : timing.idleEveryMs)
      lane.isRunning = false
      running -= 1
    }
  }
  const tick = (): void => {
    const names = given.clusters().map(({ name }) => name)
    for (const name of lanes.keys()) if (!names.includes(name)) lanes.delete(name)
    const due = names
      .map((name) => ({ name, lane: laneOf(name) }))
      .filter(({ lane }) => !lane.isRunning && lane.dueAt <= monotonicMs())
      .toSorted((a, b) => a.lane.dueAt - b.lane.dueAt)
    for (const { name, lane } of due.slice(0, MOST_AT_ONCE - running)) void serve(name, lane) // never rejects
  }
  return {
    start: () => {
      timer = setInterval(tick, TICK_MS)
      sweeps.start()
    },
    stop: async (graceMs) => {
      clearInterval(timer)
      stopped.abort()
      const swept = sweeps.stop()
      const endsAt = monotonicMs() + graceMs
      while (running > 0 && monotonicMs() < endsAt) await pause(20)
      const grace = new AbortController()
      await Promise.race([swept, pause(Math.max(0, endsAt - monotonicMs()), grace.signal)])
      grace.abort()
    },
    wake: (name) => {
      const lane = lanes.get(name)
      if (lane !== undefined) lane.dueAt = Math.min(lane.dueAt, monotonicMs())
    },
    troubles: refusals.troubles,
  }
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted === true) end()
    else signal?.addEventListener('abort', end)
  })
