import { sendEdit, type EditOutcome } from './editing'
import { createLanes, pause, type LaneTiming } from './lanes'
import type { Letter } from './letter'
import { reasonOf, type Log } from '../log'
import type { Client, Edits, Outbox, Slots } from './outbox'
import { createPace } from './pace'
import { sendPost, type PostOutcome, type PostTiming } from './posting'
import { createRefusals } from './refusals'
import { createHistorySweeps, type SweepTiming } from './sweeping'

export type AnnounceDeps = {
  readonly clusters: () => readonly AnnouncedCluster[]
  readonly outbox: Outbox
  readonly edits: Edits
  readonly slots: Slots
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
  readonly post: (outcome: PostOutcome, reason: Letter['reason'] | 'unreadable') => void
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
  SweepTiming &
  LaneTiming & {
    /** At least twice the timeout of a call and 2 s: two looks at a channel and a post must fit. */
    readonly leaseMs: number
    readonly depthEveryMs: number
  }

export const TIMING: AnnounceTiming = {
  callMs: 5000,
  leaseMs: 15_000,
  lagMs: 3000,
  busyEveryMs: 500,
  idleEveryMs: 10_000,
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
  /** Why Slack refuses the bot itself, everywhere. */
  readonly barred: () => string | undefined
}

/** Posts, and edits, of one cluster in one turn. */
const MOST_IN_A_ROW = 5

/** Brings what was decided from the outbox into Slack's channels. Never throws; one runs in each process. */
export const createAnnouncer = (given: AnnounceDeps): Announcer => {
  const timing = { ...TIMING, ...given.timing }
  const { monotonicMs, outbox, report } = given
  const stopped = new AbortController()
  const pace = createPace({ [POST]: timing.paceMs }, monotonicMs)
  const refusals = createRefusals(given.now, (why) =>
    given.log.error({ event: 'barred', why }, 'Slack takes no post of ours: they wait'),
  )
  const sweeps = createHistorySweeps({ ...given, pace, timing, sentAs: outbox.sentAs })
  const sending = {
    ...given,
    pace,
    timing,
    sleep: (ms: number) => pause(ms, stopped.signal),
    report: { ...report, ...refusals.report, doubted: sweeps.doubt },
  }
  const count = createCount(given, timing.depthEveryMs)

  const nextPost = async (name: string): Promise<boolean> => {
    const leaseEndsAt = monotonicMs() + timing.leaseMs
    const ask = { now: given.now(), leaseMs: timing.leaseMs, skip: pace.waiting(POST) }
    const claim = await outbox.claim(name, ask)
    if (claim !== undefined) await sendPost(sending, claim, leaseEndsAt)
    return claim !== undefined
  }
  const nextEdit = async (name: string): Promise<boolean> => {
    const leaseEndsAt = monotonicMs() + timing.leaseMs
    const ask = { now: given.now(), leaseMs: timing.leaseMs }
    const claim = await given.edits.claim(name, ask)
    if (claim !== undefined) await sendEdit(sending, claim, leaseEndsAt)
    return claim !== undefined
  }
  const several = async (one: () => Promise<boolean>): Promise<void> => {
    let done = 0
    while (done < MOST_IN_A_ROW && !stopped.signal.aborted && (await one())) done++
  }
  const turn = async (name: string): Promise<boolean> => {
    try {
      const pending = await outbox.pending(name)
      await count(name, pending)
      if (pending !== 'due') return false
      await several(() => nextPost(name))
      await several(() => nextEdit(name))
      return true // also when it is another's turn: ours is near
    } catch (error) {
      const why = given.redact(reasonOf(error))
      given.log.error({ event: 'announce', cluster: name, why }, 'Announcing failed; it goes on')
      return false
    }
  }
  const clusters = (): readonly string[] => given.clusters().map(({ name }) => name)
  const lanes = createLanes({ clusters, turn, monotonicMs, timing })
  return {
    start: () => {
      lanes.start()
      sweeps.start()
    },
    stop: async (graceMs) => {
      stopped.abort()
      const grace = new AbortController()
      const ended = Promise.all([lanes.stop(graceMs), sweeps.stop()])
      await Promise.race([ended, pause(graceMs, grace.signal)])
      grace.abort()
    },
    wake: lanes.wake,
    troubles: refusals.troubles,
    barred: refusals.barred,
  }
}

const POST = 'chat.postMessage'

type Pending = Awaited<ReturnType<Outbox['pending']>>

type CountDeps = Pick<AnnounceDeps, 'outbox' | 'now' | 'monotonicMs' | 'report'>

/** Now and then, what waits of a cluster. */
const createCount = ({ outbox, now, monotonicMs, report }: CountDeps, everyMs: number) => {
  const dueAt = new Map<string, number>()
  return async (cluster: string, pending: Pending): Promise<void> => {
    if (monotonicMs() < (dueAt.get(cluster) ?? 0)) return
    dueAt.set(cluster, monotonicMs() + everyMs)
    const waiting = pending === 'none' ? [] : await outbox.waiting(cluster)
    const oldest = Math.min(now(), ...waiting.map(({ decidedAt }) => decidedAt))
    report.depth(cluster, { count: waiting.length, oldestMs: now() - oldest })
  }
}
