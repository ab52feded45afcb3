import type { types } from '@slack/bolt'
import { code, fitted } from './escape'
import { SHARES } from './limits'

/** The blocks that answers and announcements share. Texts are escaped and cut by whoever gives them. */

export const section = (text: string): types.SectionBlock => ({
  type: 'section',
  text: { type: 'plain_text', text: filled(text), emoji: false },
})

export const context = (...texts: readonly string[]): types.ContextBlock => ({
  type: 'context',
  elements: texts.map((text) => ({ type: 'plain_text', text: filled(text), emoji: false })),
})

/** For our own marks only, such as the mention of a group: whatever is foreign in it must be escaped as mrkdwn. */
export const marked = (text: string): types.SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: filled(text), verbatim: true },
})

/** mrkdwn shows `&lt;` as `<`: the one type in which a command can be escaped and yet copied letter by letter. */
export const commandBlock = (run: string): types.SectionBlock =>
  marked(`\`\`\`${filled(fitted(run, SHARES.run, code))}\`\`\``)

const SECTION_CHARACTERS = 2900

/** The texts of as few sections as hold the lines, each of which fits into one. */
export const inSections = (lines: readonly string[]): readonly string[] => {
  const sections: string[] = []
  for (const line of lines.filter((one) => one.trim() !== '')) {
    const last = sections.at(-1)
    if (last === undefined || last.length + line.length >= SECTION_CHARACTERS) sections.push(line)
    else sections[sections.length - 1] = `${last}\n${line}`
  }
  return sections
}

/** Slack refuses an empty text. */
export const filled = (text: string): string => (text.trim() === '' ? '–' : text)

/** Characters as JSON. */
export const sizeOf = (value: unknown): number => JSON.stringify(value).length
