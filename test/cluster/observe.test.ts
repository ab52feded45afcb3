import { afterAll, afterEach, expect, test } from '@jest/globals'
import { createObserver } from '../../src/cluster/observe'
import { startCluster, type ClusterOptions, type LabCluster } from '../lab/cluster'
import {
  clocked,
  configOf,
  kinds,
  member,
  scrapeOf,
  sleep,
  statusOf,
  value,
  wordsOf,
} from './observed'

const observer = createObserver()
const labs: LabCluster[] = []

const start = async (options: ClusterOptions = {}): Promise<LabCluster> => {
  const lab = await startCluster(options)
  labs.push(lab)
  return lab
}

afterEach(async () => {
  observer.keepOnly([])
  await Promise.all(labs.splice(0).map((lab) => lab.close()))
})

afterAll(() => observer.close())

type EtcdctlStatus = {
  readonly Status: Record<string, unknown> & { header: Record<string, unknown> }
}

/** etcdctl writes 64-bit ids as numbers, which JSON.parse would round. */
const etcdctlStatus = async (lab: LabCluster): Promise<EtcdctlStatus['Status'][]> => {
  const text = await lab.etcdctl(['endpoint', 'status', '-w', 'json'])
  const table = JSON.parse(text.replace(/:(\d{15,})/g, ':"$1"')) as EtcdctlStatus[]
  return table.map(({ Status }) => Status)
}

const hex = (id: unknown): string => BigInt(String(id)).toString(16)

test.each(['3.5', '3.5.16', '3.4'])(
  '%s says what etcdctl says, field by field',
  async (version) => {
    const lab = await start({ version })
    await lab.etcdctl(['put', 'a', 'b'.repeat(10_000)])
    await sleep(500) // until the last write is applied and its size told everywhere
    const cluster = configOf(lab.members)
    const seen = await observer.observe(cluster, 1234)
    const told = await etcdctlStatus(lab)
    expect(seen.at).toBe(1234)
    expect(seen.members.map(({ endpoint }) => endpoint)).toEqual(lab.endpoints)
    for (const [i, status] of told.entries()) {
      expect(statusOf(seen, i)).toEqual({
        memberId: hex(status.header.member_id),
        clusterId: hex(status.header.cluster_id),
        version: status.version,
        leaderId: hex(status.leader),
        raftTerm: status.raftTerm,
        raftIndex: status.raftIndex,
        raftAppliedIndex: status.raftAppliedIndex,
        dbSizeBytes: status.dbSize,
        dbInUseBytes: status.dbSizeInUse,
        quotaBytes: undefined,
        isLearner: false,
        errors: [],
      })
      const page = scrapeOf(seen, i)
      expect(page.memberId).toBe(hex(status.header.member_id))
      expect(page.version).toBe(status.version)
      expect(page.isLeader).toBe(status.leader === status.header.member_id)
      expect(page.dbSizeBytes).toBe(status.dbSize)
      expect(page.proposalsApplied).toBe(status.raftAppliedIndex)
      expect(page.peers.size).toBe(2)
    }
    const roster = value(seen.roster)
    expect(lab.endpoints).toContain(roster.answeredBy)
    expect(roster.raftTerm).toBe(told[0]?.raftTerm)

    expect(new Set(roster.members.map(({ clientUrls }) => clientUrls[0]))).toEqual(
      new Set(lab.endpoints),
    )
    expect(new Set(roster.members.map(({ id }) => id))).toEqual(
      new Set(told.map(({ header }) => hex(header.member_id))),
    )
  },
)

test('paused, killed and healed members are rows of an answer that comes in time', async () => {
  const lab = await start({ metricsUrls: true })
  const leader = await lab.leader()
  const [paused, killed] = [(leader + 1) % 3, (leader + 2) % 3]
  const cluster = configOf(lab.members, { readTimeoutMs: 1000 })
  await observer.observe(cluster, 0)

  await lab.pause(paused)
  const hung = await clocked(() => observer.observe(cluster, 1))
  expect(hung.tookMs).toBeLessThan(1200)
  expect(kinds(member(hung.seen, paused))).toEqual({ status: 'deadline', scrape: 'deadline' })
  expect(wordsOf(member(hung.seen, paused).status)).toBe('no answer within 1000 ms')
  expect(kinds(member(hung.seen, leader))).toEqual({ status: 'ok', scrape: 'ok' })
  expect(member(hung.seen, leader).status.tookMs).toBeLessThan(500)
  expect(hung.seen.roster.ok).toBe(true)

  await lab.kill(killed)
  const both = await clocked(() => observer.observe(cluster, 2))
  expect(both.tookMs).toBeLessThan(1200)
  expect(kinds(member(both.seen, killed))).toEqual({ status: 'refused', scrape: 'refused' })
  // the leader is alone, and still answers
  expect(kinds(member(both.seen, leader))).toEqual({ status: 'ok', scrape: 'ok' })

  lab.resume(paused)
  await lab.start(killed)
  await lab.healthy()
  const healed = await observer.observe(cluster, 3)
  expect(healed.members.map(kinds)).toEqual(Array(3).fill({ status: 'ok', scrape: 'ok' }))
})

test('a cluster without a quorum is still read: no leader, and the roster', async () => {
  const lab = await start()
  const leader = await lab.leader()
  const last = (leader + 1) % 3
  await Promise.all([lab.kill(leader), lab.kill((leader + 2) % 3)])
  const cluster = configOf(lab.members)
  await sleep(2500) // two election timeouts
  const { seen, tookMs } = await clocked(() => observer.observe(cluster, 0))
  expect(tookMs).toBeLessThan(1000)
  expect(statusOf(seen, last).leaderId).toBeUndefined()
  expect(statusOf(seen, last).errors).toEqual(['etcdserver: no leader'])
  expect(scrapeOf(seen, last).hasLeader).toBe(false)
  expect(value(seen.roster).members).toHaveLength(3)
})

test('five members, one member', async () => {
  const [five, one] = await Promise.all([start({ members: 5 }), start({ members: 1 })])
  const [many, alone] = await Promise.all([
    observer.observe(configOf(five.members), 0),
    observer.observe(configOf(one.members), 0),
  ])
  expect(many.members.map(kinds)).toEqual(Array(5).fill({ status: 'ok', scrape: 'ok' }))
  expect(new Set(many.members.map((_, i) => statusOf(many, i).memberId)).size).toBe(5)
  expect(statusOf(alone, 0).leaderId).toBe(statusOf(alone, 0).memberId)
  expect(scrapeOf(alone, 0).peers.size).toBe(0)
})

test('a learner is told as one by Status, page and roster', async () => {
  const lab = await start({ members: 1 })
  const learner = await lab.addLearner()
  const seen = await observer.observe(configOf(lab.members), 0)
  expect(statusOf(seen, 0).isLearner).toBe(false)
  expect(statusOf(seen, learner).isLearner).toBe(true)
  expect(scrapeOf(seen, learner).isLearner).toBe(true)
  const id = statusOf(seen, learner).memberId
  const { members } = value(seen.roster)
  expect(members.filter(({ isLearner }) => isLearner).map((one) => one.id)).toEqual([id])
})

test('a full database raises an alarm that Status names, and the page tells the quota', async () => {
  const lab = await start({ members: 1, quotaBytes: 1 << 20 })
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await lab.etcdctl(['put', `k${i}`, 'x'.repeat(100_000)])
  }
  await expect(fill()).rejects.toThrow('database space exceeded')
  const seen = await observer.observe(configOf(lab.members), 0)
  const { memberId, errors } = statusOf(seen, 0)
  expect(errors.join()).toContain('alarm:NOSPACE')
  expect(errors.join()).toContain(`memberID:${BigInt(`0x${memberId}`)}`)
  expect(scrapeOf(seen, 0).quotaBytes).toBe(1 << 20)
})

test('mixed versions are each read as what they are', async () => {
  const lab = await start({ versions: ['3.4', '3.5', '3.5.16'] })
  const seen = await observer.observe(configOf(lab.members), 0)
  expect(seen.members.map(kinds)).toEqual(Array(3).fill({ status: 'ok', scrape: 'ok' }))
  expect(statusOf(seen, 0).version).toMatch(/^3\.4\./)
  expect(statusOf(seen, 2).version).toBe('3.5.16')
  for (const index of [0, 1, 2]) {
    expect(scrapeOf(seen, index).version).toBe(statusOf(seen, index).version)
    expect(scrapeOf(seen, index).walFsync?.count).toBeGreaterThan(0)
  }
})

test('a hundred looks at an idle cluster add nothing to its log (S11)', async () => {
  const lab = await start()
  const cluster = configOf(lab.members)
  const first = await observer.observe(cluster, 0)
  for (let i = 1; i < 100; i++) await observer.observe(cluster, i)
  const last = await observer.observe(cluster, 100)
  expect(last.members.map((_, i) => statusOf(last, i).raftIndex)).toEqual(
    first.members.map((_, i) => statusOf(first, i).raftIndex),
  )
})

test('a look that its caller ends says so at once', async () => {
  const lab = await start({ members: 1 })
  const cluster = configOf(lab.members)
  await lab.pause(0)
  const { seen, tookMs } = await clocked(() =>
    observer.observe(cluster, 0, AbortSignal.timeout(100)),
  )
  expect(tookMs).toBeLessThan(400)
  expect(wordsOf(member(seen, 0).status)).toBe('the reading was cancelled')
  const ended = await observer.observe(cluster, 0, AbortSignal.abort())
  expect(kinds(member(ended, 0))).toEqual({ status: 'other', scrape: 'other' })
})

test('a cluster that is gone is closed, another configuration opens anew, looks under way end', async () => {
  const lab = await start({ members: 1 })
  const cluster = configOf(lab.members)
  const own = createObserver()
  const looking = own.observe(cluster, 0)
  own.keepOnly([])
  expect(kinds(member(await looking, 0))).toEqual({ status: 'ok', scrape: 'ok' })
  const moved = {
    ...cluster,
    endpoints: [{ url: 'http://127.0.0.1:1', metricsUrl: 'http://127.0.0.1:1/metrics' }],
  }
  expect(kinds(member(await own.observe(cluster, 1), 0)).status).toBe('ok')
  expect(kinds(member(await own.observe(moved, 2), 0)).status).toBe('refused')
  await own.close()
})
