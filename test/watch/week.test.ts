import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Handoff } from '../../src/diagnosis/shift/handoff'
import { detailsOf } from '../../src/diagnosis/shift/handoff-details'
import { linesOf } from '../../src/diagnosis/shift/handoff-words'
import { plainLine } from '../../src/diagnosis/line'
import type { Span } from '../../src/diagnosis/shift/facts'
import { openStore, type Store } from '../../src/store/store'
import { startRedis, until, type TestRedis } from '../support/redis'
import { configOf, openWeek, type Week } from './week'

const HOUR = 3_600_000
/** Monday, 08:00 UTC; the clocks of Europe are set back on the Sunday. */
const MONDAY = Date.UTC(2026, 9, 19, 8)
const change = (shifts: number): number => MONDAY + shifts * 12 * HOUR

let redis: TestRedis
let store: Store
let week: Week
const handed: Handoff[] = []
/** What was told at each change, by its number. */
const told = new Map<number, readonly string[]>()

const PROD = configOf('prod')
const STAGING = configOf('staging', {
  maintenance: [
    { cron: '0 12 * * FRI', durationMs: HOUR, timezone: 'UTC', reason: 'node updates' },
  ],
})
const BOTH = [PROD, STAGING]

const tell = async (span: Span, clusters = BOTH, zone?: string): Promise<readonly string[]> => {
  week.now = span.to
  const handoff = await week.history.handoff(clusters, span)
  handed.push(handoff)
  return linesOf(handoff, zone).map(plainLine)
}

const handOver = async (shift: number): Promise<void> => {
  told.set(shift, await tell({ from: change(shift - 1), to: change(shift) }))
}

const MINUTE = 60_000

/** Both clusters are calm until a change, and looked at right before it. */
const calmTo = async (shift: number, names: readonly string[] = ['prod', 'staging']) => {
  for (const name of names) {
    await week.calm(name, change(shift) - 15_000)
    await week.look(name)
  }
}

beforeAll(async () => {
  redis = await startRedis()
  store = openStore(redis.url, { replica: 'r1', now: Date.now })
  await until(() => store.trouble() === undefined)
  week = openWeek(store, MONDAY)
  // Monday and its night: nothing
  await calmTo(1)
  await handOver(1)
  await calmTo(2)
  await handOver(2)
  // Tuesday: a disk stalls once
  await week.calm('prod', change(2) + 6 * HOUR)
  await week.fault('prod', 'disk-leader-1500ms-3.5.30')
  await calmTo(3)
  await handOver(3)
  await calmTo(4)
  await handOver(4)
  // Wednesday: the same disk, twice; staging grows
  await week.calm('prod', change(4) + 2 * HOUR)
  await week.fault('prod', 'disk-leader-1500ms-3.5.30')
  await week.calm('prod', change(4) + 7 * HOUR)
  await week.fault('prod', 'disk-leader-1500ms-3.5.30')
  await week.calm('staging', change(5) - MINUTE, { growth: 120 * 1024 ** 2 })
  await calmTo(5)
  await handOver(5)
  // The night: the leader is moved on purpose; nobody looks for an hour
  for (const name of ['prod', 'staging']) {
    await week.calm(name, change(5) + 3 * HOUR)
    week.skip(name, change(5) + 4 * HOUR)
  }
  await week.fault('prod', 'move-leader-3.5.30')
  await calmTo(6)
  await handOver(6)
  // Thursday: quorum is lost minutes before the change, and nobody has it
  await calmTo(7, ['staging'])
  await week.calm('prod', change(7) - 30 * MINUTE)
  await week.fault('prod', 'quorum-lost-3.5.30', { cutAfter: 30 })
  week.now = change(7) - 15_000
  await week.look('prod')
  await handOver(7)
  // It is taken and noted, staging is silenced; it goes on until after the next change
  week.now = change(7) + 5 * MINUTE
  await week.take('prod', 'U8')
  await store.notes.add({
    cluster: 'prod',
    at: week.now,
    by: 'U8',
    text: 'racks 3 and 4 lost power; the data centre says back by 09:00',
  })
  await store.silences.add({
    cluster: 'staging',
    from: week.now,
    until: change(8) + 2 * HOUR,
    by: 'U8',
    reason: 'load test',
  })
  await calmTo(8, ['staging'])
  for (week.now = change(7) + 10 * MINUTE; week.now < change(8); week.now += 5 * MINUTE)
    await week.look('prod')
  await handOver(8)
  // Friday: Stormwatch is down
  week.skip('prod', change(9))
  week.skip('staging', change(9))
  await handOver(9)
  // Saturday night in Zurich, where the clock is set back: thirteen hours
  week.skip('staging', ZURICH.from - 13 * HOUR)
  await week.calm('staging', ZURICH.to - 15_000)
  await week.look('staging')
  told.set(0, await tell(ZURICH, [STAGING], 'Europe/Zurich'))
}, 120_000)

const ZURICH = { from: Date.UTC(2026, 9, 24, 18), to: Date.UTC(2026, 9, 25, 7) }

afterAll(async () => {
  await store.close()
  await redis.close()
})

const lines = (shift: number): readonly string[] => told.get(shift) ?? []

test('a quiet shift takes two lines, also after one that was not', () => {
  expect(lines(1)).toEqual([
    'Handoff of prod and staging, Mon 19 Oct 08:00 to 20:00 UTC: quiet.',
    'Seen throughout, both clusters. No election; shift before: not all seen.',
  ])
  expect(lines(4)).toEqual([
    'Handoff of prod and staging, Tue 20 Oct 20:00 to Wed 21 Oct 08:00 UTC: quiet.',
    'Seen throughout, both clusters. No election; shift before: 1 storm watch, 3 elections.',
  ])
})

test('a storm that is over may come again, and one that came twice will', () => {
  expect(lines(3)).toEqual([
    'Handoff of prod and staging, Tue 20 Oct 08:00 to 20:00 UTC: no storm open.',
    'Start here: prod had a storm watch until 14:21 (45.5 s, 3 elections, disk on m1): over, but its cause may still be there. Next: stormwatch storms prod',
    'Counted: 1 storm watch, 3 elections; shift before: no election.',
  ])
  expect(lines(5)).toEqual([
    'Handoff of prod and staging, Wed 21 Oct 08:00 to 20:00 UTC: no storm open.',
    'Start here: staging: m1’s database takes 90.2 % of 2 GiB, growing 120 MiB an hour: full in about 100 min. Next: stormwatch writers staging',
    'Watch: prod had 2 storm watches, each disk on m1, the last until 15:21: expect another.',
    'Counted: 2 storm watches, 6 elections; shift before: no election.',
  ])
})

test('what was planned is no storm, and an hour without a look is not quiet', () => {
  expect(lines(6)).toEqual([
    'Handoff of prod and staging, Wed 21 Oct 20:00 to Thu 22 Oct 08:00 UTC: no storm open.',
    'Counted: 1 planned election; shift before: 2 storm watches, 6 elections; usual in 12 h: 3 elections.',
    'Not seen: nobody looked at prod and staging 23:00 to 00:00.',
  ])
})

test('a storm that is open at the change is where to start', () => {
  expect(lines(7)).toEqual([
    'Handoff of prod and staging, Thu 22 Oct 08:00 to 20:00 UTC: 1 storm open.',
    'Start here: prod has been in a storm since 19:50 (9.4 min, quorum-lost); nobody has taken it. Next: stormwatch diagnose prod',
    'Counted: 1 storm; shift before: 1 planned election; usual in 12 h: 2 elections.',
    'Not seen: m2 and m3 of prod gave no answer for 5 min.',
  ])
})

test('one that was taken names who, with silence, maintenance and note of the next shift', () => {
  expect(lines(8)).toEqual([
    'Handoff of prod and staging, Thu 22 Oct 20:00 to Fri 23 Oct 08:00 UTC: 1 storm open.',
    'Start here: prod has been in a storm since 19:50 (12.2 h, quorum-lost); taken by U8 at 20:05. Next: stormwatch diagnose prod',
    'Counted: a storm from before; shift before: 1 storm; usual in 12 h: 2 elections.',
    'Silenced: staging until 10:00 by U8 (load test).',
    'Maintenance: staging 12:00 to 13:00 (node updates).',
    'Not seen: nobody looked at prod 20:00 to 20:10; m2 and m3 of prod gave no answer for 11.8 h.',
    'Notes: prod 20:05 U8 “racks 3 and 4 lost power; the data centre says back by 09:00”.',
  ])
})

test('its line links to its message', () => {
  const [start] = handed.flatMap((one) => (one.start?.is === 'storm' ? [one.start] : []))
  expect(start?.link).toMatch(/^https:\/\/slack\.com\/archives\/C1\/p\d+$/)
})

test('a shift that nobody saw is not quiet: it says so, and how things stood at the last look', () => {
  expect(lines(9)).toEqual([
    'Handoff of prod and staging, Fri 23 Oct 08:00 to 20:00 UTC: nothing was seen.',
    'Start here: Stormwatch has not looked at prod since 07:55. Next: stormwatch status prod',
    'Watch: Stormwatch has not looked at staging since 07:59.',
    'Watch: prod was in a storm at the last look, 07:55, since Thu 22 Oct 19:50 (quorum-lost); taken by U8.',
    'Not seen: no look at prod and staging was kept, so nothing can be said, good or bad.',
  ])
  expect(handed[8]).toMatchObject({ kind: 'unseen', severity: 'critical' })
})

test('a night in which the clock is set back has thirteen hours, all of them seen', () => {
  expect(lines(0)).toEqual([
    'Handoff of staging, Sat 24 Oct 20:00 CEST to Sun 25 Oct 08:00 CET (18:00 to 07:00 UTC): quiet.',
    'Seen throughout. No election; shift before: no election; usual in 13 h: almost none.',
  ])
  expect(handed.at(-1)?.clusters[0]?.sight).toMatchObject({ slots: 156, seen: 156 })
})

test('a past shift is told as it was, and says so of its storm', async () => {
  const past = async (shift: number): Promise<readonly string[]> => {
    const span = { from: change(shift - 1), to: change(shift) }
    return linesOf(await week.history.handoff(BOTH, span)).map(plainLine)
  }
  expect(await past(3)).toEqual(lines(3))
  expect(await past(4)).toEqual(lines(4))
  expect((await past(7))[1]).toBe(
    'Start here: prod was in a storm at the end, since 19:50 (9.4 min, quorum-lost); nobody had taken it. Next: stormwatch diagnose prod',
  )
})

test('each is read aloud within a minute, at 150 words', () => {
  for (const report of told.values()) {
    expect(report.join(' ').split(/\s+/).length).toBeLessThanOrEqual(150)
    expect(report.length).toBeLessThanOrEqual(12)
  }
})

test('the details hold what the lines sum up', () => {
  const { charts, tables } = detailsOf(handed[4] ?? never())
  const [elections] = charts[0]?.series ?? []
  expect(elections?.values.reduce((sum, count) => sum + count, 0)).toBe(6)
  expect(tables.map(({ title, rows }) => [title, rows.length])).toEqual([
    ['Clusters', 2],
    ['Storms', 2],
  ])
  expect(tables[0]?.rows[0]?.map(({ text }) => text).slice(0, 6)).toEqual([
    'prod',
    '100 %',
    '2',
    '6',
    '0',
    '0',
  ])
})

const never = (): never => {
  throw new Error('no handoff was made')
}
