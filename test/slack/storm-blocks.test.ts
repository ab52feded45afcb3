import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { types } from '@slack/bolt'
import { detailsOf, pressedOf, silenceView, submittedOf } from '../../src/slack/storm/buttons'
import { blocksOf } from '../../src/slack/message/blocks'
import { BUTTONS, newsOf, REASONS, type News } from '../../src/slack/storm/news'
import { stormMessage } from '../../src/slack/storm/blocks'
import type { Sending } from '../../src/slack/storm/words'
import { troublesOf, viewTroublesOf } from '../support/block-kit'
import { announcementOf } from '../support/news'
import type { Announcement } from '../../src/watch/announcement'

const SENDING: Sending = { lateMs: 0, mayRepeat: false, command: '/etcd' }
const HOSTILE = '<!channel> *pwn* _a_ ~b~ `c` & <https://evil.test|ok> <@U1> <#C1>\n&lt;!here&gt;'

const newsFrom = (parts: Partial<Announcement> = {}): News => {
  const news = newsOf(JSON.parse(JSON.stringify(announcementOf(parts))))
  if (news === undefined) throw new Error('want news, have none')
  return news
}
const messageOf = (parts: Partial<Announcement> = {}, sending: Partial<Sending> = {}) =>
  stormMessage(newsFrom(parts), { ...SENDING, ...sending })
const wordsOf = (parts: Partial<Announcement> = {}, sending: Partial<Sending> = {}): string => {
  const { text, blocks } = messageOf(parts, sending)
  return `${text}\n${JSON.stringify(blocks)}`
}
const buttonsOf = (parts: Partial<Announcement> = {}): string[] =>
  (messageOf(parts).blocks ?? []).flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((element) => (element as types.Button).action_id ?? '')
      : [],
  )

test('what the watcher announces is news, whole', () => {
  const announcement: Announcement = announcementOf({
    acknowledged: { by: 'U1', at: 1 },
    silenced: { by: 'U1', until: 2 },
    held: { what: 'silence', from: 1, until: 2 },
  })
  const { v, ...rest } = announcement
  expect(v).toBe(1)
  expect(newsOf(announcement)).toMatchObject(rest)
})

describe('a root message', () => {
  test('says the state, the cause and where first, then evidence, one action and the reason', () => {
    const { text, blocks } = messageOf()
    expect(text.split('\n')).toEqual([
      '🔴 Storm warning · prod',
      '4 unplanned elections: the disk of m2 stalls',
      'Cause: disk on m2',
      'm2: fsync p99 1.2 s (limit 500 ms)',
      'Next: Look at what else writes to the disk of m2',
      '`iostat -x 1`',
      'Reason: first word of it',
      '4 elections in 120 s, since 2023-11-14 22:13:20 UTC'.replace('120 s', '2 min'),
    ])
    expect((blocks ?? []).map(({ type }) => type)).toEqual([
      'header',
      'section',
      'context',
      'section',
      'section',
      'context',
      'actions',
    ])
  })

  test('has the buttons of its state', () => {
    expect(buttonsOf()).toEqual([
      'storm_acknowledge',
      'storm_silence',
      'storm_diagnose',
      'storm_details',
    ])
    expect(buttonsOf({ buttons: ['unsilence', 'details'] })).toEqual([
      'storm_unsilence',
      'storm_details',
    ])
    expect(buttonsOf({ buttons: [] })).toEqual([])
  })

  test('mentions a user group, and nothing that only looks like one', () => {
    expect(wordsOf({ mention: 'S1' })).toContain('<!subteam^S1>')
    expect(wordsOf({ mention: '!channel' })).not.toContain('<!')
  })

  test('says who acknowledged it, who silenced it until when, and why it comes late', () => {
    const acknowledged = wordsOf({ acknowledged: { by: 'U7', at: 1_700_000_060_000 } })
    expect(acknowledged).toContain('Acknowledged by <@U7> at 2023-11-14 22:14:20 UTC')
    expect(acknowledged).toContain('Storm warning · prod · acknowledged')
    const silenced = { by: 'ada', until: 1_700_003_600_000, reason: 'disk swap' }
    expect(wordsOf({ silenced })).toContain(
      'Silenced by ada until 2023-11-14 23:13:20 UTC: disk swap',
    )
    const held = { what: 'maintenance', from: 1_700_000_000_000, until: 1_700_000_060_000 } as const
    expect(wordsOf({ held })).toContain('Kept quiet by maintenance from')
  })

  test('says why it was posted after somebody took it too', () => {
    const acknowledged = { by: 'U7', at: 1_700_000_060_000 }
    expect(wordsOf({ reason: 'worse', acknowledged })).toContain(
      'Reason: worse than when it was posted · acknowledged since',
    )
    expect(wordsOf({ reason: 'reminder', acknowledged })).not.toContain('acknowledged since')
  })

  test('says whose each piece of evidence is, and what is of the whole cluster', () => {
    const evidence = [
      { name: 'elections', value: 5, unit: 'times' },
      { name: 'heartbeats sent late', value: 12, unit: 'times', member: 'm1' },
    ]
    const { text } = messageOf({ evidence })
    expect(text).toContain('cluster: elections 5 times\nm1: heartbeats sent late 12 times\n')
  })

  test('says that it is late, or may be a repeat', () => {
    expect(wordsOf({}, { lateMs: 720_000 })).toContain('delayed by 12 min')
    expect(wordsOf({}, { lateMs: 30_000 })).not.toContain('delayed')
    expect(wordsOf({}, { mayRepeat: true })).toContain('possible repeat')
  })

  test('of a storm that is over tells how long, how many, and the cause; and nothing to do', () => {
    const over = { state: 'all-clear', severity: 'ok', until: 1_700_000_600_000 } as const
    const words = wordsOf({ ...over, reason: 'all clear', buttons: ['details'] })
    expect(words).toContain('🟢 All clear · prod')
    expect(words).toContain(
      'Lasted 10 min, calm since 2023-11-14 22:23:20 UTC: 4 elections; the cause was disk on m2',
    )
    expect(words).toContain('Began 2023-11-14 22:13:20 UTC')
    expect(words).not.toContain('iostat')
  })

  test('shows a subcommand of ours as it is typed in Slack', () => {
    const run = { say: 'Look', run: 'stormwatch diagnose CLUSTER' }
    expect(wordsOf({ action: run })).toContain('/etcd diagnose prod')
    expect(wordsOf({ action: { say: 'Look', ask: 'status prod' } })).toContain('/etcd status prod')
  })
})

describe('a thread’s entry', () => {
  const entry = (parts: Partial<Announcement>): string => wordsOf({ place: 'thread', ...parts })

  test('has no buttons, and the members where it got worse', () => {
    expect(entry({ reason: 'worse' })).toContain('deadline exceeded after 2000 ms')
    expect(entry({ reason: 'worse' })).not.toContain('"actions"')
    expect(entry({ reason: 'still' })).not.toContain('deadline exceeded')
  })

  test.each(REASONS.map((reason) => [reason]))('%s: its reason is on it', (reason) => {
    expect(entry({ reason })).toContain(`Reason: ${reason}`)
  })
})

const anyText = fc.oneof(
  fc.string({ maxLength: 600 }),
  fc.constant(HOSTILE),
  fc.constant(HOSTILE.repeat(30)),
  fc.string({ unit: 'binary', maxLength: 2000 }),
)
const anyTime = fc.integer({ min: -8.64e15, max: 8.64e15 })
const anyNews = fc.record({
  v: fc.constant(1),
  kind: fc.constantFrom('storm', 'unknown', 'notice'),
  place: fc.constantFrom('root', 'thread'),
  reason: fc.constantFrom(...REASONS),
  broadcast: fc.boolean(),
  mention: fc.option(anyText, { nil: undefined }),
  cluster: anyText,
  title: anyText,
  stormId: anyText,
  state: fc.constantFrom('calm', 'leaderless', 'watch', 'warning', 'all-clear', 'unknown'),
  severity: fc.constantFrom('ok', 'warning', 'critical', 'unknown'),
  headline: anyText,
  cause: anyText,
  member: fc.option(anyText, { nil: undefined }),
  causes: fc.array(
    fc.record({ cause: anyText, standing: anyText, where: anyText, summary: anyText }),
    { maxLength: 6 },
  ),
  evidence: fc.array(
    fc.record({ name: anyText, value: fc.oneof(anyText, fc.double()), unit: anyText }),
    { maxLength: 8 },
  ),
  action: fc.record({ say: anyText, run: fc.option(anyText, { nil: undefined }) }),
  elections: fc.nat(),
  planned: fc.nat(),
  since: anyTime,
  at: anyTime,
  until: fc.option(anyTime, { nil: undefined }),
  unseen: fc.array(anyText, { maxLength: 6 }),
  acknowledged: fc.option(fc.record({ by: anyText, at: anyTime }), { nil: undefined }),
  silenced: fc.option(fc.record({ by: anyText, until: anyTime, reason: anyText }), {
    nil: undefined,
  }),
  buttons: fc.subarray([...BUTTONS]),
  members: fc.array(
    fc.record({
      name: anyText,
      endpoint: anyText,
      role: anyText,
      status: fc.record({ came: fc.boolean(), tookMs: fc.double({ noNaN: true }), why: anyText }),
      page: fc.record({ came: fc.boolean(), tookMs: fc.nat(), why: anyText }),
    }),
    { maxLength: 9 },
  ),
})

/** What Slack would take for a mark of ours, but for a user who acted and the group on call. */
const MARKS = /<(?!@[UW][A-Z0-9]{1,20}>|!subteam\^S[A-Z0-9]{1,30}>)[!@#h]/

test('whatever the news holds, Slack takes the message, and nothing in it marks or mentions', () => {
  fc.assert(
    fc.property(anyNews, fc.boolean(), (payload, mayRepeat) => {
      const news = newsOf(payload)
      if (news === undefined) return
      const message = stormMessage(news, { ...SENDING, mayRepeat, lateMs: 1e9 })
      expect(troublesOf(message)).toEqual([])
      expect(message.text).not.toMatch(MARKS)
      const shown = (message.blocks ?? []).filter(({ type }) => type !== 'actions')
      expect(JSON.stringify(shown)).not.toMatch(MARKS)
    }),
    { numRuns: 300 },
  )
})

test('what is no announcement is no news, and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (payload) => {
      expect(newsOf(payload)).toBeUndefined()
    }),
  )
  expect(newsOf({ ...announcementOf(), v: 2 })).toBeUndefined()
  expect(newsOf({ ...announcementOf(), since: Number.POSITIVE_INFINITY })).toBeUndefined()
})

test('a button’s value comes back as it went, and what is none of ours is left', () => {
  const causes = [{ cause: 'disk', standing: 'likely', where: 'm2', summary: HOSTILE }] as const
  const [actions] = (messageOf({ causes }).blocks ?? []).filter(({ type }) => type === 'actions')
  const button = (actions as types.ActionsBlock).elements.at(-1) as types.Button
  const pressed = pressedOf(button.value)
  expect(pressed).toEqual({ cluster: 'prod', storm: 'prod-t7', causes })
  const details = detailsOf(pressed ?? { cluster: '', storm: '', causes: [] }, 1)
  expect(details.facts).toEqual([`disk on m2, likely: ${HOSTILE}`])
  const shown = blocksOf(details, { tookMs: 1, audience: 'asker' })
  expect(troublesOf(shown)).toEqual([])
  expect(JSON.stringify(shown)).not.toMatch(MARKS)
  for (const value of [undefined, '', '{', '[]', 'null', '{"c":1,"s":"x"}'])
    expect(pressedOf(value)).toBeUndefined()
})

describe('the silence’s window', () => {
  const SILENCING = { cluster: 'prod', storm: 's', channel: 'C1', messageTs: '1.1' }
  const submitted = (minutes: string, why: string | null = null) =>
    submittedOf({
      private_metadata: silenceView(SILENCING).private_metadata ?? '',
      state: {
        values: {
          for: { for: { selected_option: { value: minutes } } },
          why: { why: { value: why } },
        },
      },
    })

  test('keeps Slack’s limits and always has an end', () => {
    expect(viewTroublesOf(silenceView(SILENCING))).toEqual([])
    expect(submitted('30', ' disk swap ')).toEqual({
      ...SILENCING,
      forMs: 1_800_000,
      reason: 'disk swap',
    })
    expect(submitted('1440')?.forMs).toBe(86_400_000)
    for (const minutes of ['0', '31', '999999', 'NaN', ''])
      expect(submitted(minutes)).toBeUndefined()
  })
})
