import { expect, test } from '@jest/globals'
import { createTask } from 'node-cron'
import { windowsAhead } from '../../src/watch/handoff/ahead'
import { HOUR, MINUTE } from './story'

const window = (cron: string, timezone = 'Europe/Zurich', durationMs = 2 * HOUR) => ({
  cron,
  timezone,
  durationMs,
  reason: 'updates',
})

/** Saturday, 20:00 in Zurich, before the clock is set back at 03:00. */
const SATURDAY = Date.UTC(2026, 9, 24, 18)
const NIGHT = { from: SATURDAY, to: SATURDAY + 13 * HOUR }

test('a window that opens in the next shift, at the hour of its own timezone', () => {
  expect(windowsAhead([window('0 4 * * SUN')], NIGHT)).toEqual([
    { from: Date.UTC(2026, 9, 25, 3), until: Date.UTC(2026, 9, 25, 5), reason: 'updates' },
  ])
})

test('one that is open at the change is ahead too, one that ended is not', () => {
  expect(windowsAhead([window('0 19 * * SAT')], NIGHT)).toMatchObject([
    { from: SATURDAY - HOUR, until: SATURDAY + HOUR },
  ])
  expect(windowsAhead([window('0 17 * * SAT')], NIGHT)).toEqual([])
})

test('windows of several lines come in order of time, at most twenty', () => {
  const found = windowsAhead([window('0 4 * * SUN'), window('30 22 * * *', 'UTC', MINUTE)], NIGHT)
  expect(found.map(({ from }) => (from - SATURDAY) / HOUR)).toEqual([4.5, 9])
  expect(windowsAhead([window('* * * * *')], NIGHT)).toHaveLength(20)
})

test('in a zone that is a quarter of an hour off', () =>
  expect(windowsAhead([window('20 4 * * *', 'Asia/Kathmandu')], NIGHT)).toMatchObject([
    { from: Date.UTC(2026, 9, 24, 22, 35) },
  ]))

test('the same as minute by minute, in zones whose clocks are set by an hour, by half of one, and not', () => {
  const span = { from: SATURDAY - 12 * HOUR, to: SATURDAY + 36 * HOUR }
  const crons = ['30 2 * * *', '*/20 1-3 * * SUN', '45 23 24 10 *']
  const zones = [
    'Europe/Zurich',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'UTC',
  ]
  const around = [
    SATURDAY,
    Date.UTC(2026, 2, 28, 18),
    Date.UTC(2026, 3, 4, 6),
    Date.UTC(2026, 9, 3, 6),
  ]
  for (const cron of crons)
    for (const timezone of zones)
      for (const at of around) {
        const [from, to] = [span.from, span.to].map((one) => one - SATURDAY + at) as [
          number,
          number,
        ]
        const task = createTask(cron, () => undefined, { timezone })
        const all = Array.from({ length: (to - from) / MINUTE + 1 }, (_, i) => from + i * MINUTE)
        const found = windowsAhead([window(cron, timezone, MINUTE)], { from, to })
        expect(found.map((one) => one.from)).toEqual(
          all.filter((time) => task.match(new Date(time))).slice(0, 20),
        )
      }
})
