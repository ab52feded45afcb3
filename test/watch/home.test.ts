import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { homeView } from '../../src/slack/home/home'
import { openStore, type Store } from '../../src/store/store'
import { homeFacts } from '../../src/watch/home'
import type { WatchState } from '../../src/watch/state'
import { announcementOf } from '../support/news'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { daily } from './handoff/shift'
import { clusterConfig } from './story'

const AT = Date.parse('2026-11-22T10:00:00Z')
let redis: TestRedis
let store: Store
beforeEach(async () => {
  redis = await startRedis()
  store = openStore(redis.url, { replica: randomUUID(), now: () => AT })
  await until(() => store.trouble() === undefined)
})
afterEach(async () => {
  await store.close()
  await redis.close()
})
afterAll(() => pause(2100))

const config = {
  clusters: ['prod', 'test', 'new'].map((name) => clusterConfig({ name })),
  handoffs: [daily(), daily({ name: 'soon', cron: '0 12 * * *', to: ['U9'] })],
}

const state = (cluster: string, lookedAt: number, over: Partial<WatchState> = {}): WatchState => ({
  v: 1,
  lookedAt,
  watch: {
    storm: {
      state: 'calm',
      since: 1,
      elections: [],
      leaderlessLooks: 0,
      unreadableLooks: 0,
      precursorLooks: 0,
    } as unknown as WatchState['watch']['storm'],
    cause: 'none',
    causeLooks: 0,
  } as unknown as WatchState['watch'],
  past: [],
  standing: {
    cluster,
    lookedAt,
    state: 'calm',
    since: AT - 3_600_000,
    severity: 'ok',
    headline: 'Calm',
    cause: 'none',
  },
  noticed: {},
  ...over,
})

const told = {
  id: 'prod-t7',
  kind: 'storm',
  since: 1,
  passed: 0,
  elections: 4,
  entries: {},
  root: announcementOf(),
} as unknown as NonNullable<WatchState['told']>

const kept = async (cluster: string, is: WatchState): Promise<void> => {
  await store.storms.decide(cluster, { expected: 0, state: is }, AT)
}

test('Home is told how each cluster stands, what is open and silenced, and who is next', async () => {
  await kept('prod', state('prod', AT - 4000, { told }))
  await kept('test', state('test', AT - 121_000))
  await store.silences.add({ cluster: 'test', from: AT, until: AT + 1000, by: 'U1', reason: '' })
  const facts = await homeFacts(store, config, AT)
  expect(facts.trouble).toBeUndefined()
  expect(
    facts.clusters.map(({ name, stands, lookedAt }) => [name, stands?.state, lookedAt]),
  ).toEqual([
    ['prod', 'calm', AT - 4000],
    ['test', undefined, AT - 121_000],
    ['new', undefined, undefined],
  ])
  expect(facts.storms.map(({ stormId }) => stormId)).toEqual(['prod-t7'])
  expect(facts.silences).toMatchObject([{ cluster: 'test', by: 'U1' }])
  expect(facts.handoffs.map(({ name, changeText, to }) => [name, changeText, to])).toEqual([
    ['soon', 'Sun 22 Nov 12:00', ['U9']],
    ['daily', 'Mon 23 Nov 08:00', ['U2']],
  ])
})

test('a look by a clock that is ahead is not how it stands, until that time has come', async () => {
  await kept('prod', state('prod', AT + 600_000))
  const stands = async (at: number) => (await homeFacts(store, config, at)).clusters[0]?.stands
  expect(await stands(AT)).toBeUndefined()
  expect(await stands(AT + 500_000)).toMatchObject({ state: 'calm' })
})

test('without Redis nothing that is old is told as calm, and the trouble is', async () => {
  await kept('prod', state('prod', AT - 4000))
  await redis.stop()
  await until(() => store.trouble() !== undefined)
  const facts = await homeFacts(store, config, AT + 600_000)
  expect(facts.trouble).toBeDefined()
  expect(facts.clusters.map(({ stands }) => stands)).toEqual([undefined, undefined, undefined])
  const view = homeView({ ...facts, at: AT, command: '/etcd', operates: [], unread: [] })
  expect(JSON.stringify(view)).toContain('The store cannot be read')
  expect(JSON.stringify(view)).not.toMatch(/are well|🟢/)
})
