import type { Election, History } from './elections'
import type { ClusterSettings, LogEvent, LogKind } from '../facts'
import { countOver, longestOver, sumOf } from '../histogram'
import { isPageLate, isPageSlow } from './lateness'
import type { Lateness } from './lateness'
import { isRefused } from '../status/leader'
import type { Limits } from '../limits'
import type { Look, MemberLook } from './look'
import { leavesTraces } from './outage'
import { lacksPreVote } from '../releases'

/** How a leader lost its place: the leader at the time is where every diagnosis starts. */
export type Deposition = {
  readonly election: Election
  /** Endpoint of the leader that was deposed. */
  readonly leader: string
  readonly how: How
  readonly heartbeatFailures: number | undefined
  /** A floor of its longest fsync around that time, seconds. */
  readonly fsyncOverSeconds: number | undefined
  /** Its page came late around that time. */
  readonly wasLate: boolean
  /** Its own log's word: it ran and heard nobody, or it did not run and was told. */
  readonly log: 'quorum-inactive' | 'higher-term' | undefined
}

export type How =
  | 'gone' // its process was away
  | 'stalled-in-fsync' // it waited for its disk while the process ran
  | 'stalled' // it did not run, or ran late
  | 'cut' // it ran without a stall and was not heard
  | 'clean' // it ran, and nothing else was wrong: a transfer that no log tells, or a cut too short to leave a trace
  | 'unseen' // nothing was read of it around that time

type Around = {
  readonly looks: readonly Look[]
  readonly settings: ClusterSettings
  readonly lateness: Lateness
  readonly limits: Limits
}

/** Unplanned elections whose old leader is watched. */
export const depositionsOf = (history: History, around: Around): readonly Deposition[] =>
  history.elections
    .filter((election) => election.planned === undefined)
    .flatMap((election) => {
      const { from } = election
      return from === undefined ? [] : [depositionOf(election, from, around)]
    })

const depositionOf = (election: Election, leader: string, around: Around): Deposition => {
  const near = nearOf(election, leader, around.looks)
  const gains = near.map((member) => member.gain).filter((gain) => gain !== undefined)
  const fsync = sumOf(gains.map((gain) => gain.walFsync))
  const failures = gains.map((gain) => gain.heartbeatFailures).filter((n) => n !== undefined)
  const facts = {
    election,
    leader,
    heartbeatFailures: failures.length === 0 ? undefined : failures.reduce((a, b) => a + b, 0),
    fsyncOverSeconds: fsync && longestOver(fsync),
    wasLate: near.some((member) => isPageLate(member, around.lateness)),
    log: logWord(election, leader, around),
  }
  const stallSeconds = stallLimitSeconds(around.settings, around.limits)
  const slowNow = near.some((member) => isPageSlow(member, around.lateness))
  if (near.some((member) => isRefused(member) || member.restarted)) return { ...facts, how: 'gone' }
  if (hadStepped(election, leader, around)) return { ...facts, how: 'cut' }
  const how = howOf(facts, {
    stalls: countOver(fsync, stallSeconds),
    slowNow,
    seen: gains.length > 0,
    hasPreVote: !near.some((member) => lacksPreVote(member.version)),
  })
  return { ...facts, how: how === 'cut' && !wasMissed(facts, around) ? 'clean' : how }
}

/** It ran, and already saw no leader at the look before: nobody deposed it, it had not been heard. */
const hadStepped = ({ since }: Election, leader: string, { looks, lateness }: Around): boolean =>
  looks.some((look) => {
    const member = look.at === since ? memberIn(look, leader) : undefined
    return member?.seesLeader === false && !isPageSlow(member, lateness)
  })

/** A cut leaves something behind: a log line, members without a leader, writes that failed, late probes. */
const wasMissed = ({ election, leader, log }: Facts, around: Around): boolean =>
  log === 'quorum-inactive' || leavesTraces(election, leader, around)

/** An fsync that comes near the election timeout, and is long by any standard: with short timeouts every host has some. */
export const stallLimitSeconds = (
  { electionMs }: ClusterSettings,
  { stallShare, stallFloorMs }: Limits,
): number => Math.max(stallFloorMs, stallShare * electionMs) / 1000

type Facts = Omit<Deposition, 'how'>
type Stalls = {
  readonly stalls: number
  readonly slowNow: boolean
  readonly seen: boolean
  /** Without it a lone member that comes back deposes a leader that ran. */
  readonly hasPreVote: boolean
}

const howOf = (facts: Facts, { stalls, slowNow, seen, hasPreVote }: Stalls): How => {
  if (facts.log === 'quorum-inactive') return 'cut'
  if (facts.wasLate) return 'stalled'
  if (stalls > 0) return slowNow ? 'stalled' : 'stalled-in-fsync'
  if ((facts.heartbeatFailures ?? 0) > 0 || slowNow) return 'stalled'
  if (facts.log === 'higher-term' && hasPreVote) return 'stalled'
  return seen && facts.heartbeatFailures !== undefined ? 'cut' : 'unseen'
}

/** The leader at the look before the election, at the one that saw it, and until its next page came. */
const nearOf = (
  election: Election,
  leader: string,
  looks: readonly Look[],
): readonly MemberLook[] => {
  const at = looks.findIndex((look) => look.at >= election.at)
  const since = looks.findIndex((look) => look.at >= election.since)
  const after = looks.slice(at + 1, at + 6).findIndex((look) => memberIn(look, leader)?.page.came)
  const until = at + 1 + Math.max(0, after)
  return (
    looks
      // Without a term the pages alone tell, and the old leader's own comes late
      .slice(Math.max(0, since + (election.term === undefined ? 0 : 1)), until + 1)
      .map((look) => memberIn(look, leader))
      .filter((member) => member !== undefined)
  )
}

const memberIn = (look: Look, endpoint: string): MemberLook | undefined =>
  look.members.find((member) => member.endpoint === endpoint)

const logWord = (
  election: Election,
  leader: string,
  { looks, settings }: Around,
): Deposition['log'] => {
  const said = (kind: LogKind, from: number, to: number): boolean =>
    looks.some((look) => (look.logs ?? []).some((event) => isIn(event, leader, { kind, from, to })))
  const before = election.since - 2 * settings.electionMs - 1000
  if (said('quorum-inactive', before, election.at + 5000)) return 'quorum-inactive'
  return said('higher-term', election.at - 1500, election.at + 15_000) ? 'higher-term' : undefined
}

type Sought = { readonly kind: LogKind; readonly from: number; readonly to: number }

const isIn = (event: LogEvent, endpoint: string, { kind, from, to }: Sought): boolean =>
  event.kind === kind && event.endpoint === endpoint && event.at >= from && event.at <= to
