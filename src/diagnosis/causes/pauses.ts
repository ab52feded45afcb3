import type { Deposition } from '../window/depositions'
import { countOver } from '../histogram'
import { isPrompt } from '../window/lateness'
import { processOf } from '../status/process'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'
import type { Hypothesis, Standing } from '../verdict'
import { foremost, hypothesis, nameOf, noLogs, pagesLate, seen, times, unplanned } from './evidence'
import { isHeavy } from './overload'

/** The process stood still and then went on as before: a virtual machine paused, a host swapped, a signal stopped it. */
export const pauses = (signals: Signals): Hypothesis => {
  const stalled = signals.depositions.filter((deposition) => deposition.how === 'stalled')
  const late = signals.members.filter(
    (member) => processOf(member, signals) === 'late' && !hasStalledInFsync(member, signals),
  )
  const halting = signals.members.filter((member) => isHalting(member, signals))
  const member =
    stalled.at(-1)?.leader ??
    foremost(late, (one) => one.pagesLate)?.endpoint ??
    foremost(halting, (one) => one.lateHeartbeatLooks)?.endpoint
  if (member === undefined) return unpaused(signals)
  const standing = standingOf(signals)
  const leaders = new Set(stalled.map((deposition) => deposition.leader))
  return hypothesis('pauses', {
    standing,
    summary:
      leaders.size > 1
        ? `Whoever leads stands still for a while, ${nameOf(signals, member)} last, with fsync and collections as usual`
        : `${nameOf(signals, member)} stands still for a while, with fsync and collections as usual`,
    member,
    supports: [
      ...seen(...late.map(pagesLate)),
      ...seen(times('leaders deposed while they did not run', stalled.length)),
      ...seen(
        ...signals.members.map((one) =>
          one.heartbeatFailures
            ? times('heartbeats sent late', one.heartbeatFailures, one.name)
            : undefined,
        ),
      ),
    ],
    unseen: [
      ...noLogs(
        signals,
        "the deposed leader's own line tells a pause (higher term) from a cut link (quorum not active)",
      ),
      ...(stalled.length > 0 && !stalled.some((deposition) => ranBefore(deposition, signals))
        ? [
            'A page from before the stop: whether the process ran freely until then, or waited for the processor all along',
          ]
        : []),
    ],
    action: {
      say:
        leaders.size > 1
          ? `Look for what comes with the leadership: a job beside whoever leads, or a host that they share; ${nameOf(signals, member)} was last`
          : `Find what stops ${nameOf(signals, member)}: live migration, snapshots or memory pressure of its machine`,
      run: 'journalctl -k | grep -iE "clocksource|rcu|hung|oom"; vmstat 1 # st, si, so',
    },
  })
}

const hasStalledInFsync = (member: MemberSignals, { limits }: Signals): boolean =>
  member.stalls >= 2 && (member.fsyncShare ?? 0) >= limits.fsyncTimeShare

const DEFAULT_ELECTION_MS = 1000

const standingOf = (signals: Signals): Standing => {
  const { depositions, members } = signals
  if (members.some((member) => processOf(member, signals) === 'starved') || isHeavy(signals))
    return 'possible'
  const stalled = depositions.filter((deposition) => deposition.how === 'stalled')
  // Without a page nothing tells a pause from a disk or a processor that stalls
  if (members.every((member) => processOf(member, signals) === 'unseen')) return 'possible'
  if (isMostlyInFsync(signals)) return 'possible'
  const sudden = stalled.filter((deposition) => ranBefore(deposition, signals))
  const seenLate = sudden.filter((deposition) => deposition.wasLate).length
  const told = sudden.filter(
    (deposition) => (deposition.heartbeatFailures ?? 0) > 0 || deposition.log === 'higher-term',
  ).length
  // Short timeouts need no pause: 40 ms of anything makes a heartbeat late
  if (seenLate === 0 && signals.settings.electionMs < DEFAULT_ELECTION_MS) return 'possible'
  if (
    seenLate > 0 ||
    told >= 2 ||
    (told === 1 && depositions.length === 1 && sudden[0]?.heartbeatFailures)
  )
    return 'likely'
  return members.some((member) => isOften(member, signals)) ? 'likely' : 'possible'
}

/**
 * A pause meets an fsync no more often than one is under way, which is a hundredth of the time on a sound disk and seldom
 * half of it. Where long ones are as many as half of the stops, the disk stalls as well, or instead.
 */
const isMostlyInFsync = (signals: Signals): boolean => {
  const count = (of: (member: MemberSignals) => number): number =>
    signals.members.reduce((sum, member) => sum + of(member), 0)
  const stalls = count((member) => member.stalls)
  const stops = Math.max(
    unplanned(signals).length,
    count((member) => member.lateRuns),
  )
  return stalls >= 2 && stalls > stops / 2
}

/**
 * A pause is a stop of a process that ran freely. In a window that begins inside the fault nobody saw it run: then it may
 * have waited for the processor all along.
 */
const ranBefore = ({ leader, election }: Deposition, { looks, rows, lateness }: Signals): boolean =>
  (rows.get(leader) ?? []).some(
    (member, i) =>
      member !== undefined &&
      (looks[i]?.at ?? Infinity) < election.at &&
      isPrompt(member, lateness),
  )

/**
 * Too short to depose it or to meet a look, but its heartbeats were late again and again, and nothing that it does was slow: an fsync of
 * half the limit already takes the leader from its heartbeats.
 * A processor quota that bites for moments looks the same, so that this alone names no cause.
 */
const isHalting = (member: MemberSignals, signals: Signals): boolean => {
  const { limits, settings, history } = signals
  return (
    unplanned(signals).length === 0 &&
    history.leaderless.length === 0 &&
    settings.electionMs >= DEFAULT_ELECTION_MS &&
    member.lateHeartbeatLooks >= limits.haltedLooks &&
    member.lateHeartbeatLooks >= limits.lateShare * member.pages &&
    countOver(member.fsync, limits.slowFsyncMs / 2000) < member.lateHeartbeatLooks / 2 &&
    (member.spillsSlow ?? 0) === 0 &&
    (member.gcPauseMs ?? 0) < limits.gcPauseSlowMs / 2 &&
    processOf(member, signals) !== 'starved'
  )
}

/** Without an election, late pages are only worth naming where they come and go, on one member and not on the others. */
const isOften = (member: MemberSignals, { members }: Signals): boolean =>
  member.pagesLate >= 3 &&
  member.lateRuns >= 2 &&
  members.every((other) => other === member || other.pagesLate <= member.pagesLate / 3)

const unpaused = (signals: Signals): Hypothesis => {
  const blind = signals.members.every((member) => processOf(member, signals) === 'unseen')
  return hypothesis('pauses', {
    standing: blind ? 'cannot-tell' : 'ruled-out',
    summary: blind ? 'Whether the processes ran in time was not seen' : 'No process stood still',
    refutes: seen(...signals.members.map(pagesLate)),
    unseen: blind ? ['No metrics page was read: its lateness would tell a pause'] : [],
    action: { say: 'Nothing to do' },
  })
}
