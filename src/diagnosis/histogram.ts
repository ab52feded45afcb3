import type { Histogram } from './facts'

/**
 * What a histogram gained between two readings. Edges, counts and units as in `Histogram`: `counts` are cumulative,
 * `count` holds those over the last edge too. `count: 0` is no data, not a zero latency.
 */
export type Gain = Histogram

/** One quantile as what a histogram can say of it: the bucket that holds it. Unit of the family. */
export type Quantile = {
  readonly q: number
  /** Lower edge; 0 in the first bucket. */
  readonly over: number
  /** Upper edge; undefined: above the last edge. */
  readonly upTo: number | undefined
  /** Sample size. Below 100 a p99 is the maximum. */
  readonly n: number
  readonly isMaximum: boolean
}

/**
 * The gain from one reading to the next. `restarted`, or any bucket that fell, means that the counters began anew: then
 * the new values are the gain. Undefined when there is no later reading, or when its edges are other ones.
 */
export const gainOf = (
  before: Histogram | undefined,
  after: Histogram | undefined,
  restarted: boolean,
): Gain | undefined => {
  if (after === undefined) return undefined
  if (before === undefined || restarted || hasFallen(before, after)) return monotone(after)
  if (!sameEdges(before.edges, after.edges)) return undefined
  if (isSame(before, after)) return nothingAt(after.edges)
  return monotone({
    edges: after.edges,
    counts: after.counts.map((count, i) => count - (before.counts[i] ?? 0)),
    count: after.count - before.count,
    sum: Math.max(0, after.sum - before.sum),
  })
}

const isSame = (before: Histogram, after: Histogram): boolean =>
  after.count === before.count &&
  after.sum <= before.sum &&
  after.counts.every((count, i) => count === before.counts[i])

/** Many gains are nothing, and all of those are one: a watcher of 1,500 members keeps 90,000 looks of them. */
const NOTHING = new WeakMap<readonly number[], Gain>()

const nothingAt = (edges: readonly number[]): Gain => {
  const known = NOTHING.get(edges)
  if (known !== undefined) return known
  const nothing = { edges, counts: edges.map(() => 0), count: 0, sum: 0 }
  NOTHING.set(edges, nothing)
  return nothing
}

const hasFallen = (before: Histogram, after: Histogram): boolean =>
  after.count < before.count ||
  (sameEdges(before.edges, after.edges) &&
    after.counts.some((count, i) => count < (before.counts[i] ?? 0)))

const sameEdges = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((edge, i) => edge === b[i]))

/** A page is not read at one instant: cumulative counts may fall from edge to edge, or pass the total. */
const monotone = (raw: Gain): Gain => {
  let most = 0
  const counts = raw.counts.map((count) => (most = Math.min(raw.count, Math.max(most, count))))
  return { ...raw, counts: raw.count > FEW ? counts : shared(counts) }
}

/** Links are measured a few times a look: what that looks like is seldom new. */
const FEW = 4
const SHARED = new Map<string, readonly number[]>()
const SHARED_MAX = 5000

const shared = (counts: readonly number[]): readonly number[] => {
  const key = counts.join()
  const known = SHARED.get(key)
  if (known !== undefined) return known
  if (SHARED.size < SHARED_MAX) SHARED.set(key, counts)
  return counts
}

/** Several gains of one family as one. Undefined without any; gains with other edges are left out. */
export const sumOf = (gains: readonly (Gain | undefined)[]): Gain | undefined =>
  gains.reduce<Gain | undefined>((total, gain) => (gain ? add(total, gain) : total), undefined)

const add = (total: Gain | undefined, gain: Gain): Gain => {
  if (total === undefined) return gain
  if (!sameEdges(total.edges, gain.edges) || gain.count === 0) return total
  if (total.count === 0) return gain
  return {
    edges: total.edges,
    counts: total.counts.map((count, i) => count + (gain.counts[i] ?? 0)),
    count: total.count + gain.count,
    sum: total.sum + gain.sum,
  }
}

/** The bucket that holds quantile `q` (0 to 1). Undefined without data. */
export const quantileOf = (gain: Gain | undefined, q: number): Quantile | undefined => {
  if (gain === undefined || gain.count <= 0) return undefined
  const isMaximum = gain.count * (1 - q) < 1
  const rank = isMaximum ? gain.count : q * gain.count
  const at = gain.counts.findIndex((count) => count >= rank)
  const bucket = at < 0 ? gain.edges.length : at
  return {
    q,
    over: gain.edges[bucket - 1] ?? 0,
    upTo: gain.edges[bucket],
    n: gain.count,
    isMaximum,
  }
}

/** How many took longer than `limit`, counted at the first edge not below it: never too many. */
export const countOver = (gain: Gain | undefined, limit: number): number => {
  if (gain === undefined) return 0
  const at = gain.edges.findIndex((edge) => edge >= limit)
  const below = at < 0 ? gain.counts.at(-1) : gain.counts[at]
  return gain.count - (below ?? 0)
}

/** The last edge that at least one passed: a floor of the longest, in the family's unit. 0 when none passed any. */
export const longestOver = (gain: Gain | undefined): number => {
  if (gain === undefined) return 0
  for (let i = gain.edges.length - 1; i >= 0; i--)
    if (gain.count > (gain.counts[i] ?? 0)) return gain.edges[i] ?? 0
  return 0
}

/** Share of time spent inside, 0 to 1: the gain of the sum over the time that passed. Parallel work may pass 1: cut. */
export const shareOfTime = (gain: Gain | undefined, seconds: number): number | undefined =>
  gain === undefined || seconds <= 0 ? undefined : Math.min(1, gain.sum / seconds)

/** "p99 in 8–16 ms, n = 4210" · "maximum over 8.192 s, n = 12". `gain` in seconds. */
export const sayQuantile = (quantile: Quantile): string => {
  const name = quantile.isMaximum ? 'maximum' : `p${Number((quantile.q * 100).toFixed(2))}`
  const { over, upTo, n } = quantile
  if (upTo === undefined) return `${name} over ${saySeconds(over)}, n = ${n}`
  return `${name} in ${sayInterval(over, upTo)}, n = ${n}`
}

const sayInterval = (over: number, upTo: number): string => {
  const unit = upTo < 1 ? 'ms' : 's'
  const scale = upTo < 1 ? 1000 : 1
  return `${round(over * scale)}–${round(upTo * scale)} ${unit}`
}

/** 0.0085 → "8.5 ms", 8.192 → "8.192 s". */
export const saySeconds = (seconds: number): string =>
  seconds < 1 ? `${round(seconds * 1000)} ms` : `${round(seconds)} s`

const round = (value: number): number => Number(value.toPrecision(4))
