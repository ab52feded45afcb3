import type { Answer, Cell, Table } from '../src/diagnosis/answer'
import { durationText, listText } from '../src/diagnosis/quantity'
import { mistake, type Ask, type Command, type Tools } from './command'
import { fleetRow, type FleetRow } from './fleet-row'

export const clusters: Command = {
  name: 'clusters',
  usage: '',
  summary: 'the fleet: the state of each cluster, since when, and when it was last looked at',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const seen = tools.config().clusters.filter((cluster) => ask.may('viewer', cluster))
    if (ask.words.length > 0)
      return mistake(
        tools.now(),
        `clusters takes no words; for one cluster ask: status ${ask.words[0] ?? ''}`,
      )
    if (seen.length === 0) return mistake(tools.now(), 'You may see no cluster here.')
    const rows = await Promise.all(seen.map((cluster) => fleetRow(cluster, ask, tools)))
    return answerOf(
      rows.toSorted((a, b) => rankOf(b) - rankOf(a)),
      tools.now(),
      tools.history?.trouble(),
    )
  },
}

/** Unknown ranks above warning: it may hide anything. */
const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const
const rankOf = ({ severity }: FleetRow): number => RANKS.indexOf(severity)

const answerOf = (rows: readonly FleetRow[], at: number, trouble: string | undefined): Answer => {
  const troubled = rows.filter(({ severity }) => severity !== 'ok')
  const worst = troubled[0]
  return {
    at,
    state: undefined,
    severity: worst?.severity ?? 'ok',
    headline: worst === undefined ? wellText(rows) : worstText(worst, troubled.length, rows.length),
    facts: [],
    tables: [tableOf(rows, at)],
    findings: [],
    unseen: [
      ...(trouble === undefined ? [] : [`what the watch kept: ${trouble}`]),
      ...unseenOf(rows),
    ],
    action:
      worst === undefined
        ? undefined
        : { say: `Look at ${worst.cluster.name} first.`, ask: askOf(worst) },
    json: { at, clusters: rows.map(jsonOf) },
  }
}

const wellText = (rows: readonly FleetRow[]): string =>
  rows.length === 1 ? 'The only cluster is well.' : `All ${rows.length} clusters are well.`

/** The worst thing first, then how many there are. */
const worstText = ({ cluster, summary }: FleetRow, troubled: number, all: number): string => {
  const said = `${cluster.name}: ${summary}.`
  if (all === 1) return said
  return `${said} ${troubled} of ${all} clusters ${troubled === 1 ? 'needs' : 'need'} a look.`
}

const askOf = ({ storm, cluster }: FleetRow): string =>
  `${storm === undefined ? 'status' : 'diagnose'} ${cluster.name}`

const unseenOf = (rows: readonly FleetRow[]): readonly string[] => {
  const all = [...new Set(rows.flatMap(({ unseen }) => unseen ?? []))]
  return all.map((unseen) => {
    const where = rows.filter((row) => row.unseen === unseen).map(({ cluster }) => cluster.name)
    return where.length === rows.length ? unseen : `${listText(where.slice(0, 10))}: ${unseen}`
  })
}

const tableOf = (rows: readonly FleetRow[], at: number): Table => {
  const isTaken = rows.some(({ storm }) => storm?.acknowledged !== undefined)
  const titles = ['Cluster', 'State', 'Severity', 'For', 'Last look', 'Summary']
  return {
    title: 'Clusters',
    columns: [...titles, ...(isTaken ? ['Taken by'] : [])].map((title) => ({
      title,
      align: 'left',
    })),
    rows: rows.map((row) => [
      ...cellsOf(row, at),
      ...(isTaken ? [{ text: row.storm?.acknowledged?.by ?? '', isPerson: true }] : []),
    ]),
  }
}

const cellsOf = (row: FleetRow, at: number): readonly Cell[] => {
  const { cluster, state, severity, since, lookedAt, summary, link } = row
  return [
    { text: cluster.name, ...(severity === 'unknown' ? {} : { severity }) },
    { text: state, ...(link !== undefined && { link }) },
    { text: severity },
    since === undefined
      ? { text: '' }
      : { text: durationText(Math.max(0, at - since)), value: at - since },
    lookedAt === undefined ? { text: 'never' } : { text: agoText(at - lookedAt), value: lookedAt },
    { text: summary },
  ]
}

const agoText = (ms: number): string => (ms < 1000 ? 'now' : `${durationText(ms)} ago`)

const jsonOf = ({ cluster, state, severity, summary, lookedAt, since }: FleetRow) => ({
  cluster: cluster.name,
  title: cluster.title,
  state,
  severity,
  lastLook: lookedAt,
  since,
  summary,
})
