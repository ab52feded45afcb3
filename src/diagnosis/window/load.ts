import type { Limits } from '../limits'
import { spansOf } from './look'
import type { Look, MemberLook } from './look'
import { median, total, weightedQuantile } from '../spread'

/** What clients ask of a cluster, a second. Undefined: unseen. */
export type Rates = {
  readonly commits: number | undefined
  /** Of all members together. */
  readonly clientBytes: number | undefined
  readonly ranges: number | undefined
}

/** Load of the looks that carried much more than the others, or that carry much by any standard. */
export type Load = {
  /** Of each look; as many as looks. */
  readonly rates: readonly Rates[]
  /** The calm part of the window; undefined: there is none to compare with. */
  readonly usual: Rates
  /** Indexes of the heavy looks. */
  readonly heavy: readonly number[]
  /** Of the heavy looks. */
  readonly now: Rates
  /** How many times the usual, by what rose most; undefined without a usual. */
  readonly times: number | undefined
}

export const loadOf = (looks: readonly Look[], limits: Limits): Load => {
  const rates = looks.map(ratesOf)
  const spans = spansOf(looks)
  const timed = rates.map((rate, i) => ({ ...rate, span: spans[i] ?? 0 }))
  const led = timed.filter((_, i) => isLed(looks[i]))
  const usual = {
    commits: low(led, 'commits') ?? low(timed, 'commits'),
    clientBytes: low(led, 'clientBytes') ?? low(timed, 'clientBytes'),
    ranges: low(led, 'ranges') ?? low(timed, 'ranges'),
  }
  const heavy = longRuns(
    rates.flatMap((rate, i) => (isHeavy(rate, usual, limits) ? [i] : [])),
    looks,
  )
  const during = heavy.map((i) => rates[i]).filter((rate) => rate !== undefined)
  const now = {
    commits: mid(during, 'commits'),
    clientBytes: mid(during, 'clientBytes'),
    ranges: mid(during, 'ranges'),
  }
  return { rates, usual, heavy, now, times: heavy.length === 0 ? undefined : timesOf(now, usual) }
}

/** While there is no leader nothing is committed, whatever clients ask: such a look tells nothing of what is usual. */
const isLed = (look: Look | undefined): boolean =>
  look?.members.every(
    ({ gain, seesLeader }) => seesLeader !== false && (gain?.leaderChanges ?? 0) === 0,
  ) === true

type Rate = keyof Rates

/** Every member commits the same entries: the median is not fooled by one that catches up. */
const ratesOf = (look: Look): Rates => ({
  commits: median(ratesOfAll(look, (gain) => gain.committed)),
  clientBytes: total([
    total(ratesOfAll(look, (gain) => gain.clientReceivedBytes)),
    total(ratesOfAll(look, (gain) => gain.clientSentBytes)),
  ]),
  ranges: total(ratesOfAll(look, (gain) => gain.ranges)),
})

const ratesOfAll = (
  look: Look,
  pick: (gain: NonNullable<MemberLook['gain']>) => number | undefined,
): readonly number[] =>
  look.members.flatMap(({ gain }) => {
    const count = gain && pick(gain)
    return gain === undefined || count === undefined || gain.seconds <= 0
      ? []
      : [count / gain.seconds]
  })

const seen = (rates: readonly Rates[], rate: Rate): readonly number[] =>
  rates.map((one) => one[rate]).filter((value) => value !== undefined)

type Timed = Rates & { readonly span: number }

/** The load that a fifth of the time stays under: calm, unless nearly the whole window is heavy. */
const low = (rates: readonly Timed[], rate: Rate): number | undefined =>
  weightedQuantile(
    rates.flatMap(({ [rate]: value, span }) =>
      value === undefined ? [] : [{ value, weight: span }],
    ),
    0.2,
  )
const mid = (rates: readonly Rates[], rate: Rate): number | undefined => median(seen(rates, rate))

const FLOORS = {
  commits: 'loadCommitsPerSecond',
  clientBytes: 'loadBytesPerSecond',
  ranges: 'loadRangesPerSecond',
} as const

const RATES: readonly Rate[] = ['commits', 'clientBytes', 'ranges']

/** Heavy by its size, and either several times the usual, or several times the floor where all is alike. */
const isHeavy = (rates: Rates, usual: Rates, limits: Limits): boolean =>
  RATES.some((rate) => {
    const [now, before, floor] = [rates[rate], usual[rate], limits[FLOORS[rate]]]
    if (now === undefined || now < floor / limits.loadFactor) return false
    const rose = before !== undefined && now >= limits.loadFactor * before
    return (rose && now >= floor / 2) || now >= limits.loadFactor * floor
  })

const timesOf = (now: Rates, usual: Rates): number | undefined => {
  const ratios = RATES.flatMap((rate) => {
    const [after, before] = [now[rate], usual[rate]]
    return after === undefined || before === undefined ? [] : [after / Math.max(1, before)]
  })
  return ratios.length === 0 ? undefined : Math.max(...ratios)
}

const LASTING_MS = 8000

/** A backlog that is worked off after a stall lasts a look or two: heavy is what lasts. */
const longRuns = (indexes: readonly number[], looks: readonly Look[]): readonly number[] =>
  indexes.filter((i) => {
    const run = indexes.filter((j) => Math.abs(j - i) <= 3)
    const [first, last] = [looks[(run[0] ?? i) - 1], looks[run.at(-1) ?? i]]
    const lastsMs = first === undefined || last === undefined ? 0 : last.at - first.at
    return run.length >= 3 || (run.length >= 2 && lastsMs >= LASTING_MS)
  })
