/** A message as Slack's API takes it. */
export type Said = { readonly text: string; readonly blocks?: unknown }

/** A button of a message, as it goes back when somebody presses it. */
export type ShownButton = {
  readonly actionId: string
  readonly blockId: string
  readonly value: string
  readonly label: string
}

type Fields = Readonly<Record<string, unknown>>

/** What a message says, line by line, as Slack would lay out its blocks; its text where it has none. */
export const linesOf = ({ text, blocks }: Said): readonly string[] => {
  const all = blocksIn(blocks)
  if (all.length === 0) return shown(text).split('\n')
  let count = 0
  return all.flatMap((block) => {
    if (block['type'] !== 'actions') return blockLines(block)
    const labels = buttonsIn(block).map(({ label }) => `[${(count += 1)} ${label}]`)
    return ['', labels.join('  ')]
  })
}

/** In the order in which they are shown. */
export const buttonsOf = ({ blocks }: Said): readonly ShownButton[] =>
  blocksIn(blocks).flatMap(buttonsIn)

const blocksIn = (blocks: unknown): readonly Fields[] => (Array.isArray(blocks) ? blocks : [])

const fieldsIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : [])

const buttonsIn = (block: Fields): readonly ShownButton[] =>
  block['type'] !== 'actions'
    ? []
    : fieldsIn(block['elements']).map((button) => ({
        actionId: wordOf(button['action_id']),
        blockId: wordOf(block['block_id']),
        value: wordOf(button['value']),
        label: textIn(button['text']),
      }))

const blockLines = (block: Fields): readonly string[] => {
  switch (block['type']) {
    case 'header':
      return [textIn(block['text'])]
    case 'section':
      return sectionLines(textIn(block['text']))
    case 'context':
      return fieldsIn(block['elements']).map((element) => `· ${textIn(element)}`)
    case 'rich_text':
      return fieldsIn(block['elements']).flatMap(richLines)
    case 'table':
      return tableLines(fieldsIn(block['rows']) as unknown as readonly (readonly Fields[])[])
    case 'data_visualization':
      return chartLines(block)
    default:
      return []
  }
}

/** Slack draws it; here the numbers. */
const chartLines = (block: Fields): readonly string[] => {
  const series = fieldsIn((block['chart'] as Fields | undefined)?.['series'])
  const values = series.map(
    (one) =>
      `${wordOf(one['name'])}: ${fieldsIn(one['data'])
        .map((point) => `${wordOf(point['label'])} ${String(point['value'])}`)
        .join(', ')}`,
  )
  return [`[chart] ${wordOf(block['title'])}`, ...values.map((line) => `  ${line}`)]
}

const sectionLines = (text: string): readonly string[] => {
  const command = /^```([\s\S]*)```$/.exec(text)?.[1]
  return command === undefined ? text.split('\n') : command.split('\n').map((line) => `    ${line}`)
}

const richLines = (element: Fields): readonly string[] => {
  if (element['type'] !== 'rich_text_list') return [textsIn(element)]
  return fieldsIn(element['elements']).map((item) => `• ${textsIn(item)}`)
}

const textsIn = (section: Fields): string =>
  fieldsIn(section['elements'])
    .map((part) => (part['type'] === 'user' ? '@you' : wordOf(part['text'])))
    .join(' ')

const tableLines = (rows: readonly (readonly Fields[])[]): readonly string[] => {
  const cells = rows.map((row) => row.map(cellText))
  const widths = (cells[0] ?? []).map((_, at) =>
    Math.max(...cells.map((row) => (row[at] ?? '').length)),
  )
  return cells.map((row) =>
    `${ROW}${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
  )
}

/** Plain, or a link or a person in rich text. */
const cellText = (cell: Fields): string =>
  cell['type'] === 'rich_text'
    ? fieldsIn(cell['elements']).flatMap(richLines).join(' ')
    : wordOf(cell['text'])

/** Begins every row of a table: rows are cut where there is no room, as Slack lets wide tables be scrolled. */
export const ROW = '▏'

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const textIn = (value: unknown): string =>
  shown(wordOf((value as { readonly text?: unknown } | undefined)?.text))

/** Slack's escapes and mentions as people see them. */
const shown = (text: string): string =>
  text
    .replaceAll(/<@\w+>/g, '@you')
    .replaceAll(/<!subteam\^\w+>/g, '@on-call')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
