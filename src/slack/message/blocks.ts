import type { types } from '@slack/bolt'
import type { Answer, Cell, Chart, Table } from '../../diagnosis/answer'
import type { Action, Finding } from '../../diagnosis/facts'
import { cellText } from './cell'
import { chartBlocks, type ChartBlock } from './chart'
import { code, cut, fitted, markdown, plain } from './escape'
import { LIMITS, ROOMS, SHARES } from './limits'
import { commandBlock, context, filled, section, sizeOf } from './pieces'
import { runText } from '../storm/words'
import { cellShare, tableBlock, type TableStyle } from './table'
import {
  chartTexts,
  evidenceText,
  findingTitle,
  headlineOf,
  judges,
  leftOutText,
  markOf,
  readText,
  rowText,
  type RowStyle,
} from './wording'

/** What is sent. Without blocks it is plain words, which Slack can always show. */
export type Message = { readonly text: string; readonly blocks?: Block[] }

export type Block = types.KnownBlock | ChartBlock

/** What is known of the asking. */
export type Frame = {
  /** From the request to the answer. */
  readonly tookMs: number
  /** Who will see it. */
  readonly audience: 'asker' | 'channel' | 'thread'
  /** The slash command as configured. */
  readonly command?: string
  /** Of a larger report: no badge, and no time of reading. */
  readonly isPart?: boolean
}

/**
 * An answer as Slack's blocks: the state sentence, the charts, the table, findings worst first, what was not seen, one action. Within
 * every limit of Slack whatever the answer holds; what does not fit is counted.
 */
export const blocksOf = (answer: Answer, frame: Frame): Message => {
  const head = [section(fitted(headOf(answer, frame), SHARES.headline, plain))]
  const rest = [
    ...listBlocks('Findings', answer.findings.map(findingItem), ROOMS.findings),
    ...listBlocks('Not seen', answer.unseen.map(unseenItem), ROOMS.unseen),
  ]
  const spare = Math.max(0, ROOMS.findings + ROOMS.unseen - sizeOf(rest))
  const below = [
    ...listBlocks('', answer.facts.map(factItem), ROOMS.facts + spare),
    ...rest,
    ...actionBlocks(answer.action, frame),
    ...contextBlocks(answer, frame),
  ]
  const room = LIMITS.blocksCharacters - sizeOf([...head, ...below])
  const charts = chartBlocks(answer.charts ?? [], Math.min(ROOMS.charts, room / 2))
  const mentions = frame.audience === 'asker'
  const tables = tablesBlocks(answer.tables, { room: room - sizeOf(charts), mentions })
  return {
    text: textOf(answer, frame),
    blocks: [...head, ...charts, ...tables, ...below],
  }
}

/** The same answer without blocks, for when Slack refuses them. */
export const textOnly = (answer: Answer, frame: Frame): Message => ({ text: textOf(answer, frame) })

/** A sentence of the bot itself: a refusal, a line of progress. */
export const sentence = (text: string): Message => ({ text: fitted(text, LIMITS.text, markdown) })

// --- blocks ---

type Text = types.RichTextText
type Item = readonly Text[]

const textItem = (text: string): Text => ({ type: 'text', text: filled(text) })
const boldItem = (text: string): Text => ({ ...textItem(text), style: { bold: true } })

const factItem = (fact: string): Item => [textItem(plain(cut(fact, SHARES.fact)))]
const unseenItem = (unseen: string): Item => [textItem(plain(cut(unseen, SHARES.unseen)))]

const findingItem = (finding: Finding): Item => {
  const evidence = evidenceText(finding)
  return [
    boldItem(plain(findingTitle(finding))),
    textItem(plain(cut(finding.summary, SHARES.finding))),
    ...(evidence === '' ? [] : [textItem(plain(` — ${evidence}`))]),
  ]
}

/** A bulleted list of as many items as fit into `room`, the others counted. */
const listBlocks = (title: string, items: readonly Item[], room: number): types.RichTextBlock[] => {
  if (items.length === 0) return []
  const shown = itemsWithin(items, room)
  const left = items.length - shown.length
  const lines = [...shown, ...(left > 0 ? [[textItem(`and ${left} more`)]] : [])]
  return [
    {
      type: 'rich_text',
      elements: [
        ...(title === '' ? [] : [richSection([boldItem(title)])]),
        { type: 'rich_text_list', style: 'bullet', elements: lines.map(richSection) },
      ],
    },
  ]
}

const richSection = (item: Item): types.RichTextSection => ({
  type: 'rich_text_section',
  elements: [...item],
})

const itemsWithin = (items: readonly Item[], room: number): readonly Item[] => {
  let left = room
  const end = items.findIndex((item) => {
    left -= sizeOf(richSection(item)) + 1
    return left < 0
  })
  return end === -1 ? items : items.slice(0, end)
}

/** Slack takes one table a message; a further one becomes a list. */
const tablesBlocks = (
  tables: readonly Table[],
  { room, mentions }: TableStyle,
): types.KnownBlock[] => {
  const told = tables.filter(({ rows }) => rows.length > 0).slice(0, 4)
  const each = Math.floor(room / Math.max(1, told.length)) - 150 // the line of what is left out
  return told.flatMap((table, at) =>
    at === 0 ? firstTable(table, { room: each, mentions }) : listedTable(table, each),
  )
}

const firstTable = (table: Table, style: TableStyle): types.KnownBlock[] => {
  const fits = tableBlock(table, style)
  if (fits === undefined)
    return [context(`${plain(cut(table.title, SHARES.cell))}: no room for the table`)]
  const left = table.rows.slice(fits.shown)
  return left.length === 0 ? [fits.block] : [fits.block, context(leftOutText(left))]
}

const listedTable = (table: Table, room: number): types.KnownBlock[] =>
  listBlocks(
    plain(cut(table.title, SHARES.cell)),
    table.rows.map((row) => [textItem(rowText(table, row, PLAIN_ROW))]),
    room - 200, // the title and the frame
  )

const PLAIN_ROW: RowStyle = {
  most: SHARES.fact,
  cell: ({ severity, text }) => `${markOf(severity)}${plain(cut(text, SHARES.cell))}`,
  title: (title) => plain(cut(title, SHARES.cell)),
}

const actionBlocks = (action: Action | undefined, frame: Frame): types.KnownBlock[] => {
  if (action === undefined) return []
  const say = section(`➡️ ${fitted(action.say, SHARES.say, plain)}`)
  const run = runText(action, { command: frame.command ?? COMMAND })
  return run === undefined ? [say] : [say, commandBlock(run)]
}

const COMMAND = '/etcd'

const contextBlocks = (answer: Answer, frame: Frame): types.KnownBlock[] => {
  const line = contextText(answer, frame)
  return line === '' ? [] : [context(line)]
}

const headOf = (answer: Answer, { isPart = false }: Frame): string =>
  isPart ? answer.headline : headlineOf(answer)

const contextText = (answer: Answer, { tookMs, audience, isPart = false }: Frame): string => {
  if (isPart) return ''
  return [
    ...(judges(answer) ? [readText(answer.at, tookMs)] : []),
    ...(judges(answer) && audience === 'asker'
      ? ['only you see this: add --share to show it to the channel']
      : []),
  ].join(' · ')
}

// --- text ---

/**
 * Everything in words: screen readers take this and skip the blocks. What matters most takes its room first; what does
 * not fit is counted.
 */
const textOf = (answer: Answer, frame: Frame): string => {
  let room = LIMITS.text
  let parts = 8
  const take = (lines: readonly string[]): readonly string[] => {
    parts -= 1
    const taken = linesWithin(lines, room - parts * NOTE)
    room -= lengthOf(taken)
    return taken
  }
  const head = take([fitted(headOf(answer, frame), SHARES.headline, markdown)])
  const action = take(actionLines(answer.action, frame))
  const findings = take(answer.findings.map(findingLine))
  const facts = take(answer.facts.map((fact) => fitted(fact, SHARES.fact, markdown)))
  const unseen = take(answer.unseen.map(unseenLine))
  const end = take([markdown(contextText(answer, frame))].filter((line) => line !== ''))
  const tables = take(answer.tables.flatMap((table) => tableLines(table, frame)))
  const charts = take((answer.charts ?? []).flatMap(chartLines))
  return filled([head, tables, findings, facts, charts, unseen, action, end].flat().join('\n'))
}

/** Characters kept for each part that is still to come: at least for the line that counts what it leaves out. */
const NOTE = 40

const linesWithin = (lines: readonly string[], room: number): readonly string[] => {
  if (lengthOf(lines) <= room) return lines
  let left = room - NOTE
  const end = lines.findIndex((line) => {
    left -= line.length + 1
    return left < 0
  })
  return [...lines.slice(0, end), `(and ${lines.length - end} more, no room here)`]
}

const lengthOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + line.length + 1, 0)

const unseenLine = (unseen: string): string =>
  `Not seen: ${fitted(unseen, SHARES.unseen, markdown)}`

const findingLine = (finding: Finding): string => {
  const evidence = evidenceText(finding)
  const said = `${findingTitle(finding)}${cut(finding.summary, SHARES.finding)}`
  return fitted(evidence === '' ? said : `${said} — ${evidence}`, SHARES.headline, markdown)
}

const chartLines = (chart: Chart): readonly string[] =>
  chartTexts(chart).map((text) => fitted(text, SHARES.series, markdown))

const tableLines = (table: Table, { audience }: Frame): readonly string[] => {
  const style = { most: cellShare(table), mentions: audience === 'asker' }
  const cell = (one: Cell): string => cellText(one, style)
  const title = (text: string): string => fitted(text, SHARES.cell, markdown)
  return table.rows.map((row) => rowText(table, row, { most: SHARES.line, cell, title }))
}

const actionLines = (action: Action | undefined, frame: Frame): readonly string[] => {
  if (action === undefined) return []
  const say = fitted(`Next: ${action.say}`, SHARES.say, markdown)
  const run = runText(action, { command: frame.command ?? COMMAND })
  return run === undefined ? [say] : [say, `\`${filled(fitted(run, SHARES.run, code))}\``]
}
