import type { Gain } from '../histogram'
import { shareOfTime } from '../histogram'
import type { Arrival, Look, MemberLook } from '../window/look'
import { quantile, total } from '../spread'

/** What is learned of each member, with its unit in its name. */
export const USUAL_SIGNALS = [
  'statusMs',
  'pageMs',
  'fsyncMs',
  'fsyncShare',
  'commitMs',
  'spillMs',
  'roundTripMs',
  'commitsPerSecond',
  'rangesPerSecond',
  'clientBytesPerSecond',
  'cpuCores',
  'goroutines',
  'pending',
] as const

export type UsualSignal = (typeof USUAL_SIGNALS)[number]

/** What is usual at an hour: half of the looks are below `median`, 95 of 100 below `high`. `learned` counts looks. */
export type Usual = {
  readonly median: number
  readonly high: number
  readonly learned: number
  /** This hour of the week; this hour of any day; any hour. The finest that has learned enough. */
  readonly from: 'week' | 'day' | 'all'
}

/** `learnedUntil`: looks before it are learned, or will never be. Unix ms, a whole hour UTC. */
export type Baseline = {
  readonly learnedUntil: number
  /** By member and signal, as `seriesKey` spells them. */
  readonly series: ReadonlyMap<string, Series>
}

/** Three rows of cells: 168 hours of the week from Monday 00:00 UTC, then 24 hours of a day, then one of all. */
export type Series = {
  readonly medians: readonly (number | undefined)[]
  readonly highs: readonly (number | undefined)[]
  readonly learned: readonly (number | undefined)[]
}

export const WEEK_CELLS = 168
export const CELLS = WEEK_CELLS + 24 + 1
const HOUR_MS = 3_600_000
/** Monday after the epoch. */
const MONDAY_MS = 4 * 24 * HOUR_MS

/** An hour of fewer looks says nothing; of more than this it weighs no more. At 15 s an hour has 240. */
const FEWEST_LOOKS = 20
const MOST_LOOKS = 240
/** Beyond, the number only says that it is much. */
const MOST_LEARNED = 50_000

/**
 * How much of a cell an hour replaces at least, so that a lasting change is three quarters usual in two weeks: of its
 * hour of the week two hours count, of the hour of the day 14, of all hours 336.
 */
const SHARES = { week: 0.5, day: 1 - 0.25 ** (1 / 14), all: 1 - 0.25 ** (1 / 336) } as const

export const emptyBaseline = (learnedUntil: number): Baseline => ({
  learnedUntil,
  series: new Map(),
})

export const seriesKey = (endpoint: string, signal: UsualSignal): string => `${endpoint} ${signal}`

export const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS

/**
 * After the looks of one hour. Give only those that no storm was in: a storm is not usual however long it lasts. An hour
 * before `learnedUntil` changes nothing.
 */
export const learnHour = (baseline: Baseline, hour: number, looks: readonly Look[]): Baseline => {
  if (hour < baseline.learnedUntil) return baseline
  const series = new Map(baseline.series)
  for (const [key, values] of valuesOf(looks)) {
    if (values.length < FEWEST_LOOKS) continue
    series.set(key, learned(series.get(key), hour, values))
  }
  return { learnedUntil: hour + HOUR_MS, series }
}

const FINENESS = ['week', 'day', 'all'] as const

type Place = {
  readonly endpoint: string
  readonly at: number
  /** An hour of the week is half its last hour: `day` is for comparing hours that were learned already. */
  readonly finest?: 'week' | 'day'
}

/** Undefined: nothing learned yet. */
export const usualOf = (
  baseline: Baseline,
  signal: UsualSignal,
  { endpoint, at, finest = 'week' }: Place,
): Usual | undefined => {
  const series = baseline.series.get(seriesKey(endpoint, signal))
  if (series === undefined) return undefined
  for (const from of FINENESS.slice(FINENESS.indexOf(finest))) {
    const cell = cellOf(from, at)
    const [median, high, count] = [series.medians[cell], series.highs[cell], series.learned[cell]]
    if (median !== undefined && high !== undefined && (count ?? 0) >= FEWEST_LOOKS)
      return { median, high, learned: count ?? 0, from }
  }
  return undefined
}

/** The signals of one look at one member; what was not seen is left out. */
export const usualSignalsOf = (member: MemberLook): ReadonlyMap<UsualSignal, number> =>
  new Map(
    USUAL_SIGNALS.flatMap((signal) => {
      const value = signalOf(member, signal)
      return value === undefined ? [] : [[signal, value] as const]
    }),
  )

/** One signal of one look at one member. Undefined: not seen. */
export const signalOf = (member: MemberLook, signal: UsualSignal): number | undefined => {
  const value = READ[signal](member)
  return value === undefined || !Number.isFinite(value) ? undefined : value
}

const rate = ({ gain }: MemberLook, count: number | undefined): number | undefined =>
  gain === undefined || count === undefined || gain.seconds <= 0 ? undefined : count / gain.seconds

const READ: Readonly<Record<UsualSignal, (member: MemberLook) => number | undefined>> = {
  statusMs: ({ status }) => tookOf(status),
  pageMs: ({ page }) => tookOf(page),
  fsyncMs: ({ gain }) => meanMs(gain?.walFsync),
  fsyncShare: ({ gain }) => shareOfTime(gain?.walFsync, gain?.seconds ?? 0),
  commitMs: ({ gain }) => meanMs(gain?.backendCommit),
  spillMs: ({ gain }) => meanMs(gain?.spill),
  roundTripMs: ({ gain }) =>
    gain && slowestTripMs([...gain.links.values()].map((link) => link.roundTrip)),
  commitsPerSecond: (member) => rate(member, member.gain?.committed),
  rangesPerSecond: (member) => rate(member, member.gain?.ranges),
  clientBytesPerSecond: (member) =>
    rate(member, total([member.gain?.clientReceivedBytes, member.gain?.clientSentBytes])),
  cpuCores: (member) => rate(member, member.gain?.cpuSeconds),
  goroutines: ({ goroutines }) => goroutines,
  pending: ({ pending }) => pending,
}

const tookOf = (part: Arrival): number | undefined => (part.came ? part.tookMs : undefined)

const meanMs = (gain: Gain | undefined): number | undefined =>
  gain === undefined || gain.count === 0 ? undefined : (gain.sum / gain.count) * 1000

/** Of its slowest link. */
const slowestTripMs = (trips: readonly (Gain | undefined)[]): number | undefined => {
  const means = trips.map(meanMs).filter((mean) => mean !== undefined)
  return means.length === 0 ? undefined : Math.max(...means)
}

const valuesOf = (looks: readonly Look[]): ReadonlyMap<string, readonly number[]> => {
  const all = new Map<string, number[]>()
  for (const { members } of looks)
    for (const member of members)
      for (const [signal, value] of usualSignalsOf(member)) {
        const key = seriesKey(member.endpoint, signal)
        const values = all.get(key)
        if (values === undefined) all.set(key, [value])
        else values.push(value)
      }
  return all
}

/**
 * The highest high of any hour of the day, and how many of its 24 hours are known: what is usual is only told where nearly
 * all of them are.
 */
export const dayOf = (
  baseline: Baseline,
  signal: UsualSignal,
  endpoint: string,
): { readonly peak: number; readonly hours: number } => {
  const series = baseline.series.get(seriesKey(endpoint, signal))
  const day = (row: readonly (number | undefined)[] | undefined) =>
    (row ?? []).slice(WEEK_CELLS, WEEK_CELLS + 24)
  const learned = day(series?.learned)
  const highs = day(series?.highs).filter((_, hour) => (learned[hour] ?? 0) >= FEWEST_LOOKS)
  const known = highs.filter((high) => high !== undefined)
  return { peak: Math.max(0, ...known), hours: known.length }
}

const EMPTY: Series = { medians: [], highs: [], learned: [] }

const learned = (series: Series = EMPTY, hour: number, values: readonly number[]): Series => {
  const seen = {
    median: quantile(values, 0.5) ?? 0,
    high: quantile(values, 0.95) ?? 0,
    looks: Math.min(values.length, MOST_LOOKS),
  }
  const medians = cellsOf(series.medians)
  const highs = cellsOf(series.highs)
  const counts = cellsOf(series.learned)
  for (const from of ['week', 'day', 'all'] as const) {
    const cell = cellOf(from, hour)
    const before = counts[cell] ?? 0
    const share = shareOf(from, before, seen.looks)
    medians[cell] = nearer(medians[cell], seen.median, share)
    highs[cell] = nearer(highs[cell], seen.high, share)
    counts[cell] = Math.min(MOST_LEARNED, before + seen.looks)
  }
  return { medians, highs, learned: counts }
}

const cellsOf = (cells: readonly (number | undefined)[]): (number | undefined)[] =>
  Array.from({ length: CELLS }, (_, i) => cells[i])

const cellOf = (from: Usual['from'], at: number): number => {
  const hours = Math.floor((at - MONDAY_MS) / HOUR_MS)
  if (from === 'week') return ((hours % WEEK_CELLS) + WEEK_CELLS) % WEEK_CELLS
  return from === 'day' ? WEEK_CELLS + (((hours % 24) + 24) % 24) : CELLS - 1
}

/** At first a plain mean of the hours; then never less than what lets the past fade. */
const shareOf = (from: Usual['from'], before: number, looks: number): number =>
  Math.max(looks / (before + looks), (SHARES[from] * looks) / MOST_LOOKS)

/**
 * From `a` towards `b` by a share, in steps of factors: ten times slower weighs as much as ten times faster, so that one
 * bad hour does not lift the usual for weeks.
 */
const nearer = (a: number | undefined, b: number, share: number): number =>
  a === undefined
    ? b
    : Math.expm1((1 - share) * Math.log1p(a * SMALL) + share * Math.log1p(b * SMALL)) / SMALL

/** log(1 + x) is near log(x) down to a millionth: shares and milliseconds alike. */
const SMALL = 1e6
