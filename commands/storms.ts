import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { overlaps, withoutParts } from '../src/diagnosis/storm/election-times'
import { durationText, timeText } from '../src/diagnosis/quantity'
import type { Standing, Story } from '../src/diagnosis/storm/story'
import { mistake, pickCluster, type Ask, type Command, type History, type Tools } from './command'
import { electionChart } from './election-chart'
import { stormHeadline } from './storm-headline'
import { isOpen, severityOfStory, stormTable, type Told } from './storm-table'
import { durationIn, fromHistory, isFresh, seenBy } from './words'

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
    return fromHistory(tools, 'The past', (history) => pastOf(asked, history, tools))
  },
}

const pastOf = async (
  { clusters, sinceMs }: Extract<Asked, { ok: true }>,
  history: History,
  tools: Tools,
): Promise<Answer> => {
  const at = tools.now()
  const span = { from: at - sinceMs, to: at }
  const told = await Promise.all(
    clusters.map(async ({ name }) => {
      const [all, stands] = await Promise.all([
        history.stories(name, { from: at - MOST_MS, to: at }),
        history.standing(name),
      ])
      const within = all.filter((story) => overlaps(story, span))
      const linked = await withLinks(name, within, history)
      return {
        stories: linked.map((story) => ({ ...story, ...endOf(story, stands) })),
        unseen: blindText(name, stands, tools),
      }
    }),
  )
  return answerOf(
    told.flatMap(({ stories }) => stories),
    { at, sinceMs, clusters, unseen: told.flatMap(({ unseen }) => unseen) },
  )
}

const withLinks = async (
  cluster: string,
  stories: readonly Story[],
  history: History,
): Promise<readonly Told[]> => {
  const posted = stories.filter(({ kind, untold }) => kind !== 'elections' && untold === undefined)
  const ids = posted.map(({ id }) => id)
  const links = await history.links(cluster, ids).catch(() => new Map<string, string>())
  return stories.map((story) => ({ ...story, link: links.get(story.id) }))
}

/** The history says that it goes on, and the watch knows nothing of it: its end was lost with a store. */
const endOf = (story: Story, stands: Standing | undefined): Pick<Told, 'isEndLost'> =>
  isOpen(story) && stands !== undefined && stands.storm?.id !== story.id ? { isEndLost: true } : {}

/** Where nobody looks now, no storm would be seen either. */
const blindText = (name: string, stands: Standing | undefined, tools: Tools): readonly string[] => {
  if (stands === undefined) return [`${name}: the watch has not looked at it yet`]
  const { lookedAt } = stands
  if (isFresh(lookedAt, tools)) return []
  if (lookedAt > tools.now()) return [`${name}: the watch looked by a clock that is ahead`]
  const ago = durationText(tools.now() - lookedAt)
  return [`${name} since ${timeText(lookedAt)}: nobody looked for ${ago}`]
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
