import { expect, test } from '@jest/globals'
import type { Gain } from '../../src/diagnosis/histogram'
import { looksOf, type Look } from '../../src/diagnosis/window/look'
import { thinned } from '../../src/diagnosis/window/thin'
import type { Trouble } from '../../src/diagnosis/window/trouble'
import { LIMITS, look, member } from '../support/build'

const NOON = Date.UTC(2026, 10, 22, 12)

/** Looks every 15 s at three members whose counters rise; `odd` changes what a member tells at some looks. */
const window = (minutes: number, odd: (i: number) => object = () => ({})): readonly Look[] =>
  looksOf(
    Array.from({ length: minutes * 4 + 1 }, (_, i) =>
      look(
        [1, 2, 3].map((n) =>
          member(n, {
            page: {
              hasLeader: true,
              processStartSeconds: 1,
              proposalsCommitted: 100 * i,
              heartbeatSendFailuresTotal: 0,
              proposalsPending: i % 4,
              walFsync: fsyncs(i),
              peers: new Map([['a9', link(i)]]),
            },
            ...odd(i),
          }),
        ),
        { at: NOON + i * 15_000 },
      ),
    ),
  )

const fsyncs = (i: number): Gain => ({
  edges: [0.001, 0.01],
  counts: [3 * i, 5 * i],
  count: 6 * i,
  sum: i,
})

const link = (i: number) => ({
  roundTrip: undefined,
  sentBytesTotal: 10 * i,
  receivedBytesTotal: 20 * i,
  sentFailuresTotal: 0,
  receivedFailuresTotal: 0,
  disconnectsTotal: 0,
  activeConnections: 2,
})

const total = (
  looks: readonly Look[],
  pick: (one: NonNullable<Look['members'][number]['gain']>) => number,
) =>
  looks
    .flatMap(({ members }) => members.flatMap(({ gain }) => (gain ? [pick(gain)] : [])))
    .reduce((a, b) => a + b, 0)

const thin = (looks: readonly Look[], trouble?: Trouble): readonly Look[] =>
  thinned(looks, { trouble, limits: LIMITS })

test('what a calm window gained is the same when it is thinned, in fewer looks', () => {
  const looks = window(14)
  const thinner = thin(looks)
  expect(looks).toHaveLength(57)
  expect(thinner.length).toBeLessThan(20)
  for (const pick of [
    (gain) => gain.committed ?? 0,
    (gain) => gain.seconds,
    (gain) => gain.walFsync?.count ?? 0,
    (gain) => gain.walFsync?.sum ?? 0,
    (gain) => gain.walFsync?.counts[0] ?? 0,
    (gain) => gain.links.get('a9')?.receivedBytes ?? 0,
  ] satisfies Parameters<typeof total>[1][])
    expect(total(thinner, pick)).toBeCloseTo(total(looks, pick), 6)
})

test('a thinned look tells the state at its end, the most that waited, and connections as they are', () => {
  const [, old] = thin(window(14))
  expect(old?.members[0]).toMatchObject({ pending: 3, isLearner: false })
  expect(old?.members[0]?.gain?.links.get('a9')?.activeConnections).toBe(2)
})

test('the last two minutes stay look by look', () => {
  const looks = window(14)
  expect(thin(looks).slice(-8)).toEqual(looks.slice(-8))
})

test('looks with trouble, and those beside it, stay as they are; calm before and after is put together', () => {
  const looks = window(14)
  const weights = looks.map((_, i) => (i === 20 || i === 22 ? 5 : 0))
  const thinner = thin(looks, { from: 20, to: 22, weights })
  for (const one of looks.slice(19, 24)) expect(thinner).toContain(one)
  expect(thinner.filter(({ at }) => at < (looks[19]?.at ?? 0)).length).toBeLessThan(5)
  const after = thinner.filter(({ at }) => at > (looks[23]?.at ?? 0))
  expect(after.length).toBeLessThan(8 + 5)
  const seconds = (all: readonly Look[]) => total(all, (gain) => gain.seconds)
  expect(seconds(thinner)).toBeCloseTo(seconds(looks), 6)
})

test('what must hold at each look of a time is not put together within it', () => {
  const looks = window(14)
  const limits = { ...LIMITS, wholeLooksMs: 0 }
  const held = looks.filter(
    ({ at }) => at >= (looks.at(-1)?.at ?? 0) - LIMITS.unusualHoldMs - 15_000,
  )
  for (const one of held) expect(thinned(looks, { trouble: undefined, limits })).toContain(one)
})

test.each([
  ['another leader', (i: number) => ({ leaderId: i < 10 ? 'a1' : 'a2' })],
  ['another term', (i: number) => ({ raftTerm: i < 10 ? 2 : 3 })],
])('looks before and after %s are not put together', (_, odd) => {
  const looks = window(14, odd)
  const thinner = thin(looks)
  expect(thinner.map(({ at }) => at)).toContain(looks[9]?.at)
})

test('thinning again changes nothing', () => {
  const once = thin(window(14))
  expect(thin(once)).toBe(once)
})

test('how much is kept look by look, and how much is put together, are limits', () => {
  const looks = window(14)
  const counts = (over: Partial<typeof LIMITS>): number =>
    thinned(looks, { trouble: undefined, limits: { ...LIMITS, ...over } }).length
  expect(counts({ wholeLooksMs: 15 * 60_000 })).toBe(57)
  expect(counts({ thinLookMs: 15_000 })).toBe(57)
  expect(counts({ thinLookMs: 60_000 })).toBeGreaterThan(counts({}))
})
