import type { ClusterConfig } from '../src/config'
import type { Answer, Cell } from '../src/diagnosis/answer'
import { countText, timeText } from '../src/diagnosis/quantity'
import { statusOf, type Status } from '../src/diagnosis/status'
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
    const rows = await Promise.all(seen.map((cluster) => lookAt(cluster, ask, tools)))
    return answerOf(
      rows.toSorted((a, b) => rankOf(b) - rankOf(a)),
      tools.now(),
    )
  },
}

type Row = { readonly cluster: ClusterConfig; readonly status: Status }

const lookAt = async (cluster: ClusterConfig, ask: Ask, tools: Tools): Promise<Row> => {
  const look = await tools.observe(cluster, ask.signal)
  return { cluster, status: statusOf(look, cluster.settings, cluster.limits) }
}

/** Unknown ranks above warning: it may hide anything. */
const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const
const rankOf = ({ status }: Row): number => RANKS.indexOf(status.severity)

const answerOf = (rows: readonly Row[], at: number): Answer => {
  const troubled = rows.filter(({ status }) => status.severity !== 'ok')
  const worst = troubled[0]
  return {
    at,
    state: undefined,
    severity: worst?.status.severity ?? 'ok',
    headline:
      worst === undefined
        ? `All ${countText(rows.length, 'cluster')} are well.`.replace(
            'All 1 cluster are',
            'The only cluster is',
          )
        : `${troubled.length} of ${countText(rows.length, 'cluster')} need a look; worst is ${worst.status.summary}`,
    facts: [],
    tables: [
      {
        title: 'Clusters',
        columns: ['Cluster', 'State', 'Severity', 'Last look', 'Summary'].map((title) => ({
          title,
          align: 'left',
        })),
        rows: rows.map(cellsOf),
      },
    ],
    findings: [],
    unseen: ['the past: this answer looks once, it keeps no history'],
    action:
      worst === undefined
        ? undefined
        : { say: `Look at ${worst.cluster.name} first.`, run: `status ${worst.cluster.name}` },
    json: { at, clusters: rows.map(jsonOf) },
  }
}

const cellsOf = ({ cluster, status }: Row): readonly Cell[] => [
  { text: cluster.name, ...(status.severity === 'unknown' ? {} : { severity: status.severity }) },
  { text: status.state },
  { text: status.severity },
  { text: timeText(status.situation.look.at) },
  { text: status.summary },
]

const jsonOf = ({ cluster, status }: Row): Record<string, unknown> => ({
  cluster: cluster.name,
  title: cluster.title,
  state: status.state,
  severity: status.severity,
  lastLook: status.situation.look.at,
  summary: status.summary,
})
