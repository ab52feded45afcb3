import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { learnHour, emptyBaseline } from '../../src/diagnosis/usual/baseline'
import { outlookOf } from '../../src/diagnosis/usual/outlook'
import type { Outlook } from '../../src/diagnosis/usual/outlook'
import { createOutlooks } from '../../src/watch/outlook'
import { createBacklog } from '../../src/store/backlog'
import { createBaselines } from '../../src/store/baselines'
import { createSamples } from '../../src/store/samples'
import { openStore } from '../../src/store/store'
import type { Store } from '../../src/store/store'
import { closeAll, connected } from '../store/clients'
import { endpointOf, looksAt } from '../store/looks'
import { startRedis, type TestRedis } from '../support/redis'
import { GIB, look, member } from '../support/build'
import { HOUR, MINUTE, NOON, clusterConfig, lines, stage } from './story'

const MIB = 1024 ** 2
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
  return { samples, baselines: createBaselines(connection, samples) }
}

const START = Date.UTC(2026, 10, 16)

/** A day and an hour of looks, two and a half minutes apart; the file grows by 100 MiB an hour from `from` on. */
const keepADay = async ({ samples }: Pick<Store, 'samples'>, cluster: string): Promise<number> => {
  const all = looksAt({ from: START, looks: 25 * 24, everySeconds: 150 })
  for (const look of all) {
    const fileBytes = Math.round(GIB + ((look.at - START) / HOUR) * 30 * MIB)
    const members = look.members.map((member) => ({
      ...member,
      dbSizeBytes: fileBytes,
      dbInUseBytes: fileBytes / 2,
      quotaShare: fileBytes / (2 * GIB),
    }))
    await samples.append(cluster, { ...look, members, learn: true })
  }
  return all.at(-1)?.at ?? START
}

test('what was kept for a day tells what is usual and when the quota is reached, to another replica too', async () => {
  const [a, b] = [await replica(), await replica()]
  const now = await keepADay(a, 'filling')
  await a.baselines.learn('filling', now)
  const outlooks = createOutlooks(b)
  expect(outlooks.known('filling', now)).toEqual({ usual: new Map(), forecasts: new Map() })
  const read = await outlooks.read('filling', now, 0)
  expect(outlooks.known('filling', now)).toBe(read)
  expect(outlooks.known('filling', now + 3 * HOUR).usual.size).toBe(0)
  const hoursLeft = (at: number): number =>
    (outlooks.known('filling', at).forecasts.get(endpointOf(1))?.timeToQuotaMs ?? 0) / HOUR
  expect(hoursLeft(now) - hoursLeft(now + HOUR)).toBeCloseTo(1)
  const usual = read.usual.get(endpointOf(0))
  expect(usual?.statusMs).toMatchObject({ from: 'day' })
  expect(usual?.statusMs?.median).toBeCloseTo(1.5, 0)
  const forecast = read.forecasts.get(endpointOf(1))
  expect(forecast).toMatchObject({ confidence: 'good', of: 'file' })
  expect((forecast?.growthBytesPerHour ?? 0) / MIB).toBeCloseTo(30, 0)
  expect((forecast?.timeToQuotaMs ?? 0) / HOUR).toBeCloseTo((1024 - 25 * 30) / 30, 0)
}, 60_000)

test('it is read once an hour, and every ten minutes while a database fills up', async () => {
  const { samples, baselines } = await replica()
  const outlooks = createOutlooks({ samples, baselines })
  const isDue = (minute: number, share: number): boolean => {
    const members = [1, 2].map((n) =>
      member(n, { page: { dbSizeBytes: (n === 2 ? share : 0.1) * GIB, quotaBytes: GIB } }),
    )
    return outlooks.isDue(clusterConfig(), look(members), NOON + minute * MINUTE)
  }
  expect([0, 1, 30, 59, 60, 61].map((minute) => isDue(minute, 0.5))).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
  ])
  expect([62, 69, 70, 71].map((minute) => isDue(minute, 0.53))).toEqual([false, false, true, false])
  expect([80, 100, 129, 130].map((minute) => isDue(minute, 0.53))).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('a clock that was set back by hours does not keep what was read before', async () => {
  const { samples, baselines } = await replica()
  let reads = 0
  const read = (cluster: string) => ((reads += 1), baselines.read(cluster))
  const outlooks = createOutlooks({ samples, baselines: { ...baselines, read } })
  for (const at of [NOON, NOON + MINUTE, NOON - 5 * HOUR])
    await outlooks.read('prod', at, 5 * MINUTE)
  expect(reads).toBe(2)
})

test('a store that is away leaves what was known for two hours, and the next read says so', async () => {
  const away = openStore('redis://127.0.0.1:1', { replica: 'x', now: () => Date.now() })
  await expect(createOutlooks(away).read('prod', START, 0)).rejects.toThrow(/Cannot use the store/)
  await away.close()
})

test('before nearly every hour of a day was learned nothing is usual', () => {
  const learnedOver = (hours: number): Outlook => {
    let baseline = emptyBaseline(START)
    for (let hour = 0; hour < hours; hour++)
      baseline = learnHour(
        baseline,
        START + hour * HOUR,
        looksAt({ from: START + hour * HOUR, looks: 30, everySeconds: 120 }),
      )
    const at = START + hours * HOUR
    return outlookOf({ baseline, looks: looksAt({ from: at, looks: 1, everySeconds: 60 }) }, at)
  }
  expect(learnedOver(19).usual.get(endpointOf(0))?.statusMs).toBeUndefined()
  expect(learnedOver(25).usual.get(endpointOf(0))?.statusMs).toMatchObject({ learned: 30 })
})

/** m2's database is 10 h from its quota, as far as the watcher knows. */
const filling: Outlook = {
  usual: new Map(),
  forecasts: new Map([
    [
      'http://10.0.0.2:2379',
      {
        timeToQuotaMs: 10 * HOUR,
        confidence: 'good',
        growthBytesPerHour: 100 * MIB,
        of: 'file',
        overMs: 24 * HOUR,
      },
    ],
  ]),
}

test('a database that fills up is a watch: posted once, looked at no more often, and learned from', async () => {
  const on = stage({ show: () => ({}) })
  const kept: { readonly at: number; readonly learn: boolean }[] = []
  let known = filling
  const watcher = on.watcherWith({
    now: () => NOON + on.now,
    outlook: () => known,
    onSample: (sample) => kept.push(sample),
  })
  const hurried: boolean[] = []
  for (on.now = 0; on.now <= 2 * HOUR; on.now += 15_000) {
    if (on.now > HOUR) known = { ...filling, forecasts: new Map() }
    const { isRestless } = await watcher.lookAt(clusterConfig(), new AbortController().signal)
    hurried.push(isRestless)
  }
  expect(lines(on)).toEqual(['0.50 root first: watch', '75.00 thread all clear: all-clear'])
  const [post] = on.said
  expect(post?.announcement.headline).toContain("m2's database reaches its quota in about 10 h")
  expect(post?.announcement).toMatchObject({ cause: 'space', severity: 'warning' })
  expect(hurried.slice(3, 200)).not.toContain(true)
  expect(
    kept.filter(({ at }) => at > NOON + MINUTE && at < NOON + HOUR).every((s) => s.learn),
  ).toBe(true)
})
