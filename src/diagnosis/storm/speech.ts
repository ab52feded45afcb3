import type { Limits } from '../limits'
import type { Notice, Reason } from './notice'
import type { Storm } from './storm'

/** Why a channel is told something now: the notice's reasons, and those that time and people give. */
export type Spoken =
  | Reason
  | 'unknown' // the first word is that nothing can be said
  | 'reminder' // acknowledged, and it goes on

/** What keeps a channel quiet now. Times are Unix ms; `from` is when it began. */
export type Quiet = {
  readonly what: 'silence' | 'maintenance' | 'no channel'
  readonly from: number
  readonly until: number
  readonly by?: string
  readonly reason?: string
}

export type Speech = {
  /** Undefined: stay silent. */
  readonly reason: Spoken | undefined
  /** Told only by what is edited in place: nothing new appears in the channel. */
  readonly isQuiet: boolean
  /** What to remember as said. What was withheld was not said. */
  readonly notice: Notice | undefined
  /** What withholds, or withheld, something that is still to be said. */
  readonly held: Quiet | undefined
  /** What had withheld it until this word. */
  readonly after: Quiet | undefined
}

export type Speaking = {
  readonly at: number
  readonly storm: Storm
  /** What the diagnosis would say, and what it would remember then. */
  readonly reason: Reason | undefined
  readonly notice: Notice | undefined
  /** What was remembered before. */
  readonly before: Notice | undefined
  readonly quiet: Quiet | undefined
  readonly held: Quiet | undefined
  readonly remindedAt: number | undefined
  readonly limits: Limits
}

/** What the diagnosis wants to say, as silences, maintenance and acknowledgements let it. */
export const speechOf = (now: Speaking): Speech => {
  if (now.quiet !== undefined) return muted(now, now.quiet)
  const reason = reasonNow(now)
  const held = isOpen(now) ? now.held : undefined
  if (reason === undefined)
    return { ...SILENT, notice: now.reason === 'still' ? now.before : now.notice, held }
  return { reason, isQuiet: false, notice: noticeNow(reason, now), held: undefined, after: held }
}

const SILENT = { reason: undefined, isQuiet: false, after: undefined } as const

/** An all clear is not news that may wait: what was announced is ended where it stands. */
const muted = (now: Speaking, quiet: Quiet): Speech => {
  if (now.reason === 'all clear')
    return {
      reason: 'all clear',
      isQuiet: true,
      notice: now.notice,
      held: undefined,
      after: undefined,
    }
  const held = isOpen(now) ? { ...quiet, from: now.held?.from ?? quiet.from } : undefined
  return { ...SILENT, notice: now.before, held }
}

const reasonNow = (now: Speaking): Spoken | undefined => {
  const { reason, before, storm, at, limits } = now
  const acknowledgedAt = before?.acknowledgedAt
  if (reason === 'first' && storm.state === 'unknown') return 'unknown'
  if (reason !== undefined && !(reason === 'still' && acknowledgedAt !== undefined)) return reason
  if (before === undefined || !isOpen(now)) return undefined
  if (now.held !== undefined) return 'still'
  if (acknowledgedAt === undefined) return undefined
  const quietMs = at - Math.max(acknowledgedAt, now.remindedAt ?? 0)
  return quietMs >= limits.reminderPostMs ? 'reminder' : undefined
}

/** There is something to say, or to go on about. */
const isOpen = ({ reason, before, storm }: Speaking): boolean =>
  (reason !== undefined && reason !== 'all clear') ||
  (before !== undefined &&
    (storm.state === 'watch' || storm.state === 'warning' || storm.state === 'unknown'))

const noticeNow = (reason: Spoken, { notice, before, at, ...now }: Speaking): Notice | undefined =>
  now.reason === undefined || now.reason === 'still'
    ? before && { ...before, at: reason === 'still' || reason === 'reminder' ? at : before.at }
    : notice
