import type { types } from '@slack/bolt'
import type { Cell } from '../../diagnosis/answer'
import { cut, fitted, markdown, plain } from './escape'
import { markOf } from './wording'

/** How a message may write a cell. `mentions`: nobody is told by a mention, as in what only the asker sees. */
export type CellStyle = { readonly most: number; readonly mentions: boolean }

type Block = types.TableBlock['rows'][number][number]

/** Of a table. What is neither a link nor a person is raw text, which nothing in it can format. */
export const cellBlock = (cell: Cell | undefined, style: CellStyle): Block => {
  const shown = plain(cut(`${markOf(cell?.severity)}${cell?.text ?? ''}`, style.most))
  const text = shown.trim() === '' ? '–' : shown // an empty cell is refused
  const link = linkOf(cell)
  if (link !== undefined) return rich({ type: 'link', url: link, text })
  const person = personOf(cell, style)
  return person === undefined ? { type: 'raw_text', text } : rich({ type: 'user', user_id: person })
}

const rich = (element: types.RichTextLink | types.RichTextUserMention): types.RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [element] }],
})

/** In the words of a message, escaped. Empty: it says nothing. */
export const cellText = (cell: Cell, style: CellStyle): string => {
  const person = personOf(cell, style)
  if (person !== undefined) return `<@${person}>`
  const text = `${markOf(cell.severity)}${fitted(cell.text, style.most, markdown)}`
  const link = linkOf(cell)
  return link === undefined || cell.text === '' ? text : `<${link}|${text}>`
}

/** A page of ours to name; anything else stays text. */
const linkOf = (cell: Cell | undefined): string | undefined =>
  /^https:\/\/[\w.-]+\/[\w./-]{1,200}$/.test(cell?.link ?? '') ? cell?.link : undefined

const personOf = (cell: Cell | undefined, { mentions }: CellStyle): string | undefined =>
  mentions && cell?.isPerson === true && isUser(cell.text) ? cell.text : undefined

/** As Slack names its users. */
export const isUser = (text: string): boolean => /^[UW][A-Z0-9]{1,20}$/.test(text)
