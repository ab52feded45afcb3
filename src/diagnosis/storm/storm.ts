import type { Election } from '../window/elections'
import type { State } from '../facts'
import type { Limits } from '../limits'
import type { Precursor } from './precursors'

/** What one look adds to what is known of a cluster's storms. */
export type StormLook = {
  readonly at: number
  /** Enough members were read to speak of the cluster. */
  readonly readable: boolean
  /** A majority sees no leader. */
  readonly leaderless: boolean
  /** Start of the window that `elections` covers. */
  readonly since: number
  /** All that the window holds, planned ones too: later looks may explain an election that an earlier one could not. */
  readonly elections: readonly Election[]
  readonly precursors: readonly Precursor[]
}

/** Plain data, so that it can be kept. Begin with `calmWeather`. */
export type Storm = {
  readonly state: State
  /** When this state began. */
  readonly since: number
  /** Times of the unplanned elections of the last hour, without those before an all clear. */
  readonly elections: readonly number[]
  readonly leaderlessLooks: number
  readonly unreadableLooks: number
  readonly precursorLooks: number
  /** The first and the last of them; undefined: there is none. */
  readonly precursorSince: number | undefined
  readonly precursorAt: number | undefined
  /** When the storm that is open began; undefined: none is. */
  readonly openedAt: number | undefined
  /** The worst that the open storm was. */
  readonly worst: 'watch' | 'warning' | undefined
  /** The last unplanned election, precursor or look without a leader. */
  readonly troubledAt: number | undefined
  /** Elections up to then are over and count no more. */
  readonly clearedAt: number | undefined
  /** The last look, whatever it saw. Undefined: kept by a version that did not tell. */
  readonly lookedAt?: number | undefined
  /** The last stretch of the open storm that nobody saw. Undefined: there is none. */
  readonly unseen?: Unseen | undefined
}

/** Nothing was looked at, or nothing could be read. Unix ms. */
export type Unseen = { readonly from: number; readonly until: number }

const NO_PRECURSORS = { precursorLooks: 0, precursorSince: undefined, precursorAt: undefined }

export const calmWeather = (at: number): Storm => ({
  state: 'calm',
  since: at,
  elections: [],
  leaderlessLooks: 0,
  unreadableLooks: 0,
  ...NO_PRECURSORS,
  openedAt: undefined,
  worst: undefined,
  troubledAt: undefined,
  clearedAt: undefined,
})

const HOUR_MS = 3_600_000

/** The weather after one more look. Looks come in order of time. */
export const nextStorm = (before: Storm, look: StormLook, limits: Limits): Storm => {
  const counted = countedAfter(before, look, limits)
  const state = stateOf(counted, before, { look, limits })
  const isOpen = state === 'watch' || state === 'warning'
  const cleared = state === 'all-clear' && before.state !== 'all-clear'
  const open = isOpen || (before.openedAt !== undefined && state !== 'all-clear')
  return {
    ...counted,
    state,
    since: state === before.state ? before.since : look.at,
    openedAt: open ? (before.openedAt ?? look.at) : undefined,
    unseen: before.openedAt === undefined ? undefined : unseenAfter(before, look, limits),
    worst: open ? worstOf(before.worst, state) : undefined,
    ...(cleared && { clearedAt: look.at, elections: [], ...NO_PRECURSORS }),
  }
}

type Counted = Omit<Storm, 'state' | 'since' | 'openedAt' | 'worst'>

const countedAfter = (before: Storm, look: StormLook, limits: Limits): Counted => {
  const elections = unplannedSince(before, look)
  const newest = elections.at(-1)
  const troubled = look.leaderless || look.precursors.length > 0
  return {
    elections,
    leaderlessLooks: look.leaderless
      ? before.leaderlessLooks + 1
      : look.readable
        ? 0
        : before.leaderlessLooks,
    unreadableLooks: look.readable || look.leaderless ? 0 : before.unreadableLooks + 1,
    ...precursorsAfter(before, look, limits),
    troubledAt: latest(before.troubledAt, newest, troubled ? look.at : undefined),
    clearedAt: before.clearedAt,
    lookedAt: look.at,
  }
}

/**
 * What was not compared with the look before is not seen: calm is counted from its end. One look that failed is none:
 * counters tell of it at the next.
 */
const unseenAfter = (before: Storm, look: StormLook, limits: Limits): Unseen | undefined => {
  const { lookedAt, unseen } = before
  const isUnread = !look.readable && before.unreadableLooks + 1 >= limits.unknownPostLooks
  const isHole = lookedAt !== undefined && look.since > lookedAt
  if (lookedAt === undefined || (!isUnread && !isHole)) return unseen
  return { from: unseen?.until === lookedAt ? unseen.from : lookedAt, until: look.at }
}

type Precursors = Pick<Storm, 'precursorLooks' | 'precursorSince' | 'precursorAt'>

/**
 * A look of 15 s sees what happened at any time in it; those of two seconds see it come and go. A look that could not be
 * read ends nothing.
 */
const precursorsAfter = (
  { precursorLooks, precursorSince, precursorAt }: Storm,
  { at, readable, precursors }: StormLook,
  { watchPrecursorGapMs }: Limits,
): Precursors => {
  if (precursors.length > 0)
    return {
      precursorLooks: precursorLooks + 1,
      precursorSince: precursorSince ?? at,
      precursorAt: at,
    }
  const isOver = readable && at - (precursorAt ?? -Infinity) >= watchPrecursorGapMs
  return isOver ? NO_PRECURSORS : { precursorLooks, precursorSince, precursorAt }
}

/**
 * Those that the window covers are taken anew from it, since a restart seen later explains what was unplanned. What its
 * first look saw cannot be found in it any more.
 */
const unplannedSince = (before: Storm, { at, since, elections }: StormLook): readonly number[] => {
  const newer = elections
    .filter((election) => election.planned === undefined)
    .map((election) => election.at)
  // A log may tell the time of one from before the window
  const older = before.elections.filter((time) => time <= since && !newer.includes(time))
  return [...older, ...newer]
    .filter((time) => time > at - HOUR_MS && time > (before.clearedAt ?? -Infinity))
    .toSorted((a, b) => a - b)
}

const latest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

type Scene = { readonly look: StormLook; readonly limits: Limits }

const stateOf = (counted: Counted, before: Storm, { look, limits }: Scene): State => {
  if (counted.unreadableLooks > 0) return unread(counted, before, limits)
  // Before anything that counts elections: those of five minutes ago make no warning of a storm that is over
  if (isCleared(counted, before, { look, limits })) return 'all-clear'
  if (isWarning(counted, look.at, limits)) return 'warning'
  if (before.worst === 'warning') return 'warning'
  if (isWatch(counted, limits) || before.worst === 'watch') return 'watch'
  if (look.leaderless) return 'leaderless'
  if (counted.elections.length > 0) return 'unsettled'
  return before.state === 'all-clear' && look.at - before.since < HOUR_MS ? 'all-clear' : 'calm'
}

/** An open storm is not forgotten for a look that failed; what is not seen for longer is not known. */
const unread = (counted: Counted, before: Storm, limits: Limits): State => {
  const isOpen = before.state === 'watch' || before.state === 'warning'
  return isOpen && counted.unreadableLooks < limits.unknownPostLooks ? before.state : 'unknown'
}

const isWarning = ({ elections, leaderlessLooks }: Counted, at: number, limits: Limits): boolean =>
  leaderlessLooks >= limits.warningLeaderlessLooks ||
  isBurst(elections, {
    at,
    withinMs: 5 * 60_000,
    count: limits.warningElections5Min,
    spanMs: limits.warningSpanMs,
  }) ||
  isBurst(elections, {
    at,
    withinMs: 15 * 60_000,
    count: limits.warningElections15Min,
    spanMs: limits.warningSpanMs,
  })

type Burst = {
  readonly at: number
  readonly withinMs: number
  readonly count: number
  readonly spanMs: number
}

/** A split vote repeats within seconds: so many elections in too short a time are one. */
const isBurst = (elections: readonly number[], { at, withinMs, count, spanMs }: Burst): boolean => {
  const recent = elections.filter((time) => time > at - withinMs)
  const [first, last] = [recent[0], recent.at(-1)]
  return (
    recent.length >= count && first !== undefined && last !== undefined && last - first >= spanMs
  )
}

const isWatch = (counted: Counted, limits: Limits): boolean =>
  counted.elections.length >= limits.watchElectionsHour || hasHeld(counted, limits)

/** Looks alone would be seconds while a cluster is looked at every two. */
const hasHeld = (
  { precursorLooks, precursorSince = 0, precursorAt = 0 }: Counted,
  { watchPrecursorLooks, watchPrecursorMs }: Limits,
): boolean =>
  precursorLooks >= watchPrecursorLooks && precursorAt - precursorSince >= watchPrecursorMs

const isCleared = (counted: Counted, before: Storm, { look, limits }: Scene): boolean =>
  before.openedAt !== undefined &&
  look.at - Math.max(counted.troubledAt ?? before.openedAt, unseenUntil(before, look, limits)) >=
    limits.allClearMs

const unseenUntil = (before: Storm, look: StormLook, limits: Limits): number =>
  unseenAfter(before, look, limits)?.until ?? -Infinity

const worstOf = (before: Storm['worst'], state: State): Storm['worst'] =>
  before === 'warning' || state === 'warning' ? 'warning' : state === 'watch' ? 'watch' : before
