import { existsSync } from 'node:fs'
import { afterEach, expect, test } from '@jest/globals'
import { electionsSince, markLogs } from './elections'
import { inject } from './faults'
import { startCluster, type ClusterOptions, type LabCluster } from './cluster'

const open: LabCluster[] = []

const start = async (options: ClusterOptions = {}): Promise<LabCluster> => {
  const cluster = await startCluster(options)
  open.push(cluster)
  return cluster
}

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close()
})

const versionsIn = async (cluster: LabCluster): Promise<string[]> => {
  const table = JSON.parse(await cluster.etcdctl(['endpoint', 'status', '-w', 'json'])) as {
    Status: { version: string }
  }[]
  return table.map(({ Status }) => Status.version)
}

const isAlive = (pid: number | undefined): boolean => existsSync(`/proc/${pid}`)

test('a killed member comes back, a paused leader is replaced, and closing leaves nothing', async () => {
  const cluster = await start()
  expect(cluster.folder).toContain(' ')
  expect(await versionsIn(cluster)).toEqual(Array(3).fill(expect.stringMatching(/^3\.5\.\d+$/)))

  const first = await cluster.leader()
  const follower = (first + 1) % 3
  await cluster.kill(follower)
  expect(cluster.members[follower]?.pid).toBeUndefined()
  await cluster.start(follower)

  await cluster.pause(first)
  await expect(until(async () => (await cluster.leader()) !== first)).resolves.toBe(true)
  cluster.resume(first)
  await cluster.healthy()

  const pids = cluster.members.map(({ pid }) => pid)
  expect(pids.every(isAlive)).toBe(true)
  await cluster.close()
  expect(pids.some(isAlive)).toBe(false)
  expect(existsSync(cluster.folder)).toBe(false)
})

test('etcd 3.4 starts, and versions may be mixed', async () => {
  const [old, mixed] = await Promise.all([
    start({ version: '3.4', metricsUrls: true }),
    start({ versions: ['3.4', '3.5.16'] }),
  ])
  expect(await versionsIn(old)).toEqual(Array(3).fill(expect.stringMatching(/^3\.4\./)))
  expect(await versionsIn(mixed)).toEqual([expect.stringMatching(/^3\.4\./), '3.5.16'])
  const page = await fetch(old.members[0]?.metricsUrl ?? '')
  expect(await page.text()).toContain('etcd_server_has_leader 1')
})

test('TLS demands a client certificate of the right authority', async () => {
  const cluster = await start({ members: 1, tls: true })
  const { tls } = cluster
  expect(await cluster.leader()).toBe(0)
  await expect(cluster.etcdctl(['put', 'a', 'b'])).resolves.toContain('OK')
  await expect(cluster.etcdctl(['get', 'a', `--cacert=${tls?.wrongCa}`])).rejects.toThrow(
    /unknown authority|deadline/,
  )
})

test('auth lets root do all and a weak user only read', async () => {
  const auth = { rootPassword: 'r', users: [{ name: 'weak', password: 'w', reads: 'public/' }] }
  const cluster = await start({ auth })
  expect(await cluster.leader()).toBeLessThan(3)
  await expect(cluster.etcdctl(['put', 'public/a', 'b'])).resolves.toContain('OK')
  await expect(cluster.etcdctl(['get', 'public/a'], { user: 'weak:w' })).resolves.toContain('b')
  await expect(cluster.etcdctl(['put', 'a', 'b'], { user: 'weak:w' })).rejects.toThrow('denied')
})

test('a learner joins without a vote', async () => {
  const cluster = await start({ members: 1, peerProxy: true })
  const learner = await cluster.addLearner()
  expect(learner).toBe(1)
  expect(await cluster.etcdctl(['member', 'list'])).toMatch(/etcd2.*true/)
})

test('a leader cut off silently loses one election, and comes back when healed', async () => {
  const cluster = await start({ peerProxy: true })
  const first = await cluster.leader()
  const mark = markLogs(cluster)
  const { members, undo } = await inject(cluster, { kind: 'cut', on: 'leader' })
  expect(members).toEqual([first])
  expect(await until(async () => (await cluster.leader()) !== first)).toBe(true)
  await undo()
  await cluster.healthy()
  expect(electionsSince(cluster, mark)).toEqual([{ term: 3, member: expect.any(String) }])
})

const until = async (fact: () => Promise<boolean>): Promise<boolean> => {
  for (let i = 0; i < 100; i++) {
    if (await fact()) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
