import type { Line, Part } from '../../diagnosis/line'
import { code, fitted, markdown } from './escape'
import { personText } from '../asking/people'
import { runText } from '../storm/words'

/** A line as mrkdwn of at most `most` characters: people are mentioned, messages are linked, commands can be copied. */
export const lineText = (
  line: Line,
  { command, most }: { readonly command: string; readonly most: number },
): string => {
  let text = ''
  for (const part of line) {
    const room = most - text.length
    const next = partText(part, command, room)
    if (next.length > room) break // half a link or mention is none
    text += next
  }
  return text
}

const partText = (part: Part, command: string, room: number): string => {
  switch (part.is) {
    case 'text':
      return fitted(part.text, room, markdown)
    case 'strong':
      return bold(fitted(part.text, room - 2, markdown))
    case 'person':
      return personText(part.id)
    case 'ask': {
      const run = runText({ say: '', ask: part.ask }, { command }) ?? ''
      return ` Next: \`${fitted(run, 200, code)}\``
    }
    case 'link':
      return PERMALINK.test(part.url) ? ` <${part.url}|thread>` : ''
  }
}

/** Lines come from a store: nobody is sent elsewhere by one. */
const PERMALINK = /^https:\/\/slack\.com\/archives\/[A-Z0-9]{1,30}\/p\d{1,20}$/

/** Slack marks nothing that ends in a space. */
const bold = (text: string): string => {
  const bare = text.trim()
  return bare === '' ? text : text.replace(bare, () => `*${bare}*`)
}

/** Parts that came from a store, as far as they are parts. */
export const lineOf = (value: unknown): Line =>
  Array.isArray(value) ? (value as unknown[]).filter(isPart).slice(0, 100) : []

const isPart = (value: unknown): value is Part => {
  if (typeof value !== 'object' || value === null) return false
  const { is, text, id, ask, url } = value as Record<string, unknown>
  if (is === 'text' || is === 'strong') return typeof text === 'string'
  if (is === 'person') return typeof id === 'string'
  if (is === 'ask') return typeof ask === 'string'
  return is === 'link' && typeof url === 'string'
}
