import { styleText } from 'node:util'
import Table3 from 'cli-table3'
import type { Answer, Cell, Chart, Table } from '../diagnosis/answer'
import { besideText, evidenceText } from '../diagnosis/evidence-text'
import type { Evidence, Finding } from '../diagnosis/facts'

/** How a terminal wants it: colour, and the width of the table. Piped output has neither. */
export type Look = { readonly colour: boolean }

type Ink = (style: Parameters<typeof styleText>[0], text: string) => string

/** An answer as text: the sentence, the evidence below it, what could not be seen, the one action. Ends with a newline. */
export const printAnswer = (answer: Answer, look: Look): string => {
  const ink: Ink = look.colour
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text
  return [
    headline(answer, ink),
    answer.facts.map(clean).join('\n'),
    ...(answer.charts ?? []).map((chart) => chartText(chart, ink)),
    ...answer.tables.map((table) => tableText(table, ink)),
    section(
      'Findings',
      answer.findings.map((finding) => findingText(finding, ink)),
      ink,
    ),
    section(
      'Not seen',
      answer.unseen.map((line) => `- ${clean(line)}`),
      ink,
    ),
    actionText(answer, ink),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

const STYLES = { ok: 'green', warning: 'yellow', critical: 'red', unknown: 'magenta' } as const
const MARKS = { ok: 'OK', warning: 'WARNING', critical: 'CRITICAL', unknown: 'UNKNOWN' } as const

const headline = (answer: Answer, ink: Ink): string => {
  if (answer.state === undefined && answer.severity === 'ok') return clean(answer.headline)
  const mark = ink(['bold', STYLES[answer.severity]], MARKS[answer.severity])
  return `${mark}  ${ink('bold', clean(answer.headline))}`
}

const section = (title: string, lines: readonly string[], ink: Ink): string =>
  lines.length === 0 ? '' : [ink('bold', title), ...lines].join('\n')

const findingText = (finding: Finding, ink: Ink): string => {
  const mark = ink(STYLES[finding.severity], finding.severity === 'ok' ? 'note' : finding.severity)
  const evidence = finding.evidence.map(pieceText).join(' · ')
  return `- ${mark}: ${clean(finding.summary)}${evidence === '' ? '' : `\n  ${ink('dim', clean(evidence))}`}`
}

const pieceText = (piece: Evidence): string => {
  const beside = besideText(piece)
  return `${evidenceText(piece)}${beside === '' ? '' : ` (${beside})`}`
}

const actionText = ({ action }: Answer, ink: Ink): string => {
  if (action === undefined) return ''
  const typed = action.ask === undefined ? action.run : `stormwatch ${action.ask}`
  const run = typed === undefined ? '' : `\n  ${ink('cyan', clean(typed))}`
  return `${ink('bold', 'Next:')} ${clean(action.say)}${run}`
}

/** A line a series, a letter a point, all by one scale; below them the first and the last label. */
const chartText = ({ title, labels, series, yTitle }: Chart, ink: Ink): string => {
  const [first = '', last = ''] = [labels[0], labels.at(-1)].map((label) => clean(label ?? ''))
  const drawn = series.filter(({ values }) => values.length > 0 && values.every(Number.isFinite))
  if (drawn.length === 0) return ''
  const names = drawn.map(({ name }) => clean(name))
  const wide = Math.max(...names.map(({ length }) => length))
  const most = Math.max(...drawn.flatMap(({ values }) => values))
  const unit = yTitle === undefined ? '' : ` (${clean(yTitle)})`
  const lines = drawn.map(
    ({ values }, at) =>
      `  ${(names[at] ?? '').padEnd(wide)}  ${barsOf(values, most)}  ${rangeText(values)}`,
  )
  const span = `  ${' '.repeat(wide)}  ${first === last ? first : `${first} … ${last}`}`
  return [ink('bold', `${clean(title)}${unit}`), ...lines, ink('dim', span)].join('\n')
}

const BARS = '▁▂▃▄▅▆▇█'

/** From zero, so that a small change looks small; a zero itself is a dot. */
const barsOf = (values: readonly number[], most: number): string =>
  values
    .map((value) => (value <= 0 ? '.' : (BARS[Math.ceil((value / most) * BARS.length) - 1] ?? '▁')))
    .join('')

const rangeText = (values: readonly number[]): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    String(Number(value.toPrecision(3))),
  )
  return least === most
    ? `always ${least}`
    : `${least} to ${most}, last ${String(Number((values.at(-1) ?? 0).toPrecision(3)))}`
}

const tableText = (table: Table, ink: Ink): string => {
  const shown = table.columns
    .map((column, i) => ({ column, i }))
    .filter(({ i }) => table.rows.some((row) => (row[i]?.text ?? '') !== ''))
  const drawn = new Table3({
    head: shown.map(({ column }) => ink('bold', column.title)),
    colAligns: shown.map(({ column }) => column.align),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: NO_LINES,
  })
  drawn.push(...table.rows.map((row) => shown.map(({ i }) => cellText(row[i], ink))))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const cellText = (cell: Cell | undefined, ink: Ink): string => {
  if (cell === undefined || cell.text === '') return '-'
  const text = clean(cell.link === undefined ? cell.text : `${cell.text} ${cell.link}`)
  return cell.severity === undefined || cell.severity === 'ok'
    ? text
    : ink(STYLES[cell.severity], text)
}

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
)

/** Text from etcd may hold terminal escapes (a member may be named anything): control characters are shown, not obeyed. */
const clean = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
