import { usualOf, usualSignalsOf } from '../usual/baseline'
import type { Baseline, UsualSignal } from '../usual/baseline'
import type { ShiftLook } from './facts'
import { median } from '../spread'

/** A signal that stood above its usual for most of a span. `usual` and `now` are medians, in the unit of its name. */
export type Drift = {
  readonly signal: DriftSignal
  /** Shown names, the furthest first. */
  readonly members: readonly string[]
  /** Of the furthest. */
  readonly now: number
  readonly usual: number
  readonly times: number
}

/** Those that five minutes as one look tell as well as single looks do. */
const SIGNALS = [
  'fsyncMs',
  'commitMs',
  'roundTripMs',
  'cpuCores',
  'commitsPerSecond',
] as const satisfies readonly UsualSignal[]

export type DriftSignal = (typeof SIGNALS)[number]

/** Less is the weather of a day. */
const LEAST_TIMES = 1.5
/** Of the looks, above what 95 of 100 usually stay below. */
const LEAST_SHARE = 0.5
/** Two days of an hour of the day; two hours of five minutes each. */
const LEAST_LEARNED = 480
const LEAST_LOOKS = 24

/** What moved, the furthest first. Looks in a storm or in maintenance are not counted: those are told apart. */
export const driftsOf = (
  looks: readonly ShiftLook[],
  baseline: Baseline | undefined,
): readonly Drift[] => {
  if (baseline === undefined || baseline.series.size === 0) return []
  const points = pointsOf(
    looks.filter(({ learn }) => learn !== false),
    baseline,
  )
  return SIGNALS.flatMap((signal) => driftOf(signal, points.get(signal) ?? new Map())).toSorted(
    (a, b) => b.times - a.times,
  )
}

type Moved = {
  readonly name: string
  readonly now: number
  readonly usual: number
  readonly times: number
}

type Point = { readonly now: number; readonly usual: number; readonly high: number }
/** By member. */
type Points = ReadonlyMap<string, readonly Point[]>

const driftOf = (signal: DriftSignal, points: Points): readonly Drift[] => {
  const moved = [...points]
    .flatMap(([name, values]) => movedBy(name, values))
    .toSorted((a, b) => b.times - a.times)
  const [first] = moved
  if (first === undefined) return []
  const { now, usual, times } = first
  return [{ signal, members: moved.map(({ name }) => name), now, usual, times }]
}

/** Each look beside what is usual at its hour of the day. */
const pointsOf = (
  looks: readonly ShiftLook[],
  baseline: Baseline,
): ReadonlyMap<DriftSignal, Points> => {
  const all = new Map(SIGNALS.map((signal) => [signal, new Map<string, Point[]>()]))
  for (const { at, members } of looks)
    for (const member of members) {
      const values = usualSignalsOf(member)
      for (const [signal, points] of all) {
        const now = values.get(signal)
        const usual = usualOf(baseline, signal, { endpoint: member.endpoint, at, finest: 'day' })
        if (now === undefined || usual === undefined || usual.learned < LEAST_LEARNED) continue
        const known = points.get(member.name)
        const point = { now, usual: usual.median, high: usual.high }
        if (known === undefined) points.set(member.name, [point])
        else known.push(point)
      }
    }
  return all
}

const movedBy = (name: string, points: readonly Point[]): readonly Moved[] => {
  const above = points.filter(({ now, high }) => now > high).length
  if (points.length < LEAST_LOOKS || above < LEAST_SHARE * points.length) return []
  const times = median(points.map(({ now, usual }) => now / Math.max(usual, 1e-9))) ?? 0
  const now = median(points.map((point) => point.now)) ?? 0
  const usual = median(points.map((point) => point.usual)) ?? 0
  return times >= LEAST_TIMES ? [{ name, now, usual, times }] : []
}
