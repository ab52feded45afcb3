import type { Answer, Cell, Table } from '../answer'
import type { Judgement } from './change'
import { LEAST_SEEN, followsLoad } from './compare'
import type { Comparison, SignalChange, WindowSeen } from './compare'
import { saySeconds } from '../histogram'
import { lengthOf } from '../shift/facts'
import { countText, durationText, shareText, timeText } from '../quantity'

/** What is compared, for people. */
export type Compared = {
  readonly at: number
  readonly title: string
  /** `the last 24 h`, `the 3 h since 2026-11-22 06:00:00 UTC` */
  readonly what: string
  readonly comparison: Comparison
}

/** Did the fix work? The first sentence says it. */
export const compareAnswer = (compared: Compared): Answer => {
  const { at, comparison } = compared
  const judgement = overall(comparison)
  return {
    at,
    state: undefined,
    severity: SEVERITIES[judgement],
    headline: headlineOf(compared, judgement),
    facts: factsOf(compared, judgement),
    tables: comparison.signals.length === 0 ? [] : [tableOf(comparison)],
    findings: [],
    unseen: unseenOf(comparison),
    action: undefined,
    json: { at, judgement, ...comparison },
  }
}

const SEVERITIES = {
  better: 'ok',
  same: 'ok',
  worse: 'warning',
  'too little seen': 'unknown',
} as const satisfies Readonly<Record<Judgement, Answer['severity']>>

/** Elections are what the rest is looked at for: they decide where they can. */
const overall = ({ elections, signals }: Comparison): Judgement => {
  const isSure = elections.judgement === 'better' || elections.judgement === 'worse'
  const all = signals.map(({ judgement }) => judgement)
  if (isSure) return elections.judgement
  if (all.includes('worse')) return 'worse'
  if (elections.judgement === 'too little seen') return 'too little seen'
  if (all.includes('better')) return 'better'
  return all.includes('same') ? 'same' : 'too little seen'
}

const headlineOf = ({ title, what, comparison }: Compared, judgement: Judgement): string => {
  const { elections, before, after, signals } = comparison
  const counts = `${electionsText(elections.after, after)} in ${what}, ${numberText(elections.before, before)} in the ${durationText(lengthOf(before.span))} before`
  switch (judgement) {
    case 'better':
      return elections.judgement === 'better'
        ? `${title}: better. ${counts}; chance alone does that ${chanceText(elections.chance)}.`
        : `${title}: better. ${whichText(signals, 'better')}; ${lower(counts)}.`
    case 'worse':
      return elections.judgement === 'worse'
        ? `${title}: worse. ${counts}; chance alone does that ${chanceText(elections.chance)}.`
        : `${title}: worse. ${whichText(signals, 'worse')}; ${lower(counts)}.`
    case 'same':
      return `${title}: the same. ${counts}; no signal moved.`
    case 'too little seen':
      return `${title}: too little seen to say. ${counts}.`
  }
}

/** None seen is not none. */
const electionsText = (count: number, { seenShare }: WindowSeen): string => {
  if (count > 0) return countText(count, 'election')
  return seenShare < LEAST_SEEN ? 'Not enough looks' : 'No election'
}

const numberText = (count: number, { seenShare }: WindowSeen): string => {
  if (count > 0) return String(count)
  return seenShare < LEAST_SEEN ? 'not enough' : 'none'
}

const lower = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`

const chanceText = (chance: number): string =>
  chance < 0.0005 ? 'less than once in 2000 cases' : `once in ${Math.round(1 / chance)} cases`

/** `time in fsync of m1: 12 %, 4 % before` */
const whichText = (signals: readonly SignalChange[], judgement: Judgement): string => {
  const found = signals.filter((one) => one.judgement === judgement)
  const [first] = found
  if (first === undefined) return ''
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
  const text = `${first.signal} of ${first.member}: ${valueText(first, first.after)}, ${valueText(first, first.before)} before${more}`
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

const factsOf = (compared: Compared, judgement: Judgement): readonly string[] => {
  const { elections, signals } = compared.comparison
  const isOfElections = elections.judgement === judgement
  const other = (['worse', 'better'] as const).filter(
    (one) => (one !== judgement || isOfElections) && signals.some((s) => s.judgement === one),
  )
  return [
    ...burstText(elections),
    ...missingText(compared.comparison),
    ...loadText(compared.comparison),
    ...other.map((one) => `${one === 'worse' ? 'Worse' : 'Better'}: ${whichText(signals, one)}.`),
  ]
}

const loadText = ({ load, signals }: Comparison): readonly string[] => {
  const { before, after } = load
  if (before === undefined || after === undefined) return []
  if (!signals.some((one) => followsLoad(one, load))) return []
  const [now, then] = [after, before].map((rate) => String(Number(rate.toPrecision(2))))
  return [`Writes: ${now}/s, ${then}/s before. Time in fsync follows them and is not judged.`]
}

/** Why twelve elections may say less than twelve. */
const burstText = ({ before, after, events }: Comparison['elections']): readonly string[] => {
  const [all, counted] = [before + after, events.before + events.after]
  if (counted >= all) return []
  return [
    `The ${countText(all, 'election')} came in bursts and count as ${counted}: one storm is one event, however many elections it has.`,
  ]
}

const missingText = ({ elections, before, after }: Comparison): readonly string[] => {
  if (elections.judgement !== 'too little seen') return []
  if (Math.min(before.seenShare, after.seenShare) < LEAST_SEEN)
    return ['Less than half of a window was seen: whatever came then is not counted.']
  const { missing } = elections
  if (missing !== undefined)
    return [
      `To be sure: ${durationText(roundedUp(missing * 1000))} more without an election would be called better.`,
    ]
  return elections.before === 0
    ? ['Before there was none to get better from.']
    : [
        'To be sure: compare over a longer window. So few elections before tell too little of their rate.',
      ]
}

/** To whole minutes, beyond two hours to whole hours. */
const roundedUp = (ms: number): number => {
  const unit = ms < 7_200_000 ? 60_000 : 3_600_000
  return Math.ceil(ms / unit) * unit
}

const unseenOf = ({ before, after }: Comparison): readonly string[] =>
  [before, after].flatMap((window) => (window.seenShare < 0.95 ? [gapText(window)] : []))

const gapText = ({ span, seenShare }: WindowSeen): string =>
  `${shareText(1 - seenShare)} of the time from ${timeText(span.from)} to ${timeText(span.to)}: nobody looked`

const valueText = ({ signal }: SignalChange, value: number | undefined): string => {
  if (value === undefined) return ''
  if (signal === 'late heartbeats') return `${Number((value * 3600).toPrecision(2))}/h`
  return shareText(value)
}

const tableOf = ({ signals }: Comparison): Table => ({
  title: 'Signals',
  columns: [
    { title: 'Signal', align: 'left' },
    { title: 'Member', align: 'left' },
    { title: 'Before', align: 'right' },
    { title: 'After', align: 'right' },
    { title: 'Judged', align: 'left' },
  ],
  rows: signals.map(rowOf),
})

const rowOf = (change: SignalChange): readonly Cell[] => {
  const { signal, member, before, after, judgement, overSeconds } = change
  const over = overSeconds === undefined ? '' : `, over ${saySeconds(overSeconds)}`
  return [
    { text: `${signal}${over}` },
    { text: member },
    { text: valueText(change, before), ...(before !== undefined && { value: before }) },
    { text: valueText(change, after), ...(after !== undefined && { value: after }) },
    { text: judgement, ...(judgement === 'worse' && { severity: 'warning' }) },
  ]
}
