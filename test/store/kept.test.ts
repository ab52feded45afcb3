import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createAudit } from '../../src/store/audit'
import { createBacklog } from '../../src/store/backlog'
import { createClicks } from '../../src/store/clicks'
import { createNotes } from '../../src/store/notes'
import { createOutages } from '../../src/store/outages'
import { createReplicas, isTurnOf } from '../../src/store/replicas'
import { createSeen } from '../../src/store/seen'
import { createSilences } from '../../src/store/silences'
import { openStore, type Store } from '../../src/store/store'
import { createTicks } from '../../src/store/ticks'
import { createWatched } from '../../src/store/watched'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { closeAll, connected, freshCluster } from './clients'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await closeAll()
  await redis.close()
})

const NOW = 1_795_000_000_000
const HOUR = 3_600_000

const faces = async (name = 'a') => {
  const connection = await connected(redis.url)
  const backlog = createBacklog()
  return {
    connection,
    backlog,
    silences: createSilences(connection, backlog),
    audit: createAudit(connection, backlog),
    notes: createNotes(connection, backlog),
    outages: createOutages(connection, backlog, name),
    clicks: createClicks(connection),
    ticks: createTicks(connection, name),
    replicas: createReplicas(connection, name),
    seen: createSeen(connection),
    watched: createWatched(connection),
  }
}

const silenceOf = (cluster: string, hours = 1) => ({
  cluster,
  from: NOW,
  until: NOW + hours * HOUR,
  by: 'U1',
  reason: 'disk swap',
})

test('a silence stands until its end, on every replica', async () => {
  const [a, b, cluster] = [await faces(), await faces(), freshCluster()]
  const long = await a.silences.add(silenceOf(cluster, 2))
  const short = await b.silences.add(silenceOf(cluster, 1))
  expect(await b.silences.list(cluster, NOW)).toEqual([short, long])
  expect(await a.silences.list(cluster, NOW + HOUR)).toEqual([long])
  expect(await a.silences.list(freshCluster(), NOW)).toEqual([])
})

test('a silence is lifted once, for every replica', async () => {
  const [a, b, cluster] = [await faces(), await faces(), freshCluster()]
  const silence = await a.silences.add(silenceOf(cluster))
  expect(await b.silences.lift(cluster, silence.id, NOW)).toEqual(silence)
  expect(await a.silences.list(cluster, NOW)).toEqual([])
  expect(await a.silences.lift(cluster, silence.id, NOW)).toBeUndefined()
})

test.each([
  ['without an end', Infinity],
  ['with an end before its begin', NOW - 1],
  ['of more than 30 days', NOW + 31 * 24 * HOUR],
])('a silence %s is refused', async (_, until) => {
  const { silences } = await faces()
  const silence = { ...silenceOf(freshCluster()), until }
  await expect(silences.add(silence)).rejects.toThrow(/Cannot silence/)
})

test('a silence that is asked for twice is one', async () => {
  const [{ silences }, cluster] = [await faces(), freshCluster()]
  await silences.add(silenceOf(cluster))
  await silences.add(silenceOf(cluster))
  expect(await silences.list(cluster, NOW)).toHaveLength(1)
})

test('notes come back in order of time, within their span', async () => {
  const [{ notes }, cluster] = [await faces(), freshCluster()]
  const note = (at: number, text: string) => ({ cluster, at, by: 'U1', text })
  await notes.add(note(NOW + 2, 'second'))
  await notes.add(note(NOW + 1, 'first'))
  await notes.add(note(NOW + 1, 'first'))
  await notes.add(note(NOW + HOUR, 'later'))
  const list = await notes.list(cluster, { from: NOW, to: NOW + 10 })
  expect(list.map(({ text }) => text)).toEqual(['first', 'second'])
})

test('200 notes of a cluster are kept, the last ones', async () => {
  const [{ notes }, cluster] = [await faces(), freshCluster()]
  for (let i = 0; i < 210; i++) await notes.add({ cluster, at: NOW + i, by: 'U1', text: `${i}` })
  const list = await notes.list(cluster, { from: 0, to: NOW * 2 })
  expect([list.length, list[0]?.text]).toEqual([200, '10'])
})

test('an outage is one however often it is written, each replica has its own, and old ones go', async () => {
  const [a, b] = [await faces('a'), await faces('b')]
  const from = NOW + 40 * 24 * HOUR
  await a.outages.keep({ of: 'Slack', from: NOW, to: NOW + 1 })
  await a.outages.keep({ of: 'Slack', from, to: from + 60_000 })
  await a.outages.keep({ of: 'Slack', from, to: from + 120_000 })
  await b.outages.keep({ of: 'Redis', from: from + 5, to: from + 70_000 })
  expect(await a.outages.list({ from: NOW, to: from })).toEqual([
    { of: 'Slack', from, to: from + 120_000 },
  ])
  expect(await b.outages.list({ from: from + 50_000, to: from + 60_000 })).toEqual([
    { of: 'Redis', from: from + 5, to: from + 70_000 },
    { of: 'Slack', from, to: from + 120_000 },
  ])
  expect(await a.outages.list({ from: from + 130_000, to: from + HOUR })).toEqual([])
})

test('a cluster that no replica says any more has left, until it is removed', async () => {
  const [a, b] = [await faces('a'), await faces('b')]
  await redis.admin.sadd('stormwatch:watched', 'of another type')
  expect(await a.watched.say(['dev', 'prod'], 100)).toEqual([])
  await redis.admin.zadd('stormwatch:watched', 1, 'no}name')
  await pause(150)
  expect(await b.watched.say(['dev', 'test'], 100)).toEqual(['prod'])
  expect(await a.watched.say([], 60_000)).toEqual([])
  await a.watched.remove('prod')
  expect(await b.watched.say(['dev', 'test'], 100)).toEqual([])
})

test('a full Redis takes outages and who is watched', async () => {
  const { outages, watched, backlog } = await faces()
  await outages.keep({ of: 'Redis', from: NOW, to: NOW + 1 })
  await redis.setMaxMemory(1)
  try {
    await expect(redis.admin.set('x', 'y')).rejects.toThrow(/OOM/)
    await outages.keep({ of: 'Slack', from: NOW, to: NOW + 1 })
    expect(backlog.waiting()).toBe(0)
    expect(await watched.say(['prod'], 60_000)).toEqual([])
  } finally {
    await redis.setMaxMemory(0)
  }
})

test('audit lines are told newest first', async () => {
  const { audit } = await faces()
  for (const at of [1, 2, 3]) await audit.keep({ at, user: 'U1', command: 'status' })
  expect(await audit.last(2)).toEqual([
    { at: 3, user: 'U1', command: 'status' },
    { at: 2, user: 'U1', command: 'status' },
  ])
})

const CLICK = { user: 'U1', messageTs: '1795.1', actionId: 'ack' }

test('of clicks at once on two replicas one runs; later ones hear what came of it', async () => {
  const [a, b] = [await faces(), await faces()]
  const click = { ...CLICK, messageTs: freshCluster() }
  const turns = await Promise.all([a, b, a, b].map(({ clicks }) => clicks.begin(click, NOW)))
  expect(turns.map(({ turn }) => turn).toSorted()).toEqual([
    'under-way',
    'under-way',
    'under-way',
    'yours',
  ])
  const runner = turns.findIndex(({ turn }) => turn === 'yours') % 2 === 0 ? a : b
  await runner.clicks.end(click, { said: 'acknowledged' }, NOW)
  for (const { clicks } of [a, b])
    expect(await clicks.begin(click, NOW)).toEqual({
      turn: 'done',
      result: { said: 'acknowledged' },
    })
  expect(await a.clicks.begin({ ...click, user: 'U2' }, NOW)).toEqual({ turn: 'yours' })
})

test('a click of which nothing came may be begun again anywhere, one that ended may not', async () => {
  const [a, b] = [await faces(), await faces()]
  const click = { ...CLICK, messageTs: freshCluster() }
  await a.clicks.begin(click, NOW)
  expect(await b.clicks.begin(click, NOW)).toEqual({ turn: 'under-way' })
  await a.clicks.release(click)
  expect(await b.clicks.begin(click, NOW)).toEqual({ turn: 'yours' })
  await b.clicks.end(click, 'done', NOW)
  await a.clicks.release(click)
  expect(await a.clicks.begin(click, NOW)).toEqual({ turn: 'done', result: 'done' })
})

test('a click whose replica was killed in it may be pressed again after two minutes', async () => {
  const [a, b] = [await faces(), await faces()]
  const click = { ...CLICK, messageTs: freshCluster() }
  const before = new Set(await redis.admin.keys('stormwatch:click:*'))
  await a.clicks.begin(click, NOW)
  const keys = (await redis.admin.keys('stormwatch:click:*')).filter((key) => !before.has(key))
  expect(keys).toHaveLength(1)
  expect(await redis.admin.pttl(keys[0] ?? '')).toBeLessThanOrEqual(120_000)
  await redis.admin.del(...keys) // as its time passes
  expect(await b.clicks.begin(click, NOW)).toEqual({ turn: 'yours' })
  expect(await a.clicks.begin(click, NOW + 119_000)).toEqual({ turn: 'under-way' })
  await b.clicks.release(click)
  expect(await a.clicks.begin(click, NOW + 121_000)).toEqual({ turn: 'yours' })
})

test('one replica runs a slot, and one holds a name until its lease ends', async () => {
  const [a, b] = [await faces('a'), await faces('b')]
  const slot = freshCluster()
  const ran = await Promise.all([a, b].map(({ ticks }) => ticks.shouldRun(slot, 1000)))
  expect(ran.filter(Boolean)).toHaveLength(1)
  expect(await a.ticks.hold(slot, 200)).toBe(true)
  expect(await b.ticks.hold(slot, 200)).toBe(false)
  expect(await a.ticks.hold(slot, 200)).toBe(true)
  await a.ticks.release(slot)
  expect(await b.ticks.hold(slot, 50)).toBe(true)
  await pause(80)
  expect(await a.ticks.hold(slot, 200)).toBe(true)
})

test('replicas know their place', async () => {
  const [a, b] = [await faces('a'), await faces('b')]
  expect([b.replicas.position(), b.replicas.count()]).toEqual([0, 1])
  await a.replicas.beat()
  await b.replicas.beat()
  expect([b.replicas.position(), b.replicas.count()]).toEqual([1, 2])
})

test('without Redis at most one replica has its turn, and each has one', () => {
  const turns = [0, 1, 2].map(() => 0)
  for (let at = NOW; at < NOW + 24_000; at += 100) {
    const having = [0, 1, 2].filter((position) => isTurnOf({ position, count: 3 }, at))
    expect(having.length).toBeLessThan(2)
    for (const position of having) turns[position] = (turns[position] ?? 0) + 1
  }
  expect(turns).toEqual([48, 48, 48])
})

test('a key was seen on every replica', async () => {
  const [a, b] = [await faces(), await faces()]
  expect([await a.seen('k'), await b.seen('k')]).toEqual([false, true])
})

test('without Redis people are served from memory, ticks go on, and all follows when it is back', async () => {
  const [a, cluster] = [await faces(), freshCluster()]
  const before = await a.silences.add(silenceOf(cluster, 3))
  await redis.kill()
  await until(() => a.connection.trouble() !== undefined)
  const meanwhile = await a.silences.add(silenceOf(cluster, 2))
  expect(await a.silences.list(cluster, NOW)).toEqual([meanwhile, before])
  expect(await a.silences.lift(cluster, before.id, NOW)).toEqual(before)
  expect(await a.notes.add({ cluster, at: NOW, by: 'U1', text: 'kept' })).toBe(false)
  await a.audit.keep({ at: NOW, what: 'kept' })
  await expect(a.notes.list(cluster, { from: 0, to: NOW })).rejects.toThrow(/Cannot use the store/)
  expect(await a.ticks.shouldRun('slot', 1000)).toBe(true)
  expect(await a.ticks.hold('name', 1000)).toBe(true)
  const click = { ...CLICK, messageTs: cluster }
  expect(await a.clicks.begin(click, NOW)).toEqual({ turn: 'yours' })
  await a.clicks.end(click, 'done', NOW)
  expect(await a.clicks.begin(click, NOW)).toEqual({ turn: 'done', result: 'done' })
  await redis.restart()
  await until(() => a.connection.trouble() === undefined)
  await a.backlog.drain()
  const b = await faces('b')
  expect(await b.silences.list(cluster, NOW)).toEqual([meanwhile])
  expect(await b.notes.list(cluster, { from: 0, to: NOW })).toHaveLength(1)
  expect(await b.audit.last(1)).toEqual([{ at: NOW, what: 'kept' }])
})

test('a hung Redis holds a tick for 300 ms', async () => {
  const a = await faces()
  await redis.pause()
  const start = performance.now()
  expect(await a.ticks.shouldRun('hung', 1000)).toBe(true)
  expect(performance.now() - start).toBeLessThan(450)
  redis.resume()
})

test('what waits is bounded: the oldest writes go', async () => {
  const backlog = createBacklog(1000)
  for (let i = 0; i < 30; i++) await backlog.put(100, () => Promise.reject(new Error('away')))
  expect([backlog.waiting(), backlog.dropped()]).toEqual([10, 20])
})

const opened = async (): Promise<Store> => {
  const store = openStore(redis.url, { replica: freshCluster(), now: () => NOW })
  await until(() => store.trouble() === undefined)
  return store
}

const NOTE = { at: NOW, by: 'U1', text: 'typed while Redis was away' }
const SPAN = { from: 0, to: NOW * 2 }

test('what is written by itself while Redis is away does not push out what people typed', async () => {
  const [store, cluster] = [await opened(), freshCluster()]
  await redis.kill()
  await until(() => store.trouble() !== undefined)
  expect(await store.notes.add({ ...NOTE, cluster })).toBe(false)
  const silence = await store.silences.add(silenceOf(cluster))
  for (let at = 0; at < 20_100; at++) await store.audit.keep({ at })
  expect(store.dropped()).toBeGreaterThan(0)
  await redis.restart()
  await until(() => store.waiting() === 0, 30_000)
  expect(await store.notes.list(cluster, SPAN)).toEqual([{ ...NOTE, cluster }])
  const other = await opened()
  expect(await other.silences.list(cluster, NOW)).toEqual([silence])
  await Promise.all([store.close(), other.close()])
}, 60_000)

test('a write that Redis refuses holds up no other kind', async () => {
  const [store, other, cluster] = [await opened(), await opened(), freshCluster()]
  await redis.admin.del('stormwatch:audit')
  await redis.admin.set('stormwatch:audit', 'of another type')
  await store.audit.keep({ at: NOW })
  expect(await store.notes.add({ ...NOTE, cluster })).toBe(true)
  const silence = await other.silences.add(silenceOf(cluster))
  expect(await store.silences.list(cluster, NOW)).toEqual([silence])
  await redis.admin.del('stormwatch:audit')
  await Promise.all([store.close(), other.close()])
})

test('a note that was kept survives a failover that lost it', async () => {
  const [store, cluster] = [await opened(), freshCluster()]
  expect(await store.notes.add({ ...NOTE, cluster })).toBe(true)
  await redis.flushall() // as a replica that lacked the last second
  expect(await store.notes.list(cluster, SPAN)).toEqual([])
  await redis.restart()
  await until(async () => (await store.notes.list(cluster, SPAN).catch(() => [])).length > 0)
  expect(await store.notes.list(cluster, SPAN)).toEqual([{ ...NOTE, cluster }])
  await store.close()
})
