import type { ClusterConfig } from '../src/config'
import type { Answer, Cell, Table } from '../src/diagnosis/answer'
import { overlaps, withoutParts } from '../src/diagnosis/election-times'
import { countText, durationText, listText, timeText } from '../src/diagnosis/quantity'
import { causeText, storyText, type Story } from '../src/diagnosis/story'
import {
  mistake,
  pickCluster,
  type Ask,
  type Command,
  type History,
  type Span,
  type Tools,
} from './command'
import { electionChart } from './election-chart'
import { durationIn, historyIn, isFresh, seenBy } from './words'

export const storms: Command = {
  name: 'storms',
  usage: '[CLUSTER] [SINCE]',
  summary:
    'storms and elections of the last 7 days, or up to 35d: when, how long, how many, cause, who took it',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const asked = askedIn(ask, tools)
    if (!asked.ok) return asked.answer
    const kept = historyIn(tools)
    if (!kept.ok) return mistake(tools.now(), `The past cannot be told: ${kept.why}.`)
    const to = tools.now()
    const span = { from: to - asked.sinceMs, to }
    const told = await Promise.all(
      asked.clusters.map(({ name }) => clusterStories(name, span, kept.history)),
    )
    const scene = { at: to, sinceMs: asked.sinceMs, clusters: asked.clusters }
    return answerOf(told.flat(), {
      ...scene,
      unseen: await unwatched(asked.clusters, kept.history, tools),
    })
  },
}

/** Of a storm, where its message can be read. */
type Told = Story & { readonly link?: string | undefined }

/** Whatever went on in the span: a storm may have begun long before it. */
const clusterStories = async (
  cluster: string,
  span: Span,
  history: History,
): Promise<readonly Told[]> => {
  const all = await history.stories(cluster, { from: span.to - MOST_MS, to: span.to })
  const within = all.filter((story) => overlaps(story, span))
  const posted = within.filter(({ kind, untold }) => kind !== 'elections' && untold === undefined)
  const links = await history
    .links(
      cluster,
      posted.map(({ id }) => id),
    )
    .catch((): ReadonlyMap<string, string> => new Map())
  return within.map((story) => ({ ...story, link: links.get(story.id) }))
}

/** Where nobody looks now, no storm would be seen either. */
const unwatched = async (
  clusters: readonly ClusterConfig[],
  history: History,
  tools: Tools,
): Promise<readonly string[]> => {
  const lines = await Promise.all(
    clusters.map(async ({ name }) => {
      const stands = await history.standing(name)
      if (stands === undefined) return [`${name}: the watch has not looked at it yet`]
      const ageMs = tools.now() - stands.lookedAt
      return isFresh(stands.lookedAt, tools)
        ? []
        : [`${name} since ${timeText(stands.lookedAt)}: nobody looked for ${durationText(ageMs)}`]
    }),
  )
  return lines.flat()
}

const DAY_MS = 86_400_000
const DEFAULT_MS = 7 * DAY_MS
const MOST_MS = 35 * DAY_MS

type Asked =
  | { readonly ok: true; readonly clusters: readonly ClusterConfig[]; readonly sinceMs: number }
  | { readonly ok: false; readonly answer: Answer }

const askedIn = (ask: Ask, tools: Tools): Asked => {
  const last = durationIn(ask.words.at(-1))
  const words = last === undefined ? ask.words : ask.words.slice(0, -1)
  const sinceMs = Math.min(last ?? DEFAULT_MS, MOST_MS)
  if (words.length === 0) return { ok: true, clusters: seenBy(ask, tools), sinceMs }
  const picked = pickCluster({ ...ask, words }, tools, 'viewer')
  if (!picked.ok) return picked
  if (picked.rest.length === 0) return { ok: true, clusters: [picked.cluster], sinceMs }
  const text = `storms takes a cluster and a time such as 7d; what is “${picked.rest.join(' ')}”?`
  return { ok: false, answer: mistake(tools.now(), text) }
}

type Scene = {
  readonly at: number
  readonly sinceMs: number
  readonly clusters: readonly ClusterConfig[]
  readonly unseen: readonly string[]
}

const answerOf = (all: readonly Told[], scene: Scene): Answer => {
  const { at, sinceMs, unseen } = scene
  const stories = withoutParts(all).toSorted(byUrgency)
  const open = stories.filter(isOpen)
  const chart = electionChart(all, { from: at - sinceMs, to: at })
  return {
    at,
    state: undefined,
    severity: severityOf(open, unseen),
    headline: headlineOf(stories, scene),
    facts: [],
    tables: stories.length === 0 ? [] : [tableOf(stories, scene)],
    charts: chart === undefined ? [] : [chart],
    findings: [],
    unseen,
    action: actionOf(open[0]),
    json: { at, from: at - sinceMs, storms: stories },
  }
}

const isOpen = ({ kind, until }: Story): boolean => kind !== 'elections' && until === undefined

/** What goes on first, the worst of it before the rest; then the newest. */
const byUrgency = (a: Story, b: Story): number =>
  Number(isOpen(b)) - Number(isOpen(a)) ||
  (isOpen(a) ? rankOf(b) - rankOf(a) : 0) ||
  b.since - a.since

const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const
const rankOf = (story: Story): number => RANKS.indexOf(severityOfOne(story))

const severityOfOne = ({ kind, worst }: Story): Answer['severity'] => {
  if (kind === 'unknown') return 'unknown'
  return worst === 'warning' ? 'critical' : 'warning'
}

const severityOf = (open: readonly Story[], unseen: readonly string[]): Answer['severity'] => {
  const [worst] = open
  if (worst !== undefined) return severityOfOne(worst)
  return unseen.length > 0 ? 'unknown' : 'ok'
}

const actionOf = (open: Story | undefined): Answer['action'] => {
  if (open === undefined) return undefined
  const { cluster, kind } = open
  return kind === 'unknown'
    ? { say: `See what of ${cluster} can be read.`, ask: `status ${cluster}` }
    : { say: `Look into the storm on ${cluster}.`, ask: `diagnose ${cluster}` }
}

/** What goes on, then what was, then where nobody looks. */
const headlineOf = (stories: readonly Told[], { at, sinceMs, clusters, unseen }: Scene): string => {
  const where =
    clusters.length === 1 ? (clusters[0]?.title ?? '') : countText(clusters.length, 'cluster')
  const on = clusters.length !== 1
  return `${[
    ...goingOn(stories.filter(isOpen), { at, on }),
    `${pastText(stories)} in the last ${durationText(sinceMs)}`,
    ...(unseen.length === 0 ? [] : [blindText(clusters.length, unseen.length)]),
  ].reduce((text, part, i) => `${text}${i === 0 ? ': ' : '; '}${part}`, where)}.`
}

/** `a storm goes on at prod (5 min, 12 elections, disk on m1), and 1 more`. */
const goingOn = (
  [worst, ...others]: readonly Story[],
  { at, on }: { readonly at: number; readonly on: boolean },
): readonly string[] => {
  if (worst === undefined) return []
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  const where = on ? ` at ${worst.cluster}` : ''
  return [`${nameOf(worst)} goes on${where} (${storyText(worst, at)})${more}`]
}

const nameOf = ({ kind, worst }: Story): string => {
  if (kind === 'unknown') return 'a time in which it cannot be read'
  return worst === 'warning' ? 'a storm' : 'a storm watch'
}

const blindText = (asked: number, blind: number): string =>
  asked === 1 ? 'nobody watches it now' : `nobody watches ${blind} of them now`

/** `2 storms, 1 storm watch and 3 single elections`. */
const pastText = (stories: readonly Story[]): string => {
  const storms = stories.filter(({ kind }) => kind === 'storm')
  const warnings = storms.filter(({ worst }) => worst === 'warning').length
  const watches = storms.length - warnings
  const singles = stories
    .filter(({ kind }) => kind === 'elections')
    .reduce((sum, { elections }) => sum + elections, 0)
  return listText([
    warnings === 0 ? 'no storm' : countText(warnings, 'storm'),
    ...(watches > 0 ? [`${watches} storm watch${watches === 1 ? '' : 'es'}`] : []),
    ...(singles > 0 ? [countText(singles, 'single election')] : []),
  ])
}

/** Asked of one cluster, its name in each row would say nothing. */
const tableOf = (stories: readonly Told[], { at, clusters }: Scene): Table => {
  const isShown = (title: string): boolean => title !== 'Cluster' || clusters.length > 1
  const columns = COLUMNS.filter(({ title }) => isShown(title))
  return {
    title: 'Storms and elections',
    columns,
    rows: stories.map((story) =>
      rowOf(story, at).filter((_, i) => isShown(COLUMNS[i]?.title ?? '')),
    ),
  }
}

const COLUMNS: Table['columns'] = [
  { title: 'Began', align: 'left' },
  { title: 'Cluster', align: 'left' },
  { title: 'What', align: 'left' },
  { title: 'Lasted', align: 'right' },
  { title: 'Elections', align: 'right' },
  { title: 'Planned', align: 'right' },
  { title: 'Cause', align: 'left' },
  { title: 'Taken by', align: 'left' },
]

const rowOf = (story: Told, at: number): readonly Cell[] => {
  const { since, until, cluster, elections, planned, cause, where, acknowledged, link } = story
  const lastedMs = Math.max(0, (until ?? at) - since)
  const severity = severityOfOne(story)
  return [
    { text: timeText(since), value: since },
    { text: cluster },
    {
      text: whatOf(story),
      ...(link !== undefined && { link }),
      ...(isOpen(story) && severity !== 'unknown' && { severity }),
    },
    { text: `${durationText(lastedMs)}${isOpen(story) ? ' so far' : ''}`, value: lastedMs },
    { text: String(elections), value: elections },
    { text: planned === 0 ? '' : String(planned), value: planned },
    { text: cause === 'none' ? '' : causeText(cause, where) },
    { text: acknowledged?.by ?? '', isPerson: true },
  ]
}

const whatOf = ({ kind, worst, untold, elections, planned }: Story): string => {
  if (kind === 'elections') return elections === 0 && planned > 0 ? 'planned' : 'no storm'
  const why = untold === undefined ? '' : ` (not posted: ${untold})`
  if (kind === 'unknown') return `not readable${why}`
  return `${worst === 'warning' ? 'storm' : 'storm watch'}${why}`
}
