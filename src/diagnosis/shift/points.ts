import type { ClusterFacts, ShiftLook, Span } from './facts'
import { lengthOf } from './facts'
import { shareOfTime, sumOf } from '../histogram'
import { electionTimesIn } from '../storm/election-times'
import { SLOT_MS } from './sight'

/** One stretch of a span, for a chart. */
export type ShiftPoint = {
  /** When it begins. */
  readonly at: number
  readonly elections: number
  /** Of the member that spent most in it, 0 to 1. */
  readonly fsyncShare: number | undefined
}

/** What Slack draws. */
const MOST_POINTS = 20

/** At most 20 stretches of whole five minutes each; those that nobody saw are left out. */
export const pointsOf = (
  { looks, stories }: Pick<ClusterFacts, 'looks' | 'stories'>,
  span: Span,
): readonly ShiftPoint[] => {
  const stepMs = Math.max(1, Math.ceil(lengthOf(span) / MOST_POINTS / SLOT_MS)) * SLOT_MS
  const count = Math.ceil(lengthOf(span) / stepMs)
  return Array.from({ length: count }, (_, i) => span.from + i * stepMs).flatMap((at) => {
    const part = { from: at, to: Math.min(span.to, at + stepMs - 1) }
    const few = within(looks, part)
    const elections = electionTimesIn(stories, part).reduce((sum, one) => sum + one.unplanned, 0)
    if (elections === 0 && few.length === 0) return []
    const shares = sharesOf(few)
    return [{ at, elections, fsyncShare: shares.length === 0 ? undefined : Math.max(...shares) }]
  })
}

/** Of several clusters as one: all elections, and the busiest member of any. */
export const mergedPoints = (
  clusters: readonly (readonly ShiftPoint[])[],
): readonly ShiftPoint[] => {
  const merged = new Map<number, ShiftPoint>()
  for (const { at, elections, fsyncShare } of clusters.flat()) {
    const before = merged.get(at)
    const shares = [before?.fsyncShare, fsyncShare].filter((share) => share !== undefined)
    merged.set(at, {
      at,
      elections: (before?.elections ?? 0) + elections,
      fsyncShare: shares.length === 0 ? undefined : Math.max(...shares),
    })
  }
  return [...merged.values()].toSorted((a, b) => a.at - b.at)
}

const within = (looks: readonly ShiftLook[], { from, to }: Span): readonly ShiftLook[] =>
  looks.filter(({ at }) => at >= from && at <= to)

const sharesOf = (looks: readonly ShiftLook[]): readonly number[] => {
  const members = looks.flatMap((look) => look.members)
  return [...new Set(members.map(({ endpoint }) => endpoint))].flatMap((endpoint) => {
    const gains = members.filter((one) => one.endpoint === endpoint).map(({ gain }) => gain)
    const seconds = gains.reduce((sum, gain) => sum + (gain?.seconds ?? 0), 0)
    return shareOfTime(sumOf(gains.map((gain) => gain?.walFsync)), seconds) ?? []
  })
}
