import { stallLimitSeconds } from './depositions'
import type { History } from './elections'
import type { ClusterSettings } from '../facts'
import { countOver, quantileOf, shareOfTime, sumOf } from '../histogram'
import type { Gain } from '../histogram'
import { isLost, isPageLate, isPageSlow, isPrompt, isStatusSlow } from './lateness'
import type { Lateness } from './lateness'
import { isRefused } from '../status/leader'
import type { Limits } from '../limits'
import type { MemberGain, MemberLook, Rows } from './look'
import { median, total } from '../spread'

/** One member over the troubled looks, beside its own calm ones. Undefined: unseen. */
export type MemberSignals = {
  readonly endpoint: string
  readonly name: string
  readonly version: string | undefined
  /** Looks at which it led. */
  readonly led: number
  /** Pages asked for, without those that nobody was there to answer. */
  readonly pages: number
  readonly pagesLate: number
  /** Stretches of late pages with a page in time between them. */
  readonly lateRuns: number
  readonly pagesSlow: number
  readonly pageMs: number | undefined
  readonly usualPageMs: number | undefined
  readonly statuses: number
  readonly statusesSlow: number
  /** Slow though the page came at once: it waited for the disk, not for the processor. */
  readonly statusesSlowPagePrompt: number
  readonly statusMs: number | undefined
  readonly usualStatusMs: number | undefined
  readonly fsync: Gain | undefined
  readonly fsyncShare: number | undefined
  readonly usualFsync: Gain | undefined
  readonly usualFsyncShare: number | undefined
  /** Fsyncs longer than the stall limit (a share of the election timeout). */
  readonly stalls: number
  /** The same a minute, now and usually; undefined: unseen. */
  readonly stallsPerMinute: number | undefined
  readonly usualStallsPerMinute: number | undefined
  /** Upper edge of the median fsync while the process was late, ms. */
  readonly lateFsyncMs: number | undefined
  readonly usualFsyncMs: number | undefined
  readonly commit: Gain | undefined
  readonly spill: Gain | undefined
  readonly spillsSlow: number | undefined
  /** The longest mean pause of a garbage collection between two pages, ms. */
  readonly gcPauseMs: number | undefined
  readonly cpuCores: number | undefined
  readonly usualCpuCores: number | undefined
  readonly heartbeatFailures: number | undefined
  /** Looks at which some were late: stalls of more than two heartbeats, one or more each. */
  readonly lateHeartbeatLooks: number
  readonly pendingMax: number | undefined
  /** Looks at which it ran and saw no leader. */
  readonly alone: number
  readonly refused: number
  readonly defrags: number
  readonly compacted: number | undefined
}

type Seen = {
  readonly rows: Rows
  readonly history: History
  readonly lateness: Lateness
  readonly settings: ClusterSettings
  readonly limits: Limits
  /** Whether looks outside the span are calm ones to compare with. */
  readonly calm: boolean
}

type Span = { readonly from: number; readonly to: number }

export const memberSignals = (span: Span, seen: Seen): readonly MemberSignals[] => {
  return [...seen.rows].map(([endpoint, row]) => signalsOfMember(endpoint, row, { span, seen }))
}

type Place = { readonly span: Span; readonly seen: Seen }

const signalsOfMember = (
  endpoint: string,
  all: readonly (MemberLook | undefined)[],
  { span, seen }: Place,
): MemberSignals => {
  const during = all.slice(span.from, span.to + 1).filter((one) => one !== undefined)
  const calm = seen.calm ? calmPart(all, span) : []
  const last = all.findLast((one) => one !== undefined)
  return {
    endpoint,
    name: last?.name ?? endpoint,
    version: last?.version,
    led: seen.history.leaders
      .slice(span.from, span.to + 1)
      .filter((one) => one?.endpoint === endpoint).length,
    ...answersOf(during, calm, seen.lateness),
    ...diskOf(during, calm, seen),
    ...processOf(during, calm, seen),
    alone: during.filter((one) => one.seesLeader === false && isPrompt(one, seen.lateness)).length,
    refused: during.filter(isRefused).length,
    pendingMax: most(during.map((one) => one.pending)),
    defrags:
      (total(gainsOf(during).map((gain) => gain.defrags)) ?? 0) +
      during.filter((one) => (one.defragsInFlight ?? 0) > 0).length,
    compacted: total(gainsOf(during).map((gain) => gain.compactedKeys)),
  }
}

/** Before the trouble; after it only where nothing was seen before, since recovery is not calm. */
const calmPart = (
  all: readonly (MemberLook | undefined)[],
  { from, to }: Span,
): readonly MemberLook[] => {
  const before = all.slice(0, from).filter((one) => one !== undefined)
  return before.length >= 2 ? before : all.slice(to + 1).filter((one) => one !== undefined)
}

const gainsOf = (looks: readonly MemberLook[]): readonly MemberGain[] =>
  looks.map((look) => look.gain).filter((gain) => gain !== undefined)

const most = (values: readonly (number | undefined)[]): number | undefined => {
  const seen = values.filter((value) => value !== undefined)
  return seen.length === 0 ? undefined : Math.max(...seen)
}

const answersOf = (
  during: readonly MemberLook[],
  calm: readonly MemberLook[],
  lateness: Lateness,
) => {
  const asked = during.filter(({ page }) => page.came || isLost(page))
  const status = during.filter((one) => one.status.came || isLost(one.status))
  return {
    pages: asked.length,
    pagesLate: asked.filter((one) => isPageLate(one, lateness)).length,
    lateRuns: asked.filter(
      (one, i) => isPageLate(one, lateness) && !wasLate(asked[i - 1], lateness),
    ).length,
    pagesSlow: asked.filter((one) => isPageSlow(one, lateness)).length,
    pageMs: median(asked.map((one) => one.page.tookMs)),
    usualPageMs: median(calm.flatMap(({ page }) => (page.came ? [page.tookMs] : []))),
    statuses: status.length,
    statusesSlow: status.filter((one) => isStatusSlow(one, lateness)).length,
    statusesSlowPagePrompt: status.filter(
      (one) => isStatusSlow(one, lateness) && isPrompt(one, lateness),
    ).length,
    statusMs: median(status.map((one) => one.status.tookMs)),
    usualStatusMs: median(calm.flatMap((one) => (one.status.came ? [one.status.tookMs] : []))),
  }
}

const wasLate = (before: MemberLook | undefined, lateness: Lateness): boolean =>
  before !== undefined && isPageLate(before, lateness)

const diskOf = (
  during: readonly MemberLook[],
  calm: readonly MemberLook[],
  { lateness, settings, limits }: Seen,
) => {
  const [now, before] = [gainsOf(during), gainsOf(calm)]
  const fsync = sumOf(now.map((gain) => gain.walFsync))
  const usualFsync = sumOf(before.map((gain) => gain.walFsync))
  const late = sumOf(
    during.filter((one) => !isPrompt(one, lateness)).map((one) => one.gain?.walFsync),
  )
  return {
    fsync,
    fsyncShare: shareOfTime(fsync, seconds(now)),
    usualFsync,
    usualFsyncShare: shareOfTime(usualFsync, seconds(before)),
    stalls: countOver(fsync, stallLimitSeconds(settings, limits)),
    stallsPerMinute: perMinute(fsync, seconds(now), stallLimitSeconds(settings, limits)),
    usualStallsPerMinute: perMinute(
      usualFsync,
      seconds(before),
      stallLimitSeconds(settings, limits),
    ),
    lateFsyncMs: medianMs(late),
    usualFsyncMs: medianMs(usualFsync),
    commit: sumOf(now.map((gain) => gain.backendCommit)),
  }
}

const perMinute = (
  gain: Gain | undefined,
  over: number,
  limitSeconds: number,
): number | undefined =>
  gain === undefined || over <= 0 ? undefined : (60 * countOver(gain, limitSeconds)) / over

const seconds = (gains: readonly MemberGain[]): number =>
  gains.reduce((sum, gain) => sum + gain.seconds, 0)

const medianMs = (gain: Gain | undefined): number | undefined => {
  const middle = quantileOf(gain, 0.5)
  return middle && 1000 * (middle.upTo ?? middle.over)
}

const processOf = (
  during: readonly MemberLook[],
  calm: readonly MemberLook[],
  { limits }: Seen,
) => {
  const [now, before] = [gainsOf(during), gainsOf(calm)]
  const spill = sumOf(now.map((gain) => gain.spill))
  return {
    spill,
    spillsSlow: spill && countOver(spill, limits.spillSlowMs / 1000),
    gcPauseMs: most(now.map(meanGcPauseMs)),
    cpuCores: cores(now),
    usualCpuCores: cores(before),
    heartbeatFailures: total(now.map((gain) => gain.heartbeatFailures)),
    lateHeartbeatLooks: now.filter((gain) => (gain.heartbeatFailures ?? 0) > 0).length,
  }
}

const meanGcPauseMs = ({ gcPauseSeconds, gcCycles }: MemberGain): number | undefined =>
  gcPauseSeconds === undefined || !gcCycles ? undefined : (1000 * gcPauseSeconds) / gcCycles

const cores = (gains: readonly MemberGain[]): number | undefined => {
  const used = total(gains.map((gain) => gain.cpuSeconds))
  const time = seconds(gains)
  return used === undefined || time <= 0 ? undefined : used / time
}
