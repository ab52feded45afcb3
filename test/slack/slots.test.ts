import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createSlots } from '../../src/store/slots'
import { closeAll, connected } from '../store/clients'
import { age, announced, file, stopAll, type Announced } from '../support/announcer'
import { startRedis, until, type TestRedis } from '../support/redis'
import { keyIn, slackWorkspace } from '../support/slack-workspace'

/** One post a second in a channel, by however many replicas. */

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(() => redis.flushall())
afterEach(async () => {
  await stopAll()
  await closeAll()
})
afterAll(() => redis.close())

const PACE_MS = 500
const CLUSTERS = ['prod', 'dev']

/** Four posts of each of two clusters in one channel, by so many announcers. */
const play = async (count: number) => {
  const at: number[] = []
  const slack = await slackWorkspace({
    spoil: ({ name }) => {
      if (name === 'chat.postMessage') at.push(performance.now())
      return undefined
    },
  })
  for (const cluster of CLUSTERS) await age(redis.admin, cluster)
  const where = { redisUrl: redis.url, apiUrl: slack.apiUrl, clusters: CLUSTERS }
  const replicas = Array.from({ length: count }, () =>
    announced({ ...where, timing: { paceMs: PACE_MS } }),
  )
  const keys = CLUSTERS.map(() => [] as string[])
  for (const kind of ['1', '2', '3', '4'])
    for (const [i, cluster] of CLUSTERS.entries()) {
      const { store } = replicas[i % count] as Announced
      keys[i]?.push(await file(store, { cluster }, { cluster, kind }))
    }
  await until(() => slack.shown().length === 8, 15_000)
  const shown = slack.shown().map(keyIn)
  await stopAll()
  await slack.close()
  return { keys, shown, calls: at.length, tookMs: (at.at(-1) ?? 0) - (at[0] ?? 0) }
}

test('two announcers keep one pace in a channel', async () => {
  const { calls, tookMs } = await play(2)
  process.stderr.write(
    `pace: 8 posts of 2 announcers in one channel took ${Math.round(tookMs)} ms at ${PACE_MS} ms each\n`,
  )
  expect(calls).toBe(8)
  expect(tookMs).toBeGreaterThan(6 * PACE_MS) // a call that came late makes one gap shorter
}, 30_000)

test('who waits for a turn keeps its place before what was decided later', async () => {
  const { keys, shown } = await play(1)
  for (const own of keys) expect(shown.filter((key) => own.includes(key))).toEqual(own)
}, 30_000)

test('a channel has turns of its own, and says how long until the next', async () => {
  const [a, b] = [createSlots(await connected(redis.url)), createSlots(await connected(redis.url))]
  expect(await a.take('C11', 60_000)).toBe(0)
  expect(await b.take('C11', 60_000)).toBeGreaterThan(50_000)
  expect(await b.take('C12', 60_000)).toBe(0)
  expect(await a.take('C13', 1)).toBe(0)
  await until(async () => (await b.take('C13', 1)) === 0)
})

test('without Redis nobody waits for a turn', async () => {
  const connection = await connected(redis.url)
  const slots = createSlots(connection)
  expect(await slots.take('C9', 60_000)).toBe(0)
  await redis.kill()
  await until(() => connection.trouble() !== undefined)
  expect(await slots.take('C9', 60_000)).toBe(0)
  await redis.restart()
})
