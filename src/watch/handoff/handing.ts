import { laneOf } from '../../config'
import type { HandoffConfig } from '../../config'
import type { Answer } from '../../diagnosis/answer'
import type { Store } from '../../store/store'
import { createTick } from '../tick'
import type { TickReport } from '../tick'
import { begun, drafted, reminded, reported } from './decision'
import type { HandoffDecision, Report, Scene } from './decision'
import { dueOf } from './due'
import type { Due } from './due'
import { peopleAt } from './people'
import { createSchedule } from './schedule'
import type { Schedule } from './schedule'
import { handoffStateIn } from './state'
import type { HandoffState } from './state'

export type HandingDeps = {
  readonly handoffs: () => readonly HandoffConfig[]
  readonly store: HandingStore
  /** What is kept of a span, Unix ms. Undefined: nothing could be read. */
  readonly report: (
    handoff: HandoffConfig,
    span: { readonly from: number; readonly to: number },
    at: number,
  ) => Promise<Report | undefined>
  readonly fallbackChannel: () => string | undefined
  /** Unix ms. */
  readonly now: () => number
  /** Something of a lane is due in the outbox. */
  readonly decided: (lane: string, is: Decided) => void
  readonly fault: TickReport['fault']
  readonly everyMs?: number
  readonly leaseMs?: number
}

/** For metrics. */
export type Decided = 'draft' | 'report' | 'late report' | 'reminder'

export type HandingStore = {
  readonly storms: Pick<Store['storms'], 'read' | 'decide'>
  readonly outbox: Pick<Store['outbox'], 'sentAs'>
  readonly ticks: Pick<Store['ticks'], 'hold' | 'release'>
  readonly trouble: Store['trouble']
}

export type Handing = {
  readonly start: () => void
  readonly stop: () => Promise<void>
  /** One turn of a handoff; the ticks take one every few seconds. */
  readonly turn: (name: string) => Promise<void>
  /** Why handoffs cannot be relied on now, a sentence each. */
  readonly troubles: () => readonly string[]
}

/** A change of shift is noticed so soon. */
const EVERY_MS = 10_000
/** One replica puts a report together; when it is killed another does after this. */
const LEASE_MS = 60_000

/**
 * Shifts are handed over by what the schedule says and what the store says was handed over. Any replica may do it: what is
 * decided stands by compare-and-set, under keys that all replicas derive alike, and goes through the outbox.
 */
export const createHanding = (deps: HandingDeps): Handing => {
  const schedules = new Map<string, Schedule>()
  const startedAt = deps.now()
  const waited = new Set<number>()
  const scheduleOf = ({ cron, timezone }: HandoffConfig): Schedule => {
    const name = `${cron} ${timezone}`
    const known = schedules.get(name) ?? createSchedule(cron, timezone)
    schedules.set(name, known)
    return known
  }
  const turn = async (name: string): Promise<void> => {
    const handoff = deps.handoffs().find((one) => one.name === name)
    if (handoff === undefined) return
    const schedule = scheduleOf(handoff)
    await handOver({ ...deps, handoff, schedule, at: deps.now(), startedAt, waited })
  }
  const tick = createTick({
    everyMs: deps.everyMs ?? EVERY_MS,
    names: () => deps.handoffs().map(({ name }) => name),
    turn,
    onPeriod: () => undefined,
    elect: () => Promise.resolve(true), // any replica may: what it decides is decided once
    now: deps.now,
    report: { ...SILENT, fault: deps.fault },
  })
  return {
    start: tick.start,
    stop: tick.stop,
    turn,
    troubles: () => {
      const trouble = deps.handoffs().length === 0 ? undefined : tick.trouble()
      return trouble === undefined ? [] : [`Handoffs: ${trouble.replace('clusters', 'schedules')}`]
    },
  }
}

const SILENT = { late: () => undefined, missed: () => undefined, restarted: () => undefined }

type Turn = HandingDeps & {
  readonly handoff: HandoffConfig
  readonly schedule: Schedule
  readonly at: number
  readonly startedAt: number
  /** Changes whose report waited for what could not be read. */
  readonly waited: Set<number>
}

const handOver = async (turn: Turn): Promise<void> => {
  const { store, handoff } = turn
  const stored = await store.storms.read(laneOf(handoff.name))
  const state = handoffStateIn(stored.state)
  const due = dueOf({ ...turn, state, reportedAt: await reportedAt(turn, state) })
  if (due === undefined) return
  if (!mayBegin(turn, due)) return void (due.is === 'report' && turn.waited.add(due.change))
  const lease = `handoff:${handoff.name}`
  if (!(await store.ticks.hold(lease, turn.leaseMs ?? LEASE_MS))) return
  try {
    await decide(turn, { state, version: stored.version, due })
  } finally {
    await store.ticks.release(lease)
  }
}

type Deciding = {
  readonly state: HandoffState | undefined
  readonly version: number
  readonly due: Due
}

const decide = async (turn: Turn, { state, version, due }: Deciding): Promise<void> => {
  const lane = laneOf(turn.handoff.name)
  const decision = await decisionOf(turn, state, due)
  if (decision === undefined) return
  const { decided } = await turn.store.storms.decide(
    lane,
    { ...decision, expected: version },
    turn.at,
  )
  if (!decided || due.is === 'begin') return // another was first: what is due then is asked anew
  const isLate = due.is === 'report' && decision.state.report?.news.remarks.length !== 0
  turn.decided(lane, isLate ? 'late report' : due.is)
}

/** The message's own time: what waits for Slack has not been read by anybody. */
const reportedAt = async (
  { store, handoff }: Turn,
  state: HandoffState | undefined,
): Promise<number | undefined> => {
  const report = state?.report
  if (report === undefined || report.isReminded || report.news.accepted !== undefined)
    return undefined
  const sent = await store.outbox.sentAs(laneOf(handoff.name), report.key)
  return sent === undefined ? undefined : Number(sent.ts) * 1000
}

/**
 * A report without history is worth little: it waits for Redis, and goes out without after so long. A first start and a
 * draft can wait for as long as it takes.
 */
const mayBegin = ({ store, handoff, at }: Turn, due: Due): boolean => {
  if (store.trouble() === undefined || due.is === 'reminder') return true
  return due.is === 'report' && at - due.change >= handoff.storeWaitMs
}

const decisionOf = async (
  turn: Turn,
  state: HandoffState | undefined,
  due: Due,
): Promise<HandoffDecision | undefined> => {
  const { handoff } = turn
  if (due.is === 'begin') return begun(handoff, due.handedAt)
  if (state === undefined) return undefined
  if (due.is === 'reminder')
    return reminded(state, due.waitedMs, { scene: sceneOf(turn, state.handedAt, undefined) })
  const before = turn.schedule.last(due.change - 1)
  const scene = sceneOf(turn, due.change, before)
  const report = await reportOf(turn, { change: due.change, before })
  if (report === undefined) return undefined
  return due.is === 'draft'
    ? drafted(state, due, { report, scene })
    : reported(state, due, { report, scene })
}

const sceneOf = (turn: Turn, change: number, before: number | undefined): Scene => ({
  handoff: turn.handoff,
  people: peopleAt(turn.handoff, { change, before }),
  at: turn.at,
  because: reasonOf(turn, change),
  fallback: turn.fallbackChannel(),
})

const reasonOf = ({ startedAt, waited }: Turn, change: number): Scene['because'] => {
  if (startedAt > change) return 'not running'
  return waited.has(change) ? 'no store' : 'held up'
}

/** A shift without a change before it, as of a line that fires once in years. */
const FIRST_MS = 86_400_000
/** A report is of one shift, and what is kept in detail is not older. */
const LONGEST_MS = 14 * 86_400_000

/** Undefined: not yet. What cannot be read is waited for by a report, and then said. */
const reportOf = async (
  turn: Turn,
  { change, before }: { readonly change: number; readonly before: number | undefined },
): Promise<Report | undefined> => {
  const { handoff, at } = turn
  const from = Math.max(before ?? change - FIRST_MS, change - LONGEST_MS)
  const report = await turn.report(handoff, { from, to: change }, at).catch(() => undefined)
  if (report?.isWhole === true) return report
  const isDraft = at < change
  if (isDraft) return report
  turn.waited.add(change)
  if (at - change < handoff.storeWaitMs) return undefined
  return report !== undefined && turn.store.trouble() === undefined
    ? report
    : withoutHistory(handoff, at)
}

const withoutHistory = ({ clusters }: HandoffConfig, at: number): Report => {
  const headline =
    'What happened in this shift cannot be told: Redis, which keeps it, could not be read.'
  const details: Answer = {
    at,
    state: undefined,
    severity: 'unknown',
    headline,
    facts: [],
    tables: [],
    findings: [],
    unseen: ['the whole shift'],
    action: { say: 'See how the clusters stand now.', ask: 'clusters' },
    json: {},
  }
  const next = clusters.length === 1 ? `status ${clusters[0] ?? ''}` : 'clusters'
  return {
    lines: [
      [{ is: 'text', text: headline }],
      [
        { is: 'text', text: 'That nothing is said here does not mean that nothing was.' },
        { is: 'ask', ask: next },
      ],
    ],
    details,
    isWhole: false,
  }
}
