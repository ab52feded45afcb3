import type { Answer, Cell, Table } from '../diagnosis/answer'
import type { Finding } from '../diagnosis/facts'

/** An answer as Markdown, for tickets and mail. Text from elsewhere stays text: nothing in it formats or hides a link. */
export const markdownAnswer = (answer: Answer): string =>
  [
    `## ${escaped(answer.headline)}`,
    listed(answer.facts.map(factText)),
    titled('Findings', answer.findings.map(findingText)),
    titled('Not seen', answer.unseen.map(escaped)),
    actionText(answer),
    ...answer.tables.map(tableText),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')

const listed = (lines: readonly string[]): string => lines.map((text) => `- ${text}`).join('\n')

const titled = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `**${title}**\n\n${listed(lines)}`

/** `Start here: …` has a title of its own. */
const factText = (fact: string): string => {
  const [, title, rest] = /^([A-Z][a-z]+(?: [a-z]+)?): (.*)$/s.exec(fact) ?? []
  return title === undefined ? escaped(fact) : `**${title}:** ${escaped(rest ?? '')}`
}

const findingText = ({ severity, summary }: Finding): string => `${severity}: ${escaped(summary)}`

const actionText = ({ action }: Answer): string => {
  if (action === undefined) return ''
  const typed = action.ask === undefined ? action.run : `stormwatch ${action.ask}`
  const run = typed === undefined ? '' : ` \`${oneLine(typed).replaceAll('`', 'ˋ')}\``
  return `**Next:** ${escaped(action.say)}${run}`
}

const tableText = ({ title, columns, rows }: Table): string => {
  if (rows.length === 0) return ''
  const shown = columns
    .map((column, i) => ({ column, i }))
    .filter(({ i }) => rows.some((row) => (row[i]?.text ?? '') !== ''))
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `**${escaped(title)}**`,
    '',
    row(shown.map(({ column }) => escaped(column.title))),
    row(shown.map(({ column }) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => row(shown.map(({ i }) => cellText(cells[i])))),
  ].join('\n')
}

const cellText = (cell: Cell | undefined): string => {
  if (cell === undefined || cell.text === '') return '–'
  return cell.link === undefined
    ? escaped(cell.text)
    : `[${escaped(cell.text)}](<${oneLine(cell.link).replace(/[<>]/g, '')}>)`
}

/** Marks that format, and what would begin a tag; a dot or a hyphen within a line does nothing. */
const escaped = (text: string): string => oneLine(text).replace(/[\\`*_[\]<>|~#&]/g, '\\$&')

const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/\p{Bidi_Control}/gu, '')
