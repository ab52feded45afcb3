import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  CELLS,
  USUAL_SIGNALS,
  hourOf,
  seriesKey,
  usualOf,
} from '../../src/diagnosis/usual/baseline'
import type { Series } from '../../src/diagnosis/usual/baseline'
import { createBacklog } from '../../src/store/backlog'
import { createBaselines, packSeries, unpackSeries } from '../../src/store/baselines'
import { createSamples } from '../../src/store/samples'
import { startRedis, until, type TestRedis } from '../support/redis'
import { closeAll, connected, freshCluster } from './clients'
import { chance, endpointOf, looksAt } from './looks'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 16)
let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await closeAll()
  await redis.close()
})

const replica = async () => {
  const connection = await connected(redis.url)
  const samples = createSamples(connection, createBacklog())
  return { connection, samples, baselines: createBaselines(connection, samples) }
}

const usual = (baseline: Parameters<typeof usualOf>[0], at: number) =>
  usualOf(baseline, 'commitsPerSecond', { endpoint: endpointOf(0), at })

test('what two replicas looked at is learned once, and outlives them', async () => {
  const [a, b, cluster] = [await replica(), await replica(), freshCluster()]
  const looks = looksAt({ from: START, looks: 500 })
  for (const [i, look] of looks.entries())
    await (i % 2 ? a : b).samples.append(cluster, { ...look, learn: true })
  const now = START + 2 * HOUR + 600_000
  const learned = await Promise.all([a, b].map(({ baselines }) => baselines.learn(cluster, now)))
  expect(learned.toSorted((x, y) => x - y)).toEqual([0, 480])
  expect(await a.baselines.learn(cluster, now)).toBe(0)
  const c = await replica()
  const baseline = await c.baselines.read(cluster)
  expect(usual(baseline, START)).toMatchObject({ learned: 240, from: 'week' })
  expect(usual(baseline, START)?.median).toBeCloseTo(62, -1)
  expect(await b.baselines.read(cluster)).toEqual(baseline)
})

test('an hour is learned when it is over, and looks in a storm are not', async () => {
  const [{ samples, baselines }, cluster] = [await replica(), freshCluster()]
  const looks = looksAt({ from: START, looks: 240 })
  for (const [i, look] of looks.entries())
    await samples.append(cluster, { ...look, learn: i < 100 })
  expect(await baselines.learn(cluster, START + HOUR)).toBe(0)
  expect(usual(await baselines.read(cluster), START)).toBeUndefined()
  expect(await baselines.learn(cluster, START + HOUR + 301_000)).toBe(100)
  expect(usual(await baselines.read(cluster), START)).toMatchObject({ learned: 100 })
})

test('a Redis that comes back empty means learning anew', async () => {
  const [{ samples, baselines }, cluster] = [await replica(), freshCluster()]
  for (const look of looksAt({ from: START, looks: 240 }))
    await samples.append(cluster, { ...look, learn: true })
  await baselines.learn(cluster, START + 2 * HOUR)
  await redis.flushall()
  expect((await baselines.read(cluster)).series.size).toBe(0)
})

test('without Redis the usual stays what was read', async () => {
  const [{ connection, samples, baselines }, cluster] = [await replica(), freshCluster()]
  for (const look of looksAt({ from: START, looks: 240 }))
    await samples.append(cluster, { ...look, learn: true })
  await baselines.learn(cluster, START + 2 * HOUR)
  const before = await baselines.read(cluster)
  await redis.kill()
  await until(() => connection.trouble() !== undefined)
  expect(await baselines.read(cluster)).toEqual(before)
  await expect(baselines.read('other')).rejects.toThrow(/Cannot use the store/)
  await redis.restart()
})

/** All hours of the week learned, each another number. */
const fullSeries = (members: number): ReadonlyMap<string, Series> => {
  const random = chance(3)
  const cells = (from: number) => Array.from({ length: CELLS }, () => from * (0.5 + random()))
  return new Map(
    Array.from({ length: members }, (_, i) =>
      USUAL_SIGNALS.map((signal, j) => {
        const medians = cells(10 ** ((j % 7) - 3))
        const highs = medians.map((median) => median * (1 + random()))
        const learned = medians.map(() => Math.floor(random() * 5000))
        return [seriesKey(endpointOf(i), signal), { medians, highs, learned }] as const
      }),
    ).flat(),
  )
}

test.each([3, 5, 7, 11, 50])(
  'all that is usual of %d members takes at most 200 KB',
  async (members) => {
    const { connection } = await replica()
    const key = `stormwatch:{${freshCluster()}}:baseline`
    const chunk = await packSeries(fullSeries(members))
    await connection.ask((client) => client.hset(key, 'until', hourOf(START), 'series', chunk))
    const bytes = Number(await redis.admin.memory('USAGE', key, 'SAMPLES', 0))
    process.stderr.write(`baseline: ${members} members, ${bytes} bytes\n`)
    expect(bytes).toBeLessThan(200_000)
  },
)

test('what was packed is unpacked to a step of 0.02 %', async () => {
  const series = fullSeries(2)
  const back = await unpackSeries(await packSeries(series))
  expect([...(back?.keys() ?? [])]).toEqual([...series.keys()])
  for (const [key, { medians, highs }] of series) {
    const unpacked = back?.get(key)
    medians.forEach((median, i) =>
      expect(Math.abs((unpacked?.medians[i] ?? 0) / (median ?? 1) - 1)).toBeLessThan(0.001),
    )
    highs.forEach((high, i) =>
      expect(Math.abs((unpacked?.highs[i] ?? 0) / (high ?? 1) - 1)).toBeLessThan(0.001),
    )
  }
})

test('bytes that are not ours are no baseline', async () => {
  const chunk = await packSeries(fullSeries(1))
  for (let i = 0; i < chunk.length; i += 97) {
    const damaged = Buffer.from(chunk)
    damaged[i] = (damaged[i] ?? 0) ^ 0x2a
    const series = await unpackSeries(damaged)
    for (const { medians } of series?.values() ?? [])
      expect(medians.every((cell) => cell === undefined || Number.isFinite(cell))).toBe(true)
  }
  expect(await unpackSeries(Buffer.from('x'))).toBeUndefined()
})
