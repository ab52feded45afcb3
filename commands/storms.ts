import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { overlaps, withoutParts } from '../src/diagnosis/election-times'
import { durationText, timeText } from '../src/diagnosis/quantity'
import type { Story } from '../src/diagnosis/story'
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
import { stormHeadline } from './storm-headline'
import { isOpen, severityOfStory, stormTable, type Told } from './storm-table'
import { durationIn, historyIn, isFresh, seenBy } from './words'

export const storms: Command = {
  name: 'storms',
  usage: '[CLUSTER] [SINCE]',
  summary:
    'storms and elections of the last 7d, or SINCE up to 35d: when, how long, cause, who took it',
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
    headline: stormHeadline(stories, scene),
    facts: [],
    tables:
      stories.length === 0 ? [] : [stormTable(stories, { at, isFleet: scene.clusters.length > 1 })],
    charts: chart === undefined ? [] : [chart],
    findings: [],
    unseen,
    action: actionOf(open[0]),
    json: { at, from: at - sinceMs, storms: stories },
  }
}

/** What goes on first, the worst of it before the rest; then the newest. */
const byUrgency = (a: Story, b: Story): number =>
  Number(isOpen(b)) - Number(isOpen(a)) ||
  (isOpen(a) ? rankOf(b) - rankOf(a) : 0) ||
  b.since - a.since

const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const
const rankOf = (story: Story): number => RANKS.indexOf(severityOfStory(story))

const severityOf = (open: readonly Story[], unseen: readonly string[]): Answer['severity'] => {
  const [worst] = open
  if (worst !== undefined) return severityOfStory(worst)
  return unseen.length > 0 ? 'unknown' : 'ok'
}

const actionOf = (open: Story | undefined): Answer['action'] => {
  if (open === undefined) return undefined
  const { cluster, kind } = open
  return kind === 'unknown'
    ? { say: `See what of ${cluster} can be read.`, ask: `status ${cluster}` }
    : { say: `Look into the storm on ${cluster}.`, ask: `diagnose ${cluster}` }
}
