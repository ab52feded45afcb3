import { countOver, sumOf } from '../histogram'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'

/** What the pages say of a member's process. `unseen`: no page was asked for. */
export type Process = 'prompt' | 'late' | 'starved' | 'unseen'

/**
 * Late: its pages came late, or it did not run when it should have. Starved: late, and everything that it did took long as
 * well, which a pause does not do: a pause hits at most the one fsync that was under way.
 */
export const processOf = (member: MemberSignals, signals: Signals): Process => {
  if (member.pages === 0) return 'unseen'
  if (!isLate(member, signals)) return 'prompt'
  return isStarved(signsOfStarvation(member, signals)) ? 'starved' : 'late'
}

/** Its own work is slow, which a pause does not do, and not in its fsyncs alone, which a disk does. */
const isStarved = (signs: readonly SignOfStarvation[]): boolean => {
  const has = (...wanted: readonly SignOfStarvation[]): boolean =>
    wanted.some((sign) => signs.includes(sign))
  return (
    signs.length >= 2 &&
    has('fsyncs', 'spills', 'collections') &&
    has('pages', 'spills', 'collections')
  )
}

const isLate = (member: MemberSignals, { limits }: Signals): boolean =>
  member.pagesLate >= 1 || (member.pagesSlow >= 2 && slowShare(member) >= limits.lateShare)

export const slowShare = (member: MemberSignals): number =>
  member.pages === 0 ? 0 : member.pagesSlow / member.pages

export type SignOfStarvation = 'pages' | 'fsyncs' | 'spills' | 'collections' | 'heartbeats'

/** Each would be rare in a process that is paused once in a while and runs freely between. */
export const signsOfStarvation = (
  member: MemberSignals,
  signals: Signals,
): readonly SignOfStarvation[] => {
  const { limits } = signals
  const stops = Math.max(1, deposedTimes(member, signals), member.pagesLate)
  const peers = Math.max(1, signals.members.length - 1)
  const slowFsyncs = countOver(lateFsyncs(member, signals), limits.spillSlowMs / 1000)
  const signs: readonly (readonly [SignOfStarvation, boolean])[] = [
    ['pages', member.pagesSlow >= 3 && slowShare(member) >= 2 * limits.lateShare],
    ['fsyncs', slowFsyncs >= 3 && slowFsyncs >= 2 * stops],
    ['spills', (member.spillsSlow ?? 0) >= 1],
    ['collections', (member.gcPauseMs ?? 0) >= limits.gcPauseSlowMs],
    [
      'heartbeats',
      (member.heartbeatFailures ?? 0) >= 3 * peers * Math.max(1, deposedTimes(member, signals)),
    ],
  ]
  return signs.filter(([, holds]) => holds).map(([sign]) => sign)
}

const deposedTimes = (member: MemberSignals, { depositions }: Signals): number =>
  depositions.filter((deposition) => deposition.leader === member.endpoint).length

/** What the pages after a late look tell: the fsyncs of the time without a page are in them. */
const lateFsyncs = (member: MemberSignals, { looks, lateness, trouble }: Signals) => {
  const span = looks.slice(trouble?.from ?? 0, (trouble?.to ?? looks.length) + 2)
  const own = span.map((look) => look.members.find((one) => one.endpoint === member.endpoint))
  const gains = own.map((now, i) => {
    const before = own[i - 1]
    const late = [now, before].some(
      (one) => one && (!one.page.came || one.page.tookMs >= lateness.pageSlowMs),
    )
    return late ? now?.gain?.walFsync : undefined
  })
  return sumOf(gains)
}
