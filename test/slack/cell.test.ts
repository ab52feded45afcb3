import { expect, test } from '@jest/globals'
import type { Cell } from '../../src/diagnosis/answer'
import { blocksOf, type Frame } from '../../src/slack/message/blocks'
import { permalinkOf } from '../../src/slack/posting/permalink'
import { printAnswer } from '../../src/terminal/print'
import { troublesOf } from '../support/block-kit'
import { answerOf } from '../support/face'

const LINK = 'https://slack.com/archives/C1/p1700000000000100'

const answerWith = (...cells: readonly Cell[]) =>
  answerOf({
    tables: [
      {
        title: 'Storms',
        columns: ['Began', 'What', 'Taken by'].map((title) => ({ title, align: 'left' })),
        rows: [cells],
      },
    ],
  })

const messageOf = (cells: readonly Cell[], audience: Frame['audience'] = 'asker') => {
  const message = blocksOf(answerWith(...cells), { tookMs: 1, audience })
  expect(troublesOf(message)).toEqual([])
  const table = message.blocks?.find((block) => block.type === 'table')
  return { text: message.text, cells: table?.type === 'table' ? table.rows[1] : undefined }
}

const rich = (element: object) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [element] }],
})

test('a linked cell is a link in Slack, in blocks and in words, and an address in the terminal', () => {
  const cells: Cell[] = [{ text: 'now' }, { text: 'storm', link: LINK, severity: 'critical' }]
  const message = messageOf(cells)
  expect(message.cells?.[1]).toEqual(rich({ type: 'link', url: LINK, text: '🔴 storm' }))
  expect(message.text).toContain(`now: What <${LINK}|🔴 storm>`)
  expect(printAnswer(answerWith(...cells), { colour: false })).toContain(`storm ${LINK}`)
})

test('what is no plain https address is no link', () => {
  for (const link of ['http://slack.com/x', 'javascript:x', 'https://a.b/x|y>', 'https://a.b/x y'])
    expect(messageOf([{ text: 'now' }, { text: 'storm', link }]).cells?.[1]).toEqual({
      type: 'raw_text',
      text: 'storm',
    })
})

test('a person is a mention where only the asker sees it, and an id in a channel: nobody is called', () => {
  const cells: Cell[] = [{ text: 'now' }, { text: 'storm' }, { text: 'U7ABC', isPerson: true }]
  const alone = messageOf(cells)
  expect(alone.cells?.[2]).toEqual(rich({ type: 'user', user_id: 'U7ABC' }))
  expect(alone.text).toContain('Taken by <@U7ABC>')
  for (const audience of ['channel', 'thread'] as const) {
    const shared = messageOf(cells, audience)
    expect(shared.cells?.[2]).toEqual({ type: 'raw_text', text: 'U7ABC' })
    expect(shared.text).not.toContain('<@')
  }
  expect(printAnswer(answerWith(...cells), { colour: false })).toContain('U7ABC')
})

test('a name of the terminal, or what only looks like an id, is text', () => {
  for (const text of ['ada', 'U7> <!channel', 'u7abc', '']) {
    const cells = [{ text: 'now' }, { text: 'storm' }, { text, isPerson: true }]
    expect(messageOf(cells).cells?.[2]).toMatchObject({ type: 'raw_text' })
    expect(messageOf(cells).text).not.toMatch(/<[@!]/)
  }
})

test('few columns leave room for a sentence, and the words of a row end between two cells', () => {
  const long = 'Storm warning, 3 elections: the disk of m1 is slow (10 min, 12 elections)'
  expect(messageOf([{ text: 'prod' }, { text: long }]).cells?.[1]).toEqual({
    type: 'raw_text',
    text: long,
  })
  const wide = answerOf({
    tables: [
      {
        title: 'Wide',
        columns: Array.from({ length: 20 }, (_, i) => ({ title: `c${i}`, align: 'left' })),
        rows: [Array.from({ length: 20 }, () => ({ text: '<'.repeat(60), link: LINK }))],
      },
    ],
  })
  const { text } = blocksOf(wide, { tookMs: 1, audience: 'asker' })
  const row = text.split('\n').find((line) => line.includes('c1 '))
  expect(row?.length).toBeLessThanOrEqual(501)
  expect(row).toMatch(/>…$/)
})

test('a permalink is made of Slack’s own ids only', () => {
  expect(permalinkOf({ channel: 'C1', ts: '1700000000.000100' })).toBe(LINK)
  expect(permalinkOf({ channel: 'C1/../x', ts: '1700000000.000100' })).toBeUndefined()
  expect(permalinkOf({ channel: 'C1', ts: '' })).toBeUndefined()
})
