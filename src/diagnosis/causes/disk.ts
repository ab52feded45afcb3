import type { Action } from '../facts'
import { quantileOf, sayQuantile } from '../histogram'
import { processOf } from '../status/process'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'
import type { Hypothesis, Standing } from '../verdict'
import { foremost, hypothesis, noLogs, seen, share, times } from './evidence'
import { isHeavy } from './overload'

/** A member spends its time in fsync while its process runs on time and clients ask no more than before. */
export const disk = (signals: Signals): Hypothesis => {
  const slow = signals.members.filter((member) => isSlow(member, signals))
  const worst = foremost(slow, (member) => member.fsync?.sum ?? 0)
  if (worst === undefined) return fast(signals)
  const standing = standingOf(slow, signals)
  const alike =
    slow.length > 1 &&
    !followsLeader(slow, signals) &&
    slow.every((member) => (member.fsyncShare ?? 0) >= 0.6 * (worst.fsyncShare ?? 1))
  const one = !alike
  return hypothesis('disk', {
    standing,
    summary: one
      ? `The disk of ${worst.name} is slow: ${percent(worst.fsyncShare)} of the time goes into fsync${follows(slow, signals)}`
      : 'The disks of several members are slow at once: look for storage that they share',
    ...(one && { member: worst.endpoint }),
    supports: slow.flatMap((member) => evidenceOf(member)),
    refutes: refutesOf(slow, signals),
    unseen: noLogs(signals, '"slow fdatasync" lines would date each stall'),
    action: actionOf(worst, { one, follows: followsLeader(slow, signals) }),
  })
}

const actionOf = (
  { name }: MemberSignals,
  { one, follows }: { readonly one: boolean; readonly follows: boolean },
): Action => ({
  say: follows
    ? `Look for storage that the members share, or a job that runs beside whoever leads; most of it hit ${name}`
    : one
      ? `Look at the disk below ${name}'s data directory: what else writes there, then a faster device of its own`
      : 'Look at the storage that the members share, then give each a device of its own',
  run: 'iostat -x 1 # w_await and %util of the device; fio with fdatasync=1 measures it, off the live disk',
})

const isSlow = (member: MemberSignals, signals: Signals): boolean => {
  const { limits } = signals
  const slow = limits.slowFsyncMs / 1000
  const above = quantileOf(member.fsync, 0.9)
  const longest = quantileOf(member.fsync, 1)
  const busy =
    (member.fsyncShare ?? 0) >=
    Math.max(
      limits.fsyncTimeShare,
      Math.min(ALWAYS_SLOW, limits.slowFactor * (member.usualFsyncShare ?? 0)),
    )
  const stalls =
    (member.stallsPerMinute ?? 0) > limits.slowFactor * (member.usualStallsPerMinute ?? 0)
  return stalls || (busy && ((above?.over ?? 0) >= slow / 2 || (longest?.over ?? 0) >= slow))
}

/** Nothing is four times a third of the time: above it a disk is slow, whatever is usual. */
const ALWAYS_SLOW = 0.8

/** Late pages explain long fsyncs without the disk; so does a load far above the usual. */
const standingOf = (slow: readonly MemberSignals[], signals: Signals): Standing => {
  if (signals.trouble === undefined) return 'ruled-out'
  if (slow.every((member) => processOf(member, signals) === 'starved')) return 'ruled-out'
  if (isHeavy(signals)) return 'possible'
  const prompt = slow.filter(
    (member) => processOf(member, signals) === 'prompt' && isFelt(member, signals),
  )
  const stalled = signals.depositions.some((deposition) => deposition.how === 'stalled-in-fsync')
  const busy = prompt.some((member) => (member.fsyncShare ?? 0) >= signals.limits.fsyncTimeShare)
  const repeated = prompt.some(
    (member) => member.stalls >= 2 && (member.fsyncShare ?? 0) >= signals.limits.fsyncTimeShare / 3,
  )
  if (!prompt.some((member) => isSeenWaiting(member, signals))) return 'possible'
  return stalled || busy || repeated ? 'likely' : 'possible'
}

/**
 * A process that is stopped while an fsync is under way counts the stop as that fsync. So a few long ones are the disk's
 * only where the process was seen to run meanwhile (Status waits, the page comes), or where it does little else.
 */
const isSeenWaiting = (member: MemberSignals, signals: Signals): boolean =>
  member.statusesSlowPagePrompt > 0 ||
  (member.fsyncShare ?? 0) >= MOSTLY_WAITING ||
  (quantileOf(member.fsync, 0.9)?.over ?? 0) >= signals.limits.slowFsyncMs / 2000 ||
  isStoppedByFsyncAlone(member, signals)

/** Stops do not wait for an fsync to meet: where it stalls again and again and hardly ever outside of one, it is the disk. */
const isStoppedByFsyncAlone = (
  { endpoint, stalls, pagesLate }: MemberSignals,
  { depositions }: Signals,
): boolean => {
  const outside = depositions.filter(
    ({ leader, how }) => leader === endpoint && how !== 'stalled-in-fsync',
  )
  return stalls >= 3 && outside.length + pagesLate <= stalls / 4
}

/** A slow disk takes 82 to 99 % of the time (recorded); stops of 2.5 s every 10 s take a quarter. */
const MOSTLY_WAITING = 0.5

/** Somebody waited for it: writes again and again, Status, its heartbeats, or its followers until they gave up. */
const isFelt = (member: MemberSignals, { depositions }: Signals): boolean =>
  member.statuses === 0 ||
  member.stalls >= 3 ||
  member.statusesSlow > 0 ||
  (member.heartbeatFailures ?? 0) > 0 ||
  depositions.some((one) => one.leader === member.endpoint && one.how === 'stalled-in-fsync')

const fast = (signals: Signals): Hypothesis => {
  const blind = signals.members.every((member) => member.fsync === undefined)
  return hypothesis('disk', {
    standing: blind ? 'cannot-tell' : 'ruled-out',
    summary: blind ? 'How long fsync takes was not seen' : 'No member waited long for its disk',
    refutes: signals.members.flatMap(evidenceOf),
    unseen: blind ? ['No metrics page came twice: the time in fsync would tell a slow disk'] : [],
    action: { say: 'Leave the disks as they are' },
  })
}

const percent = (value: number | undefined): string =>
  value === undefined ? 'much' : `${Math.round(100 * value)} %`

const follows = (slow: readonly MemberSignals[], signals: Signals): string =>
  followsLeader(slow, signals) ? ', and the stalls follow the leader' : ''

/** Each stalled while it led: what slows them comes with the leadership, as with storage or a job that does. */
const followsLeader = (slow: readonly MemberSignals[], { depositions }: Signals): boolean =>
  slow.length > 1 &&
  depositions.filter((deposition) => deposition.how === 'stalled-in-fsync').length > 1 &&
  slow.every((member) => member.led > 0)

const evidenceOf = (member: MemberSignals) => {
  const p99 = quantileOf(member.fsync, 0.99)
  return seen(
    share('time in fsync', member.fsyncShare, {
      usual: member.usualFsyncShare,
      member: member.name,
    }),
    p99 && { name: 'fsync', value: sayQuantile(p99), unit: '', member: member.name },
    member.stalls > 0
      ? times('fsyncs near the election timeout', member.stalls, member.name)
      : undefined,
    member.statusesSlowPagePrompt > 0
      ? times('Status slow while the page came at once', member.statusesSlowPagePrompt, member.name)
      : undefined,
  )
}

const refutesOf = (slow: readonly MemberSignals[], signals: Signals) =>
  seen(
    ...slow
      .filter((member) => processOf(member, signals) !== 'prompt')
      .map((member) => times('pages late as well', member.pagesSlow, member.name)),
    isHeavy(signals) ? { name: 'load', value: 'far above the usual', unit: '' } : undefined,
  )
