import { describe, expect, test } from '@jest/globals'
import { instantOf, wallIn, wallOf } from '../../../src/diagnosis/wallclock'
import { createSchedule } from '../../../src/watch/handoff/schedule'

const at = (text: string): number => Date.parse(text)
const iso = (ms: number | undefined): string =>
  ms === undefined ? 'never' : new Date(ms).toISOString().slice(0, 16)

/** The changes of a line in a span, forwards. */
const changes = (cron: string, zone: string, from: string, to: string): string[] => {
  const schedule = createSchedule(cron, zone)
  const found: string[] = []
  let next = schedule.next(at(from))
  for (; next !== undefined && next <= at(to); next = schedule.next(next)) found.push(iso(next))
  return found
}

/** The same, backwards. */
const backwards = (cron: string, zone: string, from: string, to: string): string[] => {
  const schedule = createSchedule(cron, zone)
  const found: string[] = []
  let last = schedule.last(at(to))
  for (; last !== undefined && last > at(from); last = schedule.last(last - 1))
    found.push(iso(last))
  return found.toReversed()
}

type Row = readonly [string, string, string, string, string, readonly string[]]

const ROWS: readonly Row[] = [
  [
    '08:00 in Berlin stays 08:00 when summer comes',
    '0 8 * * *',
    'Europe/Berlin',
    '2026-03-28T00:00Z',
    '2026-03-30T12:00Z',
    ['2026-03-28T07:00', '2026-03-29T06:00', '2026-03-30T06:00'],
  ],
  [
    '08:00 in Berlin stays 08:00 when winter comes',
    '0 8 * * *',
    'Europe/Berlin',
    '2026-10-24T00:00Z',
    '2026-10-26T12:00Z',
    ['2026-10-24T06:00', '2026-10-25T07:00', '2026-10-26T07:00'],
  ],
  [
    '02:30 in Berlin, which is left out, is one change at 03:30',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T00:00Z',
    '2026-03-30T12:00Z',
    ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
  ],
  [
    '02:30 in Berlin, which comes twice, is one change at the first',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T00:00Z',
    '2026-10-26T12:00Z',
    ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    '02:30 in New York, which is left out',
    '30 2 * * *',
    'America/New_York',
    '2026-03-07T12:00Z',
    '2026-03-09T12:00Z',
    ['2026-03-08T07:30', '2026-03-09T06:30'],
  ],
  [
    '01:30 in New York, which comes twice',
    '30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00Z',
    '2026-11-02T12:00Z',
    ['2026-11-01T05:30', '2026-11-02T06:30'],
  ],
  [
    '02:15 on Lord Howe, left out by half an hour, is 02:45',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-02T12:00Z',
    '2026-10-04T20:00Z',
    ['2026-10-02T15:45', '2026-10-03T15:45', '2026-10-04T15:15'],
  ],
  [
    '01:45 on Lord Howe, which comes twice half an hour apart',
    '45 1 * * *',
    'Australia/Lord_Howe',
    '2026-04-03T12:00Z',
    '2026-04-05T20:00Z',
    ['2026-04-03T14:45', '2026-04-04T14:45', '2026-04-05T15:15'],
  ],
  [
    'weekdays at 08:00 and 20:00',
    '0 8,20 * * MON-FRI',
    'UTC',
    '2026-11-20T10:00Z',
    '2026-11-23T10:00Z',
    ['2026-11-20T20:00', '2026-11-23T08:00'],
  ],
  [
    '29 February comes every four years',
    '0 8 29 2 *',
    'Europe/Berlin',
    '2026-01-01T00:00Z',
    '2033-01-01T00:00Z',
    ['2028-02-29T07:00', '2032-02-29T07:00'],
  ],
  [
    '29 February skips 2100',
    '0 8 29 2 *',
    'UTC',
    '2096-01-01T00:00Z',
    '2105-01-01T00:00Z',
    ['2096-02-29T08:00', '2104-02-29T08:00'],
  ],
]

describe('a change of shift', () => {
  test.each(ROWS)('%s', (_, cron, zone, from, to, expected) => {
    expect(changes(cron, zone, from, to)).toEqual(expected)
    expect(backwards(cron, zone, from, to)).toEqual(expected)
  })

  test('is the last one at its very millisecond, and not before', () => {
    const { last, next } = createSchedule('0 8 * * *', 'Europe/Berlin')
    const change = at('2026-11-22T07:00:00Z')
    expect(last(change)).toBe(change)
    expect(last(change - 1)).toBe(change - 86_400_000)
    expect(next(change)).toBe(change + 86_400_000)
    expect(next(change - 1)).toBe(change)
  })
})

describe('the wall clock', () => {
  test('of a zone is read, and set back to the instant, over a year of hours', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'])
      for (let hour = 0; hour < 366 * 24; hour += 1) {
        const instant = at('2026-01-01T00:00Z') + hour * 3_600_000
        const back = instantOf(wallOf(instant, zone), zone)
        // What comes twice is its first time
        expect([0, 1_800_000, 3_600_000]).toContain(instant - back)
        expect(wallOf(back, zone)).toBe(wallOf(instant, zone))
      }
  })

  test.each([
    ['2026-01-05T08:00', '2026-01-05T08:00'],
    ['2028-02-29 23:59', '2028-02-29T23:59'],
    ['2026-02-29T08:00', 'never'],
    ['2026-01-05T24:00', 'never'],
    ['2026-01-05', 'never'],
    ['2026-01-05T08:00Z', 'never'],
  ])('%s is read as %s', (text, expected) => expect(iso(wallIn(text))).toBe(expected))
})
