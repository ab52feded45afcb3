import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { alertKey } from '../../src/store/outbox'
import { openStore, type Store } from '../../src/store/store'
import { anything, read, write } from '../../src/store/stored'
import { startRedis, until, type TestRedis } from '../support/redis'
import { freshCluster } from './clients'

/** Somebody else writes into our Redis: nothing breaks, nothing is believed, all of it is counted. */

let redis: TestRedis
let store: Store
beforeAll(async () => {
  redis = await startRedis()
  store = openStore(redis.url, { replica: 'a', now: Date.now })
  await until(() => store.trouble() === undefined)
})
afterAll(async () => {
  await store.close()
  await redis.close()
})

const NAMES = [
  ...['storm', 'storms', 'storms:records', 'outbox', 'outbox:due', 'outbox:tries', 'outbox:dead'],
  ...['outbox:since', 'outbox:fence', 'edits', 'edits:due', 'silences', 'notes', 'notes:text'],
  ...['samples', 'samples:open', 'samples:version', 'summaries', 'baseline'],
] as const

const counted = (): number => [...store.poisoned().values()].reduce((sum, count) => sum + count, 0)

test.each([
  ['not JSON', 'garbage'],
  ['another version', '{"v":2,"is":1}'],
  ['a number beyond all bounds', '{"v":1,"is":{"a":1e999}}'],
  ['a name that changes objects', '{"v":1,"is":{"__proto__":{"x":1}}}'],
  ['a constructor', '{"v":1,"is":{"constructor":{"x":1}}}'],
  ['too deep', `{"v":1,"is":${'['.repeat(40)}${']'.repeat(40)}}`],
  ['too large', `{"v":1,"is":"${'x'.repeat(200_000)}"}`],
])('a value that is %s is missing, and counted', (_, text) => {
  let count = 0
  const counts = { poisoned: () => count++ }
  expect(read(text, anything, { kind: 'x', counts })).toBeUndefined()
  expect(count).toBe(1)
})

test('what we write we read, and what is not there is not poison', () => {
  const counts = { poisoned: () => expect('counted').toBe('never') }
  const value = { a: [1, 'x', null, { b: true }] }
  expect(read(write(value), anything, { kind: 'x', counts })).toEqual(value)
  expect(read(null, anything, { kind: 'x', counts })).toBeUndefined()
})

test('keys of another type do not stop an alert', async () => {
  for (const [i, name] of NAMES.entries()) {
    const cluster = freshCluster()
    const key = `stormwatch:{${cluster}}:${name}`
    await (i % 2 === 0 ? redis.admin.sadd(key, 'x') : redis.admin.geoadd(key, 1, 1, 'x'))
    expect([name, await alertOf(cluster)]).toEqual([name, SENT])
  }
})

test('keys with garbage in them do not stop an alert', async () => {
  for (const name of NAMES) {
    const cluster = freshCluster()
    const key = `stormwatch:{${cluster}}:${name}`
    if (['outbox:since', 'outbox:fence', 'samples:version'].includes(name))
      await redis.admin.set(key, 'NaN')
    else if (/due$|storms$|open$|notes$/.test(name)) await redis.admin.zadd(key, '-inf', 'x')
    else if (name === 'outbox:dead') await redis.admin.lpush(key, 'x')
    else await redis.admin.hset(key, 'version', 'inf', 'state', '{}', 'x', 'y', 'until', '-1')
    expect([name, await alertOf(cluster)]).toEqual([name, SENT])
  }
})

const SENT = { decided: true, settled: true, because: 'new-store', edit: 'e' }

/** What becomes of a post and its edit, from the decision to the message. */
const alertOf = async (cluster: string) => {
  const [key, now] = [alertKey(cluster, 'first', 'x'), Date.now()]
  const { version } = await store.storms.read(cluster)
  const posts = [{ key, channel: 'C1', payload: 'storm' }]
  const decision = { expected: version, state: 1, posts, edits: [{ of: key, payload: 'e' }] }
  const { decided } = await store.storms.decide(cluster, decision, now)
  const claim = await store.outbox.claim(cluster, { now, leaseMs: 1000 })
  if (claim === undefined) return { decided }
  const { settled } = await store.outbox.settle(claim, { channel: 'C1', ts: '1' }, now)
  const edit = await store.edits.claim(cluster, { now, leaseMs: 1000 })
  return { decided, settled, because: claim.because, edit: edit?.payload }
}

test('a post that cannot be read is given up, and the next one goes out', async () => {
  const cluster = freshCluster()
  const [bad, good] = [alertKey(cluster, 'first', 'a'), alertKey(cluster, 'first', 'b')]
  const posts = [bad, good].map((key) => ({ key, channel: 'C1', payload: 'storm' }))
  await store.storms.decide(cluster, { expected: 0, state: 1, posts }, Date.now())
  await redis.admin.hset(`stormwatch:{${cluster}}:outbox`, bad, '{"v":1,"is":{"__proto__":1}}')
  await redis.admin.zadd(`stormwatch:{${cluster}}:outbox:due`, 1, bad)
  const before = counted()
  const claims = [0, 1].map(() => store.outbox.claim(cluster, { now: 0, leaseMs: 9000 }))
  const keys = (await Promise.all(claims)).map((claim) => claim?.entry.key)
  expect(keys.filter(Boolean)).toEqual([good])
  expect(counted()).toBe(before + 1)
  expect(await store.outbox.dead(cluster)).toMatchObject([{ key: bad, why: 'cannot be read' }])
})

test('a post without its attempts is doubted', async () => {
  const cluster = freshCluster()
  const key = alertKey(cluster, 'first', 'a')
  const posts = [{ key, channel: 'C1', payload: 'storm' }]
  await store.storms.decide(cluster, { expected: 0, state: 1, posts }, Date.now())
  await redis.admin.hset(`stormwatch:{${cluster}}:outbox:tries`, key, 'NaN|-1|x')
  expect(await store.outbox.claim(cluster, { now: 0, leaseMs: 9000 })).toMatchObject({
    channel: 'C1',
    mustCheckHistory: true,
    because: 'tried',
  })
})

test('poisoned silences, notes, storms, baselines and outages are missing', async () => {
  const cluster = freshCluster()
  const key = (name: string) => `stormwatch:{${cluster}}:${name}`
  const endless = { id: 'x', cluster, from: 0, until: 1e300, by: 'U', reason: '' }
  await redis.admin.hset(key('silences'), 'x', write(endless), 'y', write({ id: 1 }), 'z', 'no')
  await redis.admin.zadd(key('notes'), 5, 'a')
  await redis.admin.hset(key('notes:text'), 'a', write({ cluster, at: 'soon' }))
  await redis.admin.zadd(key('storms'), 5, 'a')
  await redis.admin.hset(key('storms:records'), 'a', write({ id: 'a', since: null }))
  await redis.admin.hset(key('baseline'), 'until', 3_600_000, 'series', 'x')
  await redis.admin.zadd('stormwatch:outages', 9, 'Slack|soon|a', 9, 'x', 2, 'Redis|5|a')
  const before = counted()
  expect(await store.silences.list(cluster, 1)).toEqual([])
  expect(await store.notes.list(cluster, { from: 0, to: 9 })).toEqual([])
  expect(await store.storms.history(cluster, { from: 0, to: 9 })).toEqual([])
  expect((await store.baselines.read(cluster)).series.size).toBe(0)
  expect(await store.outages.list({ from: 0, to: 9 })).toEqual([])
  expect(counted()).toBe(before + 9)
})

test('a name that is no cluster makes no key', async () => {
  for (const name of ['a}b', '', '__proto__', 'A', 'x'.repeat(80)])
    await expect(store.notes.list(name, { from: 0, to: 1 })).rejects.toThrow(/Cannot name a key/)
})
