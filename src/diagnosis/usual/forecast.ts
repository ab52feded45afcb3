import { median, quantile } from '../spread'

/** A member's database at one time: the file that counts against the quota, and how much of it holds something. */
export type SizePoint = {
  readonly at: number
  readonly fileBytes: number
  readonly inUseBytes: number | undefined
}

export type Forecast = {
  /** From now on, at the pace that was seen. Undefined: it does not grow, or not within what can be told from so little. */
  readonly timeToQuotaMs: number | undefined
  /** `good`: over six hours and more, at a steady pace. `fair`: over less, or in jumps. */
  readonly confidence: 'good' | 'fair' | 'too little seen'
  /** Of what is nearest to the quota; below zero when it shrinks. Undefined with too little seen. */
  readonly growthBytesPerHour: number | undefined
  /** `in use`: the file has room left inside and will grow when that is filled. */
  readonly of: 'file' | 'in use'
  /** How long the points that it rests on span, ms. */
  readonly overMs: number
}

const HOUR_MS = 3_600_000
/** A writer gone mad shows in an hour, a slow leak in a day; each is told apart from the waves within. */
const WINDOWS_MS = [1, 6, 24, 7 * 24].map((hours) => hours * HOUR_MS)
/** What grew for an hour is believed for four, what grew for a day for four days. */
const AHEAD = 4
/** What is in use falls with each compaction: over less than so long one wave of it looks like growth. */
const WAVES_MS = 6 * HOUR_MS
const STEADY_MS = 6 * HOUR_MS
const FEWEST_POINTS = 6
/** Points that are older are no longer now. */
const STALE_MS = 45 * 60_000
/** Of the quota, over the window: less is noise. */
const LEAST_GROWTH = 0.002

/**
 * When a member's database reaches its quota, by the middle of all slopes between two points (Theil and Sen): steps and
 * outliers do not bend it. Growth that ended, or that levels off, is none. Points come in order of time; a shorter file is a
 * defragmentation, and only what came after it tells how it grows.
 */
export const forecastOf = (
  points: readonly SizePoint[],
  quotaBytes: number | undefined,
  now: number,
): Forecast => {
  const seen = points.filter(({ at }) => at <= now)
  const last = seen.at(-1)
  if (last === undefined || now - last.at > STALE_MS) return TOO_LITTLE
  const trends = [...fileTrends(seen, now), ...inUseTrends(seen, now)]
  const longest = trends.toSorted((a, b) => b.overMs - a.overMs)[0]
  if (longest === undefined) return TOO_LITTLE
  const arrivals = trends.flatMap((trend) => arrivalOf(trend, { quotaBytes, now }))
  const soonestMs = Math.min(...arrivals.map(({ timeToQuotaMs }) => timeToQuotaMs))
  const near = arrivals.filter(({ timeToQuotaMs }) => timeToQuotaMs <= ALIKE * soonestMs)
  const best = near.find(({ trend }) => isGood(trend)) ?? near[0]
  return best === undefined ? told(longest, undefined) : told(best.trend, best.timeToQuotaMs)
}

/** Times to the quota that say the same: then the better known is told. */
const ALIKE = 1.25

const TOO_LITTLE: Forecast = {
  timeToQuotaMs: undefined,
  confidence: 'too little seen',
  growthBytesPerHour: undefined,
  of: 'file',
  overMs: 0,
}

const told = (trend: Trend, timeToQuotaMs: number | undefined): Forecast => ({
  timeToQuotaMs,
  confidence: isGood(trend) ? 'good' : 'fair',
  growthBytesPerHour: Math.round(trend.slope * HOUR_MS),
  of: trend.of,
  overMs: trend.overMs,
})

const isGood = ({ overMs, isSteady }: Trend): boolean => overMs >= 0.9 * STEADY_MS && isSteady

type Value = { readonly at: number; readonly bytes: number }

type Trend = {
  readonly of: Forecast['of']
  readonly last: Value
  /** Bytes a ms: over the window or over its later part, whichever is less. */
  readonly slope: number
  /** It went on to the end at much the same pace. */
  readonly lasts: boolean
  readonly isSteady: boolean
  readonly overMs: number
}

const fileTrends = (points: readonly SizePoint[], now: number): readonly Trend[] => {
  const values = sinceShrunk(points.map(({ at, fileBytes }) => ({ at, bytes: fileBytes })))
  return WINDOWS_MS.flatMap((windowMs) => trendOf(values, { windowMs, now, of: 'file' }))
}

const inUseTrends = (points: readonly SizePoint[], now: number): readonly Trend[] => {
  const values = points.flatMap(({ at, inUseBytes }) =>
    inUseBytes === undefined ? [] : [{ at, bytes: inUseBytes }],
  )
  return WINDOWS_MS.filter((windowMs) => windowMs >= WAVES_MS).flatMap((windowMs) =>
    trendOf(values, { windowMs, now, of: 'in use' }),
  )
}

/** A file only shrinks when it is written anew. Two sources of one size may differ by a moment. */
const sinceShrunk = (values: readonly Value[]): readonly Value[] => {
  const shrunkAt = values.findLastIndex(
    (value, i) => value.bytes < 0.995 * (values[i - 1]?.bytes ?? 0),
  )
  return shrunkAt < 0 ? values : values.slice(shrunkAt)
}

type Wanted = { readonly windowMs: number; readonly now: number; readonly of: Forecast['of'] }

/** None: too little was seen of this window. */
const trendOf = (
  values: readonly Value[],
  { windowMs, now, of }: Wanted,
): readonly [] | readonly [Trend] => {
  const within = values.filter(({ at }) => at > now - windowMs)
  const [first, last] = [within[0], within.at(-1)]
  if (first === undefined || last === undefined || within.length < FEWEST_POINTS) return []
  const overMs = last.at - first.at
  if (overMs < 0.75 * windowMs) return []
  const few = thinned(within, windowMs / STRETCHES[of])
  const slopes = slopesOf(few)
  const later = laterParts(windowMs).map((part) => few.slice(-Math.ceil(part * few.length)))
  const [whole = 0, ...latest] = [slopes, ...later.map(slopesOf)].map((some) => median(some) ?? 0)
  const slope = Math.min(whole, ...latest)
  const lasts = slope >= LASTING * whole
  const isSteady = lasts && (quantile(slopes, 0.25) ?? 0) >= slope / 2
  return [{ of, last: few.at(-1) ?? last, slope, lasts, isSteady, overMs }]
}

/** Growth must go on to the end: in the later half, and of a long window in its last quarter. */
const laterParts = (windowMs: number): readonly number[] =>
  windowMs > WAVES_MS ? [1 / 2, 1 / 4] : [1 / 2]

/** Of the pace of the whole window: less at its end is growth that ended or levels off. */
const LASTING = 1 / 3

/** Pairs grow with the square of the points. A stretch of what is in use is to hold a compaction. */
const STRETCHES = { file: 36, 'in use': 16 } as const

/** The least of each stretch: of what is in use, what a compaction leaves. */
const thinned = (values: readonly Value[], stretchMs: number): readonly Value[] => {
  const least = new Map<number, Value>()
  for (const value of values) {
    const stretch = Math.floor(value.at / stretchMs)
    const before = least.get(stretch)
    if (before === undefined || value.bytes < before.bytes) least.set(stretch, value)
  }
  return [...least.values()]
}

const slopesOf = (values: readonly Value[]): readonly number[] =>
  values.flatMap((to, i) =>
    values
      .slice(0, i)
      .flatMap((from) => (to.at > from.at ? [(to.bytes - from.bytes) / (to.at - from.at)] : [])),
  )

type Goal = { readonly quotaBytes: number | undefined; readonly now: number }

/** None: it will not be there, or so far ahead that this window cannot tell. */
const arrivalOf = (
  trend: Trend,
  { quotaBytes, now }: Goal,
): readonly { readonly trend: Trend; readonly timeToQuotaMs: number }[] => {
  if (quotaBytes === undefined || quotaBytes <= 0) return []
  const { slope, lasts, overMs, last } = trend
  if (!lasts || slope * overMs < LEAST_GROWTH * quotaBytes) return []
  const fromLastMs = Math.max(0, quotaBytes - last.bytes) / slope
  if (fromLastMs > AHEAD * overMs) return []
  return [{ trend, timeToQuotaMs: Math.max(0, Math.round(last.at + fromLastMs - now)) }]
}
