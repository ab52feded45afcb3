import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { handoffMessage } from '../../src/slack/handoff/blocks'
import { noteView, pressedHandoffOf, submittedNoteOf } from '../../src/slack/handoff/buttons'
import { handoffNewsOf, type HandoffNews } from '../../src/slack/handoff/news'
import { line, link, person, strong } from '../../src/diagnosis/line'
import { letterOf } from '../../src/slack/posting/letter'
import { troublesOf, viewTroublesOf } from '../support/block-kit'
import { answerOf } from '../support/face'

const SENDING = { lateMs: 0, mayRepeat: false, command: '/etcd' }
const HOSTILE = '<!channel> *pwn* _a_ ~b~ `c` & <https://evil.test|ok> <@U1> <#C1>\n&lt;!here&gt;'

const newsOf = (parts: Partial<HandoffNews> = {}): HandoffNews => ({
  v: 1,
  kind: 'handoff',
  place: 'report',
  lane: 'handoff.weekly',
  handoff: 'weekly',
  change: Date.UTC(2026, 10, 23, 7),
  changeText: 'Mon 23 Nov 08:00',
  from: ['U1'],
  to: ['U2'],
  lines: [line(strong('Start here: '), 'prod'), line('Nothing is open.')],
  remarks: [],
  ...parts,
})

const messageOf = (parts: Partial<HandoffNews> = {}, sending = {}) =>
  handoffMessage(newsOf(parts), { ...SENDING, ...sending })

const buttonsIn = (blocks: unknown): string[] =>
  [...JSON.stringify(blocks).matchAll(/"action_id":"(\w+)"/g)].map(([, id]) => id ?? '')

describe('a report', () => {
  test('names who takes over, then the lines, and asks to accept', () => {
    const { text, blocks } = messageOf()
    expect(text.split('\n')).toEqual([
      'Handoff weekly · Mon 23 Nov 08:00',
      '<@U2>: the shift is yours. <@U1> hands over. Please accept.',
      '*Start here:* prod',
      'Nothing is open.',
    ])
    expect(buttonsIn(blocks)).toEqual(['handoff_accept', 'handoff_note'])
    expect(troublesOf({ text, blocks })).toEqual([])
  })

  test('that was accepted says by whom and when, and asks no more', () => {
    const { text, blocks } = messageOf({ accepted: { by: 'U2', at: Date.UTC(2026, 10, 23, 7, 5) } })
    expect(text).toContain('✅ Accepted by <@U2> at 2026-11-23 07:05:00 UTC')
    expect(text).not.toContain('Please accept')
    expect(buttonsIn(blocks)).toEqual(['handoff_note'])
  })

  test.each<[string, Partial<HandoffNews>, string]>([
    ['to a group', { to: ['S1'], from: [] }, '<!subteam^S1>: the shift is yours. Please accept.'],
    ['to oneself', { to: ['U1'] }, '<@U1>: you stay on call. Please accept.'],
    ['to nobody', { to: [] }, 'The rota names nobody who takes over.'],
  ])('%s', (_, parts, said) => expect(messageOf(parts).text.split('\n')[1]).toBe(said))

  test('to nobody has nothing to accept', () =>
    expect(buttonsIn(messageOf({ to: [] }).blocks)).toEqual(['handoff_note']))

  test('that comes late says why', () => {
    const late = 'Posted 3 h late: Stormwatch was not running.'
    expect(messageOf({ remarks: [late] }).text).toContain(late)
    expect(messageOf({}, { lateMs: 600_000 }).text).toContain('Delayed by 10 min')
    expect(messageOf({}, { mayRepeat: true }).text).toContain('Possible repeat')
  })
})

test('a line mentions people, links messages and says what to type', () => {
  const url = 'https://slack.com/archives/C1/p1700000000000100'
  const told = line(strong('Watch: '), 'm2 ', person('U7'), link(url), {
    is: 'ask',
    ask: 'diagnose prod',
  })
  expect(messageOf({ lines: [told] }).text.split('\n')[2]).toBe(
    '*Watch:* m2 <@U7> <https://slack.com/archives/C1/p1700000000000100|thread> Next: `/etcd diagnose prod`',
  )
})

test.each([598, 599, 600, 601])('a line that is full after %i characters ends there', (most) => {
  const text = 'x'.repeat(most)
  const full = line(text, 'y', strong('z'), person('U7'), link('https://slack.com/archives/C1/p1'))
  const said = messageOf({ lines: [full] }).text.split('\n')[2]
  expect(said).toMatch(/^x{598}.{1,2}$/)
})

test('a draft asks for notes and cannot be accepted', () => {
  const { text, blocks } = messageOf({ place: 'draft' })
  expect(text.split('\n').slice(0, 2)).toEqual([
    'Draft of the handoff weekly · Mon 23 Nov 08:00',
    '<@U1> will hand over to <@U2>. Add what only you know: the report takes it along.',
  ])
  expect(buttonsIn(blocks)).toEqual(['handoff_note'])
})

test('the thread holds the details, later notes, and one reminder', () => {
  const answer = answerOf({ headline: 'The shift in numbers.' })
  expect(messageOf({ place: 'details', answer }).text).toContain('The shift in numbers.')
  expect(
    messageOf({ place: 'note', note: { by: 'U1', cluster: 'prod', text: 'disk ordered' } }).text,
  ).toBe('Note by <@U1> on prod: disk ordered')
  expect(messageOf({ place: 'reminder', waitedMs: 1_800_000 }).text).toBe(
    '<@U2>: nobody has accepted this handoff for 30 min. Whoever has the shift: press Accept above.',
  )
})

test('what comes from a store is checked: whole news is read, what is not is none', () => {
  const news = newsOf({ accepted: { by: 'U2', at: 1 }, note: { by: 'a', cluster: 'b', text: 'c' } })
  expect(handoffNewsOf(JSON.parse(JSON.stringify(news)))).toEqual(news)
  for (const wrong of [
    null,
    [],
    'x',
    {},
    { ...news, v: 2 },
    { ...news, place: 'roof' },
    { ...news, change: 'soon' },
  ])
    expect(letterOf(wrong)).toBeUndefined()
  const long = {
    ...news,
    lines: Array.from({ length: 40 }, () => line('x')),
    answer: { headline: 1 },
  }
  expect(handoffNewsOf(long)).toMatchObject({ lines: Array.from({ length: 12 }, () => line('x')) })
  expect(handoffNewsOf(long)?.answer).toBeUndefined()
})

test.each<[string, object]>([
  ['a fact that is no text', { facts: [5] }],
  ['a table that is none', { tables: [null] }],
  ['a row that is none', { tables: [{ title: 'x', columns: [{}], rows: [5] }] }],
  ['a chart without series', { charts: [{ title: 'x' }] }],
])('details from a store that hold %s are none', (_, wrong) => {
  const answer = { ...answerOf({}), ...wrong }
  expect(letterOf(newsOf({ place: 'details' }))).toBeDefined()
  expect(letterOf({ ...newsOf({ place: 'details' }), answer })).toBeUndefined()
})

test('whatever a handoff holds, Slack takes it, and nobody is mentioned but who is named', () => {
  const texts = fc.array(fc.oneof(fc.string({ maxLength: 500 }), fc.constant(HOSTILE)), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(
      fc.constantFrom<HandoffNews['place']>('draft', 'report', 'reminder', 'note', 'details'),
      texts,
      texts,
      fc.string({ maxLength: 3000 }),
      (place, lines, remarks, text) => {
        const note = { by: HOSTILE, cluster: HOSTILE, text: text + HOSTILE }
        const told = lines.map((one) =>
          line(
            strong(one),
            one,
            person(one),
            { is: 'ask', ask: one },
            link(`https://evil.test/${one}`),
          ),
        )
        const message = messageOf({ place, lines: told, remarks, note, changeText: HOSTILE })
        expect(troublesOf(message)).toEqual([])
        const named = ['U1', 'U2', ...lines.filter((one) => /^[UW][A-Z0-9]+$/.test(one))]
        const said = named.reduce(
          (text, id) => text.replaceAll(`<@${id}>`, ''),
          JSON.stringify(message),
        )
        expect(said).not.toMatch(/<!|<@|<#|<http/)
      },
    ),
    { numRuns: 60 },
  )
})

describe('the window of a note', () => {
  const noting = { channel: 'C1', messageTs: '1.1', pressed: { handoff: 'weekly', change: 7 } }
  const submitted = (view: ReturnType<typeof noteView>, cluster: unknown, text: unknown) =>
    submittedNoteOf({
      private_metadata: view.private_metadata ?? '',
      state: {
        values: {
          cluster: { cluster: { selected_option: { value: cluster } } },
          text: { text: { value: text } },
        },
      },
    })

  test('gives back what was typed, and where', () => {
    const view = noteView(noting, { clusters: ['prod', 'test'], guess: 'test', text: 'x' })
    expect(viewTroublesOf(view)).toEqual([])
    expect(JSON.stringify(view)).toContain(
      '"initial_option":{"text":{"type":"plain_text","text":"test"',
    )
    expect(submitted(view, 'prod', ' disk \n ordered ')).toEqual({
      ...noting,
      cluster: 'prod',
      text: 'disk \n ordered',
    })
    expect(submitted(view, 'prod', '  ')).toBeUndefined()
    expect(submitted(view, undefined, 'x')).toBeUndefined()
  })

  test('takes 500 clusters and a long message', () => {
    const clusters = Array.from({ length: 500 }, (_, i) => `c${i}`)
    const view = noteView(noting, { clusters, text: 'x'.repeat(5000) })
    expect(viewTroublesOf(view)).toEqual([])
    expect(JSON.stringify(view).match(/"option_groups"/g)).toHaveLength(1)
  })

  test('a button’s value is read, somebody else’s is not', () => {
    expect(pressedHandoffOf('{"h":"weekly","t":7}')).toEqual({ handoff: 'weekly', change: 7 })
    for (const value of ['', 'x', '{}', '{"h":1,"t":7}', undefined])
      expect(pressedHandoffOf(value)).toBeUndefined()
  })
})
