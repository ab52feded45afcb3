import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createWriters, type Wanted } from '../../src/cluster/writes/writers'
import type { ClusterConfig, EtcdUser } from '../../src/config'
import { groupsOf } from '../../src/diagnosis/writes/groups'
import { eventsOf, type Branch, type Watched, type Writes } from '../../src/diagnosis/writes/writes'
import { startClients } from '../lab/clients'
import { startCluster, type LabCluster } from '../lab/cluster'
import { ask } from '../lab/gateway'
import { LIMITS } from '../support/build'
import { clocked, configOf, sleep } from './observed'

const writers = createWriters()
const folder = mkdtempSync(join(tmpdir(), 'stormwatch-writers-'))
const labs: LabCluster[] = []

afterAll(async () => {
  await writers.close()
  await Promise.all(labs.map((lab) => lab.close()))
  rmSync(folder, { recursive: true })
})

const labOf = async (options: Parameters<typeof startCluster>[0]): Promise<LabCluster> => {
  const lab = await startCluster(options)
  labs.push(lab)
  return lab
}

const clusterOf = (lab: LabCluster, over: Partial<ClusterConfig> = {}): ClusterConfig =>
  configOf(lab.members, { limits: LIMITS, ...over })

const never = new AbortController().signal

const watch = (
  cluster: ClusterConfig,
  over: Partial<Wanted> = {},
  signal: AbortSignal = never,
): Promise<Watched> =>
  writers.watch(
    cluster,
    {
      endpoints: cluster.endpoints.map(({ url }) => url),
      forMs: 2000,
      prefix: undefined,
      onSoFar: () => undefined,
      ...over,
    },
    signal,
  )

const seen = (watched: Watched): Writes => {
  if (watched.kind !== 'watched') throw new Error(`not watched: ${JSON.stringify(watched)}`)
  return watched.writes
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const put = (lab: LabCluster, key: string, value: string) =>
  ask({
    url: `${lab.endpoints[0] ?? ''}/v3/kv/put`,
    body: { key: base64(key), value: base64(value) },
    timeoutMs: 5000,
  })

const remove = (lab: LabCluster, key: string) =>
  ask({
    url: `${lab.endpoints[0] ?? ''}/v3/kv/deleterange`,
    body: { key: base64(key) },
    timeoutMs: 5000,
  })

const metric = async (lab: LabCluster, name: string, index = 0): Promise<number> => {
  const page = await (await fetch(lab.members[index]?.metricsUrl ?? '')).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1])
}

const watchersOn = (lab: LabCluster, index = 0): Promise<number> =>
  metric(lab, 'etcd_debugging_mvcc_watcher_total', index)

/** The member learns of a cancelled stream a moment later. */
const settled = async (lab: LabCluster, index = 0): Promise<number> => {
  for (let tries = 0; tries < 20 && (await watchersOn(lab, index)) > 0; tries++) await sleep(50)
  return watchersOn(lab, index)
}

const branchAt = (tree: Branch, ...path: readonly string[]): Branch | undefined =>
  path.reduce<Branch | undefined>((at, part) => at?.children.get(part), tree)

describe.each(['3.5', '3.4'])('etcd %s', (version) => {
  let lab: LabCluster

  beforeAll(async () => {
    lab = await labOf({ members: 1, version })
  })

  test('three hot prefixes are found, with their shares within 5 %', async () => {
    const rates = { 'alpha/': 120, 'beta/': 60, 'gamma/': 20 }
    const clients = await Promise.all(
      Object.entries(rates).map(([name, perSecond]) =>
        startClients(lab, {
          kind: 'puts',
          workers: 2,
          valueBytes: 1000,
          perSecond,
          keys: 200,
          prefix: `/hot/${name}`,
          forMs: 60_000,
        }),
      ),
    )
    await sleep(1000) // until all three are at work
    const { tree, revisions, revisionsSeen, cut } = seen(
      await watch(clusterOf(lab), { forMs: 5000 }),
    )
    await Promise.all(clients.map((one) => one.stop()))
    expect(cut).toBeUndefined()
    expect(revisionsSeen).toBe(revisions)
    const all = eventsOf(tree.counts)
    const groups = groupsOf(tree).filter(({ counts }) => eventsOf(counts) > 0)
    expect(groups.map(({ path }) => path.join(''))).toEqual([
      '/hot/alpha/',
      '/hot/beta/',
      '/hot/gamma/',
    ])
    const shares = groups.map(({ counts }) => eventsOf(counts) / all)
    for (const [i, want] of [0.6, 0.3, 0.1].entries())
      expect(Math.abs((shares[i] ?? 0) - want)).toBeLessThan(0.05)
  })

  test('creates, updates, deletes and bytes are exact, and foreign keys are one write each', async () => {
    const key = `/k-${version}/one`
    const odd = `/k-${version}/<!channel>\n\u0000x`
    const running = watch(clusterOf(lab), { forMs: 1500, prefix: `/k-${version}/` })
    await sleep(400)
    await put(lab, key, 'x'.repeat(100))
    await put(lab, key, 'y'.repeat(300_000))
    await put(lab, odd, '')
    await remove(lab, key)
    await put(lab, '/elsewhere', 'z')
    const { tree, seen: count } = seen(await running)
    expect(count).toBe(4)
    expect(tree.counts).toEqual({
      creates: 2,
      updates: 1,
      deletes: 1,
      bytes: 3 * key.length + 300_100 + odd.length,
    })
    expect(
      branchAt(tree, `/k-${version}/`, odd.slice(`/k-${version}/`.length))?.counts.creates,
    ).toBe(1)
  })

  test('a transaction is one revision and as many writes as it has keys', async () => {
    const running = watch(clusterOf(lab), { forMs: 1000 })
    await sleep(400)
    const puts = ['a', 'b', 'c'].map((name) => ({
      requestPut: { key: base64(`/txn/${name}`), value: base64('v') },
    }))
    await ask({
      url: `${lab.endpoints[0] ?? ''}/v3/kv/txn`,
      body: { success: puts },
      timeoutMs: 5000,
    })
    expect(seen(await running)).toMatchObject({ seen: 3, revisions: 1, revisionsSeen: 1 })
  })

  test('above the limit it samples: the watch is shut for most of the time, and the sums are still right', async () => {
    const clients = await startClients(lab, {
      kind: 'puts',
      workers: 4,
      valueBytes: 2000,
      perSecond: 300,
      prefix: '/flood/',
      forMs: 60_000,
    })
    await sleep(500)
    const byEvents = seen(
      await watch(clusterOf(lab, { limits: { ...LIMITS, writersEventsPerSecond: 60 } }), {
        forMs: 5000,
      }),
    )
    const byBytes = seen(
      await watch(clusterOf(lab, { limits: { ...LIMITS, writersBytesPerSecond: 100_000 } }), {
        forMs: 5000,
      }),
    )
    await clients.stop()
    for (const writes of [byEvents, byBytes]) {
      expect(writes.watchedMs).toBeLessThan(0.5 * writes.forMs)
      expect(writes.seen).toBeLessThan(450)
      const ratio = eventsOf(writes.tree.counts) / (writes.revisions ?? 0)
      expect(ratio).toBeGreaterThan(0.8)
      expect(ratio).toBeLessThan(1.25)
    }
  })

  test('no watcher and no connection stay, however it ends, and nothing is written (S4)', async () => {
    const before = await metric(lab, 'etcd_server_proposals_committed_total')
    const during = watch(clusterOf(lab), { forMs: 1500 })
    await sleep(500)
    expect(await watchersOn(lab)).toBe(1)
    await during
    expect(await settled(lab)).toBe(0)

    const leaving = new AbortController()
    const left = watch(clusterOf(lab), { forMs: 30_000 }, leaving.signal)
    await sleep(500)
    expect(await watchersOn(lab)).toBe(1)
    const { seen: ended, tookMs } = await clocked(() => {
      leaving.abort()
      return left
    })
    expect(tookMs).toBeLessThan(1500)
    expect(seen(ended)).toMatchObject({ cut: 'it was ended early' })
    expect(await settled(lab)).toBe(0)

    const stopping = createWriters()
    const cluster = clusterOf(lab)
    const stopped = stopping.watch(
      cluster,
      {
        endpoints: lab.endpoints,
        forMs: 30_000,
        prefix: undefined,
        onSoFar: () => undefined,
      },
      never,
    )
    await sleep(500)
    expect(await watchersOn(lab)).toBe(1)
    await stopping.close()
    expect(seen(await stopped).cut).toBe('it was ended early')
    expect(await settled(lab)).toBe(0)
    expect(await metric(lab, 'etcd_debugging_mvcc_watch_stream_total')).toBe(0)
    expect(await metric(lab, 'etcd_server_proposals_committed_total')).toBe(before)
  })
})

describe('rights', () => {
  const PASSWORD = 'canary-pass'
  const users = [
    { name: 'nobody', password: PASSWORD },
    { name: 'part', password: PASSWORD, reads: '/app/' },
  ]
  const userOf = (username: string, password = PASSWORD): EtcdUser => {
    const file = join(folder, `${username}-${password}`)
    writeFileSync(file, password)
    return { username, password: { file } }
  }

  test.each(['3.5', '3.4'])(
    'etcd %s: who may not read is told so, and the lines of the answer grant it',
    async (version) => {
      const lab = await labOf({ members: 1, version, auth: { rootPassword: 'root-pass', users } })
      const as = (user: EtcdUser | undefined) => clusterOf(lab, { writers: user })
      const short = { forMs: 300 }

      expect(await watch(as(undefined), short)).toMatchObject({ kind: 'denied', user: undefined })
      expect(await watch(as(userOf('nobody')), short)).toMatchObject({
        kind: 'denied',
        user: 'nobody',
        why: { text: expect.stringContaining('permission denied') },
      })
      const wrong = await watch(as(userOf('nobody', 'wrong')), short)
      expect(wrong).toMatchObject({ kind: 'denied', why: { text: /authentication failed/ } })
      expect(JSON.stringify(wrong)).not.toContain(PASSWORD)

      expect((await watch(as(userOf('part')), short)).kind).toBe('denied')
      expect((await watch(as(userOf('part')), { ...short, prefix: '/app/' })).kind).toBe('watched')
      expect((await watch(as(userOf('part')), { ...short, prefix: '/other/' })).kind).toBe('denied')
      // the one that reads the members, where there is no other
      const auth = userOf('root', 'root-pass')
      expect((await watch(clusterOf(lab, { auth }), short)).kind).toBe('watched')

      await lab.etcdctl(['role', 'add', 'stormwatch-writers'])
      await lab.etcdctl(['role', 'grant-permission', 'stormwatch-writers', 'read', '', '--prefix'])
      await lab.etcdctl(['user', 'grant-role', 'nobody', 'stormwatch-writers'])
      expect((await watch(as(userOf('nobody')), short)).kind).toBe('watched')
      expect(await settled(lab)).toBe(0)
    },
  )

  test('a user is no trouble where auth is off', async () => {
    const lab = await labOf({ members: 1 })
    const cluster = clusterOf(lab, { writers: userOf('nobody') })
    expect((await watch(cluster, { forMs: 300 })).kind).toBe('watched')
  })
})

test('over TLS it shows the client certificate', async () => {
  const lab = await labOf({ members: 1, tls: true })
  const { ca, cert, key, wrongCa } = lab.tls ?? { ca: '', cert: '', key: '', wrongCa: '' }
  const tls = { ca, cert, key, serverName: 'localhost' }
  const running = watch(clusterOf(lab, { tls }), { forMs: 1500 })
  await sleep(500)
  await lab.etcdctl(['put', '/tls/a', 'v'])
  expect(seen(await running).seen).toBe(1)
  const failed = await watch(clusterOf(lab, { tls: { ...tls, ca: wrongCa } }), { forMs: 300 })
  expect(failed).toMatchObject({
    kind: 'failed',
    tried: [{ why: { text: expect.stringContaining('not signed by the configured CA') } }],
  })
})

test('a second watch of a cluster is told of the first', async () => {
  const lab = await labOf({ members: 1 })
  const cluster = clusterOf(lab)
  const first = watch(cluster, { forMs: 1000 })
  expect(await watch(cluster)).toMatchObject({ kind: 'busy', forMs: 1000 })
  await first
  expect((await watch(cluster, { forMs: 300 })).kind).toBe('watched')
})

describe('members in trouble', () => {
  let lab: LabCluster
  beforeAll(async () => {
    lab = await labOf({ members: 3 })
  })

  test('one that is down is passed over', async () => {
    const endpoints = ['http://127.0.0.1:1', ...lab.endpoints]
    const { endpoint } = seen(await watch(clusterOf(lab), { forMs: 300, endpoints }))
    expect(endpoint).toBe(lab.endpoints[0])
  })

  test('one that hangs in the middle is no quiet cluster: the end is in doubt', async () => {
    const running = watch(clusterOf(lab, { readTimeoutMs: 800 }), { forMs: 1500 })
    await sleep(500)
    await lab.pause(0)
    const writes = seen(await running)
    lab.resume(0)
    expect(writes.cut).toMatch(/did not confirm at the end that it had told all/)
    expect(await settled(lab)).toBe(0)
    await lab.healthy()
  })

  test('one that dies in the middle ends it, and what was seen is told', async () => {
    const running = watch(clusterOf(lab), { forMs: 20_000 })
    await sleep(500)
    await put(lab, '/before', 'v')
    await sleep(300)
    await lab.kill(0)
    const writes = seen(await running)
    await lab.start(0)
    expect(writes.seen).toBe(1)
    expect(writes.forMs).toBeLessThan(10_000)
    expect(writes.cut).toBeDefined()
  })

  test('one that loses its leader ends it instead of staying silent', async () => {
    const running = watch(clusterOf(lab), { forMs: 30_000, endpoints: [lab.endpoints[0] ?? ''] })
    await sleep(500)
    await lab.pause(1)
    await lab.pause(2)
    const writes = seen(await running)
    lab.resume(1)
    lab.resume(2)
    expect(writes.cut).toMatch(/no leader/)
    await lab.healthy()
  })
})
