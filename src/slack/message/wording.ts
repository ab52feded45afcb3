import type { Answer, Cell, Chart, Table } from '../../diagnosis/answer'
import type { Evidence, Finding, Severity } from '../../diagnosis/facts'
import { besideText, evidenceText as wordsOf } from '../../diagnosis/evidence-text'
import { durationText } from '../../diagnosis/quantity'
import { cut } from './escape'
import { SHARES } from './limits'

/** The words of an answer as Slack shows them, not escaped yet: blocks and top-level text say the same. */

/** Word, emoji and colour: none of them alone tells everybody. */
const BADGES: Record<Answer['severity'], string> = {
  ok: '🟢 OK',
  warning: '🟡 Warning',
  critical: '🔴 Critical',
  unknown: '⚪ Unknown',
}

const MARKS: Record<Severity, string> = { ok: '', warning: '🟡 ', critical: '🔴 ' }

/** What stands before a cell that a rule complains about. */
export const markOf = (severity: Severity | undefined): string => MARKS[severity ?? 'ok']

/** The state sentence. A help page or a sentence about a mistyped name judges no cluster and carries no badge. */
export const headlineOf = (answer: Answer): string =>
  judges(answer)
    ? `${BADGES[answer.severity]}${stateOf(answer)} · ${answer.headline}`
    : answer.headline

/** Whether the answer speaks of the state of a cluster. */
export const judges = ({ state, tables, findings }: Answer): boolean =>
  state !== undefined || tables.length > 0 || findings.length > 0

/** “Calm” beside a warning would contradict it: the state says what elections do, the badge what was found. */
const stateOf = ({ state, severity }: Answer): string => {
  if (state === undefined || state === 'unknown') return ''
  return state === 'calm' && severity !== 'ok' ? '' : ` (${state.replace('-', ' ')})`
}

/** `🔴 Critical, m1: ` and what was found, which mostly begins with the member itself. */
export const findingTitle = ({ severity, member, summary }: Finding): string => {
  const isNamed = member === undefined || summary.startsWith(member)
  const where = isNamed ? '' : `, ${cut(member, SHARES.cell)}`
  return `${severity === 'ok' ? '⚪ Note' : BADGES[severity]}${where}: `
}

/** `db size 1.9 GiB (limit 2 GiB)`, the first pieces of it. */
export const evidenceText = ({ evidence, member }: Finding): string => {
  const shown = evidence.slice(0, SHARES.evidences).map((one) => pieceText(one, member))
  const more = evidence.length - shown.length
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ')
}

export const pieceText = (piece: Evidence, about: string | undefined): string => {
  const text = wordsOf(piece, { about, name: (member) => cut(member, SHARES.cell) })
  const beside = besideText(piece)
  return `${cut(text, SHARES.evidence)}${beside === '' ? '' : ` (${beside})`}`
}

/** How the words of a row are written: a cell, and the title of its column. */
export type RowStyle = {
  readonly most: number
  readonly cell: (cell: Cell) => string
  readonly title: (title: string) => string
}

/**
 * A row for those who hear it: `m1: ID 8e9e, Term 4`, of at most `most` characters; no cell is cut in two, since it may be
 * a link. Cells that say nothing are left out.
 */
export const rowText = (
  { columns }: Table,
  row: Table['rows'][number],
  style: RowStyle,
): string => {
  const [first = '', ...others] = row.map(style.cell)
  const said = others.flatMap((text, at) =>
    text === '' ? [] : [`${style.title(columns[at + 1]?.title ?? '')} ${text}`],
  )
  let text = first
  for (const [at, one] of said.entries()) {
    const next = `${text}${at === 0 ? ': ' : ', '}${one}`
    if (next.length > style.most) return `${text}…`
    text = next
  }
  return text
}

/** A chart for those who hear it, a line a series: `Elections a day, unplanned: 3 (Nov 21), 1 (Nov 22), else 0`. */
export const chartTexts = ({ title, labels, series, yTitle }: Chart): readonly string[] =>
  series.map(({ name, values }) => {
    const unit = yTitle === undefined ? '' : ` (${yTitle})`
    return `${title}, ${name}${unit}: ${valuesText(labels, values)}`
  })

/** Where most are zero the others are told: nobody listens to twenty zeros. */
const valuesText = (labels: readonly string[], values: readonly number[]): string => {
  const points = values.map((value, at) => ({ value, label: labels[at] ?? '' }))
  const others = points.filter(({ value }) => value !== 0)
  const isSparse = others.length * 2 < points.length
  const said = (isSparse ? others : points).map(
    ({ value, label }) => `${Number(value.toPrecision(3))} (${label})`,
  )
  if (!isSparse) return said.join(', ')
  return said.length === 0 ? 'always 0' : `${said.join(', ')}, else 0`
}

/** `and 12 more, all without a complaint`: what the rows that are not shown have in common, the worst of them named. */
export const leftOutText = (rows: Table['rows']): string => {
  const worst = (severity: Severity): number =>
    rows.filter((row) => row.some((cell) => cell.severity === severity)).length
  const [critical, warning] = [worst('critical'), worst('warning')]
  const said = [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warning > 0 ? [`${warning} with a warning`] : []),
  ]
  return `and ${rows.length} more, ${said.length === 0 ? 'all without a complaint' : said.join(', ')}`
}

/** `Read 2026-11-22 10:00:00 UTC, took 0.4 s`. */
export const readText = (at: number, tookMs: number): string =>
  `Read ${clockText(at)}, took ${durationText(tookMs)}`

const clockText = (at: number): string => {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return 'at an unknown time'
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
