import { NEWS, changeOf, rareChange } from './change'
import type { Block, Change, RareChange } from './change'
import { countOver, quantileOf, sumOf } from '../histogram'
import type { Gain } from '../histogram'
import type { Look, MemberGain } from '../window/look'
import { electionTimesIn } from '../storm/election-times'
import type { Span } from '../shift/facts'
import type { Story } from '../storm/story'

/** One of two windows, and what was kept of it. */
export type ComparedWindow = {
  readonly span: Span
  readonly looks: readonly Look[]
  /** A look speaks for so much of the time before it, at most, ms. */
  readonly reachMs: number
}

export type Comparison = {
  readonly before: WindowSeen
  readonly after: WindowSeen
  readonly elections: RareChange & { readonly before: number; readonly after: number }
  /** Entries committed a second. */
  readonly load: { readonly before: number | undefined; readonly after: number | undefined }
  /** Members and signals that both windows tell, those that changed first. */
  readonly signals: readonly SignalChange[]
}

export type WindowSeen = {
  readonly span: Span
  /** Of its length somebody looked, 0 to 1. */
  readonly seenShare: number
  readonly seenMs: number
}

export type SignalChange = Change & {
  /** Shown name. */
  readonly member: string
  readonly signal: Signal
  /** Of a tail: counted is what took longer, in seconds. */
  readonly overSeconds?: number
}

export type Signal =
  | 'late heartbeats' // counted a second
  | 'time in fsync' // 0 to 1
  | 'slow fsyncs' // 0 to 1 of all
  | 'slow commits'
  | 'slow round trips'

/** So many parts of a window are compared with each other. */
const BLOCKS = 12
/** One in twenty is called though it is none: of the elections, and of all the rest together. */
const ERROR = 0.05
/** Less than this of a window seen says nothing of it. */
export const LEAST_SEEN = 0.5

export const compare = (
  before: ComparedWindow,
  after: ComparedWindow,
  stories: readonly Story[],
): Comparison => {
  const seen = { before: seenOf(before), after: seenOf(after) }
  const isSeen = seen.before.seenShare >= LEAST_SEEN && seen.after.seenShare >= LEAST_SEEN
  const [a, b] = [before, after].map((window) => electionBlocks(window, stories)) as [
    readonly Block[],
    readonly Block[],
  ]
  const elections = rareChange(a, b, ERROR)
  const load = { before: loadOf(before), after: loadOf(after) }
  const judgement = isSeen ? elections.judgement : 'too little seen'
  return {
    ...seen,
    elections: { ...elections, judgement, before: countedIn(a), after: countedIn(b) },
    load,
    signals: isSeen
      ? signalChanges(before, after).map((one) => (followsLoad(one, load) ? unsure(one) : one))
      : [],
  }
}

/** Of the member that committed most: the others may have been away. */
const loadOf = ({ looks }: ComparedWindow): number | undefined => {
  const sums = new Map<string, { committed: number; seconds: number }>()
  for (const { members } of looks)
    for (const { endpoint, gain } of members) {
      if (gain?.committed === undefined) continue
      const sum = sums.get(endpoint) ?? { committed: 0, seconds: 0 }
      sum.committed += gain.committed
      sum.seconds += gain.seconds
      sums.set(endpoint, sum)
    }
  const rates = [...sums.values()].flatMap((sum) =>
    sum.seconds > 0 ? [sum.committed / sum.seconds] : [],
  )
  return rates.length === 0 ? undefined : Math.max(...rates)
}

/** Half the writes take half the time: that is no repair. */
export const followsLoad = (
  { signal, before: a, after: b }: SignalChange,
  { before, after }: Comparison['load'],
): boolean => {
  if (signal !== 'time in fsync' || !before || !after || !a || b === undefined) return false
  const load = after / before
  return b < a ? load <= 1 / NEWS : load >= NEWS
}

const unsure = (change: SignalChange): SignalChange => ({ ...change, judgement: 'too little seen' })

const seenOf = ({ span, looks, reachMs }: ComparedWindow): WindowSeen => {
  const seenMs = looks.reduce((sum, { at }, i) => {
    const since = looks[i - 1]?.at ?? span.from
    return sum + Math.min(reachMs, Math.max(0, at - since))
  }, 0)
  return { span, seenMs, seenShare: Math.min(1, seenMs / Math.max(1, span.to - span.from)) }
}

const countedIn = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { counted }) => sum + counted, 0)

const blockOf = ({ from, to }: Span, at: number): number =>
  Math.min(BLOCKS - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * BLOCKS)))

/** Elections a second that somebody looked. */
const electionBlocks = (window: ComparedWindow, stories: readonly Story[]): readonly Block[] => {
  const { span, looks, reachMs } = window
  const blocks = Array.from({ length: BLOCKS }, () => ({ counted: 0, of: 0 }))
  looks.forEach(({ at }, i) => {
    const since = looks[i - 1]?.at ?? span.from
    const block = blocks[blockOf(span, at)]
    if (block !== undefined) block.of += Math.min(reachMs, Math.max(0, at - since)) / 1000
  })
  for (const { at, unplanned: count } of electionTimesIn(stories, span)) {
    const block = blocks[blockOf(span, at)]
    if (block !== undefined) block.counted += count
  }
  return blocks
}

const signalChanges = (before: ComparedWindow, after: ComparedWindow): readonly SignalChange[] => {
  const names = new Map(
    [...before.looks, ...after.looks].flatMap(({ members }) =>
      members.map(({ endpoint, name }) => [endpoint, name] as const),
    ),
  )
  const pairs = [...names].flatMap(([endpoint, member]) => {
    const [a, b] = [before, after].map((window) => gainBlocks(window, endpoint)) as [Gains, Gains]
    return SIGNALS.flatMap(({ signal, blocks }) => {
      const both = blocks(a, b)
      return both === undefined ? [] : [{ member, signal, ...both }]
    })
  })
  const isPaired = isWholeDays(before.span) && isWholeDays(after.span)
  return pairs
    .map(({ member, signal, a, b, overSeconds }) => ({
      ...changeOf(a, b, { error: ERROR / pairs.length, isPaired }),
      member,
      signal,
      ...(overSeconds !== undefined && { overSeconds }),
    }))
    .toSorted((one, other) => ORDER.indexOf(one.judgement) - ORDER.indexOf(other.judgement))
}

const DAY_MS = 86_400_000

/** Then the blocks of both windows follow the same rhythm of the day. */
const isWholeDays = ({ from, to }: Span): boolean => {
  const days = (to - from) / DAY_MS
  return days > 0.99 && Math.abs(days - Math.round(days)) < 0.01
}

const ORDER: readonly Change['judgement'][] = ['worse', 'better', 'too little seen', 'same']

/** What a member's counters gained, by block. */
type Gains = readonly (readonly MemberGain[])[]

const gainBlocks = ({ span, looks }: ComparedWindow, endpoint: string): Gains => {
  const blocks = Array.from({ length: BLOCKS }, (): MemberGain[] => [])
  for (const { at, members } of looks) {
    const gain = members.find((one) => one.endpoint === endpoint)?.gain
    if (gain !== undefined) blocks[blockOf(span, at)]?.push(gain)
  }
  return blocks
}

type Both = {
  readonly a: readonly Block[]
  readonly b: readonly Block[]
  readonly overSeconds?: number
}

type SignalOf = {
  readonly signal: Signal
  /** Undefined: one of the windows does not tell it. */
  readonly blocks: (before: Gains, after: Gains) => Both | undefined
}

const seconds = (gains: readonly MemberGain[]): number =>
  gains.reduce((sum, gain) => sum + gain.seconds, 0)

/** So much of something in the seconds that were seen; parts that did not tell are left out. */
const rates =
  (pick: (gain: MemberGain) => number | undefined) =>
  (before: Gains, after: Gains): Both | undefined => {
    const of = (window: Gains): readonly Block[] =>
      window
        .map((gains) => gains.filter((gain) => pick(gain) !== undefined && gain.seconds > 0))
        .filter((gains) => gains.length > 0)
        .map((gains) => ({
          counted: gains.reduce((sum, gain) => sum + (pick(gain) ?? 0), 0),
          of: seconds(gains),
        }))
    const [a, b] = [of(before), of(after)]
    return a.length === 0 || b.length === 0 ? undefined : { a, b }
  }

/** How many of all took longer than what 98 of 100 took before, by the edges that the histogram has. */
const tails =
  (pick: (gain: MemberGain) => Gain | undefined) =>
  (before: Gains, after: Gains): Both | undefined => {
    const of = (window: Gains): readonly Gain[] =>
      window.flatMap((gains) => sumOf(gains.map(pick)) ?? []).filter(({ count }) => count > 0)
    const [a, b] = [of(before), of(after)]
    const overSeconds = quantileOf(sumOf(a), 0.98)?.over
    if (overSeconds === undefined || overSeconds <= 0 || b.length === 0) return undefined
    const blocks = (gains: readonly Gain[]): readonly Block[] =>
      gains.map((gain) => ({ counted: countOver(gain, overSeconds), of: gain.count }))
    return { a: blocks(a), b: blocks(b), overSeconds }
  }

const SIGNALS: readonly SignalOf[] = [
  { signal: 'late heartbeats', blocks: rates((gain) => gain.heartbeatFailures) },
  { signal: 'time in fsync', blocks: rates((gain) => gain.walFsync?.sum) },
  { signal: 'slow fsyncs', blocks: tails((gain) => gain.walFsync) },
  { signal: 'slow commits', blocks: tails((gain) => gain.backendCommit) },
  {
    signal: 'slow round trips',
    blocks: tails((gain) => sumOf([...gain.links.values()].map((link) => link.roundTrip))),
  },
]
