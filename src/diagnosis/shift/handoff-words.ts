import type { HandedCluster, Handoff } from './handoff'
import type { Outage, Span } from './facts'
import { lengthOf } from './facts'
import { few, line, person, strong, unended, within } from '../line'
import type { Line } from '../line'
import { aboutText, driftText, matterLine, nextOf, rateText } from './matter-words'
import type { Telling } from './matter-words'
import type { Matter } from './matter'
import { countText, durationText, listText } from '../quantity'
import { clockText, dayText, spanText } from '../zone'

/** For a channel: no more lines, readable aloud in a minute. */
const MOST_LINES = 12
const MOST_CHARACTERS = 240
const DAY_MS = 86_400_000

/**
 * The report: what to begin with, what to watch, what is open, then the rest, each only when there is something. A quiet
 * shift takes two lines. `zone`: IANA name of the timezone that times are told in.
 */
export const linesOf = (handoff: Handoff, zone = 'UTC'): readonly Line[] => {
  const telling = tellingOf(handoff, zone)
  const head = headLine(handoff, zone)
  if (handoff.kind === 'quiet') return [head, quietLine(handoff)]
  const { start, watch, rest } = handoff
  const all: readonly (Line | undefined)[] = [
    head,
    start && withNext('Start here', start, telling),
    ...watch.map((matter) => withNext('Watch', matter, telling)),
    listed('Also', rest, (matter) => matterLine(matter, { ...telling, isShort: true }), 1),
    countsLine(handoff),
    listed('Drifted', handoff.drifts, (one) => line(`${one.cluster}: ${driftText(one)}`), 2),
    listed('Space', handoff.spaces, (one) => line(fullText(one)), 2),
    listed(
      'Silenced',
      handoff.silences,
      (one) => silenceLine(one, telling),
      silencesShown(handoff),
    ),
    listed('Maintenance', handoff.maintenance, (one) => line(windowText(one, telling)), 2),
    blindLine(handoff, telling),
    listed('Stormwatch itself', handoff.outages, (one) => line(outageText(one, telling)), 2),
    listed('Notes', handoff.notes.toReversed(), (one) => noteLine(one, telling), 2),
  ]
  const lines = all.filter((one) => one !== undefined).map((one) => within(one, MOST_CHARACTERS))
  return SPARED.reduce(withoutOne, lines).slice(0, MOST_LINES)
}

/** What a full report leaves to its details, in this order. */
const SPARED = ['Space', 'Drifted']

const withoutOne = (lines: readonly Line[], title: string): readonly Line[] =>
  lines.length <= MOST_LINES ? lines : lines.filter((one) => !isTitled(one, title))

/** Times of the span and of a day around it need no day. */
export const tellingOf = ({ span, at, isCurrent }: Handoff, zone: string): Telling => ({
  to: Math.min(span.to, at),
  isCurrent,
  when: (at) =>
    at > span.to - DAY_MS && at < span.to + DAY_MS / 2 ? clockText(at, zone) : dayText(at, zone),
})

/** Whether a line is the one of this title. */
export const isTitled = (parts: Line, title: string): boolean =>
  parts[0]?.is === 'strong' && parts[0].text === `${title}: `

const headLine = (handoff: Handoff, zone: string): Line => {
  const { span, clusters } = handoff
  const names = clusters.map(({ name }) => name)
  const whose = names.length > 3 ? countText(names.length, 'cluster') : listText(names)
  const utc =
    zone === 'UTC' ? '' : ` (${clockText(span.from, 'UTC')} to ${clockText(span.to, 'UTC')} UTC)`
  return line(
    strong(`Handoff of ${whose}`),
    `, ${spanText(span.from, span.to, zone)}${utc}: ${verdictText(handoff)}.`,
  )
}

const verdictText = ({ kind, start, watch, rest, isCurrent }: Handoff): string => {
  if (kind !== 'eventful') return kind === 'quiet' ? 'quiet' : 'nothing was seen'
  const all = [start ?? [], watch, rest].flat()
  const storms = all.filter(({ is }) => is === 'storm').length
  if (storms > 0) return `${countText(storms, 'storm')} ${isCurrent ? 'open' : 'open at its end'}`
  const isBlind = all.some(({ is }) => ['unreadable', 'unwatched', 'unkept'].includes(is))
  return isBlind ? 'not everything is seen' : 'no storm open'
}

const quietLine = (handoff: Handoff): Line => {
  const { length } = handoff.clusters
  const whose = length === 1 ? '' : length === 2 ? ', both clusters' : `, all ${length} clusters`
  return line(`Seen throughout${whose}. ${capital(countsText(handoff))}.`)
}

const withNext = (title: string, matter: Matter, telling: Telling): Line => {
  const ask = nextOf(matter)
  const next = ask === undefined || title !== 'Start here' ? [] : [{ is: 'ask', ask } as const]
  const isShort = title !== 'Start here'
  return line(strong(`${title}: `), ...matterLine(matter, { ...telling, isShort }), ...next)
}

const listed = <T>(
  title: string,
  things: readonly T[],
  say: (thing: T) => Line,
  most: number,
): Line | undefined =>
  things.length === 0
    ? undefined
    : line(strong(`${title}: `), ...few(things.map(say).map(unended), most), '.')

const countsLine = (handoff: Handoff): Line | undefined => {
  const { clusters } = handoff
  const isNothing = clusters.every(
    ({ counts, before }) => isNone(counts) && isNone(before) && !counts.isFloor,
  )
  return isNothing || handoff.kind === 'unseen'
    ? undefined
    : line(strong('Counted: '), `${countsText(handoff)}.`)
}

type Counts = HandedCluster['counts']

const isNone = ({ storms, watches, elections, planned }: Counts): boolean =>
  storms + watches + elections + planned === 0

/** `2 storms, 17 elections; shift before: none; usual in 12 h: 0.4 elections` */
const countsText = ({ clusters, span }: Handoff): string => {
  const now = kindsText(clusters.map(({ counts }) => counts))
  const wasSeen = clusters.every(({ wasSeenBefore }) => wasSeenBefore)
  const before = wasSeen ? kindsText(clusters.map((one) => one.before)) : 'not all seen'
  return `${now}; shift before: ${before}${usualText(clusters, span)}`
}

const usualText = (clusters: readonly HandedCluster[], span: Span): string => {
  const usual = clusters.flatMap((one) => one.usual ?? [])
  if (usual.length < clusters.length) return ''
  const elections = sum(usual.map((one) => one.elections))
  return `; usual in ${durationText(lengthOf(span))}: ${electionsText(elections)}`
}

const electionsText = (count: number): string => {
  const text = rateText(count)
  return text === '1' ? '1 election' : count < 0.05 ? text : `${text} elections`
}

const kindsText = (all: readonly Counts[]): string => {
  const [storms, watches, elections, planned] = (
    ['storms', 'watches', 'elections', 'planned'] as const
  ).map((name) => sum(all.map((counts) => counts[name]))) as [number, number, number, number]
  const isFloor = all.some((counts) => counts.isFloor)
  const least = isFloor ? 'at least ' : ''
  const parts = [
    ...(isFloor && storms + watches === 0 ? ['a storm from before'] : []),
    ...(storms > 0 ? [countText(storms, 'storm')] : []),
    ...(watches > 0 ? [watches === 1 ? '1 storm watch' : `${watches} storm watches`] : []),
    ...(elections > 0 ? [`${least}${countText(elections, 'election')}`] : []),
    ...(planned > 0 ? [countText(planned, 'planned election')] : []),
  ]
  return parts.length === 0 ? 'no election' : parts.join(', ')
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const fullText = ({ cluster, timeToQuotaMs }: Handoff['spaces'][number]): string =>
  `${cluster}’s quota is full in about ${aboutText(timeToQuotaMs ?? 0)}`

/** Those that end in the next shift, or the first of the others. */
const silencesShown = ({ silences, span }: Handoff): number => {
  const soon = silences.filter(({ until }) => until <= span.to + lengthOf(span)).length
  return Math.min(2, Math.max(1, soon))
}

const silenceLine = (
  { cluster, until, by, reason }: Handoff['silences'][number],
  { when }: Telling,
): Line =>
  line(
    `${cluster} until ${when(until)} by `,
    person(by),
    reason === '' ? '' : ` (${cut(reason, 40)})`,
  )

const windowText = (
  { cluster, from, until, reason }: Handoff['maintenance'][number],
  { when }: Telling,
): string =>
  `${cluster} ${when(from)} to ${when(until)}${reason === '' ? '' : ` (${cut(reason, 40)})`}`

const noteLine = ({ cluster, at, by, text }: Handoff['notes'][number], { when }: Telling): Line =>
  line(`${cluster} ${when(at)} `, person(by), ` “${cut(text, 100)}”`)

/** What nobody saw, or one member did not tell. */
const blindLine = ({ clusters, kind }: Handoff, telling: Telling): Line | undefined => {
  const blind = clusters.filter(({ sight }) => sight.gaps.length > 0)
  const gaps = kind === 'unseen' ? [unseenText(clusters)] : gapTexts(blind, telling)
  const unread = clusters.flatMap(unreadTexts)
  const all = [...gaps, ...unread].map((text) => line(text))
  return all.length === 0 ? undefined : line(strong('Not seen: '), ...few(all, 3), '.')
}

const outageText = ({ of, from, to }: Outage, { when }: Telling): string =>
  `without ${of} ${when(from)} to ${when(to)}`

/** Members that were silent for as long are told together. */
const unreadTexts = ({ name, sight }: HandedCluster): readonly string[] => {
  const byLength = new Map<number, string[]>()
  for (const one of sight.unread) byLength.set(one.ms, [...(byLength.get(one.ms) ?? []), one.name])
  return [...byLength].map(
    ([ms, names]) => `${listText(names)} of ${name} gave no answer for ${durationText(ms)}`,
  )
}

const unseenText = (clusters: readonly HandedCluster[]): string =>
  `no look at ${listText(clusters.slice(0, 3).map(({ name }) => name))} was kept, so nothing can be said, good or bad`

/** Clusters that were not looked at at the same times are told together. */
const gapTexts = (blind: readonly HandedCluster[], { when }: Telling): readonly string[] => {
  const byGaps = new Map<string, string[]>()
  for (const { name, sight } of blind) {
    const shown = sight.gaps.slice(-2).map(({ from, to }) => `${when(from)} to ${when(to)}`)
    const more = sight.gaps.length - shown.length
    const text = `${listText(shown)}${more > 0 ? ` and ${more} times before` : ''}`
    byGaps.set(text, [...(byGaps.get(text) ?? []), name])
  }
  return [...byGaps].map(([times, names]) => {
    const whose = names.length > 3 ? countText(names.length, 'cluster') : listText(names)
    return `nobody looked at ${whose} ${times}`
  })
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`
