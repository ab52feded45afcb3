import type { History } from './elections'
import type { ClusterSettings } from './facts'
import { countOver } from './histogram'
import { isPageLate, isStatusSlow } from './lateness'
import type { Lateness } from './lateness'
import { isRefused } from './leader'
import type { Limits } from './limits'
import type { Look, MemberLook } from './look'

/** Looks from `from` to `to`, both included: where something was wrong. Everything else in the window is calm. */
export type Trouble = { readonly from: number; readonly to: number }

type Scene = {
  readonly looks: readonly Look[]
  readonly history: History
  readonly settings: ClusterSettings
  readonly lateness: Lateness
  readonly limits: Limits
}

/**
 * The latest stretch of looks that is worth explaining: not one of stray slow answers beside a real one. Undefined: all of
 * the window is calm.
 */
export const troubleOf = (scene: Scene): Trouble | undefined => {
  const weights = scene.looks.map((look, i) => weightOf(look, i, scene))
  const clusters = clustersOf(weights, scene).map((indexes) => trimmed(indexes, weights))
  const heaviest = Math.max(0, ...clusters.map((one) => sum(one, weights)))
  const chosen = clusters.findLast((one) => sum(one, weights) >= heaviest / 3)
  const [from, to] = [chosen?.[0], chosen?.at(-1)]
  return from === undefined || to === undefined ? undefined : { from, to }
}

const sum = (indexes: readonly number[], weights: readonly number[]): number =>
  indexes.reduce((all, i) => all + (weights[i] ?? 0), 0)

const clustersOf = (
  weights: readonly number[],
  { looks, limits }: Scene,
): readonly (readonly number[])[] => {
  const clusters: number[][] = []
  weights.forEach((weight, i) => {
    if (weight === 0) return
    const last = clusters.at(-1)
    const before = last?.at(-1)
    if (last === undefined || before === undefined || isApart(before, i, { looks, limits }))
      clusters.push([i])
    else last.push(i)
  })
  return clusters
}

const isApart = (
  a: number,
  b: number,
  { looks, limits }: Pick<Scene, 'looks' | 'limits'>,
): boolean => b - a > 2 && (looks[b]?.at ?? 0) - (looks[a]?.at ?? 0) > limits.troubleGapMs

/** Single faint marks before or after the rest are noise. */
const trimmed = (indexes: readonly number[], weights: readonly number[]): readonly number[] => {
  const strong = indexes.filter((i, n) => {
    const near = indexes.filter((j, m) => m !== n && Math.abs(j - i) <= 2)
    return (weights[i] ?? 0) > 1 || near.length > 0
  })
  return strong.length === 0 ? indexes : strong
}

/** How much one look wants an explanation: 0 is calm, 1 may be noise. */
const weightOf = (look: Look, index: number, scene: Scene): number => {
  const elections = scene.history.elections.filter(
    ({ at }) => at <= look.at && at > (scene.looks[index - 1]?.at ?? -Infinity),
  ).length
  const marks = look.members.reduce((all, member) => all + markOf(member, scene), 0)
  return elections * 5 + Math.min(marks, 9)
}

const markOf = (member: MemberLook, scene: Scene): number => {
  const { limits, lateness } = scene
  const grave =
    isRefused(member) ||
    member.restarted ||
    member.seesLeader === false ||
    member.errors.some((error) => error.includes('alarm:')) ||
    (member.defragsInFlight ?? 0) > 0
  if (grave) return 3
  const faint =
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
