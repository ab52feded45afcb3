import { expect, test } from '@jest/globals'
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
