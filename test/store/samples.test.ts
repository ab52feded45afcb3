import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createBacklog } from '../../src/store/backlog'
import { packSamples, unpackSamples } from '../../src/store/chunk'
import { fromRough, toRough } from '../../src/store/columns'
import { rowsOf, sampleOf } from '../../src/store/rows'
import type { Sample } from '../../src/store/rows'
import { RAW_KEPT_MS, createSamples } from '../../src/store/samples'
import type { Samples } from '../../src/store/samples'
import { summariesOf } from '../../src/store/summary'
import { startRedis, type TestRedis } from '../support/redis'
import { closeAll, connected, freshCluster } from './clients'
import { looksAt, type Scene } from './looks'

const HOUR = 3_600_000
const START = 1_795_046_400_000 // on a full hour
let redis: TestRedis

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await closeAll()
  await redis.close()
})

const samplesAt = (scene: Scene): readonly Sample[] =>
  looksAt(scene).map((look) => ({ ...look, learn: true }))

const open = async (): Promise<Samples> => {
  const connection = await connected(redis.url)
  return createSamples(connection, createBacklog())
}

const fill = async (samples: Samples, cluster: string, all: readonly Sample[]): Promise<void> => {
  for (const sample of all) await samples.append(cluster, sample)
}

test('rows of a look are the look', () => {
  const [sample] = samplesAt({ from: START, looks: 1 })
  expect(sampleOf(rowsOf(sample as Sample))).toEqual(sample)
})

test('a number is kept to 2 %, and exactly when packed again', () => {
  for (let value = 1; value < 1e15; value = Math.ceil(value * 1.07)) {
    const back = fromRough(toRough(value))
    expect(Math.abs(back - value) / value).toBeLessThan(0.02)
    expect(fromRough(toRough(back))).toBe(back)
    expect(toRough(value)).toBeLessThanOrEqual(toRough(value + 1))
  }
})

test('a packed look has its state exactly, its gains to 2 %, and what was unseen unseen', async () => {
  const [sample] = samplesAt({ from: START, looks: 1 }) as [Sample]
  const [first, second, third] = sample.members as [
    Sample['members'][0],
    Sample['members'][0],
    Sample['members'][0],
  ]
  const seen: Sample = {
    ...sample,
    learn: false,
    logs: [{ at: START, endpoint: first.endpoint, kind: 'elected', term: 9, peerId: 'a1' }],
    members: [
      first,
      { ...second, page: { came: false, why: 'deadline', tookMs: 2000 }, gain: undefined },
      { ...third, leaderId: undefined, seesLeader: undefined, errors: ['etcdserver: no leader'] },
    ],
  }
  const [back] = (await unpackSamples(await packSamples([seen]))) as [Sample]
  const { gain } = first
  const { endpoint, name, id, version, term, raftIndex, dbSizeBytes, processStartSeconds } = first
  expect(back.members[0]).toMatchObject({ endpoint, name, id, version, term, raftIndex })
  expect(back.members[0]).toMatchObject({ dbSizeBytes, processStartSeconds })
  expect(back).toMatchObject({ at: START, voters: 3, learn: false, logs: seen.logs })
  expect(back.members[1]?.page).toMatchObject({ came: false, why: 'deadline' })
  expect(back.members[1]?.gain).toBeUndefined()
  expect(back.members[2]?.errors).toEqual(['etcdserver: no leader'])
  expect(back.members[2]?.seesLeader).toBeUndefined()
  const [before, after] = [gain?.walFsync, back.members[0]?.gain?.walFsync]
  expect(after?.edges).toEqual(before?.edges)
  expect(after?.sum).toBeCloseTo(before?.sum ?? 0, 1)
  expect([...(back.members[0]?.gain?.links.keys() ?? [])]).toEqual([...(gain?.links.keys() ?? [])])
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['another version', Buffer.of(99, 1, 2)],
  ['torn', Buffer.of(1, 2, 3, 4)],
])('a chunk that is %s is no chunk', async (_, chunk) => {
  expect(await unpackSamples(chunk)).toBeUndefined()
})

test('no byte that is changed makes a chunk throw, or change objects', async () => {
  const chunk = await packSamples(samplesAt({ from: START, looks: 3 }))
  for (let i = 0; i < chunk.length; i += 7) {
    const damaged = Buffer.from(chunk)
    damaged[i] = (damaged[i] ?? 0) ^ 0x55
    await unpackSamples(damaged)
  }
  expect(({} as Record<string, unknown>)['came']).toBeUndefined()
})

test('what was appended comes back in order, open or packed', async () => {
  const [samples, cluster] = [await open(), freshCluster()]
  const all = samplesAt({ from: START, looks: 400 })
  await fill(samples, cluster, all)
  const back = await samples.range(cluster, { from: START, to: START + 400 * 15_000 })
  expect(back.map(({ at }) => at)).toEqual(all.map(({ at }) => at))
  expect(await redis.admin.hlen(`stormwatch:{${cluster}}:samples`)).toBeGreaterThan(1)
  const part = await samples.range(cluster, { from: START + HOUR, to: START + HOUR + 60_000 })
  expect(part.map(({ at }) => at - START - HOUR)).toEqual([0, 15_000, 30_000, 45_000, 60_000])
})

test('two replicas that append and pack at once keep each look once', async () => {
  const [one, two, cluster] = [await open(), await open(), freshCluster()]
  const all = samplesAt({ from: START, looks: 320 })
  await Promise.all([
    fill(
      one,
      cluster,
      all.filter((_, i) => i % 2 === 0),
    ),
    fill(
      two,
      cluster,
      all.filter((_, i) => i % 2 === 1),
    ),
    fill(two, cluster, all.slice(0, 50)),
  ])
  const back = await one.range(cluster, { from: 0, to: START * 2 })
  expect(back.map(({ at }) => at)).toEqual(all.map(({ at }) => at))
  const summaries = await one.summaries(cluster, { from: 0, to: START * 2 })
  const commits = (looks: readonly Sample[]) =>
    looks.reduce((sum, look) => sum + (look.members[0]?.gain?.committed ?? 0), 0)
  const upTo = summaries.at(-1)?.at ?? 0
  const packed = commits(all.filter(({ at }) => at <= upTo))
  expect(Math.abs(commits(summaries) / packed - 1)).toBeLessThan(0.02)
})

test('a summary sums gains, takes the slowest answer and the worst word', () => {
  const [a, b] = samplesAt({ from: START, looks: 2 }) as [Sample, Sample]
  const [member] = b.members as [Sample['members'][0]]
  const lost = { ...member, status: { came: false, why: 'deadline', tookMs: 2000 } as const }
  const later = { ...b, learn: false, members: [lost, ...b.members.slice(1)] }
  const [summary] = summariesOf([a, later].map(rowsOf)).map(sampleOf)
  const gains = [a.members[0]?.gain, b.members[0]?.gain]
  expect(summary?.at).toBe(b.at)
  expect(summary?.learn).toBe(false)
  expect(summary?.members[0]?.status).toEqual(lost.status)
  expect(summary?.members[0]?.gain?.committed).toBe(
    (gains[0]?.committed ?? 0) + (gains[1]?.committed ?? 0),
  )
  expect(summary?.members[0]?.gain?.walFsync?.count).toBe(
    (gains[0]?.walFsync?.count ?? 0) + (gains[1]?.walFsync?.count ?? 0),
  )
})

test('looks every 2 s are packed too, and a poisoned chunk is missing and counted', async () => {
  const connection = await connected(redis.url)
  const [samples, cluster] = [createSamples(connection, createBacklog()), freshCluster()]
  await fill(samples, cluster, samplesAt({ from: START, looks: 400, everySeconds: 2 }))
  const key = `stormwatch:{${cluster}}:samples`
  const fields = await redis.admin.hkeys(key)
  expect(fields.length).toBeGreaterThan(0)
  await redis.admin.hset(key, fields[0] ?? '', 'poison', '__proto__', 'x', '1-9-9', 'y')
  await redis.admin.zadd(`stormwatch:{${cluster}}:samples:open`, START + 1, 'poison')
  const back = await samples.range(cluster, { from: START, to: START + HOUR })
  expect(back.length).toBeGreaterThan(100)
  expect(back.length).toBeLessThan(400)
  expect(connection.poisonedCounts().get('samples')).toBeGreaterThan(2)
})

/** HOURS=48 measures the whole; a twelfth of it, twelve times, says the same in a test. */
test('two days of looks at 5 members every 15 s take less than 3 MB', async () => {
  const [samples, cluster] = [await open(), freshCluster()]
  const hours = Number(process.env['HOURS'] ?? 4)
  const looks = (hours * HOUR) / 15_000
  for (let done = 0; done < looks; done += 480)
    await fill(
      samples,
      cluster,
      samplesAt({ from: START + done * 15_000, looks: 480, members: 5, seed: done }),
    )
  const keys = await redis.admin.keys(`stormwatch:{${cluster}}:*`)
  const sizes = await Promise.all(keys.map((key) => redis.admin.memory('USAGE', key, 'SAMPLES', 0)))
  const total = sizes.reduce<number>((sum, size) => sum + Number(size), 0)
  const told = keys.map((key, i) => `${key.replace(/.*:/, '')} ${sizes[i]}`)
  process.stderr.write(`samples: ${looks} looks, ${total} bytes (${told.join(', ')})\n`)
  const unpacked = Number(sizes[keys.findIndex((key) => key.endsWith(':open'))])
  expect(((total - unpacked) * 48) / hours + unpacked).toBeLessThan(3_000_000)
  expect(await samples.range(cluster, { from: START, to: START + RAW_KEPT_MS })).toHaveLength(looks)
}, 120_000)
