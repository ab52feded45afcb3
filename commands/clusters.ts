import type { ClusterConfig } from '../src/config'
import type { Answer, Cell } from '../src/diagnosis/answer'
import type { State } from '../src/diagnosis/facts'
import { countText, listText, timeText } from '../src/diagnosis/quantity'
import { statusOf } from '../src/diagnosis/status'
import { storyText } from '../src/diagnosis/story'
import { mistake, type Ask, type Command, type Tools } from './command'

export const clusters: Command = {
  name: 'clusters',
  usage: '',
  summary: 'the fleet: the state of each cluster',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const seen = tools.config().clusters.filter((cluster) => ask.may('viewer', cluster))
    if (ask.words.length > 0)
      return mistake(
        tools.now(),
        `clusters takes no words; for one cluster ask: status ${ask.words[0] ?? ''}`,
      )
    if (seen.length === 0) return mistake(tools.now(), 'You may see no cluster here.')
    const rows = await Promise.all(seen.map((cluster) => rowOf(cluster, ask, tools)))
    return answerOf(
      rows.toSorted((a, b) => rankOf(b) - rankOf(a)),
      tools.now(),
    )
  },
}

type Row = {
  readonly cluster: ClusterConfig
  readonly state: State
  readonly severity: Answer['severity']
  readonly summary: string
  readonly lookedAt: number
  /** When the state began. Undefined: looked just now, nothing was kept. */
  readonly since?: number
}

/** A look that is older is not how it stands. */
const FRESH_MS = 120_000

/** As the watch last decided, where it keeps what it sees; else as one look tells. */
const rowOf = async (cluster: ClusterConfig, ask: Ask, tools: Tools): Promise<Row> => {
  const stands = await tools.history?.standing(cluster.name).catch(() => undefined)
  if (stands === undefined || tools.now() - stands.lookedAt > FRESH_MS)
    return lookAt(cluster, ask, tools)
  const { state, severity, headline, lookedAt, since, storm } = stands
  const story = storm === undefined ? '' : ` (${storyText(storm, tools.now())})`
  const summary = `${cluster.name}: ${headline}${story}.`
  return { cluster, state, severity, summary, lookedAt, since }
}

const lookAt = async (cluster: ClusterConfig, ask: Ask, tools: Tools): Promise<Row> => {
  const look = await tools.observe(cluster, ask.signal)
  const { state, severity, summary } = statusOf(look, cluster.settings, cluster.limits)
  return { cluster, state, severity, summary, lookedAt: look.at }
}

/** Unknown ranks above warning: it may hide anything. */
const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const
const rankOf = ({ severity }: Row): number => RANKS.indexOf(severity)

const answerOf = (rows: readonly Row[], at: number): Answer => {
  const troubled = rows.filter(({ severity }) => severity !== 'ok')
  const worst = troubled[0]
  return {
    at,
    state: undefined,
    severity: worst?.severity ?? 'ok',
    headline:
      worst === undefined
        ? `All ${countText(rows.length, 'cluster')} are well.`.replace(
            'All 1 cluster are',
            'The only cluster is',
          )
        : `${troubled.length} of ${countText(rows.length, 'cluster')} need a look; worst is ${worst.summary}`,
    facts: [],
    tables: [
      {
        title: 'Clusters',
        columns: ['Cluster', 'State', 'Since', 'Severity', 'Last look', 'Summary'].map((title) => ({
          title,
          align: 'left',
        })),
        rows: rows.map(cellsOf),
      },
    ],
    findings: [],
    unseen: unseenOf(rows),
    action:
      worst === undefined
        ? undefined
        : { say: `Look at ${worst.cluster.name} first.`, ask: `status ${worst.cluster.name}` },
    json: { at, clusters: rows.map(jsonOf) },
  }
}

const unseenOf = (rows: readonly Row[]): readonly string[] => {
  const once = rows.filter(({ since }) => since === undefined).map(({ cluster }) => cluster.name)
  if (once.length === 0) return []
  const where = once.length === rows.length ? '' : ` of ${listText(once.slice(0, 10))}`
  return [`the past${where}: one look cannot tell whether leaders were lost before it`]
}

const cellsOf = ({ cluster, state, severity, ...row }: Row): readonly Cell[] => [
  { text: cluster.name, ...(severity === 'unknown' ? {} : { severity }) },
  { text: state },
  row.since === undefined ? { text: '' } : { text: timeText(row.since), value: row.since },
  { text: severity },
  { text: timeText(row.lookedAt), value: row.lookedAt },
  { text: row.summary },
]

const jsonOf = ({ cluster, state, severity, summary, lookedAt, since }: Row) => ({
  cluster: cluster.name,
  title: cluster.title,
  state,
  severity,
  lastLook: lookedAt,
  since,
  summary,
})
