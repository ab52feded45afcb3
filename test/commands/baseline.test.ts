import { expect, test } from '@jest/globals'
import { baseline } from '../../commands/baseline'
import { emptyBaseline, hourOf, learnHour } from '../../src/diagnosis/usual/baseline'
import { looksOf } from '../../src/diagnosis/window/look'
import { GIB, look, member } from '../support/build'
import { HOUR } from '../watch/story'
import { NOW, cells, scene } from './kept'

const fsyncing = (at: number, msPerSync: number, i: number) =>
  look(
    [1, 2, 3].map((n) =>
      member(n, {
        page: {
          hasLeader: true,
          walFsync: {
            edges: [1],
            counts: [10 * i],
            count: 10 * i,
            sum: (10 * i * msPerSync) / 1000,
          },
          quotaBytes: GIB,
        },
      }),
    ),
    { at },
  )

test('baseline shows what is usual beside now, what is above it, and how much was learned', async () => {
  const hour = hourOf(NOW) - HOUR
  const before = looksOf(Array.from({ length: 240 }, (_, i) => fsyncing(hour + i * 15_000, 2, i)))
  const learned = learnHour(emptyBaseline(0), hour, before)
  const now = looksOf([fsyncing(NOW - 20_000, 8, 0), fsyncing(NOW - 5000, 8, 1)])
  const { tools, ask } = scene({ baseline: learned, looks: now })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer.headline).toMatch(
    /^Production: mean fsync on m\d is 8 ms, usually 2 ms \(4 ×\); \d more signals far above their usual\.$/,
  )
  const [first] = cells(answer).filter((row) => row[1] === 'mean fsync')
  expect(first).toEqual([
    'm1',
    'mean fsync',
    '8 ms',
    '2 ms',
    '2 ms',
    '239 looks',
    'this hour of the week',
  ])
})

const learnedDay = (hours: readonly number[]) =>
  hours.reduce((learned, hour) => {
    const from = hourOf(NOW) - 24 * HOUR + hour * HOUR
    const msPerSync = new Date(from).getUTCHours() < 6 ? 4 : 2
    const looks = Array.from({ length: 40 }, (_, i) => fsyncing(from + i * 15_000, msPerSync, i))
    return learnHour(learned, from, looksOf(looks))
  }, emptyBaseline(0))

const HOURS_OF_DAY = Array.from({ length: 24 }, (_, hour) => hour)

test('baseline draws the usual of the day against now, of what is farthest above it', async () => {
  const now = looksOf([fsyncing(NOW - 20_000, 8, 0), fsyncing(NOW - 5000, 8, 1)])
  const { tools, ask } = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: now })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer).toMatchObject({ severity: 'warning', action: { ask: 'diagnose prod' } })
  const [chart] = answer.charts ?? []
  expect(chart).toMatchObject({
    title: 'mean fsync on m1',
    yTitle: 'ms',
    xTitle: 'hour of the day, UTC; now 13:00',
  })
  expect(chart?.labels).toEqual(
    HOURS_OF_DAY.filter((hour) => hour % 2 === 0).map((hour) => `${hour}:00`.padStart(5, '0')),
  )
  const [shown, usual] = chart?.series ?? []
  expect(shown?.values).toEqual(Array.from({ length: 12 }, () => 8))
  expect(usual?.values).toEqual([4, 4, 4, ...Array.from({ length: 9 }, () => 2)])
})

test('where all is usual the slowest disk is drawn, and nothing before half a day was learned', async () => {
  const now = looksOf([fsyncing(NOW - 20_000, 2, 0), fsyncing(NOW - 5000, 2, 1)])
  const usual = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: now })
  const answer = await baseline.run(usual.ask('prod'), usual.tools)
  expect(answer).toMatchObject({
    severity: 'ok',
    headline: 'Production is as usual at this hour.',
    charts: [{ title: expect.stringMatching(/^mean fsync on m\d$/) }],
  })
  const young = scene({ baseline: learnedDay([20, 21, 22, 23]), looks: now })
  expect((await baseline.run(young.ask('prod'), young.tools)).charts).toEqual([])
})

test('a member that was not read now is not as usual: it is unseen', async () => {
  const before = fsyncing(NOW - 20_000, 2, 0)
  const lost = look([member(1), member(2), member(3, { lost: 'refused' })], { at: NOW - 5000 })
  const { tools, ask } = scene({
    baseline: learnedDay(HOURS_OF_DAY),
    looks: looksOf([before, lost]),
  })
  expect((await baseline.run(ask('prod'), tools)).unseen).toEqual([
    "m3's metrics page now (refused)",
  ])
  const blind = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: [] })
  expect(await baseline.run(blind.ask('prod'), blind.tools)).toMatchObject({ severity: 'unknown' })
})

test('an empty baseline is learning', async () => {
  const { tools, ask } = scene({ looks: looksOf([fsyncing(NOW - 5000, 2, 1)]) })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer.headline).toBe('Production: nothing is known to be usual yet.')
  expect(answer.facts[0]).toContain('Nothing was learned yet')
})
