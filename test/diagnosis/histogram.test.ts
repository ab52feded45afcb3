import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  countOver,
  gainOf,
  longestOver,
  quantileOf,
  sayQuantile,
  shareOfTime,
  sumOf,
} from '../../src/diagnosis/histogram'
import { fsyncs, gainOfSeconds } from './looks'

const seconds = fc.array(fc.double({ min: 0.0001, max: 20, noNaN: true }), { maxLength: 200 })

describe('a windowed histogram', () => {
  test('its quantile lies in the bucket that the true value lies in', () => {
    fc.assert(
      fc.property(seconds, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, q) => {
        fc.pre(all.length > 0)
        const said = quantileOf(gainOfSeconds(all), q)
        const sorted = all.toSorted((a, b) => a - b)
        const rank = all.length * (1 - q) < 1 ? all.length : q * all.length
        const truth = sorted[Math.ceil(rank) - 1] ?? 0
        expect(truth).toBeGreaterThan((said?.over ?? 0) - 1e-12)
        expect(truth).toBeLessThanOrEqual(said?.upTo ?? Infinity)
      }),
    )
  })

  test('its gain is what came between two pages, and all of it after a restart', () => {
    fc.assert(
      fc.property(seconds, seconds, (before, after) => {
        const first = gainOfSeconds(before)
        const second = gainOfSeconds([...before, ...after])
        expect(gainOf(first, second, false)).toMatchObject({
          count: after.length,
          counts: gainOfSeconds(after).counts,
        })
        expect(gainOf(first, gainOfSeconds(after), true)?.count).toBe(after.length)
      }),
    )
  })

  test('a counter that fell began anew, told or not', () => {
    expect(gainOf(fsyncs(100, 0.001), fsyncs(3, 0.001), false)?.count).toBe(3)
  })

  test('its sum over steps is the sum over the whole', () => {
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const whole = gainOfSeconds([...a, ...b])
        const summed = sumOf([gainOfSeconds(a), undefined, gainOfSeconds(b)])
        expect(summed?.counts).toEqual(whole.counts)
        expect(summed?.count).toBe(whole.count)
      }),
    )
  })

  test('cumulative counts never fall from edge to edge, however the page was read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }),
        fc.nat(60),
        (counts, count) => {
          const torn = gainOf(undefined, { edges: [1, 2, 3, 4, 5], counts, count, sum: 1 }, false)
          const cumulative = torn?.counts ?? []
          expect(cumulative).toEqual(cumulative.toSorted((a, b) => a - b))
          expect(Math.max(0, ...cumulative)).toBeLessThanOrEqual(count)
        },
      ),
    )
  })

  test('a count over a limit inside a bucket counts only what is surely over it', () => {
    const gain = gainOfSeconds([0.3, 0.4, 0.6, 1.5])
    expect(countOver(gain, 0.5)).toBe(2)
    expect(countOver(gain, 0.512)).toBe(2)
    expect(countOver(gain, 30)).toBe(0)
  })

  test('the longest is said by the last edge that was passed', () => {
    expect(longestOver(gainOfSeconds([0.001, 0.7]))).toBeCloseTo(0.512)
    expect(longestOver(gainOfSeconds([100]))).toBeCloseTo(8.192)
    expect(longestOver(undefined)).toBe(0)
  })

  test('no data is no quantile, and no zero latency', () => {
    expect(quantileOf(gainOfSeconds([]), 0.99)).toBeUndefined()
    expect(quantileOf(undefined, 0.99)).toBeUndefined()
    expect(shareOfTime(undefined, 2)).toBeUndefined()
  })

  test('parallel work cannot fill more than all the time', () => {
    expect(shareOfTime(fsyncs(10, 1), 2)).toBe(1)
  })
})

test.each([
  [fsyncs(4210, 0.01), 0.99, 'p99 in 8–16 ms, n = 4210'],
  [fsyncs(12, 30), 0.99, 'maximum over 8.192 s, n = 12'],
  [fsyncs(99, 0.0005), 0.99, 'maximum in 0–1 ms, n = 99'],
  [fsyncs(100, 1.5), 0.99, 'p99 in 1.024–2.048 s, n = 100'],
  [fsyncs(1000, 0.0005), 0.999, 'p99.9 in 0–1 ms, n = 1000'],
])('a quantile is said as an interval with its sample size', (gain, q, said) => {
  const quantile = quantileOf(gain, q)
  expect(quantile && sayQuantile(quantile)).toBe(said)
})
