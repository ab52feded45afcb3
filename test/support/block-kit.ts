/**
 * Slack's limits on a message, checked by us: `blocks.validate` needs the network. Returns what Slack would refuse, a
 * sentence each; empty means that it is fine. Limits where an older and a newer figure exist are the safe ones.
 */
export const troublesOf = (message: unknown): string[] => {
  const { text, blocks } = message as Loose
  return [
    ...texts('text', text, 4000),
    ...(blocks === undefined ? [] : blocksTroubles(listOf(blocks))),
  ]
}

// oxlint-disable-next-line typescript/no-explicit-any -- foreign data, looked at field by field
type Loose = Record<string, any>

const listOf = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : [])

const blocksTroubles = (blocks: Loose[]): string[] => {
  const ids = blocks.flatMap((block) => block['block_id'] ?? [])
  const tables = blocks.filter((block) => block['type'] === 'table')
  return [
    ...atMost('blocks', blocks.length, 50),
    ...ids.flatMap((id) => texts('block_id', id, 255)),
    ...(blocks.length === 0 ? ['no block at all'] : []),
    ...atMost('characters of all blocks', JSON.stringify(blocks).length, 13_200),
    ...(new Set(ids).size < ids.length ? ['a block_id is used twice'] : []),
    ...atMost('tables', tables.length, 1),
    ...atMost('charts', blocks.filter(isChart).length, 2),
    ...atMost(
      'characters of all tables',
      tables
        .flatMap((table) => cellsOf(table))
        .reduce((sum, cell) => sum + cellText(cell).length, 0),
      10_000,
    ),
    ...blocks.flatMap((block, at) => blockTroubles(block).map((one) => `block ${at}: ${one}`)),
  ]
}

const blockTroubles = (block: Loose): string[] => {
  switch (block['type']) {
    case 'section':
      return [
        ...textObject('section.text', block['text'], 3000),
        ...atMost('section.fields', listOf(block['fields']).length, 10),
      ]
    case 'header':
      return textObject('header.text', block['text'], 150, ['plain_text'])
    case 'context':
      return contextTroubles(listOf(block['elements']))
    case 'table':
      return tableTroubles(block)
    case 'rich_text':
      return richTroubles(listOf(block['elements']))
    case 'divider':
      return []
    case 'data_visualization':
      return [
        ...texts('chart.title', block['title'], 50),
        ...chartTroubles(block['chart'] as Loose),
      ]
    case 'actions':
      return actionsTroubles(listOf(block['elements']))
    case 'input':
      return [
        ...textObject('input.label', block['label'], 2000, ['plain_text']),
        ...elementTroubles(block['element'] as Loose),
      ]
    default:
      return [`a block of type ${block['type']}, which this validator does not know`]
  }
}

const isChart = (block: Loose): boolean => block['type'] === 'data_visualization'

/** 6 series, though newer pages say 12. A pie has segments instead, and none is drawn here. */
const chartTroubles = ({ type, series, axis_config }: Loose): string[] => {
  const { categories, x_label, y_label } = axis_config as Loose
  const names = listOf(series).map(({ name }) => name as unknown)
  return [
    ...(['line', 'bar', 'area'].includes(type) ? [] : [`a chart of type ${type}`]),
    ...(names.length === 0 ? ['a chart without series'] : []),
    ...(listOf(categories).length === 0 ? ['a chart without categories'] : []),
    ...atMost('chart.series', names.length, 6),
    ...atMost('chart categories', listOf(categories).length, 20),
    ...(new Set(names).size < names.length ? ['a name of a series is used twice'] : []),
    ...(new Set(listOf(categories)).size < listOf(categories).length ? ['a category twice'] : []),
    ...listOf(categories).flatMap((text) => texts('category', text, 20)),
    ...names.flatMap((text) => texts('series.name', text, 20)),
    ...[x_label, y_label].flatMap((text) => texts('axis label', text ?? '–', 50)),
    ...listOf(series).flatMap(({ data }) => pointTroubles(listOf(data), listOf(categories))),
  ]
}

/** Exactly one point a category. */
const pointTroubles = (data: Loose[], categories: unknown[]): string[] => {
  const labels = data.map(({ label }) => label as unknown)
  return [
    ...(JSON.stringify(labels) === JSON.stringify(categories) ? [] : ['points are not categories']),
    ...data.flatMap(({ value }) => (Number.isFinite(value) ? [] : ['a point without a number'])),
  ]
}

const actionsTroubles = (elements: Loose[]): string[] => {
  const ids = elements.map((element) => element['action_id'])
  return [
    ...(elements.length === 0 ? ['actions without elements'] : []),
    ...atMost('actions.elements', elements.length, 25),
    ...(new Set(ids).size < ids.length ? ['an action_id is used twice'] : []),
    ...elements.flatMap(elementTroubles),
  ]
}

const elementTroubles = (element: Loose): string[] => {
  const id = texts('action_id', element['action_id'], 255)
  switch (element['type']) {
    case 'button':
      return [
        ...id,
        ...textObject('button.text', element['text'], 75, ['plain_text']),
        ...texts('button.value', element['value'], 2000),
        ...texts('accessibility_label', element['accessibility_label'] ?? '–', 75),
        ...([undefined, 'primary', 'danger'].includes(element['style']) ? [] : ['a style']),
      ]
    case 'static_select':
      return [
        ...id,
        ...atMost('options', listOf(element['options']).length, 100),
        ...listOf(element['options']).flatMap(({ text, value }) => [
          ...textObject('option.text', text as Loose, 75, ['plain_text']),
          ...texts('option.value', value, 150),
        ]),
      ]
    case 'plain_text_input':
      return [...id, ...atMost('max_length', Number(element['max_length'] ?? 1), 3000)]
    default:
      return [`an element of type ${element['type']}`]
  }
}

/** What Slack would refuse of a modal: charts among it, which only messages take. */
export const viewTroublesOf = (view: unknown): string[] => {
  const { title, submit, close, private_metadata, callback_id, blocks } = view as Loose
  return [
    ...textObject('title', title, 24, ['plain_text']),
    ...textObject('submit', submit, 24, ['plain_text']),
    ...textObject('close', close, 24, ['plain_text']),
    ...texts('private_metadata', private_metadata, 3000),
    ...texts('callback_id', callback_id, 255),
    ...atMost('blocks', listOf(blocks).length, 100),
    ...listOf(blocks).flatMap(blockTroubles),
    ...(listOf(blocks).some(isChart) ? ['a chart in a view'] : []),
  ]
}

/** What Slack would refuse of App Home: it takes neither charts nor alerts. */
export const homeTroublesOf = (view: unknown): string[] => {
  const blocks = listOf((view as Loose)['blocks'])
  const ids = blocks.flatMap((block) => block['block_id'] ?? [])
  return [
    ...atMost('blocks', blocks.length, 100),
    ...atMost('bytes', Buffer.byteLength(JSON.stringify(view)), 250_000),
    ...(new Set(ids).size < ids.length ? ['a block_id is used twice'] : []),
    ...ids.flatMap((id) => texts('block_id', id, 255)),
    ...blocks.flatMap((block, at) => blockTroubles(block).map((one) => `block ${at}: ${one}`)),
    ...(blocks.some((block) => isChart(block) || block['type'] === 'alert')
      ? ['a block that Home does not take']
      : []),
  ]
}

const contextTroubles = (elements: Loose[]): string[] => [
  ...(elements.length === 0 ? ['context without elements'] : []),
  ...atMost('context.elements', elements.length, 10),
  ...elements.flatMap((element) => textObject('context text', element, 3000)),
]

const tableTroubles = (table: Loose): string[] => {
  const rows = listOf(table['rows']) as unknown as Loose[][]
  const widths = new Set(rows.map((row) => row.length))
  return [
    ...(rows.length === 0 ? ['a table without rows'] : []),
    ...atMost('table.rows', rows.length, 100),
    ...atMost('table columns', Math.max(0, ...widths), 20),
    ...atMost('table.column_settings', listOf(table['column_settings']).length, 20),
    ...(widths.size > 1 || widths.has(0) ? ['rows of a table differ in length or are empty'] : []),
    ...listOf(table['column_settings']).flatMap(({ align }) =>
      ['left', 'center', 'right', undefined].includes(align) ? [] : [`align ${align}`],
    ),
    ...cellsOf(table).flatMap((cell) => [...cellTroubles(cell)]),
  ]
}

const cellTroubles = (cell: Loose): string[] => {
  if (cell['type'] === 'rich_text') return richTroubles(listOf(cell['elements']))
  return cell['type'] === 'raw_text'
    ? texts('cell', cell['text'], 10_000)
    : [`a cell of type ${cell['type']}`]
}

const cellsOf = (table: Loose): Loose[] => (listOf(table['rows']) as unknown as Loose[][]).flat()
const cellText = (cell: Loose): string =>
  String(cell['text'] ?? JSON.stringify(cell['elements'] ?? ''))

const richTroubles = (elements: Loose[]): string[] =>
  elements.length === 0
    ? ['rich_text without elements']
    : elements.flatMap((element) => richElementTroubles(element))

const richElementTroubles = (element: Loose): string[] => {
  const inner = listOf(element['elements'])
  if (inner.length === 0) return [`${element['type']} without elements`]
  if (element['type'] === 'rich_text_list') return inner.flatMap((one) => richElementTroubles(one))
  if (element['type'] !== 'rich_text_section') return [`an element of type ${element['type']}`]
  return inner.flatMap(inlineTroubles)
}

const inlineTroubles = ({ type, text, url, user_id }: Loose): string[] => {
  switch (type) {
    case 'text':
      return texts('rich text', text, 3000)
    case 'link':
      return [...texts('link text', text, 3000), ...texts('link', url, 3000)]
    case 'user':
      return /^[UW][A-Z0-9]+$/.test(user_id) ? [] : [`a user of id ${user_id}`]
    default:
      return [`${type} in rich text`]
  }
}

const textObject = (
  name: string,
  object: Loose | undefined,
  most: number,
  types = ['plain_text', 'mrkdwn'],
): string[] => {
  if (object === undefined) return [`${name} is missing`]
  return [
    ...(types.includes(object['type']) ? [] : [`${name} has type ${object['type']}`]),
    ...(object['type'] === 'mrkdwn' && 'emoji' in object
      ? [`${name}: emoji is of plain_text`]
      : []),
    ...(object['type'] === 'plain_text' && 'verbatim' in object
      ? [`${name}: verbatim is of mrkdwn`]
      : []),
    ...texts(name, object['text'], most),
  ]
}

const texts = (name: string, text: unknown, most: number): string[] => {
  if (typeof text !== 'string') return [`${name} is no text`]
  return [
    ...(text.trim() === '' ? [`${name} is empty`] : []),
    ...(/\p{Cs}/u.test(text) ? [`${name} has half a character`] : []),
    ...atMost(name, text.length, most),
  ]
}

const atMost = (name: string, count: number, most: number): string[] =>
  count <= most ? [] : [`${name}: ${count}, at most ${most}`]
