import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Answer, Table } from '../../src/diagnosis/answer'
import type { Finding } from '../../src/diagnosis/facts'
import {
  blocksOf,
  sentence,
  textOnly,
  type Frame,
  type Message,
} from '../../src/slack/message/blocks'
import { troublesOf } from '../support/block-kit'
import { answerOf, mistakeOf } from '../support/face'

const FRAME: Frame = { tookMs: 412, audience: 'asker' }
const HOSTILE = '<!channel> *pwn* _a_ ~b~ `c` & <https://evil.test|ok> <@U1> <#C1>\n&lt;!here&gt;'

const findingOf = (finding: Partial<Finding> = {}): Finding => ({
  rule: 'space',
  severity: 'warning',
  summary: 'its database is nearly full',
  evidence: [{ name: 'db size', value: 2_040_109_465, unit: 'bytes', limit: 2_147_483_648 }],
  action: { say: 'Defragment it.' },
  ...finding,
})

const membersTable = (count: number, nameLength = 2): Table => ({
  title: 'Members',
  columns: [
    'Member',
    'ID',
    'Version',
    'Role',
    'Leader',
    'Term',
    'Lag',
    'DB',
    'In use',
    'Quota',
    'Status',
    'Errors',
  ].map((title, at) => ({ title, align: at < 5 ? 'left' : 'right' })),
  rows: Array.from({ length: count }, (_, at) => [
    {
      text: `m${at}`.padEnd(nameLength, 'x'),
      ...(at === 0 ? { severity: 'critical' as const } : {}),
    },
    ...[
      '8e9e05c52164694d',
      '3.5.16',
      'follower',
      'm0',
      '4',
      '0',
      '20 MiB',
      '12 MiB',
      '2 GiB',
      '1.2 ms',
    ].map((text) => ({ text })),
    { text: '' },
  ]),
})

const blockOf = (message: Message, type: string) =>
  (message.blocks ?? []).filter((block) => block.type === type)
const jsonOf = (message: Message): string => JSON.stringify(message.blocks)

describe('what is shown', () => {
  const message = blocksOf(
    answerOf({
      state: 'leaderless',
      severity: 'critical',
      headline: 'prod: no member sees a leader.',
      facts: ['3 voting members.'],
      tables: [membersTable(3)],
      findings: [findingOf({ severity: 'critical', member: 'm1' }), findingOf()],
      unseen: ['m2: everything'],
      action: { say: 'Look at m1 first.', run: 'etcdctl endpoint status -w table' },
    }),
    FRAME,
  )

  test('the state sentence comes first, with severity as word and emoji', () => {
    expect(message.blocks?.[0]).toEqual({
      type: 'section',
      text: {
        type: 'plain_text',
        text: '🔴 Critical (leaderless) · prod: no member sees a leader.',
        emoji: false,
      },
    })
  })

  test('then table, facts, findings, unseen, action and the line of context', () => {
    expect(message.blocks?.map((block) => block.type)).toEqual([
      'section',
      'table',
      'rich_text',
      'rich_text',
      'rich_text',
      'section',
      'section',
      'context',
    ])
    expect(troublesOf(message)).toEqual([])
  })

  test('a finding shows its member and its evidence with unit and limit', () => {
    expect(jsonOf(message)).toContain('🔴 Critical, m1: ')
    expect(jsonOf(message)).toContain('db size 1.9 GiB (limit 2 GiB)')
  })

  test('a command stands in a code block, to be copied letter by letter', () => {
    expect(jsonOf(message)).toContain('```etcdctl endpoint status -w table```')
  })

  test('the context says when it was read, how long it took and how to share it', () => {
    expect(message.text).toContain('Read 2023-11-14 22:13:20 UTC, took 412 ms')
    expect(message.text).toContain('add --share')
    expect(blocksOf(answerOf(), { tookMs: 1, audience: 'channel' }).text).not.toContain('--share')
  })

  test('the text says everything that the blocks say', () => {
    for (const said of [
      'leaderless',
      'm2',
      '3.5.16',
      '1.9 GiB',
      'Not seen: m2',
      'Look at m1',
      'etcdctl endpoint',
    ])
      expect(message.text).toContain(said)
  })

  test('a cell with nothing in it shows a dash, since Slack refuses empty ones', () => {
    expect(jsonOf(message)).toContain('"–"')
  })

  test('the mark of a bad member stands in its row', () => {
    expect(jsonOf(message)).toContain('🔴 m0')
  })
})

test('many facts take the room that findings leave: help is whole', () => {
  const facts = Array.from(
    { length: 25 },
    (_, at) => `subcommand-${at} [CLUSTER]: ${'x'.repeat(90)}`,
  )
  const message = blocksOf(answerOf({ facts }), FRAME)
  expect(troublesOf(message)).toEqual([])
  expect(jsonOf(message)).toContain('subcommand-24 ')
  expect(jsonOf(message)).not.toContain('more')
})

test('a finding that begins with its member does not name it twice', () => {
  const findings = [findingOf({ member: 'm3', summary: 'm3 is down' })]
  const message = blocksOf(answerOf({ findings }), FRAME)
  expect(message.text).toContain('🟡 Warning: m3 is down — ')
})

test('unknown is neither green nor calm', () => {
  const { text } = blocksOf(answerOf({ state: 'unknown', severity: 'unknown' }), FRAME)
  expect(text).toMatch(/^⚪ Unknown · /)
})

test('an answer to a mistyped name carries no badge of a cluster', () => {
  expect(blocksOf(mistakeOf('There is no cluster “prd”.'), FRAME).text).toBe(
    'There is no cluster “prd”.',
  )
})

describe('what does not fit is counted', () => {
  test.each([1, 3, 5, 7, 20, 50])('%d members with names of 300 characters', (count) => {
    const message = blocksOf(
      answerOf({
        tables: [membersTable(count, 300)],
        findings: Array.from({ length: count }, (_, at) =>
          findingOf({ member: `m${at}`.padEnd(300, 'x') }),
        ),
        unseen: Array.from({ length: count }, (_, at) => `m${at}`.padEnd(300, 'x')),
        action: { say: 'x'.repeat(2000), run: 'y'.repeat(5000) },
      }),
      FRAME,
    )
    expect(troublesOf(message)).toEqual([])
    expect(blockOf(message, 'table')).toHaveLength(1)
    expect(jsonOf(message)).toContain('🔴 m0') // the worst is kept
  })

  test('50 members: the rest is counted and told whether any of it is bad', () => {
    const message = blocksOf(answerOf({ tables: [membersTable(50)] }), FRAME)
    const [table] = blockOf(message, 'table') as unknown as [{ rows: unknown[] }]
    const left = 50 - (table.rows.length - 1)
    expect(left).toBeGreaterThan(0)
    expect(table.rows.length).toBeGreaterThan(15)
    expect(jsonOf(message)).toContain(`and ${left} more, all without a complaint`)
  })

  test('rows left out that are bad are named as bad', () => {
    const table = membersTable(50)
    const rows = table.rows.map((row) => [
      { text: 'm', severity: 'warning' as const },
      ...row.slice(1),
    ])
    const message = blocksOf(answerOf({ tables: [{ ...table, rows }] }), FRAME)
    expect(jsonOf(message)).toMatch(/and (\d+) more, \1 with a warning/)
  })

  test.each([
    [25, 3],
    [1, 200],
    [20, 100],
    [1, 1],
  ])('a table of %d columns and %d rows of short cells', (width, count) => {
    const table: Table = {
      title: 'Wide',
      columns: Array.from({ length: width }, (_, at) => ({ title: `c${at}`, align: 'left' })),
      rows: Array.from({ length: count }, () =>
        Array.from({ length: width }, () => ({ text: 'x' })),
      ),
    }
    const message = blocksOf(answerOf({ tables: [table] }), FRAME)
    expect(troublesOf(message)).toEqual([])
    expect(blockOf(message, 'table')).toHaveLength(1)
  })

  test('a text that is too long ends with what is left out', () => {
    const { text } = blocksOf(answerOf({ tables: [membersTable(50, 300)] }), FRAME)
    expect(text).toMatch(/\(and \d+ more, no room here\)/)
    expect(text.length).toBeLessThanOrEqual(4000)
  })

  test('seven members, as big as clusters get, are all shown', () => {
    const message = blocksOf(
      answerOf({
        tables: [membersTable(7, 60)],
        findings: [findingOf(), findingOf()],
        unseen: ['the past'],
      }),
      FRAME,
    )
    expect(jsonOf(message)).not.toContain('more')
    expect(message.text).not.toContain('more,')
  })

  test('a second table becomes a list, since Slack takes one', () => {
    const message = blocksOf(answerOf({ tables: [membersTable(3), membersTable(3)] }), FRAME)
    expect(troublesOf(message)).toEqual([])
    expect(jsonOf(message)).toContain('m2: ID 8e9e05c52164694d')
  })
})

describe('text from elsewhere', () => {
  const message = blocksOf(
    answerOf({
      headline: HOSTILE,
      facts: [HOSTILE],
      tables: [
        {
          title: HOSTILE,
          columns: [{ title: HOSTILE, align: 'left' }],
          rows: [[{ text: HOSTILE }]],
        },
      ],
      findings: [
        findingOf({
          summary: HOSTILE,
          member: HOSTILE,
          evidence: [{ name: HOSTILE, value: HOSTILE, unit: HOSTILE, member: HOSTILE }],
        }),
      ],
      unseen: [HOSTILE],
      action: { say: HOSTILE, run: HOSTILE },
    }),
    FRAME,
  )

  test('mentions nobody, links nowhere, starts no line', () => {
    expect(troublesOf(message)).toEqual([])
    expectHarmless(message)
    for (const line of message.text.split('\n'))
      expect(line).not.toMatch(/^(\*|_|~|&gt;|&lt;!here)/)
  })

  test('marks of mrkdwn do not format', () => {
    const outsideOfCode = message.text.replaceAll(/`[^`]*`/g, '')
    expect(outsideOfCode).not.toMatch(/[*~`]|(?<![\p{L}\p{N}])_/u)
  })

  test('a backtick does not end the code block', () => {
    const [block] = blockOf(message, 'section').slice(-1) as unknown as [{ text: { text: string } }]
    expect(block.text.text.slice(3, -3)).not.toContain('`')
  })

  test('names with an underscore can be copied', () => {
    expect(sentence('etcd_server_1 is down').text).toBe('etcd_server_1 is down')
  })
})

const expectHarmless = (message: unknown): void =>
  expect(JSON.stringify(message)).not.toMatch(/<[!@#]|<http|[\u202A-\u202E\u2066-\u2069]/i)

describe('whatever an answer holds', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 400, unit: 'binary' }),
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      HOSTILE,
      '<!channel>',
      '<@U1>',
      '',
      ' ',
      '\n',
      '<https://evil.test|x>',
      'x'.repeat(5000),
    ),
    fc
      .constantFrom('"', '\\', '&', '<', '>', '`', '🔴', '\u202E', '\uD800')
      .map((one) => one.repeat(700)),
    fc
      .constantFrom('<', '&lt;', '<<')
      .chain((a) => fc.constantFrom('!here>', '@U1>', '#C1>', 'http://x>').map((b) => a + b)),
  )
  const severity = fc.constantFrom('ok', 'warning', 'critical')
  const number = fc.oneof(fc.double(), fc.integer())
  const cell = fc.record({ text: hostile, severity }, { requiredKeys: ['text'] })
  const column = fc.record({ title: hostile, align: fc.constantFrom('left', 'right') })
  const table = fc.record({
    title: hostile,
    columns: fc.array(column, { maxLength: 25 }),
    rows: fc.array(fc.array(cell, { maxLength: 25 }), { maxLength: 60 }),
  })
  const chart = fc.integer({ min: 0, max: 25 }).chain((points) =>
    fc.record({
      title: hostile,
      kind: fc.constantFrom('line', 'bar', 'area'),
      xTitle: hostile,
      yTitle: hostile,
      labels: fc.array(hostile, { minLength: points, maxLength: points }),
      series: fc.array(
        fc.record({
          name: hostile,
          values: fc.array(number, { minLength: points, maxLength: points }),
        }),
        { maxLength: 8 },
      ),
    }),
  )
  const evidence = fc.record(
    {
      name: hostile,
      value: fc.oneof(number, hostile),
      unit: fc.oneof(fc.constantFrom('bytes', 'ms', '', 'members'), hostile),
      limit: number,
      usual: number,
      member: hostile,
    },
    { requiredKeys: ['name', 'value', 'unit'] },
  )
  const action = fc.record({ say: hostile, run: hostile }, { requiredKeys: ['say'] })
  const finding = fc.record(
    {
      rule: hostile,
      severity,
      member: hostile,
      summary: hostile,
      evidence: fc.array(evidence),
      action,
    },
    { requiredKeys: ['rule', 'severity', 'summary', 'evidence', 'action'] },
  )
  const answer = fc.record({
    at: number,
    state: fc.constantFrom('calm', 'leaderless', 'unknown', 'all-clear', undefined),
    severity: fc.constantFrom('ok', 'warning', 'critical', 'unknown'),
    headline: hostile,
    facts: fc.array(hostile, { maxLength: 30 }),
    tables: fc.array(table, { maxLength: 5 }),
    charts: fc.array(chart, { maxLength: 3 }),
    findings: fc.array(finding, { maxLength: 30 }),
    unseen: fc.array(hostile, { maxLength: 30 }),
    action: fc.option(action, { nil: undefined }),
    json: fc.constant({}),
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<Answer>

  test('Slack takes it, and nobody is mentioned or linked', () => {
    fc.assert(
      fc.property(answer, fc.constantFrom('asker', 'channel', 'thread'), (one, audience) => {
        const message = blocksOf(one, { tookMs: 1, audience: audience as Frame['audience'] })
        expect(troublesOf(message)).toEqual([])
        expectHarmless(message)
        expect(textOnly(one, FRAME).blocks).toBeUndefined()
        expectHarmless(sentence(one.headline))
      }),
      { numRuns: 400 },
    )
  })
})
