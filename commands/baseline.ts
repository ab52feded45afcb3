import type { ClusterConfig } from '../src/config'
import type { Answer, Cell, Table } from '../src/diagnosis/answer'
import { USUAL_SIGNALS, usualOf, usualSignalsOf } from '../src/diagnosis/baseline'
import type { Baseline, Usual, UsualSignal } from '../src/diagnosis/baseline'
import type { Look, MemberLook } from '../src/diagnosis/look'
import { bytesText, countText, durationText, shareText, timeText } from '../src/diagnosis/quantity'
import { mistake, pickCluster, type Ask, type Command, type History, type Tools } from './command'
import { historyIn } from './words'

export const baseline: Command = {
  name: 'baseline',
  usage: '[CLUSTER]',
  summary:
    'what is usual at this hour against now, for each member and signal, and how much was learned',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const at = tools.now()
    if (rest.length > 0)
      return mistake(at, `baseline takes one cluster; what is “${rest.join(' ')}”?`)
    const kept = historyIn(tools)
    if (!kept.ok) return mistake(at, `What is usual cannot be told: ${kept.why}.`)
    return usualAgainstNow(cluster, kept.history, at)
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
  const high = lines.filter(isHigh)
  return {
    at,
    state: undefined,
    severity: 'ok',
    headline: headlineOf(cluster, { lines, high, most }),
    facts: [
      most === 0
        ? 'Nothing was learned yet: an hour of calm looks is needed, a day for the hour of the day, two weeks for that of the week.'
        : `Learned until ${timeText(learned.learnedUntil)}, from up to ${countText(most, 'look')} of this hour; storms and maintenance are left out.`,
    ],
    tables: lines.length === 0 ? [] : [tableOf(lines)],
    findings: [],
    unseen: look === undefined ? [`now: no look of the last ${durationText(NOW_MS)} is kept`] : [],
    action: undefined,
    json: { cluster: cluster.name, at, learnedUntil: learned.learnedUntil, signals: lines },
  }
}

type Line = {
  readonly member: string
  readonly signal: UsualSignal
  readonly now: number
  readonly usual: Usual | undefined
}

const linesOf = (look: Look, learned: Baseline): readonly Line[] =>
  look.members.flatMap((member) => memberLines(member, learned, look.at))

const memberLines = (member: MemberLook, learned: Baseline, at: number): readonly Line[] => {
  const now = usualSignalsOf(member)
  return USUAL_SIGNALS.flatMap((signal) => {
    const value = now.get(signal)
    if (value === undefined) return []
    const usual = usualOf(learned, signal, { endpoint: member.endpoint, at })
    return [{ member: member.name, signal, now: value, usual }]
  })
}

/** Above what 95 of 100 looks show, and not by a hair. */
const isHigh = ({ now, usual }: Line): boolean =>
  usual !== undefined && now > 1.5 * usual.high && now > 1.5 * usual.median

type Found = {
  readonly lines: readonly Line[]
  readonly high: readonly Line[]
  readonly most: number
}

const headlineOf = ({ title }: ClusterConfig, { lines, high, most }: Found): string => {
  if (lines.length === 0) return `${title}: there is no look of now to compare.`
  if (most === 0) return `${title}: nothing is known to be usual yet.`
  if (high.length === 0) return `${title} is as usual at this hour.`
  const [first] = high.toSorted((a, b) => timesOf(b) - timesOf(a))
  const worst =
    first && `${NAMES[first.signal]} of ${first.member} is ${timesOf(first).toFixed(1)} × the usual`
  return `${title}: ${countText(high.length, 'signal')} above the usual of this hour; ${worst ?? ''}.`
}

const timesOf = ({ now, usual }: Line): number => now / Math.max(usual?.median ?? 0, 1e-9)

const tableOf = (lines: readonly Line[]): Table => ({
  title: 'Usual against now',
  columns: [
    { title: 'Member', align: 'left' },
    { title: 'Signal', align: 'left' },
    { title: 'Now', align: 'right' },
    { title: 'Usual', align: 'right' },
    { title: 'High', align: 'right' },
    { title: 'Learned', align: 'right' },
    { title: 'From', align: 'left' },
  ],
  rows: lines.toSorted((a, b) => Number(isHigh(b)) - Number(isHigh(a))).map(rowOf),
})

const rowOf = (line: Line): readonly Cell[] => {
  const { member, signal, now, usual } = line
  return [
    { text: member, ...(isHigh(line) && { severity: 'warning' }) },
    { text: NAMES[signal] },
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

const NAMES: Readonly<Record<UsualSignal, string>> = {
  statusMs: 'Status time',
  pageMs: 'metrics page time',
  fsyncMs: 'fsync, mean',
  fsyncShare: 'time in fsync',
  commitMs: 'backend commit, mean',
  spillMs: 'commit spill, mean',
  roundTripMs: 'round trip of the slowest link',
  commitsPerSecond: 'commits a second',
  rangesPerSecond: 'ranges a second',
  clientBytesPerSecond: 'client traffic a second',
  cpuCores: 'CPU',
  goroutines: 'goroutines',
  pending: 'pending proposals',
}

const valueText = (signal: UsualSignal, value: number): string => {
  if (signal.endsWith('Ms')) return durationText(Number(value.toPrecision(3)))
  if (signal.endsWith('Share')) return shareText(value)
  if (signal === 'clientBytesPerSecond') return bytesText(value)
  const number = Number(value.toPrecision(3))
  return signal === 'cpuCores' ? `${number} cores` : String(number)
}
