import { expect, test } from '@jest/globals'
import { judge } from '../../src/diagnosis/judge'
import type { Look } from '../../src/diagnosis/window/look'
import { NO_OUTLOOK } from '../../src/diagnosis/usual/outlook'
import type { Expected, MemberUsual, Outlook } from '../../src/diagnosis/usual/outlook'
import { deviationsOf } from '../../src/diagnosis/usual/unusual'
import { newWatch, watchLook } from '../../src/diagnosis/storm/watcher'
import type { Watch } from '../../src/diagnosis/storm/watcher'
import { LIMITS, settings } from '../support/build'
import { calm, came, endpointOf, fsyncs, gain, ledBy, links, lookAt, merged } from './looks'
import type { MemberOver } from './looks'

const expected = (median: number, over: Partial<Expected> = {}): Expected => ({
  median,
  high: 1.5 * median,
  peak: 2 * median,
  learned: 480,
  from: 'week',
  lately: median,
  ...over,
})

const usualOf = (usual: MemberUsual): Outlook => ({
  usual: new Map([1, 2, 3].map((n) => [endpointOf(n), usual])),
  forecasts: new Map(),
})

const IDLE = usualOf({ fsyncShare: expected(0.01), statusMs: expected(8), pageMs: expected(20) })

/** m1 spends this share of two seconds in fsync, 4 ms each. */
const busy = (share: number): Readonly<Record<number, MemberOver>> => ({
  1: {
    gain: gain({
      walFsync: fsyncs(Math.round((2 * share) / 0.004), 0.004),
      links: links([2, {}], [3, {}]),
    }),
  },
})

/** Two calm minutes, then so many seconds of something else, a look every 5 s. */
const after = (seconds: number, over: Readonly<Record<number, MemberOver>>): readonly Look[] => [
  ...calm(0, 120, 5),
  ...Array.from({ length: seconds / 5 }, (_, i) => lookAt(125 + 5 * i, over)),
]

const signalsFar = (looks: readonly Look[], outlook: Outlook) =>
  deviationsOf(looks, outlook, LIMITS).map(({ name, signal, isNew }) => [name, signal, isNew])

test('a signal far above the usual counts when it has been so for a minute and a half', () => {
  expect(signalsFar(after(80, busy(0.2)), IDLE)).toEqual([])
  expect(signalsFar(after(95, busy(0.2)), IDLE)).toEqual([['m1', 'fsyncShare', true]])
  const dipped = [...after(60, busy(0.2)), lookAt(190), ...after(95, busy(0.2)).slice(-8)]
  expect(
    signalsFar(
      dipped.map((look, i) => ({ ...look, at: i * 5000 })),
      IDLE,
    ),
  ).toEqual([])
})

test.each([
  ['nothing learned', NO_OUTLOOK, 0.25, false],
  ['usually idle', usualOf({ fsyncShare: expected(0.01) }), 0.25, true],
  ['usually idle, below the floor', usualOf({ fsyncShare: expected(0.001) }), 0.14, false],
  ['learned as nothing at all', usualOf({ fsyncShare: expected(0) }), 0.14, false],
  ['usually busy', usualOf({ fsyncShare: expected(0.1) }), 0.25, false],
  ['busy at another hour', usualOf({ fsyncShare: expected(0.01, { peak: 0.2 }) }), 0.25, false],
])('time in fsync, %s', (_, outlook, share, isFar) => {
  expect(signalsFar(after(95, busy(share)), outlook)).toHaveLength(isFar ? 1 : 0)
})

test('what has been so for most of a day is told, and is no precursor any more', () => {
  const lasting = usualOf({ fsyncShare: expected(0.01, { lately: 0.2 }) })
  expect(signalsFar(after(95, busy(0.2)), lasting)).toEqual([['m1', 'fsyncShare', false]])
  expect(watched(after(200, busy(0.2)), lasting).storm.state).toBe('calm')
})

const watched = (looks: readonly Look[], outlook: Outlook): Watch =>
  looks.reduce(
    (watch, _, i) =>
      watchLook(watch, {
        looks: looks.slice(0, i + 1),
        settings: settings({ timeoutsFrom: 'config' }),
        limits: LIMITS,
        outlook,
      }).watch,
    newWatch(0),
  )

test('far from usual raises a watch and never a warning, however long it lasts', () => {
  expect(watched(after(95, busy(0.2)), IDLE).storm.state).toBe('calm')
  expect(watched(after(130, busy(0.2)), IDLE).storm.state).toBe('watch')
  expect(watched(after(800, busy(0.2)), IDLE).storm).toMatchObject({
    state: 'watch',
    worst: 'watch',
  })
  expect(watched(after(130, busy(0.2)), NO_OUTLOOK).storm.state).toBe('calm')
})

test('three elections are a warning whatever was learned', () => {
  const storm = [
    ...calm(0, 60, 5),
    ...[2, 3, 1, 2].flatMap((n, i) =>
      Array.from({ length: 3 }, (_, k) => lookAt(65 + 15 * i + 5 * k, ledBy(n, 3 + i))),
    ),
  ]
  const high = expected(1e9)
  const poisoned = usualOf({ fsyncShare: high, statusMs: high, pageMs: high, roundTripMs: high })
  for (const outlook of [NO_OUTLOOK, IDLE, poisoned])
    expect(watched(storm, outlook).storm.state).toBe('warning')
})

const verdictOf = (looks: readonly Look[], outlook?: Outlook) =>
  judge(looks, { settings: settings({ timeoutsFrom: 'config' }), limits: LIMITS, outlook }).verdict

const causeIn = (looks: readonly Look[], cause: string, outlook?: Outlook) =>
  verdictOf(looks, outlook).causes.find((one) => one.cause === cause)

test('far from usual speaks for its cause, with what is usual and how much was learned', () => {
  const looks = after(130, busy(0.2))
  expect(causeIn(looks, 'disk')?.standing).toBe('ruled-out')
  expect(causeIn(looks, 'disk', IDLE)).toMatchObject({
    standing: 'possible',
    member: endpointOf(1),
    supports: expect.arrayContaining([
      expect.objectContaining({ value: 20, unit: '%', usual: 1, limit: 15, member: 'm1' }),
    ]),
  })
  const { headline, unusual, cause } = verdictOf(looks, IDLE)
  expect(cause).toBe('unknown')
  expect(headline).toContain("m1's time in fsync is 20 %, usually 1 % at this hour of the week")
  expect(unusual).toEqual([expect.stringContaining('learned from 480 looks')])
})

/** Two long fsyncs a look: 800 ms each, Status slow, the page at once. */
const slowDisk = {
  1: {
    status: came(900),
    gain: gain({ walFsync: fsyncs(2, 0.8), links: links([2, {}], [3, {}]) }),
  },
}

test('high by the limit but usual here weakens a cause, unless an election stands for it', () => {
  const looks = after(60, slowDisk)
  const slow = usualOf({ fsyncShare: expected(0.75) })
  expect(causeIn(looks, 'disk')?.standing).toBe('likely')
  expect(causeIn(looks, 'disk', IDLE)?.standing).toBe('likely')
  const weak = causeIn(looks, 'disk', slow)
  expect(weak?.standing).toBe('possible')
  expect(weak?.refutes).toContainEqual(expect.objectContaining({ usual: 75, member: 'm1' }))
  const lost = [...looks, lookAt(185, merged(slowDisk, ledBy(2, 3))), lookAt(190, ledBy(2, 3))]
  expect(causeIn(lost, 'disk', slow)?.standing).toBe('likely')
})

test('without a store a verdict is what it was', () => {
  for (const looks of [calm(0, 60), after(60, slowDisk)])
    expect({ ...verdictOf(looks, NO_OUTLOOK), names: 0 }).toEqual({ ...verdictOf(looks), names: 0 })
})

const filling = (hours: number, confidence: 'good' | 'fair' = 'good'): Outlook => ({
  usual: new Map(),
  forecasts: new Map([
    [
      endpointOf(2),
      {
        timeToQuotaMs: hours * 3_600_000,
        confidence,
        growthBytesPerHour: 100 * 1024 ** 2,
        of: 'file',
        overMs: 24 * 3_600_000,
      },
    ],
  ]),
})

test.each([
  [3, 'good', 'watch', 'space', 'critical'],
  [3, 'fair', 'watch', 'space', 'warning'],
  [20, 'good', 'watch', 'space', 'warning'],
  [30, 'good', 'calm', 'none', 'ok'],
] as const)(
  'a database %i h from its quota (%s) is %s: %s, %s',
  (hours, confidence, state, cause, severity) => {
    const looks = calm(0, 60, 5)
    expect(watched(looks, filling(hours, confidence)).storm.state).toBe(state)
    const verdict = verdictOf(looks, filling(hours, confidence))
    expect([verdict.cause, verdict.severity]).toEqual([cause, severity])
  },
)

test('a forecast is told with its growth, and with what of the disk cannot be seen', () => {
  const { headline, member, unseen, causes } = verdictOf(calm(0, 60, 5), filling(5))
  expect(headline).toBe(
    "Storm watch: m2's database reaches its quota in about 5 h: the file grows by 100 MiB an hour (seen over 24 h, steady)",
  )
  expect(member).toBe(endpointOf(2))
  expect(unseen.join()).toContain('not of its write-ahead log')
  expect(causes[0]?.supports).toContainEqual({
    name: 'time to the quota',
    value: 5,
    unit: 'h',
    limit: 24,
    member: 'm2',
  })
})

test('beside elections a database that fills up is possible, and not the cause', () => {
  const looks = [...calm(0, 60, 5), lookAt(65, ledBy(2, 3)), lookAt(70, ledBy(2, 3))]
  expect(causeIn(looks, 'space', filling(5))?.standing).toBe('possible')
})

test('a disk that is usually busy, and does nothing but wait now, is slow', () => {
  const looks = after(60, slowDisk).slice(-10) // no calm part to compare with
  const busyDisk = usualOf({ fsyncShare: expected(0.4, { high: 0.5 }) })
  expect(causeIn(looks, 'disk', busyDisk)?.standing).toBe('likely')
})
