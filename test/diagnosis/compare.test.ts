import { describe, expect, test } from '@jest/globals'
import { changeOf, rareChange } from '../../src/diagnosis/compare/change'
import { compare } from '../../src/diagnosis/compare/compare'
import type { ComparedWindow } from '../../src/diagnosis/compare/compare'
import { compareAnswer } from '../../src/diagnosis/compare/words'
import {
  binomialAtMost,
  normalQuantile,
  studentQuantile,
} from '../../src/diagnosis/compare/counting'
import type { Story } from '../../src/diagnosis/storm/story'
import { chance, looksAt } from '../store/looks'
import { CHANGE, HOUR, MINUTE, story } from './shifts'

describe('counting agrees with the tables', () => {
  test.each([
    [0, 5, 0.5, 0.03125],
    [1, 10, 0.5, 0.0107421875],
    [3, 20, 0.2, 0.4114489],
    [50, 100, 0.5, 0.5397946],
  ])('%d or fewer of %d at %d: %d', (k, n, p, expected) => {
    expect(binomialAtMost(k, n, p)).toBeCloseTo(expected, 6)
  })

  test('quantiles', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 4)
    expect(studentQuantile(0.975, 10)).toBeCloseTo(2.228139, 2)
    expect(studentQuantile(0.975, 22)).toBeCloseTo(2.073873, 3)
  })
})

/** Twelve blocks of two hours each, with these counts. */
const day = (...counts: readonly number[]) =>
  Array.from({ length: 12 }, (_, i) => ({ counted: counts[i] ?? 0, of: 7200 }))

describe('few events', () => {
  test.each([
    [5, 0, 'too little seen', 2 / 32],
    [6, 0, 'better', 2 / 64],
    [0, 6, 'worse', 2 / 64],
    [9, 1, 'better', (2 * 11) / 1024],
  ] as const)('%d before and %d after are %s', (before, after, judgement, p) => {
    const spread = (count: number) =>
      day(...Array.from({ length: count }, (_, i) => (i === 0 && count > 12 ? count - 11 : 1)))
    const change = rareChange(spread(before), spread(after), 0.05)
    expect(change.judgement).toBe(judgement)
    expect(change.chance).toBeCloseTo(p, 9)
  })

  test('none in either window is the same', () => {
    expect(rareChange(day(), day(), 0.05)).toMatchObject({ judgement: 'same', chance: 1 })
  })

  test('what is missing is as long as the split needs: 5 and none want 2.1 times the window', () => {
    const { missing } = rareChange(day(1, 1, 1, 1, 1), day(), 0.05)
    expect(missing).toBeCloseTo(86_400 * (0.025 ** (-1 / 5) - 2), -1)
  })

  test('a burst of twelve is one event, twelve through the day are twelve', () => {
    const burst = rareChange(day(0, 0, 12), day(), 0.05)
    expect(burst).toMatchObject({ judgement: 'too little seen', events: { before: 1, after: 0 } })
    expect(rareChange(day(...Array(12).fill(1)), day(), 0.05).judgement).toBe('better')
  })

  test('one event before is never enough within reach', () => {
    expect(rareChange(day(1), day(), 0.05).missing).toBeUndefined()
  })
})

describe('many events', () => {
  const SINGLE = { error: 0.05, isPaired: false }

  const noisy = (seed: number, rate: number) => {
    const random = chance(seed)
    return Array.from({ length: 12 }, () => ({
      counted: Math.round(10_000 * rate * (0.7 + 0.6 * random())),
      of: 10_000,
    }))
  }

  test('blocks that vary by a third are seldom called a change, though p-values of single counts would be', () => {
    const called = Array.from({ length: 300 }, (_, i) =>
      changeOf(noisy(2 * i + 1, 0.02), noisy(2 * i + 2, 0.02), SINGLE),
    ).filter(({ judgement }) => judgement === 'better' || judgement === 'worse')
    expect(called.length).toBeLessThanOrEqual(15)
  })

  test('twice as many is worse, half as many better, as many the same', () => {
    expect(changeOf(noisy(1, 0.02), noisy(2, 0.04), SINGLE).judgement).toBe('worse')
    expect(changeOf(noisy(1, 0.02), noisy(2, 0.01), SINGLE).judgement).toBe('better')
    expect(changeOf(noisy(1, 0.02), noisy(2, 0.02), SINGLE).judgement).toBe('same')
  })

  test('a tenth more is no news however sure it is', () => {
    const steady = (rate: number) =>
      Array.from({ length: 12 }, () => ({ counted: 10_000 * rate, of: 10_000 }))
    expect(changeOf(steady(0.2), steady(0.22), SINGLE).judgement).toBe('same')
  })

  test('the rhythm of the day is no spread where both windows have it', () => {
    const rhythm = (times: number) =>
      Array.from({ length: 12 }, (_, i) => ({
        counted: Math.round(times * 200 * (1 + 0.8 * Math.sin((Math.PI * i) / 6))) + (i % 3),
        of: 10_000,
      }))
    expect(changeOf(rhythm(1), rhythm(1.02), SINGLE).judgement).toBe('too little seen')
    const paired = { error: 0.05, isPaired: true }
    expect(changeOf(rhythm(1), rhythm(1.02), paired).judgement).toBe('same')
    expect(changeOf(rhythm(1), rhythm(1.5), paired).judgement).toBe('worse')
  })

  test('two blocks tell no spread', () => {
    expect(changeOf(noisy(1, 0.02).slice(0, 2), noisy(2, 0.2), SINGLE).judgement).toBe(
      'too little seen',
    )
  })
})

const window = (hoursBack: number, seed: number, slow = 1): ComparedWindow => {
  const from = CHANGE - hoursBack * HOUR
  return {
    span: { from, to: from + 12 * HOUR },
    looks: looksAt({ from: from + MINUTE, looks: 143, everySeconds: 300, seed, slow }),
    reachMs: 7.5 * MINUTE,
  }
}

const answer = (
  before: ComparedWindow,
  after: ComparedWindow,
  stories: readonly Story[] = [],
): ReturnType<typeof compareAnswer> =>
  compareAnswer({
    at: CHANGE,
    title: 'Production',
    what: 'the last 12 h',
    comparison: compare(before, after, stories),
  })

const single = (hoursAgo: number): Story =>
  story({
    id: `e${hoursAgo}`,
    kind: 'elections',
    elections: 1,
    since: CHANGE - hoursAgo * HOUR,
    until: CHANGE,
  })

describe('did the fix work', () => {
  test('a disk that is three times as fast is better, and said first', () => {
    const { headline, severity } = answer(window(24, 1, 3), window(12, 2))
    expect(headline).toMatch(
      /^Production: better\. (Time in fsync|Slow fsyncs|Slow commits) of etcd-\d: /,
    )
    expect(severity).toBe('ok')
    expect(answer(window(24, 1), window(12, 2, 3)).severity).toBe('warning')
  })

  test('days like each other are not called a change', () => {
    for (const seed of [1, 3, 5])
      expect(answer(window(24, seed), window(12, seed + 1)).headline).toMatch(
        /^Production: (the same|too little seen to say)\. No election in the last 12 h, none in the 12 h before/,
      )
  })

  test('half the writes in half the time is no repair', () => {
    const idle = {
      ...window(12, 2),
      looks: looksAt({
        from: CHANGE - 12 * HOUR + MINUTE,
        looks: 143,
        everySeconds: 300,
        seed: 2,
        load: 20,
      }),
    }
    const told = answer(window(24, 1), idle)
    expect(told.headline).not.toMatch(/better/)
    expect(told.facts.join(' ')).toMatch(
      /Writes: [\d.]+\/s, [\d.]+\/s before\. Time in fsync follows them and is not judged\./,
    )
  })

  test('elections that ceased are told with their chance', () => {
    const before = [13, 14, 15.5, 17, 18, 19.5, 21, 22, 23].map(single)
    const told = answer(window(24, 1), window(12, 2), before)
    expect(told.headline).toBe(
      'Production: better. No election in the last 12 h, 9 in the 12 h before; chance alone does that once in 256 cases.',
    )
  })

  test('too few are too few, and what is missing is said', () => {
    const told = answer(window(24, 1), window(12, 2), [14, 17, 19, 21, 23].map(single))
    expect(told).toMatchObject({ severity: 'unknown' })
    expect(told.headline).toBe(
      'Production: too little seen to say. No election in the last 12 h, 5 in the 12 h before.',
    )
    expect(told.facts[0]).toBe(
      'To be sure: 65 min more without an election would be called better.',
    )
  })

  test('a window that nobody saw says nothing, however calm its record', () => {
    const blind = { ...window(12, 2), looks: [] }
    const told = answer(window(24, 1), blind, [13, 14, 15, 16, 17, 18, 19, 20].map(single))
    expect(told).toMatchObject({ severity: 'unknown', tables: [] })
    expect(told.unseen[0]).toMatch(/^100 % of the time .* nobody looked$/)
  })

  test('one storm before is one event', () => {
    const storm = story({ since: CHANGE - 15 * HOUR, until: CHANGE - 14.6 * HOUR })
    const told = answer(window(24, 1), window(12, 2), [storm])
    expect(told.facts[0]).toBe(
      'The 12 elections came in bursts and count as 1: one storm is one event, however many elections it has.',
    )
  })
})
