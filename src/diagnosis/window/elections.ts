import { isLeaderless, leaderOf, majorityOf } from '../status/leader'
import type { Leader } from '../status/leader'
import type { LogEvent } from '../facts'
import type { Look } from './look'
import { explainerOf, restartsOf } from './restarts'
import type { Restart } from './restarts'

/** One election that somebody won. Times in Unix ms. */
export type Election = {
  /** When it was won where a log tells, else the look that saw it. */
  readonly at: number
  /** The look before: it was won after that. */
  readonly since: number
  readonly term: number | undefined
  /** Endpoints; undefined where nobody looks at that member. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly seenIn: 'log' | 'looks'
  /** What explains it; undefined: nothing, it counts towards a storm. */
  readonly planned: 'restart' | 'transfer' | undefined
}

/** A member that lost and found its leader without an election: its link, or itself, is at fault. */
export type LostContact = {
  readonly at: number
  readonly endpoint: string
  readonly times: number
}

export type History = {
  readonly elections: readonly Election[]
  readonly lostContacts: readonly LostContact[]
  readonly restarts: readonly Restart[]
  /** Times of the looks at which a majority saw no leader. */
  readonly leaderless: readonly number[]
  /** The leader at each look: found now, or the last one known. As many as looks. */
  readonly leaders: readonly (Leader | undefined)[]
}

/** Joins elections from term, leader, counters, restarts and logs of all members, since no single one counts them. */
export const historyOf = (looks: readonly Look[]): History => {
  const restarts = restartsOf(looks)
  const { elections, leaders } = findAll(looks)
  const explained = elections.map((election) => explainerOf(election, { looks, restarts }))
  return {
    elections: explained,
    lostContacts: lostContactsOf(looks, elections),
    restarts,
    leaderless: looks.filter(isLeaderless).map((look) => look.at),
    leaders,
  }
}

/** Where the search stands after a look. */
type Found = {
  readonly at: number
  /** Elections up to this term are counted. -1: no term was seen yet. */
  readonly term: number
  /** The last one was told by a new leader alone, before its term showed. */
  readonly isTermGuessed: boolean
  readonly leader: Leader | undefined
  /** Who a log named last: looks may see that one stand only later. */
  readonly named: string | undefined
}

type FoundAll = Pick<History, 'elections' | 'leaders'>

const findAll = (looks: readonly Look[]): FoundAll => {
  const elections: Election[] = []
  const leaders: (Leader | undefined)[] = []
  let before: Found | undefined
  for (const look of looks) {
    const next = before === undefined ? begin(look) : step(before, look)
    elections.push(...next.won)
    leaders.push(next.found.leader)
    before = next.found
  }
  return { elections, leaders }
}

type Step = { readonly found: Found; readonly won: readonly Election[] }

const begin = (look: Look): Step => {
  const logged = (look.logs ?? []).filter(isWin).map((event) => event.term)
  const term = Math.max(-1, termIn(look), ...logged)
  const leader = leaderOf(look, undefined)
  return { found: { at: look.at, term, isTermGuessed: false, leader, named: undefined }, won: [] }
}

const step = (before: Found, look: Look): Step => {
  const leader = leaderOf(look, before.leader) ?? before.leader
  const logged = loggedElections(look, before)
  const known = Math.max(before.term, ...logged.map((election) => election.term ?? -1))
  const seen = termIn(look)
  const changed = hasChanged(before, leader)
  const bare = logged.length > 0 ? 0 : unlogged(look, before, { seen, changed })
  const guessed = bare > 0 && seen <= before.term
  const term = Math.max(known, seen, guessed && seen >= 0 ? before.term + 1 : -1)
  return {
    found: {
      at: look.at,
      term,
      isTermGuessed: guessed || (before.isTermGuessed && seen < term),
      leader,
      named: logged.at(-1)?.to ?? (leader?.endpoint === before.named ? undefined : before.named),
    },
    won: [...logged, ...bareElections(bare, look, { before, leader, term })],
  }
}

const hasChanged = ({ leader: old, named }: Found, leader: Leader | undefined): boolean =>
  !!leader && !!old && leader.id !== old.id && (named === undefined || leader.endpoint !== named)

const termIn = (look: Look): number =>
  Math.max(-1, ...look.members.map((member) => member.term ?? -1))

/** New terms that a log names a winner of. A member that joins names the old winner again: its term is not new. */
const loggedElections = (look: Look, before: Found): readonly Election[] => {
  const elections: Election[] = []
  let { term } = before
  let from = before.leader?.endpoint
  for (const event of look.logs ?? []) {
    if (!isWin(event) || event.term <= term) continue
    const to = winnerOf(look, event)
    elections.push({
      at: plausible(event.at, before.at, look.at),
      since: before.at,
      term: event.term,
      from,
      to,
      seenIn: 'log',
      planned: undefined,
    })
    term = event.term
    from = to
  }
  return elections
}

const isWin = (event: LogEvent): event is LogEvent & { readonly term: number } =>
  event.term !== undefined && (event.kind === 'elected' || event.kind === 'became-leader')

const winnerOf = (look: Look, event: LogEvent): string | undefined =>
  event.kind === 'became-leader'
    ? event.endpoint
    : look.members.find((member) => member.id === event.peerId)?.endpoint

/** 3.4 writes local time without a zone: a line that says another hour came between the two looks. */
const plausible = (at: number, from: number, to: number): number =>
  at > to || at < from - 300_000 ? Math.min(Math.max(at, from), to) : at

type Now = { readonly seen: number; readonly changed: boolean }

/** How many were won since the look before, by term, leader and the counters that all members share. */
const unlogged = (look: Look, before: Found, { seen, changed }: Now): number => {
  if (before.term < 0 && seen < 0) return Math.max(changed ? 1 : 0, sharedLeaderChanges(look))
  const rise = before.term < 0 ? 0 : seen - before.term
  if (rise <= 0) return changed ? 1 : 0
  const least = before.isTermGuessed && !changed ? 0 : 1
  return Math.min(rise, Math.max(least, sharedLeaderChanges(look)))
}

/** Every member counts a won election: the least of a majority is how many there were, each more is a lost contact. */
const sharedLeaderChanges = (look: Look): number => {
  const counts = look.members
    .filter((member) => !member.restarted)
    .map((member) => member.gain?.leaderChanges)
    .filter((count) => count !== undefined)
  return counts.length < majorityOf(look) ? 0 : Math.min(...counts)
}

type Bare = {
  readonly before: Found
  readonly leader: Leader | undefined
  readonly term: number
}

/** What looks alone tell of elections: only of the last one, who won it; only of the first, who lost it. */
const bareElections = (
  count: number,
  look: Look,
  { before, leader, term }: Bare,
): readonly Election[] =>
  Array.from({ length: count }, (_, i) => ({
    at: look.at,
    since: before.at,
    term: i === count - 1 && term >= 0 ? term : undefined,
    from: i === 0 ? before.leader?.endpoint : undefined,
    to: i === count - 1 ? leader?.endpoint : undefined,
    seenIn: 'looks',
    planned: undefined,
  }))

/** Leader changes that a member counted beyond the elections that there were in that time. */
const lostContactsOf = (
  looks: readonly Look[],
  elections: readonly Election[],
): readonly LostContact[] =>
  looks.flatMap((look) =>
    look.members.flatMap((member) => {
      const { gain, restarted, endpoint } = member
      if (gain?.leaderChanges === undefined || restarted) return []
      const since = look.at - gain.seconds * 1000
      // Pages and Status of one look differ by a moment: an election at either end may be this one
      const won = elections.filter(({ since: from, at }) => at >= since - 1000 && from <= look.at)
      const times = gain.leaderChanges - won.length
      return times > 0 ? [{ at: look.at, endpoint, times }] : []
    }),
  )
