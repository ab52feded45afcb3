import { expect, test } from '@jest/globals'
import { emptyBaseline, hourOf, learnHour, usualOf } from '../../src/diagnosis/usual/baseline'
import type { Baseline, UsualSignal } from '../../src/diagnosis/usual/baseline'
import type { Look, MemberLook } from '../../src/diagnosis/window/look'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
const MONDAY = Date.UTC(2026, 10, 16)
const ENDPOINT = 'http://a:2379'

const member = (statusMs: number): MemberLook => ({
  endpoint: ENDPOINT,
  name: 'a',
  id: 'a1',
  version: '3.5.30',
  isLearner: false,
  status: { came: true, tookMs: statusMs },
  page: { came: false, why: 'deadline', tookMs: 2000 },
  seesLeader: true,
  isLeader: true,
  leaderId: 'a1',
  term: 2,
  errors: [],
  processStartSeconds: 1,
  restarted: false,
  quotaShare: undefined,
  dbSizeBytes: undefined,
  raftIndex: undefined,
  pending: undefined,
  goroutines: undefined,
  gcPauseMaxSeconds: undefined,
  defragsInFlight: undefined,
  snapshotsApplying: undefined,
  gain: undefined,
})

/** An hour of looks every 15 s, spread by a tenth around `ms`. */
const hourAt = (hour: number, ms: number, looks = 240): readonly Look[] =>
  Array.from({ length: looks }, (_, i) => ({
    at: hour + i * 15_000,
    voters: 1,
    logs: undefined,
    members: [member(ms * (0.9 + (0.2 * ((i * 7) % 10)) / 10))],
  }))

/** Learns hour after hour what Status took then. */
const live = (
  from: Baseline,
  hours: number,
  msAt: (at: number) => number | undefined,
): Baseline => {
  let baseline = from
  for (let i = 0; i < hours; i++) {
    const hour = baseline.learnedUntil
    const ms = msAt(hour)
    baseline = learnHour(baseline, hour, ms === undefined ? [] : hourAt(hour, ms))
  }
  return baseline
}

const usual = (baseline: Baseline, at: number, signal: UsualSignal = 'statusMs') =>
  usualOf(baseline, signal, { endpoint: ENDPOINT, at })

const START = emptyBaseline(MONDAY)

test('nothing is usual before anything was learned', () => {
  expect(usual(START, MONDAY)).toBeUndefined()
})

test('after an hour there is a usual, by how many looks it was learned', () => {
  const baseline = live(START, 1, () => 5)
  const other = usual(baseline, MONDAY + 5 * HOUR)
  expect(other).toMatchObject({ learned: 240, from: 'all' })
  expect(other?.median).toBeCloseTo(5, 0)
  expect(other?.high).toBeGreaterThan(other?.median ?? 0)
})

test('a signal that was not seen is not learned', () => {
  expect(
    usual(
      live(START, 48, () => 5),
      MONDAY,
      'pageMs',
    ),
  ).toBeUndefined()
  expect(
    usual(
      live(START, 48, () => 5),
      MONDAY,
      'commitsPerSecond',
    ),
  ).toBeUndefined()
})

const nightly = (at: number): number => (hourOf(at) % DAY === 2 * HOUR ? 50 : 5)

test('after a day the nightly hour has its own usual', () => {
  const baseline = live(START, 24, nightly)
  expect(usual(baseline, MONDAY + DAY + 2 * HOUR)).toMatchObject({ from: 'day', learned: 240 })
  expect(usual(baseline, MONDAY + DAY + 2 * HOUR)?.median).toBeCloseTo(50, -1)
  expect(usual(baseline, MONDAY + DAY + 3 * HOUR)?.median).toBeCloseTo(5, 0)
})

const weekly = (at: number): number => ((at - MONDAY) % WEEK === 6 * DAY ? 80 : 5)

test('after two weeks an hour of the week has its own usual', () => {
  const baseline = live(START, 14 * 24, weekly)
  const sunday = usual(baseline, MONDAY + 2 * WEEK + 6 * DAY)
  expect(sunday).toMatchObject({ from: 'week', learned: 480 })
  expect(sunday?.median).toBeCloseTo(80, -1)
  expect(usual(baseline, MONDAY + 2 * WEEK + DAY)?.median).toBeCloseTo(5, 0)
})

test('an hour in a storm is not learned', () => {
  const baseline = live(START, 7 * 24, () => 5)
  const after = live(baseline, 24, () => undefined)
  expect(after.series).toEqual(baseline.series)
  expect(after.learnedUntil).toBe(baseline.learnedUntil + DAY)
})

test('one bad hour that was taken for calm moves the usual of its hour by a factor of 4 at most', () => {
  const baseline = live(START, 14 * 24, () => 5)
  const bad = live(baseline, 1, () => 50)
  const next = usual(bad, bad.learnedUntil - HOUR + WEEK)
  expect(next?.median).toBeLessThan(20)
  const all = bad.series.get(`${ENDPOINT} statusMs`)?.medians.at(-1)
  expect(all).toBeLessThan(5.2)
})

test('a lasting change is a quarter away after two weeks, and usual after four', () => {
  const baseline = live(START, 28 * 24, () => 5)
  const share = (weeks: number): number => {
    const after = live(baseline, weeks * 7 * 24, () => 20)
    return Math.log((usual(after, after.learnedUntil)?.median ?? 0) / 5) / Math.log(4)
  }
  expect(share(2)).toBeGreaterThan(0.7)
  expect(share(2)).toBeLessThan(0.8)
  expect(share(4)).toBeGreaterThan(0.92)
})

test('an hour is learned once', () => {
  const once = learnHour(START, MONDAY, hourAt(MONDAY, 5))
  expect(learnHour(once, MONDAY, hourAt(MONDAY, 500))).toBe(once)
})

test('an hour of few looks says nothing, one of many weighs as one', () => {
  expect(usual(learnHour(START, MONDAY, hourAt(MONDAY, 5, 10)), MONDAY)).toBeUndefined()
  expect(usual(learnHour(START, MONDAY, hourAt(MONDAY, 5, 1800)), MONDAY)?.learned).toBe(240)
})

test('tens of millions of looks leave a finite number', () => {
  const baseline = live(START, 60 * 24, () => 5)
  expect(usual(baseline, baseline.learnedUntil)?.learned).toBeLessThan(100_000)
  expect(usual(baseline, baseline.learnedUntil)?.median).toBeCloseTo(5, 0)
})
