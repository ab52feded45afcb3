import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { CELLS, WEEK_CELLS, emptyBaseline, hourOf, learnHour } from '../diagnosis/usual/baseline'
import type { Baseline, Series } from '../diagnosis/usual/baseline'
import { createReader, createWriter } from './bytes'
import { readColumn, writeColumn } from './columns'
import { keyOf } from './keys'
import type { Connection } from './redis'
import { RAW_KEPT_MS } from './samples'
import type { Samples } from './samples'
import { script } from './script'

/** What is usual of each cluster, in Redis, learned from the stored looks. */
export type Baselines = {
  /** As last learned. Rejects while Redis is away, unless it was read before: then as it was. */
  readonly read: (cluster: string) => Promise<Baseline>
  /**
   * Learns the hours that are over and were not learned, at most 48, each once over all replicas. Resolves to how many
   * looks this call learned from. Call it every few minutes. Rejects while Redis is away.
   */
  readonly learn: (cluster: string, now: number) => Promise<number>
}

const HOUR_MS = 3_600_000
/** Looks that waited for Redis may come later than their hour ended. */
const LATE_MS = 300_000

export const createBaselines = (connection: Connection, samples: Samples): Baselines => {
  // As packed: unpacked, what 300 clusters learned would take hundreds of MB
  const known = new Map<string, Packed>()
  const untilOf = async (cluster: string): Promise<number> => {
    const text = await connection.ask((redis) => redis.hget(keyOf(cluster, 'baseline'), 'until'))
    const until = Number(text ?? 0)
    return Number.isSafeInteger(until) && until >= 0 && until === hourOf(until) ? until : 0
  }
  /** The chunk is read only when another replica has learned. */
  const latest = async (cluster: string): Promise<Baseline> => {
    const until = await untilOf(cluster)
    const before = known.get(cluster)
    if (before?.until === until) return unpacked(before)
    const chunk = await connection.ask((redis) =>
      redis.hgetBuffer(keyOf(cluster, 'baseline'), 'series'),
    )
    const series = await unpackSeries(chunk)
    if (series === undefined && until > 0) connection.poisoned('baseline')
    known.set(cluster, { until, chunk })
    return baselineOf(until, series)
  }
  return {
    read: (cluster) =>
      latest(cluster).catch((error: unknown) => {
        const before = known.get(cluster)
        if (before !== undefined) return unpacked(before)
        throw error
      }),
    learn: async (cluster, now) => {
      const before = await latest(cluster)
      const from = Math.max(before.learnedUntil, hourOf(now - RAW_KEPT_MS))
      const to = hourOf(now - LATE_MS)
      let baseline = before
      let looks = 0
      for (let hour = from; hour < to; hour += HOUR_MS) {
        const stored = await samples.range(cluster, { from: hour, to: hour + HOUR_MS - 1 })
        const calm = stored.filter(({ learn }) => learn)
        looks += calm.length
        baseline = learnHour(baseline, hour, calm)
      }
      if (baseline === before) return 0
      const chunk = await packSeries(baseline.series)
      const [outcome] = await connection.run(
        LEARN,
        [keyOf(cluster, 'baseline')],
        [before.learnedUntil, baseline.learnedUntil, chunk],
      )
      known.delete(cluster) // read again as all replicas read it
      return outcome === 'learned' ? looks : 0
    },
  }
}

type Packed = { readonly until: number; readonly chunk: Buffer | null }

const unpacked = async ({ until, chunk }: Packed): Promise<Baseline> =>
  baselineOf(until, await unpackSeries(chunk))

const baselineOf = (until: number, series: Baseline['series'] | undefined): Baseline =>
  series === undefined ? emptyBaseline(until) : { learnedUntil: until, series }

/** Every look is learned once: the hours from `before` on are ours only while nobody else has learned them. */
const LEARN = script(`
own(KEYS[1], 'hash')
local have = whole(redis.call('HGET', KEYS[1], 'until'), 0)
if have ~= tonumber(ARGV[2]) then return {'other'} end
redis.call('HSET', KEYS[1], 'until', ARGV[3], 'series', ARGV[4])
return {'learned'}
`)

/** First byte. */
const VERSION = 1
const MAX_BYTES = 4 * 1024 * 1024
const MAX_SERIES = 2000
/** A cluster of more than 11 members keeps no hours of the week, only those of the day: the limit is 200 KB. */
const MAX_WEEKLY = 150

/** Steps of a factor of 1.0002, so that a small share of a small change is not rounded away. */
const STEPS = 5000
const toSteps = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(Math.log1p(value * 1e6) * STEPS)
const fromSteps = (steps: number): number => Math.expm1(steps / STEPS) / 1e6

export const packSeries = async (series: Baseline['series']): Promise<Buffer> => {
  const first = series.size > MAX_WEEKLY ? WEEK_CELLS : 0
  const out = createWriter()
  const kept = [...series].slice(0, MAX_SERIES)
  out.count(first)
  out.count(kept.length)
  for (const [key, { medians, highs, learned }] of kept) {
    out.text(key)
    const middle = cells(medians, first).map(toSteps)
    writeColumn(out, middle, false)
    writeColumn(out, above(cells(highs, first).map(toSteps), middle), false)
    writeColumn(out, cells(learned, first), true)
  }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 }
  return Buffer.concat([
    Buffer.of(VERSION),
    await promisify(brotliCompress)(out.bytes(), { params }),
  ])
}

const cells = (row: Series['medians'], first: number): Series['medians'] =>
  Array.from({ length: CELLS - first }, (_, i) => row[first + i])

/** High is never below the median: the difference is the smaller number. */
const above = (highs: Series['medians'], medians: Series['medians']): Series['medians'] =>
  highs.map((high, i) => (high === undefined ? undefined : Math.max(0, high - (medians[i] ?? 0))))

/** Undefined: not ours. */
export const unpackSeries = async (
  chunk: Buffer | null,
): Promise<Baseline['series'] | undefined> => {
  if (chunk === null || chunk[0] !== VERSION) return undefined
  try {
    const bytes = await promisify(brotliDecompress)(chunk.subarray(1), {
      maxOutputLength: MAX_BYTES,
    })
    const input = createReader(bytes)
    const first = input.count(WEEK_CELLS)
    const series = new Map<string, Series>()
    for (let left = input.count(MAX_SERIES); left > 0; left--) {
      const key = input.text()
      const middle = numbers(readColumn(input, CELLS - first))
      const over = numbers(readColumn(input, CELLS - first))
      const learned = numbers(readColumn(input, CELLS - first))
      series.set(key, {
        medians: shifted(middle, first),
        highs: shifted(
          over.map((more, i) => (more === undefined ? undefined : more + (middle[i] ?? 0))),
          first,
        ),
        learned: [...emptyCells(first), ...learned],
      })
    }
    return series
  } catch {
    return undefined
  }
}

const numbers = (values: readonly unknown[]): Series['medians'] =>
  values.map((value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined))

const emptyCells = (count: number): Series['medians'] => Array.from({ length: count })

/** Log steps beyond this would be no finite number. */
const MOST_STEPS = 60 * STEPS

const shifted = (steps: Series['medians'], first: number): Series['medians'] => [
  ...emptyCells(first),
  ...steps.map((step) => (step === undefined || step > MOST_STEPS ? undefined : fromSteps(step))),
]
