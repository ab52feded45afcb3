import type { HandoffConfig } from '../../config'
import type { Schedule } from './schedule'
import type { HandoffState } from './state'

/** What is to be done for a handoff now. Changes of shift are Unix ms. */
export type Due =
  /** The first time, by another schedule, or after a clock that was wrong: what passed before is not told. */
  | { readonly is: 'begin'; readonly handedAt: number }
  | { readonly is: 'draft'; readonly change: number }
  /** `missed`: changes before it that nobody was told of. */
  | { readonly is: 'report'; readonly change: number; readonly missed: number }
  | { readonly is: 'reminder'; readonly waitedMs: number }

export type Now = {
  readonly handoff: HandoffConfig
  readonly schedule: Schedule
  readonly state: HandoffState | undefined
  /** When the last report came into its channel; undefined: not yet, or nobody knows. */
  readonly reportedAt: number | undefined
  readonly at: number
}

/** By the schedule and what was handed over, not by being awake at the moment. The report comes before anything else. */
export const dueOf = (now: Now): Due | undefined => {
  const { handoff, schedule, state, at } = now
  const last = schedule.last(at)
  if (state === undefined || state.schedule !== scheduleName(handoff) || isAhead(state, at))
    return { is: 'begin', handedAt: last ?? at }
  if (last !== undefined && last > state.handedAt)
    return { is: 'report', change: last, missed: missedBetween(schedule, state.handedAt, last) }
  return reminderDue(now, state) ?? draftDue(now, state)
}

/** Clocks of replicas differ by less. */
const AHEAD_MS = 3_600_000

/** A clock that was wrong handed over what had not come: until then nobody would hand over anything. */
const isAhead = ({ handedAt }: HandoffState, at: number): boolean => handedAt > at + AHEAD_MS

export const scheduleName = ({ cron, timezone }: HandoffConfig): string => `${cron} ${timezone}`

const MOST_COUNTED = 100

const missedBetween = (schedule: Schedule, handedAt: number, last: number): number => {
  let missed = 0
  let change = schedule.next(handedAt)
  while (change !== undefined && change < last && missed < MOST_COUNTED) {
    missed += 1
    change = schedule.next(change)
  }
  return missed
}

const reminderDue = ({ handoff, reportedAt, at }: Now, { report }: HandoffState) => {
  if (report === undefined || reportedAt === undefined || report.isReminded) return undefined
  if (report.news.accepted !== undefined || report.news.to.length === 0) return undefined
  const waitedMs = at - reportedAt
  return waitedMs >= handoff.acceptMs ? ({ is: 'reminder', waitedMs } as const) : undefined
}

const draftDue = ({ handoff, schedule, at }: Now, { draftedFor }: HandoffState) => {
  const change = schedule.next(at)
  if (change === undefined || change === draftedFor || change - at > handoff.draftMs)
    return undefined
  return { is: 'draft', change } as const
}
