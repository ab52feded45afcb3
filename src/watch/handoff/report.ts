import type { ClusterConfig, HandoffConfig } from '../../config'
import type { Table } from '../../diagnosis/answer'
import { detailsOf } from '../../diagnosis/shift/handoff-details'
import { linesOf } from '../../diagnosis/shift/handoff-words'
import type { Line, Part } from '../../diagnosis/line'
import { spanText } from '../../diagnosis/zone'
import { cut } from '../telling'
import type { History } from '../history'
import type { Report } from './decision'

type Span = { readonly from: number; readonly to: number }

/** A shift as it is posted: bounded, so that the store takes it however many clusters there are. */
export const reportFrom = async (
  history: Pick<History, 'handoff'>,
  clusters: readonly ClusterConfig[],
  { handoff, span }: { readonly handoff: HandoffConfig; readonly span: Span },
): Promise<Report> => {
  const { timezone } = handoff
  const handed = await history.handoff(
    clusters.filter(({ name }) => handoff.clusters.includes(name)),
    span,
  )
  const { charts, tables } = detailsOf(handed, timezone)
  return {
    lines: linesOf(handed, timezone).map(bounded),
    details: {
      at: handed.at,
      state: undefined,
      severity: handed.severity,
      headline: `The shift in numbers, ${spanText(span.from, span.to, timezone)}.`,
      facts: [],
      charts,
      tables: tables.map(shortened),
      findings: [],
      unseen: [],
      action: undefined,
      json: {},
    },
    isWhole: handed.clusters.every(({ trouble }) => trouble === undefined),
  }
}

const MOST_PARTS = 60
const MOST_CHARACTERS = 600
/** More than a message shows. */
const MOST_ROWS = 60

const bounded = (line: Line): Line =>
  line.slice(0, MOST_PARTS).map((part): Part => {
    if (part.is !== 'text' && part.is !== 'strong') return part
    return { ...part, text: cut(part.text, MOST_CHARACTERS) }
  })

const shortened = (table: Table): Table => ({
  ...table,
  rows: table.rows
    .slice(0, MOST_ROWS)
    .map((row) => row.map((cell) => ({ ...cell, text: cut(cell.text, 100) }))),
})
