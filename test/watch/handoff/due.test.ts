import { describe, expect, test } from '@jest/globals'
import type { HandoffConfig } from '../../../src/config'
import { dueOf } from '../../../src/watch/handoff/due'
import { peopleAt, writtenTo } from '../../../src/watch/handoff/people'
import { createSchedule } from '../../../src/watch/handoff/schedule'
import type { HandoffState } from '../../../src/watch/handoff/state'
import { daily, reportNews } from './shift'

const MINUTE_MS = 60_000
const at = (text: string): number => Date.parse(text)
const schedule = createSchedule(daily().cron, daily().timezone)
const MONDAY = at('2026-11-23T07:00Z')

const state = (over: Partial<HandoffState> = {}): HandoffState => ({
  v: 1,
  schedule: '0 8 * * * Europe/Berlin',
  handedAt: MONDAY,
  ...over,
})

const due = (time: string, known: HandoffState | undefined, reportedAt?: number) =>
  dueOf({ handoff: daily(), schedule, state: known, reportedAt, at: at(time) })

const report = (over: object = {}) => ({
  change: MONDAY,
  key: 'k',
  channel: 'C1',
  news: reportNews(),
  isReminded: false,
  ...over,
})

describe('what is due', () => {
  test('the first time is nothing that passed', () =>
    expect(due('2026-11-23T12:00Z', undefined)).toEqual({ is: 'begin', handedAt: MONDAY }))

  test('by another schedule it begins anew', () =>
    expect(due('2026-11-24T12:00Z', state({ schedule: '0 9 * * * UTC' }))).toEqual({
      is: 'begin',
      handedAt: at('2026-11-24T07:00Z'),
    }))

  test('after a clock that was a month ahead it begins anew, and one that is minutes ahead changes nothing', () => {
    expect(due('2026-10-20T12:00Z', state())).toEqual({
      is: 'begin',
      handedAt: at('2026-10-20T06:00Z'),
    })
    expect(due('2026-11-23T06:50Z', state({ draftedFor: MONDAY }))).toBeUndefined()
  })

  test.each<[string, string, HandoffState, object | undefined]>([
    ['between changes nothing', '2026-11-23T12:00Z', state(), undefined],
    ['61 min before the change nothing', '2026-11-24T05:59Z', state(), undefined],
    [
      'an hour before it the draft',
      '2026-11-24T06:00Z',
      state(),
      { is: 'draft', change: at('2026-11-24T07:00Z') },
    ],
    [
      'a draft that was not sent is still due a minute before',
      '2026-11-24T06:59Z',
      state(),
      { is: 'draft', change: at('2026-11-24T07:00Z') },
    ],
    [
      'one that was sent is not',
      '2026-11-24T06:30Z',
      state({ draftedFor: at('2026-11-24T07:00Z') }),
      undefined,
    ],
    [
      'at the change the report',
      '2026-11-24T07:00Z',
      state(),
      { is: 'report', change: at('2026-11-24T07:00Z'), missed: 0 },
    ],
    [
      'after three changes the last one, and that two were missed',
      '2026-11-26T10:00Z',
      state(),
      { is: 'report', change: at('2026-11-26T07:00Z'), missed: 2 },
    ],
  ])('%s', (_, time, known, expected) => expect(due(time, known)).toEqual(expected))

  test.each<[string, object, number | undefined, boolean]>([
    ['29 min after the report none', {}, 29, false],
    ['30 min after it one', {}, 30, true],
    ['for one that is not in its channel none', {}, undefined, false],
    ['only one', { isReminded: true }, 90, false],
    [
      'none once it is accepted',
      { news: reportNews({ accepted: { by: 'U2', at: 1 } }) },
      30,
      false,
    ],
    ['none where nobody takes over', { news: reportNews({ to: [] }) }, 30, false],
  ])('a reminder: %s', (_, over, minutes, isDue) => {
    const known = state({ report: report(over) })
    const reportedAt = minutes === undefined ? undefined : MONDAY + 5 * MINUTE_MS
    const now = new Date(MONDAY + (5 + (minutes ?? 60)) * MINUTE_MS).toISOString()
    expect(due(now, known, reportedAt)?.is).toBe(isDue ? 'reminder' : undefined)
  })
})

describe('who', () => {
  const rota = {
    people: ['U1', 'U2'],
    startWall: Date.UTC(2026, 10, 23, 8),
    everyMs: 86_400_000,
    timezone: 'Europe/Berlin',
    overrides: [],
  }
  const handoff = (over: Partial<HandoffConfig>): HandoffConfig => daily({ to: undefined, ...over })

  test('by the rota is the one of the shift before, and the one who begins', () =>
    expect(
      peopleAt(handoff({ rota }), { change: at('2026-11-24T07:00Z'), before: MONDAY }),
    ).toEqual({ from: ['U1'], to: ['U2'] }))

  test('a change some minutes after the turn knows who had the shift', () =>
    expect(
      peopleAt(handoff({ rota }), {
        change: at('2026-11-24T07:10Z'),
        before: at('2026-11-23T07:10Z'),
      }),
    ).toEqual({ from: ['U1'], to: ['U2'] }))

  test('is who is named, where somebody is named', () =>
    expect(peopleAt(handoff({ rota, to: ['S9'], from: ['U7'] }), { change: MONDAY })).toEqual({
      from: ['U7'],
      to: ['S9'],
    }))

  test('a draft goes to people, once to each, and never to a group', () =>
    expect(writtenTo({ from: ['U1', 'S1'], to: ['U1', 'U2'] })).toEqual(['U1', 'U2']))
})
