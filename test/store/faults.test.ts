import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createClock } from '../../src/store/clock'
import { alertKey } from '../../src/store/outbox'
import { doubtOf } from '../../src/store/redis-outbox'
import type { Message } from '../../src/store/outbox'
import type { Json } from '../../src/store/stored'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { closeAll, freshCluster, replica, type Replica } from './clients'
import { chance } from './looks'

/** What Redis does to those who trust it. */

let redis: TestRedis
let cluster: string
beforeEach(async () => {
  redis = await startRedis()
  cluster = freshCluster()
})
afterEach(async () => {
  redis.resume()
  await closeAll()
  await redis.close()
})

const keyOf = (incident: number | string): string => alertKey(cluster, 'first', `${incident}`)
const post = (incident: number | string) => ({ key: keyOf(incident), channel: 'C1', payload: null })
const MESSAGE: Message = { channel: 'C1', ts: '1.1' }

const decide = (who: Replica, expected: number, incident: number | string = expected) =>
  who.alerts.storms.decide(
    cluster,
    { expected, state: { incident }, posts: [post(incident)] },
    Date.now(),
  )
const claim = (who: Replica, { now = Date.now(), leaseMs = 1000 } = {}) =>
  who.alerts.outbox.claim(cluster, { now, leaseMs })

/** A store that stood for long: else all its posts are doubted as those of a new one. */
const age = (): Promise<unknown> =>
  redis.admin.set(`stormwatch:{${cluster}}:outbox:since`, Date.now() - 86_400_000)

const took = async (act: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await act().catch(() => undefined)
  return performance.now() - start
}

test('of 20 that decide at once one wins, and the outbox holds one post', async () => {
  const replicas = await Promise.all([1, 2, 3, 4].map(() => replica(redis.url)))
  const decided = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      const who = replicas[i % 4] as Replica
      return who.redis.storms.decide(
        cluster,
        { expected: 0, state: { by: i }, posts: [post(`of ${i}`)] },
        Date.now(),
      )
    }),
  )
  expect(decided.filter((one) => one.decided)).toHaveLength(1)
  const winner = decided.findIndex((one) => one.decided)
  const waiting = await replicas[0]?.redis.outbox.waiting(cluster)
  expect(waiting?.map(({ key }) => key)).toEqual([keyOf(`of ${winner}`)])
})

test('of 50 posts two claimers get each one once', async () => {
  const [a, b] = [await replica(redis.url), await replica(redis.url)]
  const posts = Array.from({ length: 50 }, (_, i) => post(i))
  await a.alerts.storms.decide(cluster, { expected: 0, state: 1, posts }, Date.now())
  const claims = await Promise.all(
    Array.from({ length: 60 }, (_, i) => claim(i % 2 ? a : b, { leaseMs: 20_000 })),
  )
  const keys = claims.flatMap((one) => (one === undefined ? [] : [one.entry.key]))
  expect(keys).toHaveLength(50)
  expect(new Set(keys).size).toBe(50)
})

test('a paused Redis holds nobody longer than half a second, and does not decide late', async () => {
  const { redis: store, connection } = await replica(redis.url)
  await store.storms.decide(cluster, { expected: 0, state: 1, posts: [post(0)] }, Date.now())
  await redis.pause()
  const late = () =>
    store.storms.decide(cluster, { expected: 1, state: 2, posts: [post('late')] }, Date.now())
  expect(await took(late)).toBeLessThan(900)
  expect(await took(() => store.outbox.claim(cluster, { now: 0, leaseMs: 60_000 }))).toBeLessThan(
    900,
  )
  expect(connection.trouble()).toMatch(/does not answer/)
  redis.resume()
  await until(async () => (await store.storms.read(cluster).catch(() => undefined)) !== undefined)
  expect(await store.storms.read(cluster)).toEqual({ version: 1, state: 1 })
  expect(connection.trouble()).toBeUndefined()
  const waiting = await store.outbox.waiting(cluster)
  expect(waiting).toMatchObject([{ key: keyOf(0), attempts: 0 }])
})

test('a Redis clock that was set back holds no post up', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  const later = Date.now() + 3_600_000
  await redis.admin.zadd(`stormwatch:{${cluster}}:outbox:due`, later, keyOf('x'))
  expect(await claim(ours)).toMatchObject({ entry: { key: keyOf('x') } })
})

test('a clock that is estimated wrong is set by the first answer', async () => {
  let monotonic = 0
  const clock = createClock(
    () => Promise.resolve([1000, 500_000]),
    () => monotonic,
  )
  expect(await clock.in(500)).toBe(1_001_000)
  monotonic = 2000
  expect(await clock.in(500)).toBe(1_003_000)
  clock.set(9_000_000)
  expect(await clock.in(500)).toBe(9_000_500)
  clock.forget()
  expect(await clock.in(500)).toBe(1_001_000)
})

test('without Redis a storm is decided and posted, and Redis hears of it when it is back', async () => {
  const ours = await replica(redis.url)
  await ours.alerts.storms.read(cluster)
  await decide(ours, 0, 'before')
  await redis.kill()
  await until(() => ours.connection.trouble() !== undefined)
  const { version } = await ours.alerts.storms.read(cluster)
  expect(version).toBe(1)
  expect(await decide(ours, version, 'meanwhile')).toMatchObject({ decided: true, version: 2 })
  const mine = await claim(ours)
  expect(mine).toMatchObject({ entry: { key: keyOf('meanwhile') }, because: 'no-redis' })
  if (mine !== undefined) await ours.alerts.outbox.settle(mine, MESSAGE, Date.now())
  await redis.restart()
  await until(() => ours.connection.trouble() === undefined)
  expect(await ours.alerts.storms.read(cluster)).toMatchObject({ state: { incident: 'meanwhile' } })
  expect(await ours.redis.outbox.sentAs(cluster, keyOf('meanwhile'))).toEqual(MESSAGE)
  const waiting = await ours.redis.outbox.waiting(cluster)
  expect(waiting.map(({ key }) => key)).toEqual([keyOf('before')])
})

test('a post that only Redis had is taken over after the others had their time', async () => {
  const ours = await replica(redis.url, 4000)
  await decide(ours, 0, 'x')
  await redis.kill()
  await until(() => ours.connection.trouble() !== undefined)
  expect(await claim(ours)).toBeUndefined()
  expect(await claim(ours, { now: Date.now() + 4500 })).toBeUndefined()
  expect(await claim(ours, { now: Date.now() + 5500 })).toMatchObject({
    entry: { key: keyOf('x') },
    mustCheckHistory: true,
  })
})

test('a post that was sent when Redis could not be told is settled when it is back', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  const mine = await claim(ours)
  await redis.kill()
  if (mine !== undefined) await ours.alerts.outbox.settle(mine, MESSAGE, Date.now())
  await redis.restart()
  await until(() => ours.connection.trouble() === undefined)
  expect(await claim(ours, { now: Date.now() + 60_000 })).toBeUndefined()
  expect(await ours.redis.outbox.sentAs(cluster, keyOf('x'))).toEqual(MESSAGE)
})

test('two replicas that decided apart meet with one state and both their posts', async () => {
  const [a, b] = [await replica(redis.url), await replica(redis.url)]
  await a.alerts.storms.read(cluster)
  await b.alerts.storms.read(cluster)
  await redis.kill()
  await until(() => a.connection.trouble() !== undefined && b.connection.trouble() !== undefined)
  await decide(a, 0, 'same')
  await decide(b, 0, 'same')
  await decide(b, 1, 'only b')
  await redis.restart()
  await until(() => a.connection.trouble() === undefined && b.connection.trouble() === undefined)
  const [stateA, stateB] = [
    await a.alerts.storms.read(cluster),
    await b.alerts.storms.read(cluster),
  ]
  expect(await a.alerts.storms.read(cluster)).toEqual(stateB)
  expect(stateA.version).toBeGreaterThan(0)
  const waiting = await a.redis.outbox.waiting(cluster)
  expect(new Set(waiting.map(({ key }) => key))).toEqual(new Set([keyOf('same'), keyOf('only b')]))
})

test('a flushed Redis gets the state, the posts and the messages back', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'sent')
  const sent = await claim(ours)
  if (sent !== undefined) await ours.alerts.outbox.settle(sent, MESSAGE, Date.now())
  await decide(ours, 1, 'unsent')
  await redis.flushall()
  expect(await ours.alerts.storms.read(cluster)).toMatchObject({ state: { incident: 'unsent' } })
  expect(await ours.redis.outbox.sentAs(cluster, keyOf('sent'))).toEqual(MESSAGE)
  expect(await claim(ours)).toBeUndefined() // another may be posting it
  await pause(1100)
  expect(await claim(ours)).toMatchObject({
    entry: { key: keyOf('unsent') },
    mustCheckHistory: true,
    because: 'tried',
  })
})

test('a Redis that lost its last second is told it again', async () => {
  const ours = await replica(redis.url)
  await age()
  await decide(ours, 0, 'first')
  await decide(ours, 1, 'second')
  for (let mine = await claim(ours); mine !== undefined; mine = await claim(ours))
    await ours.alerts.outbox.settle(mine, MESSAGE, Date.now())
  const key = (name: string) => `stormwatch:{${cluster}}:${name}`
  await redis.admin.hset(key('storm'), 'version', 1, 'state', '{"v":1,"is":{"incident":"first"}}')
  await redis.admin.del(key(`sent:${keyOf('second')}`))
  expect(await decide(ours, 2, 'third')).toMatchObject({
    decided: false,
    now: { state: { incident: 'second' } },
  })
  const { version } = await ours.alerts.storms.read(cluster)
  expect(await decide(ours, version, 'second')).toMatchObject({ decided: true, filed: [] })
  expect(await claim(ours)).toBeUndefined()
})

test('posts that go into a flushed Redis do not bury its state', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'first')
  await decide(ours, 1, 'second')
  await redis.kill()
  await until(() => ours.connection.trouble() !== undefined)
  await decide(ours, 2, 'third')
  await redis.restart()
  await redis.flushall()
  await until(() => ours.connection.trouble() === undefined)
  await claim(ours)
  expect(await ours.redis.storms.read(cluster)).toMatchObject({ state: { incident: 'third' } })
  const waiting = await ours.redis.outbox.waiting(cluster)
  expect(new Set(waiting.map(({ key }) => key))).toEqual(
    new Set(['first', 'second', 'third'].map(keyOf)),
  )
})

test('a post that Redis lost alone is filed again', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  for (const name of ['outbox', 'outbox:due', 'outbox:tries'])
    await redis.admin.del(`stormwatch:{${cluster}}:${name}`)
  await pause(5100) // until it is sure to be lost, not on its way
  await claim(ours, { leaseMs: 100 })
  await pause(150)
  expect(await claim(ours)).toMatchObject({ entry: { key: keyOf('x') }, because: 'tried' })
}, 10_000)

const FACTS = { attempts: 1, ageMs: 10, storeAgeMs: 1e9, unbrokenMs: 60_000 }

test.each([
  ['that is tried first, in an old store over an old connection', {}, undefined],
  ['that was tried', { attempts: 2 }, 'tried'],
  ['of a store that is younger than an hour', { storeAgeMs: 3_500_000 }, 'new-store'],
  ['decided before our connection stood', { ageMs: 59_500 }, 'reconnected'],
  ['over a connection that others had no time to build', { unbrokenMs: 29_000 }, 'reconnected'],
] as const)('a post %s is doubted as it must be', (_, over, doubt) => {
  expect(doubtOf({ ...FACTS, ...over })).toBe(doubt)
})

test('a decision that only another replica remembers is told by it', async () => {
  const [a, b] = [await replica(redis.url), await replica(redis.url)]
  await decide(a, 0, 'first')
  await b.alerts.storms.read(cluster)
  await decide(b, 1, 'second')
  const mine = await claim(b)
  const other = await claim(b)
  for (const one of [mine, other])
    if (one !== undefined) await b.alerts.outbox.settle(one, MESSAGE, Date.now())
  await redis.flushall()
  expect(await a.alerts.storms.read(cluster)).toMatchObject({ state: { incident: 'first' } })
  await decide(a, 2, 'third')
  expect(await b.alerts.storms.read(cluster)).toMatchObject({ state: { incident: 'third' } })
  expect(await a.redis.outbox.sentAs(cluster, keyOf('second'))).toEqual(MESSAGE)
})

test('what was decided survives SIGTERM and a restart', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  await redis.restart()
  await until(() => ours.connection.trouble() === undefined)
  expect(await claim(ours)).toMatchObject({ entry: { key: keyOf('x') } })
})

test('after a lease without Redis what was decided before waits: another may be sending it from memory', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  await redis.kill()
  await until(() => ours.connection.trouble() !== undefined)
  await pause(2600)
  await redis.restart()
  await until(() => ours.connection.trouble() === undefined)
  expect((await decide(ours, 1, 'y')).decided).toBe(true)
  await redis.kill() // and a moment without it does not end the wait
  await until(() => ours.connection.trouble() !== undefined)
  await redis.restart()
  await until(() => ours.connection.trouble() === undefined)
  const claimed: string[] = []
  await until(async () => {
    const next = await claim(ours, { leaseMs: 2500 })
    if (next !== undefined) claimed.push(next.entry.key)
    return claimed.length === 2
  })
  expect(claimed).toEqual(['y', 'x'].map(keyOf))
})

test('a full Redis still takes decisions, claims and settling', async () => {
  const ours = await replica(redis.url)
  await redis.setMaxMemory(1)
  await expect(redis.admin.set('x', 'y')).rejects.toThrow(/OOM/)
  expect(
    await ours.redis.storms.decide(
      cluster,
      { expected: 0, state: 1, posts: [post('x')], edits: [{ of: keyOf('x'), payload: 'e' }] },
      Date.now(),
    ),
  ).toMatchObject({ decided: true })
  const mine = await ours.redis.outbox.claim(cluster, { now: 0, leaseMs: 1000 })
  expect(mine).toMatchObject({ entry: { key: keyOf('x') } })
  if (mine === undefined) return
  expect(await ours.redis.outbox.settle(mine, MESSAGE, 0)).toEqual({ settled: true })
  const edit = await ours.redis.edits.claim(cluster, { now: 0, leaseMs: 1000 })
  expect(edit).toMatchObject({ payload: 'e' })
  if (edit !== undefined) await ours.redis.edits.settle(edit, 0)
})

test('scripts that Redis forgot are told again', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  await redis.admin.script('FLUSH')
  expect(await claim(ours)).toMatchObject({ because: 'new-store', attempts: 1 })
})

test('an alert that could not be sent for a day is given up', async () => {
  const ours = await replica(redis.url)
  await decide(ours, 0, 'x')
  const day = Date.now() - 86_500_000
  await redis.admin.hset(`stormwatch:{${cluster}}:outbox:tries`, keyOf('x'), `3|7|${day}||0|C1`)
  expect(await claim(ours)).toBeUndefined()
  expect(await ours.alerts.outbox.dead(cluster)).toMatchObject([{ why: 'too old' }])
})

/** Three replicas, each sees the same storms; Slack keeps what was posted, and loses some answers. */
test('through kills, pauses and flushes each storm is posted, none twice', async () => {
  const seed = Number(process.env['SEED'] ?? 7)
  const random = chance(seed)
  await age()
  const slack = new Map<string, string[]>()
  const turn = (i: number) => (at: number) => Math.floor(at / 300) % 3 === i && at % 300 < 200
  const replicas = await Promise.all([0, 1, 2].map((i) => replica(redis.url, 300, turn(i))))
  const story: string[] = []
  const tell = (what: string) => story.push(`${Math.round(performance.now())} ${what}`)
  let incident = 0
  let running = true

  const see = async (who: Replica): Promise<void> => {
    const { version, state } = await who.alerts.storms.read(cluster)
    const seen = Number((state as { incident?: Json } | undefined)?.incident ?? 0)
    if (seen < incident) await decide(who, version, seen + 1)
  }
  const send = async (who: Replica): Promise<void> => {
    const mine = await claim(who, { leaseMs: 700 })
    if (mine === undefined) return
    const { key } = mine.entry
    const there = slack.get(key) ?? []
    if (mine.mustCheckHistory && there[0] !== undefined) {
      await who.alerts.outbox.settle(mine, { channel: 'C1', ts: there[0] }, Date.now())
      return
    }
    if (random() < 0.1) return // refused before acceptance
    await pause(20 * random())
    const ts = `${slack.size}.${there.length}`
    tell(
      `${key} by ${replicas.indexOf(who)}, ${mine.because}, try ${mine.attempts}, age ${mine.ageMs}`,
    )
    slack.set(key, [...(slack.get(key) ?? []), ts])
    if (random() < 0.2) return // the answer is lost
    await who.alerts.outbox.settle(mine, { channel: 'C1', ts }, Date.now())
  }
  const live = async (who: Replica): Promise<void> => {
    while (running) {
      await see(who)
      await send(who)
      await pause(30)
    }
  }
  const lives = replicas.map(live)
  const faults = [
    () => redis.kill().then(redis.restart),
    async () => {
      await redis.pause()
      await pause(1500)
      redis.resume()
    },
    () =>
      redis
        .kill()
        .then(() => pause(1500))
        .then(redis.restart),
    () =>
      redis
        .flushall()
        .then(age)
        .catch(() => undefined),
  ]
  for (let round = 0; round < Number(process.env['ROUNDS'] ?? 8); round++) {
    incident += 3
    await pause(200 + 300 * random())
    tell(`fault ${round % faults.length}`)
    await faults[round % faults.length]?.()
    await pause(300)
  }
  const all = Array.from({ length: incident }, (_, i) => keyOf(i + 1))
  await until(() => all.every((key) => slack.has(key)), 15_000).catch(() => undefined)
  running = false
  await Promise.all(lives)
  const lost = all.filter((key) => !slack.has(key))
  const doubled = [...slack].filter(([, copies]) => copies.length > 1).map(([key]) => key)
  process.stderr.write(
    `storms: ${all.length} at seed ${seed}: ${lost.length} lost, ${doubled.length} doubled before the sweep\n`,
  )
  const isTold = (line: string) =>
    doubled.some((key) => line.includes(key)) || line.includes('fault')
  expect(doubled.length > 0 ? story.filter(isTold) : []).toEqual([])
  expect(lost).toEqual([])
}, 600_000)
