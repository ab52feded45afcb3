import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { EditClaim } from '../../src/store/edits'
import { alertKey } from '../../src/store/outbox'
import type { Decision } from '../../src/store/storms'
import { startRedis, until, type TestRedis } from '../support/redis'
import { closeAll, freshCluster, replica, type Replica } from './clients'

/** What a root message says after replicas decided apart. */

let redis: TestRedis
let cluster: string
let a: Replica
let b: Replica
let c: Replica
beforeEach(async () => {
  redis = await startRedis()
  cluster = freshCluster()
  ;[a, b, c] = await Promise.all([replica(redis.url), replica(redis.url), replica(redis.url)])
  await decide(a, { state: 'first', posts: [{ key: ROOT, channel: 'C1', payload: null }] })
  const post = await a.alerts.outbox.claim(cluster, { now: Date.now(), leaseMs: 1000 })
  if (post !== undefined)
    await a.alerts.outbox.settle(post, { channel: 'C1', ts: '1.1' }, Date.now())
  await Promise.all([b, c].map((one) => one.alerts.storms.read(cluster)))
})
afterEach(async () => {
  await closeAll()
  await redis.close()
})

const ROOT = alertKey('prod', 'storm', 'term 7')

const decide = async (who: Replica, decision: Partial<Decision>): Promise<void> => {
  const { version } = await who.alerts.storms.read(cluster)
  const decided = await who.alerts.storms.decide(
    cluster,
    { expected: version, state: null, ...decision },
    Date.now(),
  )
  expect(decided).toMatchObject({ decided: true })
}

const says = (who: Replica, state: string): Promise<void> =>
  decide(who, {
    state,
    edits: [{ of: ROOT, payload: state }],
    storm: { id: 's1', since: Date.now(), record: state },
  })

const edit = (who: Replica, leaseMs = 1000): Promise<EditClaim | undefined> =>
  who.alerts.edits.claim(cluster, { now: Date.now(), leaseMs })

const settle = (who: Replica, claim: EditClaim | undefined): Promise<void> =>
  claim === undefined
    ? Promise.reject(new Error('there was no edit'))
    : who.alerts.edits.settle(claim, Date.now())

const away = async (): Promise<void> => {
  await redis.kill()
  await until(() => [a, b, c].every((one) => one.connection.trouble() !== undefined))
}

const back = async (): Promise<void> => {
  await redis.restart()
  await until(() => [a, b, c].every((one) => one.connection.trouble() === undefined))
}

const key = (name: string): string => `stormwatch:{${cluster}}:${name}`

/** The pause that a message gets after an edit is over. */
const rested = async (): Promise<void> => {
  await redis.admin.del(key(`edited:${ROOT}`))
  const due = await redis.admin.zscore(key('edits:due'), ROOT)
  if (due !== null) await redis.admin.zadd(key('edits:due'), 'XX', 0, ROOT)
}

const stateOf = async (who: Replica): Promise<unknown> =>
  (await who.alerts.storms.read(cluster)).state

test('older words of one that decided alone do not go over those of the state that stands', async () => {
  await away()
  await says(a, 'worse')
  await says(b, 'worse')
  await says(b, 'all clear')
  await back()
  for (const one of [b, a, c]) expect(await stateOf(one)).toBe('all clear')
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('nor does its record of the storm', async () => {
  await away()
  await says(a, 'worse')
  await says(b, 'worse')
  await says(b, 'all clear')
  await back()
  for (const one of [b, a]) await stateOf(one)
  const told = await c.alerts.storms.history(cluster, { from: 0, to: Date.now() })
  expect(told).toMatchObject([{ id: 's1', record: 'all clear' }])
})

test('newer words follow older ones that were written over them without Redis', async () => {
  await away()
  await says(a, 'worse')
  await says(b, 'all clear')
  const older = await edit(a)
  expect(older).toMatchObject({ payload: 'worse' })
  await back()
  await stateOf(b)
  await settle(c, await edit(c))
  await rested()
  expect(await edit(c)).toBeUndefined()
  await settle(a, older) // it ends only now
  await stateOf(a)
  await rested()
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('what was shown without Redis is shown again, since another may have written over it', async () => {
  await away()
  await says(a, 'all clear')
  await settle(a, await edit(a))
  await back()
  await stateOf(a)
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('newer words follow older ones of a replica that was stopped in the middle', async () => {
  await says(a, 'worse')
  const older = await edit(a, 1)
  await until(async () => (await redis.admin.zscore(key('edits:due'), ROOT)) !== null)
  await says(b, 'all clear')
  await settle(b, await edit(b))
  await settle(a, older)
  await rested()
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('words that wait survive a Redis that lost everything', async () => {
  await says(a, 'all clear')
  await redis.flushall()
  expect(await stateOf(a)).toBe('all clear')
  await stateOf(a)
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('words that another has replaced are not told to a Redis that lost everything', async () => {
  await says(a, 'worse')
  await says(b, 'all clear')
  await stateOf(a)
  await redis.flushall()
  for (const one of [a, b, a]) await stateOf(one)
  expect(await edit(c)).toMatchObject({ payload: 'all clear' })
})

test('content of no more than 20 posts is kept after it was shown', async () => {
  for (let i = 0; i < 23; i++) {
    const of = alertKey('prod', 'storm', `term ${i}`)
    await redis.admin.set(key(`sent:${of}`), '{"v":1,"is":{"channel":"C1","ts":"1.2"}}')
    await decide(a, { state: i, edits: [{ of, payload: i }] })
    await settle(a, await edit(a))
  }
  expect(await redis.admin.hlen(key('edits'))).toBe(20)
  expect(await redis.admin.zcard(key('edits:due'))).toBe(0)
})
