import { afterEach, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { WATCH_LANE } from '../../src/config'
import type { ClusterConfig } from '../../src/config'
import { alertKey } from '../../src/store/outbox'
import { openStore, type Store } from '../../src/store/store'
import type { Announcement } from '../../src/watch/announcement'
import { createWatching, type Watching } from '../../src/watch/watch'
import { LIMITS } from '../support/build'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { clusterConfig, seen, type Moment } from './story'

/** Several replicas in one process, each with its own connection to a real Redis, a look every second. */

const EVERY = 1000

type Replica = {
  readonly watching: Watching
  readonly store: Store
  readonly looks: { readonly cluster: string; readonly at: number }[]
  /** As kill -9 does: nothing is released, nothing is said. */
  readonly kill: () => Promise<void>
}

type World = {
  readonly redis: TestRedis
  readonly replicas: Replica[]
  readonly clusters: readonly ClusterConfig[]
  /** Clusters that two replicas looked at at once. */
  readonly overlaps: string[]
  readonly add: () => Replica
}

const worlds: World[] = []
const faults: unknown[] = []
const timers: NodeJS.Timeout[] = []

afterEach(async () => {
  timers.splice(0).forEach((timer) => clearInterval(timer))
  for (const { redis, replicas } of worlds.splice(0)) {
    await Promise.all(replicas.map(({ kill }) => kill()))
    await redis.close()
  }
})

const world = async (
  names: readonly string[],
  show: (ms: number) => Moment,
  lookMs = 0,
): Promise<World> => {
  const redis = await startRedis()
  const from = Date.now()
  const limits = { ...LIMITS, allClearMs: 3 * EVERY }
  const clusters = names.map((name) => clusterConfig({ name, limits, readTimeoutMs: 200 }))
  const underWay = new Map<string, number>()
  const self: World = {
    overlaps: [],
    redis,
    replicas: [],
    clusters,
    add: () => {
      const replica = replicaIn({
        redis,
        clusters,
        show: (at) => show(at - from),
        lookMs,
        underWay,
        overlaps: self.overlaps,
      })
      self.replicas.push(replica)
      return replica
    },
  }
  worlds.push(self)
  return self
}

type Making = Pick<World, 'redis' | 'clusters'> & {
  readonly show: (at: number) => Moment
  readonly lookMs: number
  readonly underWay: Map<string, number>
  readonly overlaps: string[]
}

const replicaIn = (making: Making): Replica => {
  const { redis, clusters, show, lookMs, underWay, overlaps } = making
  const store = openStore(redis.url, { replica: randomUUID(), now: Date.now })
  const looks: Replica['looks'] = []
  let alive = true
  const watching = createWatching({
    clusters: () => clusters,
    posting: () => ({ fallbackChannel: 'CFALL', oncall: undefined }),
    observe: async (cluster, at) => {
      looks.push({ cluster: cluster.name, at })
      underWay.set(cluster.name, (underWay.get(cluster.name) ?? 0) + 1)
      if ((underWay.get(cluster.name) ?? 0) > 1) overlaps.push(cluster.name)
      await pause(lookMs)
      underWay.set(cluster.name, (underWay.get(cluster.name) ?? 0) - 1)
      return seen(at, show(at))
    },
    store: {
      ...store,
      ticks: {
        ...store.ticks,
        release: async (name) => (alive ? store.ticks.release(name) : undefined),
      },
      replicas: { ...store.replicas, leave: async () => undefined },
    },
    everyMs: EVERY,
    now: Date.now,
    report: {
      late: () => undefined,
      missed: () => undefined,
      restarted: () => undefined,
      fault: (error) => faults.push(error),
      judged: () => undefined,
    },
  })
  watching.start()
  return {
    watching,
    store,
    looks,
    kill: async () => {
      if (!alive) return
      alive = false
      await watching.stop()
      await store.close()
    },
  }
}

type Announced = {
  /** What was sent, and is known in the store as sent. */
  readonly said: Announcement[]
  readonly threaded: boolean[]
  readonly stop: () => void
}

/** Sends what is due as an announcer does, for as long as the test runs. */
const announcing = ({ store }: Pick<Replica, 'store'>, cluster = 'prod'): Announced => {
  const self: Announced = { said: [], threaded: [], stop: () => clearInterval(timer) }
  const sendOne = async (): Promise<void> => {
    const claim = await store.outbox.claim(cluster, { now: Date.now(), leaseMs: 10_000 })
    if (claim === undefined) return
    await store.outbox.settle(claim, { channel: 'C1', ts: `${self.said.length + 1}` }, Date.now())
    self.said.push(claim.entry.payload as unknown as Announcement)
    self.threaded.push(claim.parent !== undefined)
  }
  let sending: Promise<void> | undefined
  const timer = setInterval(() => {
    sending ??= sendOne().finally(() => (sending = undefined))
  }, 100)
  timers.push(timer)
  return self
}

/** Nobody leads for a while: the only storm that is over within seconds. */
const storm =
  (from: number, to: number) =>
  (ms: number): Moment =>
    ms >= from && ms < to ? { leader: 0 } : {}

const reasons = (announcements: readonly Announcement[]) =>
  announcements.map(({ reason }) => reason)

test('replicas share the clusters, and take over within two ticks from one that is killed', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const on = await world(names, () => ({}))
  const replicas = [on.add(), on.add(), on.add()]
  const held = () => replicas.map(({ watching }) => watching.status().owned.length)
  await until(() => held().join() === '2,2,2', 20_000)
  await pause(4 * EVERY)
  const recent = (replica: Replica, name: string) =>
    replica.looks.filter(({ cluster, at }) => cluster === name && at > Date.now() - 3 * EVERY)
  for (const name of names)
    expect(replicas.filter((replica) => recent(replica, name).length > 0)).toHaveLength(1)
  const victim = replicas.toSorted((a, b) => b.looks.length - a.looks.length)[0]!
  const orphans = names.filter((name) => recent(victim, name).length > 0)
  expect(orphans.length).toBeGreaterThan(0)
  await victim.kill()
  await pause(4 * EVERY)
  for (const name of orphans) {
    const times = replicas.flatMap(({ looks }) => looks.filter(({ cluster }) => cluster === name))
    const sorted = times.map(({ at }) => at).toSorted((a, b) => a - b)
    const gaps = sorted.map((at, i) => at - (sorted[i - 1] ?? at)).slice(-5)
    expect(Math.max(...gaps)).toBeLessThan(2.6 * EVERY)
  }
}, 30_000)

/** The longest time between two looks of a cluster since then, by whichever replicas. */
const longestGap = ({ replicas }: World, name: string, from: number): number => {
  const times = replicas
    .flatMap(({ looks }) => looks)
    .filter(({ cluster, at }) => cluster === name && at >= from)
    .map(({ at }) => at)
    .toSorted((a, b) => a - b)
  return Math.max(...times.map((at, i) => at - (times[i - 1] ?? at)))
}

test('a replica that joins gets its share, one after another, and no look is missed or done twice', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const on = await world(names, () => ({}), 150)
  const first = on.add()
  await until(() => first.watching.status().owned.length === 6, 10_000)
  const from = Date.now()
  const others = [on.add(), on.add()]
  const held = () => [first, ...others].map(({ watching }) => watching.status().owned.length)
  await until(() => held().join() === '2,2,2', 20_000)
  await pause(3 * EVERY)
  expect(held()).toEqual([2, 2, 2])
  expect(on.overlaps).toEqual([])
  for (const name of names) expect(longestGap(on, name, from)).toBeLessThan(2.2 * EVERY)
}, 40_000)

test('what came back from a replica that is gone is kept, and no look is missed', async () => {
  const on = await world(['a', 'b', 'c', 'd'], () => ({}), 100)
  const replicas = [on.add(), on.add()]
  const held = () => replicas.map(({ watching }) => watching.status().owned.length)
  await until(() => held().join() === '2,2', 20_000)
  const [one, two] = replicas as [Replica, Replica]
  await two.kill()
  await until(() => one.watching.status().owned.length === 4, 10_000)
  const from = Date.now()
  await pause(6 * EVERY)
  for (const { name } of on.clusters) expect(longestGap(on, name, from)).toBeLessThan(2.2 * EVERY)
  expect(on.overlaps).toEqual([])
}, 40_000)

test('a cluster whose looks all fail is posted once by its replicas, and once when they are back', async () => {
  let fails = true
  const before = faults.length
  const show = (): Moment => {
    if (fails) throw new Error('a source that fails at every look')
    return {}
  }
  const on = await world(['prod'], show)
  const replicas = [on.add(), on.add()]
  const posts = announcing(replicas[0] as Replica, WATCH_LANE)
  await until(() => posts.said.length > 0, 20_000)
  expect(replicas[0]?.watching.status().troubles.join()).toContain('prod: not looked at for')
  await pause(3 * EVERY)
  fails = false
  await until(() => posts.said.length > 1, 20_000)
  await pause(2 * EVERY)
  expect(reasons(posts.said)).toEqual(['first', 'all clear'])
  expect(replicas.flatMap(({ watching }) => watching.status().troubles)).toEqual([])
  faults.length = before
}, 60_000)

test('a replica that is killed inside a storm leaves it to another: said once, cleared once', async () => {
  const on = await world(['prod'], storm(1000, 7000))
  const [one, two] = [on.add(), on.add()]
  const first = announcing(one)
  await until(() => first.said.length > 0, 10_000)
  first.stop()
  const owner = one.looks.length > two.looks.length ? one : two
  const other = owner === one ? two : one
  await owner.kill()
  const then = announcing(other)
  await until(() => then.said.length > 0, 20_000)
  await pause(2 * EVERY)
  expect(reasons([...first.said, ...then.said])).toEqual(['first', 'all clear'])
  const stories = await other.store.storms.history('prod', { from: 0, to: Date.now() })
  expect(stories.map(({ record }) => record)).toMatchObject([
    { kind: 'storm', id: first.said[0]?.stormId, until: expect.any(Number) },
  ])
}, 40_000)

const TROUBLES: readonly (readonly [string, (redis: TestRedis) => Promise<void>])[] = [
  [
    'is away for 3 s',
    async (redis) => {
      await redis.kill()
      await pause(3000)
      await redis.restart()
    },
  ],
  [
    'hangs for 3 s',
    async (redis) => {
      await redis.pause()
      await pause(3000)
      redis.resume()
    },
  ],
  ['loses everything', (redis) => redis.flushall()],
  [
    'is full for 3 s',
    async (redis) => {
      await redis.setMaxMemory(1)
      await pause(3000)
      await redis.setMaxMemory(0)
    },
  ],
]

/** A storm of 7 s, with the trouble once it was said. */
const through = async (hurt: (redis: TestRedis) => Promise<void>) => {
  const on = await world(['prod'], storm(1000, 8000))
  const replica = on.add()
  const { said, threaded } = announcing(replica)
  await until(() => said.length > 0, 10_000)
  const before = replica.looks.length
  await hurt(on.redis)
  await until(() => replica.looks.length > before + 1)
  await until(() => said.length > 1, 30_000)
  await pause(2 * EVERY)
  return { said: reasons(said), threaded }
}

test('whatever happens to Redis inside a storm, looks go on, it is said once and cleared once', async () => {
  const all = await Promise.all(
    TROUBLES.map(async ([name, hurt]) => ({ name, ...(await through(hurt)) })),
  )
  expect(all).toEqual(
    TROUBLES.map(([name]) => ({ name, said: ['first', 'all clear'], threaded: [false, true] })),
  )
}, 90_000)

test('without Redis from the start a storm is announced, and nothing is a storm that is not', async () => {
  const on = await world(['prod'], storm(1000, 3000))
  await on.redis.kill()
  const { said } = announcing(on.add())
  await until(() => said.length > 1, 25_000)
  expect(reasons(said)).toEqual(['first', 'all clear'])
}, 40_000)

test('replicas that never saw each other derive the same key', async () => {
  const on = await world(['prod'], storm(1000, 7000))
  await on.redis.kill()
  const [one, two] = [on.add(), on.add()]
  await until(async () => (await two.store.outbox.waiting('prod')).length > 0, 20_000)
  await until(async () => (await one.store.outbox.waiting('prod')).length > 0, 20_000)
  const keys = await Promise.all(
    [one, two].map(async ({ store }) => (await store.outbox.waiting('prod'))[0]?.key),
  )
  expect(keys[0]).toBe(keys[1])
}, 40_000)

test('a replica in reserve knows how things stand when Redis goes: the next storm has the same key', async () => {
  const show = (ms: number): Moment => {
    const term = ms < 4000 ? 2 : 3
    const isStorm = (ms >= 1000 && ms < 4000) || (ms >= 13_000 && ms < 22_000)
    return isStorm ? { leader: 0, term } : { term }
  }
  const on = await world(['prod'], show)
  const [one, two] = [on.add(), on.add()]
  const { said, stop } = announcing(one)
  await until(() => said.length > 1, 12_000)
  stop()
  await on.redis.kill()
  const waiting = ({ store }: Replica) => store.outbox.waiting('prod')
  const inBoth = async () => {
    const keys = [...(await waiting(one)), ...(await waiting(two))].map(({ key }) => key)
    return keys.filter((key, i) => keys.indexOf(key) !== i)
  }
  await until(async () => (await inBoth()).length > 0, 15_000)
  expect(await inBoth()).not.toContain(alertKey('prod', 'storm', said[0]?.stormId ?? ''))
}, 60_000)

test('nothing of it was a fault of ours', () => {
  expect(faults).toEqual([])
})
