import { binomialAtMost, studentQuantile } from './counting'

/** How something counted differs between two windows. Less is better. */
export type Judgement = 'better' | 'same' | 'worse' | 'too little seen'

/** Part of a window: so many counted, in so much: of how many, or in how many seconds. */
export type Block = { readonly counted: number; readonly of: number }

export type Change = {
  readonly judgement: Judgement
  /** Counted a unit of `of`; undefined: nothing was seen. */
  readonly before: number | undefined
  readonly after: number | undefined
}

export type Judging = {
  /** The chance, 0 to 1, of calling a change that is none. */
  readonly error: number
  /** Blocks of both windows are the same hours of a day: only what differs between them counts. */
  readonly isPaired: boolean
}

/** A change that is smaller is no news, however sure; one that may be larger is not known to be the same. */
export const NEWS = 1.25
const SAME = 1.5
/** Fewer blocks tell no spread. */
const FEWEST_BLOCKS = 4
/** Below, counts are judged exactly. */
const FEW = 10

/**
 * Judges by how the blocks of each window vary among themselves, never by less than chance alone would: looks that follow
 * each other resemble each other, and a p-value of single fsyncs would call every hour news.
 */
export const changeOf = (
  before: readonly Block[],
  after: readonly Block[],
  { error, isPaired }: Judging,
): Change => {
  const [a, b] = [before, after].map(summed) as [Sum, Sum]
  const rates = { before: rateOf(a), after: rateOf(b) }
  const isSeen = [before, after].every(
    (blocks) => blocks.filter(({ of }) => of > 0).length >= FEWEST_BLOCKS,
  )
  if (!isSeen) return { ...rates, judgement: 'too little seen' }
  if (a.counted === 0 && b.counted === 0) return { ...rates, judgement: 'same' }
  const judgement =
    Math.min(a.counted, b.counted) < FEW && a.isCount && b.isCount
      ? rareChange(before, after, error).judgement
      : spreadChange([a, before], [b, after], { error, isPaired })
  return { ...rates, judgement }
}

type Sum = Block & { readonly isCount: boolean }

const summed = (blocks: readonly Block[]): Sum => ({
  counted: blocks.reduce((sum, { counted }) => sum + counted, 0),
  of: blocks.reduce((sum, { of }) => sum + of, 0),
  isCount: blocks.every(({ counted }) => Number.isInteger(counted)),
})

const rateOf = ({ counted, of }: Block): number | undefined => (of > 0 ? counted / of : undefined)

type Side = readonly [Sum, readonly Block[]]

const spreadChange = (before: Side, after: Side, { error, isPaired }: Judging): Judgement => {
  const [a, b] = [rateOf(before[0]) ?? 0, rateOf(after[0]) ?? 0]
  if (a === 0 || b === 0) return 'too little seen'
  const ratio = b / a
  const [first, second] = [deviations(before), deviations(after)]
  const isPair = isPaired && first.length === second.length
  const seen = isPair
    ? squares(second.map((own, i) => own - (first[i] ?? 0)))
    : squares(first) + squares(second)
  const degrees = isPair ? first.length - 1 : first.length + second.length - 2
  const spread2 = Math.max(seen, chance2(before[0]) + chance2(after[0]))
  const far = studentQuantile(1 - error / 2, degrees) * Math.sqrt(spread2)
  const [low, high] = [ratio * Math.exp(-far), ratio * Math.exp(far)]
  if (high < 1 && ratio <= 1 / NEWS) return 'better'
  if (low > 1 && ratio >= NEWS) return 'worse'
  return low >= 1 / SAME && high <= SAME ? 'same' : 'too little seen'
}

/** How far each block is from what its length would make it, as a share of all that was counted. */
const deviations = ([sum, blocks]: Side): readonly number[] =>
  blocks.map(({ counted, of }) => (counted - (sum.counted / sum.of) * of) / sum.counted)

/** Square of the relative error of a rate, by how its blocks deviate. */
const squares = (values: readonly number[]): number =>
  (values.reduce((sum, value) => sum + value ** 2, 0) * values.length) / (values.length - 1)

/** The same by chance alone. */
const chance2 = ({ counted, isCount }: Sum): number => (isCount ? 1 / counted : 0)

export type RareChange = {
  readonly judgement: Judgement
  /** Independent events: a burst counts less than its elections. */
  readonly events: { readonly before: number; readonly after: number }
  /** Chance of what was seen, or more, without any change, 0 to 1. */
  readonly chance: number
  /** With so much more of `of` and nothing counted it would be called better. Undefined: not within reach. */
  readonly missing: number | undefined
}

/**
 * Few events: with no change each of them falls into either window by its length, so that the split is binomial. Events
 * that come in bursts are not so many: their number is divided by how much the blocks vary beyond chance.
 */
export const rareChange = (
  before: readonly Block[],
  after: readonly Block[],
  error: number,
): RareChange => {
  const [a, b] = [summed(before), summed(after)]
  const clumping = Math.max(1, dispersionOf(before), dispersionOf(after))
  const events = { before: eventsOf(a, clumping), after: eventsOf(b, clumping) }
  const better = chanceOfFewer(events, a.of, b.of)
  const worse = chanceOfMore(events, a.of, b.of)
  const judgement = judged({ better, worse, events }, error)
  return {
    judgement,
    events,
    chance: Math.min(1, 2 * Math.min(better, worse)),
    missing: judgement === 'too little seen' ? missingOf(events, [a.of, b.of], error) : undefined,
  }
}

type Events = RareChange['events']

const judged = (
  { better, worse, events }: { better: number; worse: number; events: Events },
  error: number,
): Judgement => {
  if (better <= error / 2) return 'better'
  if (worse <= error / 2) return 'worse'
  return events.before + events.after === 0 ? 'same' : 'too little seen'
}

const eventsOf = ({ counted }: Sum, clumping: number): number =>
  counted === 0 ? 0 : Math.max(1, Math.round(counted / clumping))

/** Variance of the counts of blocks over what chance would make of it; 1 and less: as by chance. */
const dispersionOf = (blocks: readonly Block[]): number => {
  const { counted, of } = summed(blocks)
  const seen = blocks.filter((block) => block.of > 0)
  if (counted < 2 || seen.length < 2) return 1
  const expected = (block: Block): number => (counted / of) * block.of
  const excess = seen.reduce(
    (all, block) => all + (block.counted - expected(block)) ** 2 / expected(block),
    0,
  )
  return excess / (seen.length - 1)
}

const chanceOfFewer = ({ before, after }: Events, a: number, b: number): number =>
  binomialAtMost(after, before + after, b / (a + b))

const chanceOfMore = ({ before, after }: Events, a: number, b: number): number =>
  binomialAtMost(before, before + after, a / (a + b))

/** Beyond, nobody waits: so many times the window before. */
const MOST_TIMES = 20

const missingOf = (
  events: Events,
  [a, b]: readonly [number, number],
  error: number,
): number | undefined => {
  const isEnough = (more: number): boolean => chanceOfFewer(events, a, b + more) <= error / 2
  if (events.before === 0 || !isEnough(MOST_TIMES * a)) return undefined
  let [low, high] = [0, MOST_TIMES * a]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}
