import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Alerts } from '../../src/store/alerts'
import { createBooks } from '../../src/store/memory-book'
import { createMemoryEdits, createMemoryOutbox } from '../../src/store/memory-outbox'
import { createMemoryStorms } from '../../src/store/memory-storms'
import { alertKey } from '../../src/store/outbox'
import type { Claim, Entry } from '../../src/store/outbox'
import type { Decision } from '../../src/store/storms'
import { pause, startRedis, type TestRedis } from '../support/redis'
import { closeAll, freshCluster, redisAlerts, connected, replica } from './clients'

/** The same promises by Redis, by memory, and by the two together. */

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await closeAll()
  await redis.close()
})

const inMemory = (): Alerts => {
  const books = createBooks()
  return {
    storms: createMemoryStorms(books, () => 0),
    outbox: createMemoryOutbox(books),
    edits: createMemoryEdits(books),
  }
}

const KEY = alertKey('prod', 'first', 'term 7')
const CHILD = alertKey('prod', 'worse', 'term 7')
const MESSAGE = { channel: 'C1', ts: '1795.000100' }

const post = (over: Partial<Entry> = {}): Entry => ({
  key: KEY,
  channel: 'C1',
  payload: { text: 'a storm' },
  ...over,
})

describe.each([
  ['Redis', async () => redisAlerts(await connected(redis.url))],
  ['memory', async () => inMemory()],
  ['both', async () => (await replica(redis.url)).alerts],
])('in %s', (__, make) => {
  let store: Alerts
  let cluster: string
  beforeEach(async () => {
    store = await make()
    cluster = freshCluster()
  })

  const decide = (decision: Partial<Decision> = {}) =>
    store.storms.decide(cluster, { expected: 0, state: { is: 'warning' }, ...decision }, Date.now())
  const claim = (leaseMs = 1000, skip: readonly string[] = []) =>
    store.outbox.claim(cluster, { now: Date.now(), leaseMs, skip })
  const claimed = async (leaseMs?: number): Promise<Claim> => {
    const ours = await claim(leaseMs)
    if (ours === undefined) throw new Error('nothing is due')
    return ours
  }
  const settle = (ours: Claim, message = MESSAGE) => store.outbox.settle(ours, message, Date.now())
  const edit = () => store.edits.claim(cluster, { now: Date.now(), leaseMs: 1000 })

  test('a cluster that nobody decided has no state', async () => {
    expect(await store.storms.read(cluster)).toEqual({ version: 0, state: undefined })
  })

  test('a decision is read again, with the next version', async () => {
    expect(await decide()).toEqual({ decided: true, version: 1, filed: [] })
    expect(await store.storms.read(cluster)).toEqual({ version: 1, state: { is: 'warning' } })
  })

  test('a decision on an old version changes nothing and tells the state', async () => {
    await decide()
    expect(await decide({ state: { is: 'other' }, posts: [post()] })).toEqual({
      decided: false,
      now: { version: 1, state: { is: 'warning' } },
    })
    expect(await store.outbox.waiting(cluster)).toEqual([])
  })

  test('a post that was decided is claimed once, with its content', async () => {
    expect(await decide({ posts: [post({ fallback: 'C9' })] })).toMatchObject({ filed: [KEY] })
    expect(await claim()).toMatchObject({
      cluster,
      entry: { key: KEY, channel: 'C1', fallback: 'C9', payload: { text: 'a storm' } },
      channel: 'C1',
      attempts: 1,
    })
    expect(await claim()).toBeUndefined()
  })

  test('a post whose lease ran out is claimed again, and must look for itself first', async () => {
    await decide({ posts: [post()] })
    const first = await claimed(30)
    await pause(40)
    const second = await claimed()
    expect(second).toMatchObject({ attempts: 2, mustCheckHistory: true })
    expect(second.fence).not.toBe(first.fence)
  })

  test('a fence that was stolen cannot settle, and hears what was posted', async () => {
    await decide({ posts: [post()] })
    const first = await claimed(30)
    await pause(40)
    const second = await claimed()
    expect(await settle(first)).toEqual({ settled: false, why: 'stolen', sent: undefined })
    expect(await settle(second)).toEqual({ settled: true })
    expect(await settle(first, { channel: 'C1', ts: '1795.000200' })).toEqual({
      settled: false,
      why: 'gone',
      sent: MESSAGE,
    })
    expect(await store.outbox.sentAs(cluster, KEY)).toEqual(MESSAGE)
  })

  test('a post that was sent is not filed again', async () => {
    await decide({ posts: [post()] })
    await settle(await claimed())
    expect(await decide({ expected: 1, posts: [post()] })).toMatchObject({ filed: [] })
    expect(await claim()).toBeUndefined()
  })

  test('a post that waits is not filed twice', async () => {
    await decide({ posts: [post()] })
    expect(await decide({ expected: 1, posts: [post()] })).toMatchObject({ filed: [] })
    expect(await store.outbox.waiting(cluster)).toHaveLength(1)
  })

  test('a post that was not posted for sure waits, and gains no doubt', async () => {
    await decide({ posts: [post()] })
    expect(await store.outbox.postpone(await claimed(), 40, Date.now())).toBe('postponed')
    expect(await claim()).toBeUndefined()
    await pause(60)
    expect(await claim()).toMatchObject({ attempts: 1 })
  })

  test('a refused post goes to the fallback channel once, then is given up', async () => {
    await decide({ posts: [post({ fallback: 'C9' })] })
    expect(await store.outbox.refuse(await claimed(), 'is_archived', Date.now())).toBe('fallback')
    const second = await claimed()
    expect(second).toMatchObject({ channel: 'C9', attempts: 1 })
    expect(await store.outbox.refuse(second, 'channel_not_found', Date.now())).toBe('dead')
    expect(await claim()).toBeUndefined()
    expect(await store.outbox.dead(cluster)).toMatchObject([{ key: KEY, why: 'channel_not_found' }])
  })

  test('a refused post without a fallback is given up', async () => {
    await decide({ posts: [post()] })
    expect(await store.outbox.refuse(await claimed(), 'invalid_blocks', Date.now())).toBe('dead')
  })

  test('a stolen claim neither postpones nor refuses', async () => {
    await decide({ posts: [post()] })
    const first = await claimed(30)
    await pause(40)
    await claimed()
    expect(await store.outbox.postpone(first, 0, Date.now())).toBe('stolen')
    expect(await store.outbox.refuse(first, 'x', Date.now())).toBe('stolen')
  })

  test('a channel that is to be left alone is, others are served', async () => {
    await decide({ posts: [post(), post({ key: CHILD, channel: 'C2' })] })
    expect(await claim(1000, ['C1'])).toMatchObject({ entry: { key: CHILD } })
    expect(await claim(1000, ['C1'])).toBeUndefined()
  })

  test('a reply waits until its post is sent, and is told where', async () => {
    await decide({ posts: [post({ key: CHILD, parent: KEY }), post()] })
    const first = await claimed()
    expect(first.entry.key).toBe(KEY)
    expect(await claim()).toBeUndefined()
    await settle(first)
    expect(await claim()).toMatchObject({ entry: { key: CHILD }, parent: MESSAGE })
  })

  test('a reply to a post that was given up is sent without', async () => {
    await decide({ posts: [post(), post({ key: CHILD, parent: KEY })] })
    await store.outbox.refuse(await claimed(), 'x', Date.now())
    expect(await claim()).toMatchObject({ entry: { key: CHILD }, parent: undefined })
  })

  test('edits fold while they wait, and wait for their post', async () => {
    await decide({ posts: [post()], edits: [{ of: KEY, payload: 'old' }] })
    await decide({ expected: 1, edits: [{ of: KEY, payload: 'new' }] })
    expect(await edit()).toBeUndefined()
    await settle(await claimed())
    await pause(1050)
    const ours = await edit()
    expect(ours).toMatchObject({ of: KEY, payload: 'new', message: MESSAGE })
    expect(await edit()).toBeUndefined()
  })

  test('an edit that was made leaves its message alone for 10 s', async () => {
    await decide({ posts: [post()] })
    await settle(await claimed())
    await decide({ expected: 1, edits: [{ of: KEY, payload: 'a' }] })
    const first = await edit()
    await decide({ expected: 2, edits: [{ of: KEY, payload: 'b' }] })
    if (first !== undefined) await store.edits.settle(first, Date.now())
    expect(await edit()).toBeUndefined()
    await decide({ expected: 3, edits: [{ of: KEY, payload: 'c' }] })
    expect(await edit()).toBeUndefined()
  })

  test('the records of storms are kept by their begin, the last word of each', async () => {
    const now = Date.now()
    await decide({ storm: { id: 's1', since: now - 5000, record: { elections: 3 } } })
    await decide({ expected: 1, storm: { id: 's2', since: now - 1000, record: {} } })
    await decide({ expected: 2, storm: { id: 's1', since: now - 5000, record: { elections: 9 } } })
    expect(await store.storms.history(cluster, { from: now - 6000, to: now })).toEqual([
      { id: 's1', since: now - 5000, record: { elections: 9 } },
      { id: 's2', since: now - 1000, record: {} },
    ])
    expect(await store.storms.history(cluster, { from: now - 2000, to: now })).toHaveLength(1)
  })

  test('a state that is too large is refused by a sentence', async () => {
    await expect(decide({ state: 'x'.repeat(200_000) })).rejects.toThrow(/Cannot store a value/)
    expect(await store.storms.read(cluster)).toMatchObject({ version: 0 })
  })

  test('no more than 500 posts wait: the oldest are given up', async () => {
    const keys = Array.from({ length: 510 }, (_, i) => alertKey(cluster, 'first', `${i}`))
    for (let i = 0; i < keys.length; i += 102)
      await decide({
        expected: i / 102,
        posts: keys.slice(i, i + 102).map((key) => post({ key })),
      })
    expect((await store.outbox.waiting(cluster)).length).toBe(500)
  })
})

test('memory says that something is due while anything waits', async () => {
  const { storms, outbox } = inMemory()
  expect(await outbox.pending('prod')).toBe('none')
  await storms.decide('prod', { expected: 0, state: 1, posts: [post()] }, 0)
  expect(await outbox.pending('prod')).toBe('due')
})

test('Redis tells at little cost what of a cluster is due: a post, then its edit', async () => {
  const [{ storms, outbox, edits }, cluster] = [
    redisAlerts(await connected(redis.url)),
    freshCluster(),
  ]
  const pending = () => outbox.pending(cluster)
  expect(await pending()).toBe('none')
  await storms.decide(cluster, { expected: 0, state: 1, posts: [post()] }, Date.now())
  expect(await pending()).toBe('due')
  const ours = await outbox.claim(cluster, { now: Date.now(), leaseMs: 60_000 })
  expect(await pending()).toBe('waits')
  if (ours !== undefined) await outbox.settle(ours, MESSAGE, Date.now())
  expect(await pending()).toBe('none')
  const shown = { of: KEY, payload: 'all clear' }
  await storms.decide(cluster, { expected: 1, state: 2, edits: [shown] }, Date.now())
  expect(await pending()).toBe('due')
  expect(await edits.claim(cluster, { now: Date.now(), leaseMs: 1000 })).toMatchObject(shown)
  expect(await pending()).toBe('waits')
})

test('newer content that came while an edit was made follows after 10 s', async () => {
  const { storms, outbox, edits } = inMemory()
  const edited = (payload: string, expected: number) =>
    storms.decide('c', { expected, state: 1, edits: [{ of: KEY, payload }] }, 0)
  await storms.decide('c', { expected: 0, state: 1, posts: [post()] }, 0)
  const ours = await outbox.claim('c', { now: 0, leaseMs: 1000 })
  if (ours !== undefined) await outbox.settle(ours, MESSAGE, 0)
  await edited('a', 1)
  const first = await edits.claim('c', { now: 0, leaseMs: 1000 })
  await edited('b', 2)
  if (first !== undefined) await edits.settle(first, 500)
  expect(await edits.claim('c', { now: 10_000, leaseMs: 1 })).toBeUndefined()
  expect(await edits.claim('c', { now: 10_500, leaseMs: 1 })).toMatchObject({ payload: 'b' })
})

test('the key of an alert is the same on every replica and differs by each part', () => {
  expect(alertKey('prod', 'first', 'term 7')).toBe(KEY)
  const keys = [
    KEY,
    alertKey('prod', 'worse', 'term 7'),
    alertKey('prod', 'first', 'term 8'),
    alertKey('dev', 'first', 'term 7'),
    alertKey('prod","first', '', 'term 7'),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})
