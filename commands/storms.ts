import type { ClusterConfig } from '../src/config'
import type { Answer, Cell } from '../src/diagnosis/answer'
import { countText, durationText, timeText } from '../src/diagnosis/quantity'
import { causeText, storyText, type Story } from '../src/diagnosis/story'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'
import { durationIn, historyIn, seenBy } from './words'

export const storms: Command = {
  name: 'storms',
  usage: '[CLUSTER] [SINCE]',
  summary:
    'storms and elections of the last 7 days, or up to 35d: when, how long, how many, cause, who took it',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const asked = askedIn(ask, tools)
    if (!asked.ok) return asked.answer
    const kept = historyIn(tools)
    if (!kept.ok) return mistake(tools.now(), `The past cannot be told: ${kept.why}.`)
    const to = tools.now()
    const span = { from: to - asked.sinceMs, to }
    const all = await Promise.all(
      asked.clusters.map(({ name }) => kept.history.stories(name, span)),
    )
    const stories = all.flat().toSorted((a, b) => b.since - a.since)
    return answerOf(stories, { at: to, sinceMs: asked.sinceMs, clusters: asked.clusters })
  },
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
}

const answerOf = (stories: readonly Story[], { at, sinceMs, clusters }: Scene): Answer => {
  const open = stories.find(({ kind, until }) => kind !== 'elections' && until === undefined)
  return {
    at,
    state: undefined,
    severity: open === undefined ? 'ok' : open.worst === 'warning' ? 'critical' : 'warning',
    headline: headlineOf(stories, { at, sinceMs, clusters }),
    facts: [],
    tables: stories.length === 0 ? [] : [tableOf(stories, at)],
    findings: [],
    unseen: [],
    action:
      open === undefined
        ? undefined
        : { say: `Look into the storm on ${open.cluster}.`, ask: `diagnose ${open.cluster}` },
    json: { at, from: at - sinceMs, storms: stories },
  }
}

const headlineOf = (stories: readonly Story[], { at, sinceMs, clusters }: Scene): string => {
  const where =
    clusters.length === 1 ? (clusters[0]?.title ?? '') : countText(clusters.length, 'cluster')
  const found = stories.filter(({ kind }) => kind === 'storm')
  const open = found.find(({ until }) => until === undefined)
  const now = open === undefined ? '' : `; one goes on: ${storyText(open, at)}`
  const many = found.length === 0 ? 'no storm' : countText(found.length, 'storm')
  return `${where}: ${many} in the last ${durationText(sinceMs)}${now}.`
}

const tableOf = (stories: readonly Story[], at: number) => ({
  title: 'Storms and elections',
  columns: [
    { title: 'Began', align: 'left' as const },
    { title: 'Cluster', align: 'left' as const },
    { title: 'What', align: 'left' as const },
    { title: 'Lasted', align: 'right' as const },
    { title: 'Elections', align: 'right' as const },
    { title: 'Planned', align: 'right' as const },
    { title: 'Cause', align: 'left' as const },
    { title: 'Taken by', align: 'left' as const },
  ],
  rows: stories.map((story) => rowOf(story, at)),
})

const rowOf = (story: Story, at: number): readonly Cell[] => {
  const { since, until, cluster, elections, planned, cause, where, acknowledged } = story
  const lastedMs = Math.max(0, (until ?? at) - since)
  const isOpen = until === undefined
  return [
    { text: timeText(since), value: since },
    { text: cluster },
    {
      text: whatOf(story),
      ...(isOpen && { severity: story.worst === 'warning' ? 'critical' : 'warning' }),
    },
    { text: `${durationText(lastedMs)}${isOpen ? ' so far' : ''}`, value: lastedMs },
    { text: String(elections), value: elections },
    { text: String(planned), value: planned },
    { text: cause === 'none' ? '' : causeText(cause, where) },
    { text: acknowledged?.by ?? '' },
  ]
}

const whatOf = ({ kind, worst, untold }: Story): string => {
  if (kind === 'elections') return 'elections'
  if (kind === 'unknown') return 'not readable'
  const why = untold === undefined ? '' : ` (not posted: ${untold})`
  return `${worst === 'warning' ? 'storm' : 'storm watch'}${why}`
}
