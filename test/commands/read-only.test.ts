import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dispatch } from '../../commands/dispatch'
import { COMMANDS } from '../../commands/list'
import { createJournal } from '../../src/cluster/logs/journal'
import { createObserver } from '../../src/cluster/observe'
import { createWriters } from '../../src/cluster/writes/writers'
import type { Config } from '../../src/config'
import { openStore, type Store } from '../../src/store/store'
import { toolsOf } from '../../src/tools'
import { createHistory } from '../../src/watch/history'
import { message, startFakeEtcd, type FakeEtcd } from '../cluster/fake-etcd'
import { at, configOf } from '../cluster/observed'
import { LIMITS } from '../support/build'
import { startRedis, type TestRedis } from '../support/redis'

/** S4: over every subcommand, a member counts the calls that could change it. There are none. */

let redis: TestRedis
let store: Store
let etcd: FakeEtcd

/** A healthy member, as 3.6 tells it. */
const ANSWERS = new Map([
  [
    '/etcdserverpb.Maintenance/Status',
    message(
      [1, message([2, 7n], [4, 3])],
      [2, '3.6.5'],
      [3, 4096],
      [4, 7n],
      [5, 9],
      [6, 3],
      [7, 9],
      [9, 4096],
    ),
  ],
  [
    '/etcdserverpb.Cluster/MemberList',
    message([1, message([2, 7n], [4, 3])], [2, message([1, 7n], [2, 'm1'])]),
  ],
  ['/etcdserverpb.Watch/Watch', message([3, 1])],
])

const READS = [...ANSWERS.keys()].toSorted()

beforeAll(async () => {
  redis = await startRedis()
  store = openStore(redis.url, { replica: 'r1', now: Date.now })
  etcd = await startFakeEtcd(({ path }) => {
    const said = ANSWERS.get(path)
    return said === undefined ? { code: 12, details: 'unknown' } : { message: said }
  })
})

afterAll(async () => {
  await store.close()
  await etcd.close()
  await redis.close()
})

/** What is asked of each, so that it does all that it can. */
const ASKED: Readonly<Record<string, string>> = {
  status: 'prod',
  diagnose: 'prod 2s',
  explain: 'etcdserver: mvcc: database space exceeded',
  storms: 'prod',
  baseline: 'prod',
  compare: 'prod 30m',
  clusters: '',
  handoff: 'prod 12',
  note: 'prod the disk is ordered',
  writers: 'prod 1s --force',
  silence: 'prod 5m a test',
  unsilence: 'prod',
  silences: '',
  help: '',
}

test('every subcommand is asked here', () =>
  expect(Object.keys(ASKED).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted()))

test('no subcommand makes a call that could change etcd, with a store or without', async () => {
  const cluster = { ...configOf([at(etcd.endpoint)], { limits: LIMITS }), name: 'prod' }
  const config = { clusters: [cluster], watch: { everyMs: 15_000 }, handoffs: [] }
  const observer = createObserver()
  const writers = createWriters()
  const tools = toolsOf({
    config: () => config as unknown as Config,
    observe: observer.observe,
    journal: createJournal(),
    writers,
    version: '0',
  })
  const history = createHistory(store, { now: Date.now, linkOf: () => undefined })
  const askers = new Set<string>()
  for (const [name, words] of Object.entries(ASKED))
    for (const some of [tools, { ...tools, history }]) {
      const before = etcd.calls.length
      const ask = {
        by: 'U1',
        may: () => true,
        onProgress: () => undefined,
        signal: AbortSignal.timeout(20_000),
      }
      await dispatch([name, ...words.split(' ').filter(Boolean)], ask, some)
      if (etcd.calls.length > before) askers.add(name)
    }
  await observer.close()
  await writers.close()
  expect([...askers]).toEqual(expect.arrayContaining(['status', 'diagnose', 'clusters', 'writers']))
  expect([...new Set(etcd.calls.map(({ path }) => path))].toSorted()).toEqual(READS)
}, 60_000)
