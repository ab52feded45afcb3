import { expect, test } from '@jest/globals'
import type { Answer } from '../../src/diagnosis/answer'
import { statusAnswer, statusOf } from '../../src/diagnosis/status/status'
import { printAnswer } from '../../src/terminal/print'
import { LIMITS, look, member, read, roster, settings } from '../support/build'

const plain = { colour: false }
const colour = { colour: true }

const degraded = statusAnswer(
  statusOf(look([member(1), member(2), member(3, { lost: 'refused' })]), settings(), LIMITS),
  'prod',
)

test('the sentence comes first, the action last', () => {
  const lines = printAnswer(degraded, plain).trimEnd().split('\n')
  expect(lines[0]).toMatch(/^WARNING {2}prod: m3 is down/)
  expect(lines.at(-2)).toMatch(/^Next: /)
  expect(lines.at(-1)).toBe('  journalctl -u etcd -n 50 --no-pager')
})

test('columns are aligned, and a column that nobody fills is left out', () => {
  const lines = printAnswer(degraded, plain).split('\n')
  const head = lines.findIndex((line) => line.startsWith('Member'))
  const column = lines[head]?.indexOf('Version') ?? -1
  expect(lines[head + 2]?.slice(column, column + 6)).toBe('3.5.33')
  expect(lines[head + 1]?.slice(column, column + 1)).toBe('-')
  expect(lines[head]).not.toContain('Errors '.repeat(2))
})

test('plain output has no escape, coloured output has', () => {
  const escape = String.fromCharCode(27)
  expect(printAnswer(degraded, plain)).not.toContain(escape)
  expect(printAnswer(degraded, colour)).toContain(`${escape}[33m`)
})

test('a member named like a terminal escape is shown, not obeyed', () => {
  const escape = String.fromCharCode(27)
  const list = roster(1)
  const named = {
    ...list,
    members: list.members.map((one) => ({ ...one, name: `${escape}[2J\nOK` })),
  }
  const answer = statusAnswer(
    statusOf(look([member(1)], { roster: read(named) }), settings(), LIMITS),
    'prod',
  )
  const text = printAnswer(answer, plain)
  expect(text).not.toContain(escape)
  expect(text).toContain('\\x1b[2J\\x0aOK')
})

test('evidence has its units, also beside it, and no unit twice', () => {
  const evidence = [
    {
      name: 'database size',
      value: 2 * 1024 ** 3,
      unit: 'bytes',
      limit: 1.5 * 1024 ** 3,
      member: 'm1',
    },
    { name: 'time in fsync', value: 78.8, unit: '%', usual: 0.82 },
    { name: 'members down', value: 0, unit: 'members', limit: 1 },
    { name: 'unplanned elections', value: 1, unit: 'times' },
  ]
  const finding = {
    rule: 'x',
    severity: 'warning' as const,
    summary: 'x',
    evidence,
    action: { say: 'y' },
  }
  expect(printAnswer({ ...degraded, findings: [finding] }, plain)).toContain(
    '  database size on m1 2 GiB (limit 1.5 GiB) · time in fsync 78.8 % (usual 0.82 %) · members down 0 (limit 1) · unplanned elections 1 time\n',
  )
})

test('what could not be seen is listed', () => {
  expect(printAnswer(degraded, plain)).toContain('Not seen\n- m3: everything (refused)')
})

test('a chart is a line a series by one scale, a dot where there was none, with its range', () => {
  const chart = {
    title: 'Elections a day',
    kind: 'bar' as const,
    yTitle: 'elections',
    labels: ['Nov 19', 'Nov 20', 'Nov 21', 'Nov 22'],
    series: [
      { name: 'unplanned', values: [0, 1, 16, 4] },
      { name: 'planned', values: [2, 2, 2, 2] },
      { name: 'gap', values: [1, Number.NaN, 1, 1] },
    ],
  }
  const text = printAnswer({ ...degraded, charts: [chart] }, plain)
  expect(text).toContain(
    [
      '',
      'Elections a day (elections)',
      '  unplanned  .▁█▂  0 to 16, last 4',
      '  planned    ▁▁▁▁  always 2',
      '             Nov 19 … Nov 22',
      '',
    ].join('\n'),
  )
})

test('an answer without a state is only its sentence', () => {
  const answer: Answer = {
    at: 0,
    state: undefined,
    severity: 'ok',
    headline: 'Hello.',
    facts: [],
    tables: [],
    findings: [],
    unseen: [],
    action: undefined,
    json: {},
  }
  expect(printAnswer(answer, plain)).toBe('Hello.\n')
})
