import { expect, test } from '@jest/globals'
import { forecastOf } from '../../src/diagnosis/usual/forecast'
import type { SizePoint } from '../../src/diagnosis/usual/forecast'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MIB = 1024 ** 2
const QUOTA = 2048 * MIB
const NOW = Date.UTC(2026, 10, 16, 12)

type At = (hoursAgo: number) => number

/** A point every five minutes for so many hours, the last one now; sizes in MiB. */
const sizes = (hours: number, file: At, inUse?: At): readonly SizePoint[] =>
  Array.from({ length: hours * 12 + 1 }, (_, i) => {
    const ago = hours - i / 12
    return {
      at: NOW - ago * HOUR,
      fileBytes: file(ago) * MIB,
      inUseBytes: inUse && inUse(ago) * MIB,
    }
  })

/** Hours to the quota, to a tenth. */
const hoursOf = (points: readonly SizePoint[], quota: number | undefined = QUOTA) => {
  const { timeToQuotaMs, confidence } = forecastOf(points, quota, NOW)
  return [timeToQuotaMs && Math.round((10 * timeToQuotaMs) / HOUR) / 10, confidence]
}

test('a file that grows steadily reaches its quota when the line does', () => {
  expect(hoursOf(sizes(24, (ago) => 1548 - 50 * ago))).toEqual([10, 'good'])
  expect(hoursOf(sizes(24, (ago) => 1648 - 10 * ago))).toEqual([40, 'good'])
})

test('growth is told in bytes an hour', () => {
  const { growthBytesPerHour, of, overMs } = forecastOf(
    sizes(24, (ago) => 1548 - 50 * ago),
    QUOTA,
    NOW,
  )
  expect(growthBytesPerHour).toBeCloseTo(50 * MIB, -3)
  expect(of).toBe('file')
  expect(overMs / HOUR).toBeGreaterThan(5)
})

test('a writer gone mad half an hour to its quota is told after an hour, though the day before was flat', () => {
  const points = sizes(24, (ago) => 448 + (ago < 1 ? 1200 * (1 - ago) : 0))
  expect(hoursOf(points)).toEqual([expect.closeTo(0.3, 0), 'fair'])
})

test('growth that ended says nothing of the hours to come', () => {
  expect(hoursOf(sizes(24, (ago) => (ago < 4 ? 1500 : 1500 - 60 * (ago - 4))))[0]).toBeUndefined()
})

test('growth that levels off is not drawn on as a line', () => {
  expect(hoursOf(sizes(6, (ago) => 1500 - 400 * Math.exp((ago - 6) / 1)))[0]).toBeUndefined()
})

test('one jump is no growth', () => {
  expect(hoursOf(sizes(24, (ago) => (ago > 11 ? 800 : 1900)))[0]).toBeUndefined()
})

test('a flat database never arrives, and its growth is told as none', () => {
  const flat = forecastOf(
    sizes(24, () => 900),
    QUOTA,
    NOW,
  )
  expect(flat).toMatchObject({
    timeToQuotaMs: undefined,
    growthBytesPerHour: 0,
    confidence: 'good',
  })
})

test('waves of what is in use between compactions are no growth', () => {
  const wave = (ago: number) => 600 + 300 * (1 - (ago % 2) / 2)
  expect(hoursOf(sizes(24, () => 1000, wave))[0]).toBeUndefined()
})

test('a file with room inside arrives when what is in use does', () => {
  const wave = (ago: number) => 1248 - 40 * ago + 60 * (1 - (ago % 1))
  const points = sizes(24, () => 1700, wave)
  const forecast = forecastOf(points, QUOTA, NOW)
  expect(forecast.of).toBe('in use')
  expect((forecast.timeToQuotaMs ?? 0) / HOUR).toBeGreaterThan(17)
  expect((forecast.timeToQuotaMs ?? 0) / HOUR).toBeLessThan(22)
})

test('after a defragmentation only what came after it counts', () => {
  const points = sizes(24, (ago) => (ago > 8 ? 2000 - 10 * (ago - 8) : 700 - 10 * ago))
  expect(hoursOf(points)[0]).toBeUndefined() // 135 h ahead, from eight hours seen
  const quick = sizes(24, (ago) => (ago > 8 ? 2000 : 1800 - 20 * ago))
  expect(hoursOf(quick)).toEqual([12.4, 'good'])
})

test('less than an hour, a gap until now or no point at all is too little', () => {
  expect(hoursOf(sizes(24, (ago) => 1548 - 50 * ago).slice(-8))).toEqual([
    undefined,
    'too little seen',
  ])
  expect(hoursOf([])).toEqual([undefined, 'too little seen'])
  const old = sizes(24, (ago) => 1548 - 50 * ago).filter(({ at }) => at < NOW - HOUR)
  expect(hoursOf(old)).toEqual([undefined, 'too little seen'])
})

test('without a quota growth is told and no time', () => {
  const { timeToQuotaMs, growthBytesPerHour } = forecastOf(
    sizes(24, (ago) => 1548 - 50 * ago),
    undefined,
    NOW,
  )
  expect(timeToQuotaMs).toBeUndefined()
  expect(growthBytesPerHour).toBeCloseTo(50 * MIB, -3)
})

test('at the quota there is no time left', () => {
  expect(hoursOf(sizes(24, (ago) => 2100 - 50 * ago))).toEqual([0, 'good'])
})

test('a forecast does not depend on where the points stand: every look or every five minutes', () => {
  const sparse = sizes(24, (ago) => 1548 - 50 * ago)
  const dense = Array.from({ length: 24 * 240 + 1 }, (_, i) => ({
    at: NOW - 24 * HOUR + i * 15_000,
    fileBytes: (348 + (50 * i) / 240) * MIB,
    inUseBytes: undefined,
  }))
  const [a, b] = [sparse, dense].map((points) => forecastOf(points, QUOTA, NOW).timeToQuotaMs ?? 0)
  expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThan(0.05 * (a ?? 0))
})
