import type { ClusterConfig } from '../src/config'
import type { Answer, Cell, Table } from '../src/diagnosis/answer'
import { USUAL_SIGNALS, usualOf, usualSignalsOf } from '../src/diagnosis/usual/baseline'
import type { Baseline, Usual } from '../src/diagnosis/usual/baseline'
import type { Look, MemberLook } from '../src/diagnosis/window/look'
import { countText, durationText, timeText } from '../src/diagnosis/quantity'
import { mistake, pickCluster, type Ask, type Command, type History, type Tools } from './command'
import { usualChart } from './usual-chart'
import {
  byUrgency,
  hurts,
  isHigh,
  lineText,
  SIGNAL_NAMES,
  valueText,
  type UsualLine,
} from './usual-line'
import { fromHistory } from './words'

export const baseline: Command = {
  name: 'baseline',
  usage: '[CLUSTER]',
  summary: 'now against what is usual at this hour, for each member and signal',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const at = tools.now()
    if (rest.length > 0)
      return mistake(at, `baseline takes one cluster; what is “${rest.join(' ')}”?`)
    return fromHistory(tools, 'What is usual', (history) => usualAgainstNow(cluster, history, at))
  },
}

/** Looks that are older are no longer now. */
const NOW_MS = 120_000

const usualAgainstNow = async (
  cluster: ClusterConfig,
  history: History,
  at: number,
): Promise<Answer> => {
  const [learned, looks] = await Promise.all([
    history.baseline(cluster.name),
    history.looks(cluster.name, { from: at - NOW_MS, to: at }),
  ])
  const look = looks.at(-1)
  const lines = look === undefined ? [] : linesOf(look, learned)
  const most = Math.max(0, ...lines.map(({ usual }) => usual?.learned ?? 0))
  const high = lines.filter(isHigh).toSorted(byUrgency)
  const chart = usualChart(lines, learned, at)
  return {
    at: look?.at ?? at,
    state: undefined,
    severity: lines.length === 0 ? 'unknown' : high.some(hurts) ? 'warning' : 'ok',
    headline: headlineOf(cluster, { lines, high, most }),
    facts: [
      most === 0
        ? 'Nothing was learned yet: an hour of calm looks is needed, a day for the hour of the day, two weeks for that of the week.'
        : `Learned until ${timeText(learned.learnedUntil)}, from up to ${countText(most, 'look')} of this hour; storms and maintenance are left out.`,
    ],
    tables: lines.length === 0 ? [] : [tableOf(lines)],
    charts: chart === undefined ? [] : [chart],
    findings: [],
    unseen: unseenOf(look),
    action: high.some(hurts)
      ? { say: 'See whether it shakes the cluster.', ask: `diagnose ${cluster.name}` }
      : undefined,
    json: { cluster: cluster.name, at, learnedUntil: learned.learnedUntil, signals: lines },
  }
}

const unseenOf = (look: Look | undefined): readonly string[] =>
  look === undefined
    ? [`now: no look of the last ${durationText(NOW_MS)} is kept`]
    : look.members.flatMap(({ name, page }) =>
        page.came ? [] : [`${name}'s metrics page now (${page.why})`],
      )

const linesOf = (look: Look, learned: Baseline): readonly UsualLine[] =>
  look.members.flatMap((member) => memberLines(member, learned, look.at))

const memberLines = (member: MemberLook, learned: Baseline, at: number): readonly UsualLine[] => {
  const now = usualSignalsOf(member)
  const { name, endpoint } = member
  return USUAL_SIGNALS.flatMap((signal) => {
    const value = now.get(signal)
    if (value === undefined) return []
    const usual = usualOf(learned, signal, { endpoint, at })
    return [{ member: name, endpoint, signal, now: value, usual }]
  })
}

type Found = {
  readonly lines: readonly UsualLine[]
  readonly high: readonly UsualLine[]
  readonly most: number
}

const headlineOf = ({ title }: ClusterConfig, { lines, high, most }: Found): string => {
  if (lines.length === 0) return `${title}: there is no look of now to compare.`
  if (most === 0) return `${title}: nothing is known to be usual yet.`
  const [worst, ...others] = high
  if (worst === undefined) return `${title} is as usual at this hour.`
  const more =
    others.length === 0
      ? ''
      : `; ${countText(others.length, 'more signal')} far above ${others.length === 1 ? 'its' : 'their'} usual`
  return `${title}: ${lineText(worst)}${more}.`
}

const tableOf = (lines: readonly UsualLine[]): Table => ({
  title: 'Usual against now',
  columns: [
    { title: 'Member', align: 'left' },
    { title: 'Signal', align: 'left' },
    { title: 'Now', align: 'right' },
    { title: 'Usual', align: 'right' },
    { title: 'Mostly below', align: 'right' },
    { title: 'Learned', align: 'right' },
    { title: 'From', align: 'left' },
  ],
  rows: lines
    .toSorted((a, b) => Number(isHigh(b)) - Number(isHigh(a)) || (isHigh(a) ? byUrgency(a, b) : 0))
    .map(rowOf),
})

const rowOf = (line: UsualLine): readonly Cell[] => {
  const { member, signal, now, usual } = line
  return [
    { text: member, ...(isHigh(line) && { severity: 'warning' }) },
    { text: SIGNAL_NAMES[signal] },
    { text: valueText(signal, now), value: now },
    ...[usual?.median, usual?.high].map((value) =>
      value === undefined ? { text: '' } : { text: valueText(signal, value), value },
    ),
    usual === undefined
      ? { text: '' }
      : { text: countText(usual.learned, 'look'), value: usual.learned },
    { text: usual === undefined ? 'not learned yet' : FROM[usual.from] },
  ]
}

const FROM: Readonly<Record<Usual['from'], string>> = {
  week: 'this hour of the week',
  day: 'this hour of any day',
  all: 'all hours',
}
