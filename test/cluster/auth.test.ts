import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createObserver } from '../../src/cluster/observe'
import type { ClusterConfig } from '../../src/config'
import { startCluster, type LabCluster } from '../lab/cluster'
import { configOf, kinds, member, scrapeOf, statusOf, value, wordsOf } from './observed'

const observer = createObserver({ filesCheckMs: 0 })
const labs = new Map<string, LabCluster>()
let folder: string

const users = [{ name: 'watcher', password: 'weak-pass' }]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stormwatch-auth-'))
  await Promise.all(
    ['3.5.16', '3.5'].map(async (version) => {
      labs.set(version, await startCluster({ version, auth: { rootPassword: 'root-pass', users } }))
    }),
  )
})

afterAll(async () => {
  await observer.close()
  await Promise.all([...labs.values()].map((lab) => lab.close()))
  rmSync(folder, { recursive: true })
})

const labOf = (version: string): LabCluster => {
  const lab = labs.get(version)
  if (lab === undefined) throw new Error(`no lab of ${version}`)
  return lab
}

let files = 0

const clusterAs = (version: string, username: string, password: string): ClusterConfig => {
  const file = join(folder, `password-${++files}`)
  writeFileSync(file, `${password}\n`)
  return configOf(labOf(version).members, { auth: { username, password: { file } } })
}

const all = (status: string): object[] => Array(3).fill({ status, scrape: 'ok' })

test('3.5.16 lets a user without any right read everything', async () => {
  const seen = await observer.observe(clusterAs('3.5.16', 'watcher', 'weak-pass'), 0)
  expect(seen.members.map(kinds)).toEqual(all('ok'))
  expect(value(seen.roster).members).toHaveLength(3)
})

test('the newest 3.5 denies it Status: roster and pages tell what they can', async () => {
  const seen = await observer.observe(clusterAs('3.5', 'watcher', 'weak-pass'), 0)
  expect(seen.members.map(kinds)).toEqual(all('denied'))
  expect(wordsOf(member(seen, 0).status)).toBe('etcdserver: permission denied')
  const roster = value(seen.roster)
  expect(roster.members).toHaveLength(3)
  expect(roster.raftTerm).toBeGreaterThan(1)
  expect(roster.members.map(({ id }) => id)).toContain(roster.memberId)
  const pages = seen.members.map((_, i) => scrapeOf(seen, i))
  expect(new Set(pages.map(({ memberId }) => memberId))).toEqual(
    new Set(roster.members.map(({ id }) => id)),
  )
  expect(pages.filter(({ isLeader }) => isLeader)).toHaveLength(1)
  expect(pages[0]).toMatchObject({
    hasLeader: true,
    isLearner: false,
    version: expect.stringMatching(/^3\.5\./),
  })
  expect(pages[0]?.proposalsApplied).toBeGreaterThan(0)
})

test('root reads everything', async () => {
  const seen = await observer.observe(clusterAs('3.5', 'root', 'root-pass'), 0)
  expect(seen.members.map(kinds)).toEqual(all('ok'))
})

test('without a user, and with a wrong password, the newest 3.5 says which', async () => {
  const nobody = await observer.observe(configOf(labOf('3.5').members), 0)
  expect(nobody.members.map(kinds)).toEqual(all('denied'))
  expect(wordsOf(member(nobody, 0).status)).toBe('etcdserver: user name is empty')
  expect(nobody.roster.ok).toBe(false)
  const wrong = await observer.observe(clusterAs('3.5', 'watcher', 'canary'), 0)
  expect(wrong.members.map(kinds)).toEqual(all('denied'))
  expect(wordsOf(member(wrong, 0).status)).toBe(
    'logging in: etcdserver: authentication failed, invalid user ID or password',
  )
  expect(wordsOf(wrong.roster)).not.toContain('canary')
})

test('a password file that is gone is said, and hides nothing else', async () => {
  const cluster = (version: string) =>
    configOf(labOf(version).members, {
      auth: { username: 'root', password: { file: '/gone/password' } },
    })
  const now = await observer.observe(cluster('3.5'), 0)
  expect(now.members.map(kinds)).toEqual(Array(3).fill({ status: 'other', scrape: 'ok' }))
  expect(wordsOf(member(now, 0).status)).toContain('cannot read the password file /gone/password')
  const old = await observer.observe(cluster('3.5.16'), 0)
  expect(old.members.map(kinds)).toEqual(all('ok'))
})

test('a password file that is mended is read without a restart', async () => {
  const cluster = clusterAs('3.5', 'root', 'wrong')
  const file = cluster.auth && 'file' in cluster.auth.password ? cluster.auth.password.file : ''
  expect((await observer.observe(cluster, 0)).members.map(kinds)).toEqual(all('denied'))
  writeFileSync(file, 'root-pass')
  expect((await observer.observe(cluster, 1)).members.map(kinds)).toEqual(all('ok'))
})

test('a restarted member has forgotten its tokens, and is read', async () => {
  const lab = labOf('3.5')
  const cluster = clusterAs('3.5', 'root', 'root-pass')
  await observer.observe(cluster, 0)
  await new Promise((done) => setTimeout(done, 3000)) // the rest between two logins
  await lab.kill(0)
  await lab.start(0)
  const seen = await observer.observe(cluster, 1)
  expect(seen.members.map(kinds)).toEqual(all('ok'))
})

test('a hundred looks cost one log entry a member, that of its login (S11)', async () => {
  const cluster = clusterAs('3.5', 'root', 'root-pass')
  const first = await observer.observe(cluster, 0)
  // on a busy machine a member's login may end some looks later: all three stand in the log then
  for (let i = 0; i < 20; i++) await observer.observe(cluster, i)
  const index = statusOf(await observer.observe(cluster, 1), 0).raftIndex
  expect(index - statusOf(first, 0).raftIndex).toBeLessThanOrEqual(3)
  for (let i = 0; i < 100; i++) await observer.observe(cluster, i)
  expect(statusOf(await observer.observe(cluster, 2), 0).raftIndex).toBe(index)
})
