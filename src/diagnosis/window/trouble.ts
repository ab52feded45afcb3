import type { History } from './elections'
import type { ClusterSettings } from '../facts'
import { countOver } from '../histogram'
import { isPageLate, isPrompt, isStatusSlow } from './lateness'
import type { Lateness } from './lateness'
import { isRefused } from '../status/leader'
import type { Limits } from '../limits'
import { loadOf } from './load'
import type { Look, MemberLook } from './look'
import { silentFollowers } from './silence'
import { median } from '../spread'

/** Looks from `from` to `to`, both included: where something was wrong. Everything else in the window is calm. */
export type Trouble = {
  readonly from: number
  readonly to: number
  /** How much each look of the whole window wants an explanation: 0 is calm. */
  readonly weights: readonly number[]
}

type Scene = {
  readonly looks: readonly Look[]
  readonly history: History
  readonly settings: ClusterSettings
  readonly lateness: Lateness
  readonly limits: Limits
  /** Indexes of the looks that carried far more than the others, where they are known already. */
  readonly heavy?: readonly number[]
}

/**
 * The stretch of looks that wants an explanation most, or a later one that wants it a third as much. Every look in trouble
 * speaks for a stretch and calm time speaks against it, so that stray slow answers on a busy host neither make a stretch nor
 * lengthen one. Undefined: all of the window is calm.
 */
export const troubleOf = (scene: Scene): Trouble | undefined => {
  const weights = scene.looks.map((look, i) => weightOf(look, i, scene))
  const worst = densest(weights, 0, scene)
  if (worst === undefined) return strained(scene, weights)
  const later = densest(weights, worst.to + 1, scene)
  const { from, to } = later !== undefined && later.weight >= worst.weight / 3 ? later : worst
  return { from, to, weights }
}

/** Nothing broke, but Status takes far longer under a far higher load than before it: that wants an explanation too. */
const strained = (
  { looks, heavy, limits }: Scene,
  weights: readonly number[],
): Trouble | undefined => {
  const loaded = heavy ?? loadOf(looks, limits).heavy
  const [from, to] = [loaded[0], loaded.at(-1)]
  if (from === undefined || to === undefined) return undefined
  const [now, before] = [
    medianStatusMs(looks.slice(from, to + 1)),
    medianStatusMs(looks.slice(0, from)),
  ]
  const slow =
    now !== undefined &&
    before !== undefined &&
    now >= Math.max(limits.strainedStatusMs, limits.slowFactor * before)
  return slow ? { from, to, weights } : undefined
}

/** Of the slowest member. */
const medianStatusMs = (looks: readonly Look[]): number | undefined => {
  const slowest = looks.map((look) =>
    Math.max(0, ...look.members.map(({ status }) => (status.came ? status.tookMs : 0))),
  )
  return looks.length < 2 ? undefined : median(slowest)
}

type Stretch = { readonly from: number; readonly to: number; readonly weight: number }

/** The stretch with the highest sum (Kadane), where calm between two looks costs by its length. */
const densest = (weights: readonly number[], start: number, scene: Scene): Stretch | undefined => {
  let best: Stretch | undefined
  let open: Stretch | undefined
  for (let i = start; i < weights.length; i++) {
    const weight = weights[i] ?? 0
    if (weight === 0) continue
    open = extended(open, { at: i, weight }, scene)
    if (best === undefined || open.weight > best.weight) best = open
  }
  return best
}

type Marked = { readonly at: number; readonly weight: number }

/** Goes on over the calm between, or begins anew where that outweighs what was. Looks side by side have no calm between. */
const extended = (
  open: Stretch | undefined,
  { at, weight }: Marked,
  { looks, limits }: Scene,
): Stretch => {
  if (open === undefined) return { from: at, to: at, weight }
  const calmMs = at === open.to + 1 ? 0 : (looks[at]?.at ?? 0) - (looks[open.to]?.at ?? 0)
  const kept = open.weight - (CALM_COST * calmMs) / limits.troubleGapMs
  return kept <= 0
    ? { from: at, to: at, weight }
    : { from: open.from, to: at, weight: kept + weight }
}

/** A gap of `troubleGapMs` costs what three faint marks are worth: two elections bridge it, stray marks do not. */
const CALM_COST = 3

/** How much one look wants an explanation: 0 is calm, 1 may be noise. */
const weightOf = (look: Look, index: number, scene: Scene): number => {
  const elections = scene.history.elections.filter(
    ({ at }) => at <= look.at && at > (scene.looks[index - 1]?.at ?? -Infinity),
  ).length
  const silent = silentFollowers(index, { ...scene, leaders: scene.history.leaders })
  const marks = look.members.reduce((all, member) => all + markOf(member, scene), 0)
  return elections * 5 + Math.min(marks + silent, 9)
}

const markOf = (member: MemberLook, scene: Scene): number => {
  const { limits, lateness } = scene
  const grave =
    isRefused(member) ||
    member.restarted ||
    member.seesLeader === false ||
    member.errors.some((error) => error.includes('alarm:')) ||
    (member.quotaShare ?? 0) >= limits.spaceCriticalShare ||
    (member.defragsInFlight ?? 0) > 0
  if (grave) return 3
  const faint =
    isFar(member, scene) ||
    isPageLate(member, lateness) ||
    isStatusSlow(member, lateness) ||
    (member.pending ?? 0) >= limits.pendingStrain ||
    hasStalled(member, scene)
  return faint ? 1 : 0
}

const hasStalled = ({ gain }: MemberLook, { settings, limits }: Scene): boolean => {
  if (gain === undefined) return false
  const stallSeconds = Math.max(0.25, (limits.stallShare * settings.electionMs) / 2000)
  const links = [...gain.links.values()]
  return (
    (gain.heartbeatFailures ?? 0) > 0 ||
    (gain.defrags ?? 0) > 0 ||
    countOver(gain.walFsync, stallSeconds) > 0 ||
    links.some((link) => (link.sentFailures ?? 0) > 0 || (link.disconnects ?? 0) > 0)
  )
}

/** Round trips near the election timeout; those of a process that is late tell nothing. */
const isFar = (member: MemberLook, { settings, limits, lateness }: Scene): boolean => {
  if (!isPrompt(member, lateness)) return false
  const limitMs = Math.max(limits.farFloorMs, limits.farShare * settings.electionMs)
  return [...(member.gain?.links.values() ?? [])].some(
    ({ roundTrip }) =>
      roundTrip !== undefined &&
      roundTrip.count > 0 &&
      (1000 * roundTrip.sum) / roundTrip.count > limitMs,
  )
}
