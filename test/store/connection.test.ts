import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../src/store/redis'
import type { Connection, StoreConfig } from '../../src/store/redis'
import { script } from '../../src/store/script'
import { openStore } from '../../src/store/store'
import { takePorts } from '../lab/ports'
import { pause, redisBinary, startRedis, until, type TestRedis } from '../support/redis'

const open: Connection[] = []
const connected = async (where: string | StoreConfig): Promise<Connection> => {
  const connection = connect(where)
  open.push(connection)
  await until(() => connection.trouble() === undefined)
  return connection
}
const servers: { readonly close: () => Promise<void> }[] = []
const server = async (flags: readonly string[] = []): Promise<TestRedis> => {
  const started = await startRedis(flags)
  servers.push(started)
  return started
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stormwatch-tls-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()))
  await Promise.all(servers.splice(0).map((started) => started.close()))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await pause(2000) // ioredis leaves timers behind for connections that it has ended
})

const ADD = script(`return {'added', redis.call('INCR', KEYS[1])}`)
const add = (connection: Connection) => connection.run(ADD, ['stormwatch:{c}:n'], [])

test('a refused port is told at once, and nothing waits', async () => {
  const connection = connect('redis://127.0.0.1:1')
  open.push(connection)
  await until(() => connection.trouble() === 'ECONNREFUSED')
  const start = performance.now()
  await expect(add(connection)).rejects.toThrow(/Cannot use the store/)
  expect(performance.now() - start).toBeLessThan(100)
})

test('a command is carried out once though its connection breaks', async () => {
  const redis = await server()
  const connection = await connected(redis.url)
  const results = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      if (i === 10) void redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      return add(connection).then(
        () => 'added',
        () => 'unknown',
      )
    }),
  )
  const added = results.filter((result) => result === 'added').length
  const count = Number(await redis.admin.get('stormwatch:{c}:n'))
  expect(count).toBeGreaterThanOrEqual(added)
  expect(count).toBeLessThanOrEqual(20)
  await until(() => connection.trouble() === undefined)
})

test('a wrong password is told without the password', async () => {
  const redis = await server(['--requirepass', 'right'])
  const connection = connect({ url: redis.url, user: { password: 'canary-secret' } })
  open.push(connection)
  await until(() => /WRONGPASS|invalid/i.test(connection.trouble() ?? ''))
  const error = await add(connection).catch((cause: unknown) => cause)
  const told = [connection.trouble(), (error as Error).stack, JSON.stringify(error)].join()
  expect(told).not.toContain('canary-secret')
})

test('the user of docs/redis.md can do all that we do, without INFO', async () => {
  const redis = await server()
  const rule = /^user stormwatch (.*)$/m.exec(readFileSync('docs/redis.md', 'utf8'))?.[1] ?? ''
  const rights = rule.replace(/>\S+/, '>secret').split(' ')
  await redis.admin.acl('SETUSER', 'stormwatch', 'reset', ...rights)
  const user = { username: 'stormwatch', password: 'secret' }
  const asked = await connected({ url: redis.url, user })
  await expect(asked.ask((client) => client.info())).rejects.toThrow(/NOPERM/)
  await expect(asked.ask((client) => client.get('another'))).rejects.toThrow(/NOPERM/)
  await doAll({ url: redis.url, user })
  const log = (await redis.admin.acl('LOG')) as unknown[]
  expect(log).toHaveLength(2)
})

/** Uses every face once. */
const doAll = async (where: StoreConfig): Promise<void> => {
  const store = openStore(where, { replica: 'a', now: Date.now })
  try {
    await until(() => store.trouble() === undefined)
    const [cluster, now] = ['prod', Date.now()]
    const posts = [{ key: 'a', channel: 'C', payload: 1 }]
    const decision = { expected: 0, state: 1, posts, edits: [{ of: 'a', payload: 2 }] }
    const storm = { id: 's', since: now, record: {} }
    expect(await store.storms.decide(cluster, { ...decision, storm }, now)).toMatchObject({
      decided: true,
    })
    const claim = await store.outbox.claim(cluster, { now, leaseMs: 1000 })
    expect(claim?.because).toBe('new-store')
    if (claim !== undefined) await store.outbox.settle(claim, { channel: 'C', ts: '1' }, now)
    const edit = await store.edits.claim(cluster, { now, leaseMs: 1000 })
    if (edit !== undefined) await store.edits.settle(edit, now)
    expect(await store.storms.history(cluster, { from: now, to: now })).toHaveLength(1)
    expect(await store.outbox.waiting(cluster)).toEqual([])
    expect(await store.outbox.dead(cluster)).toEqual([])
    await store.silences.add({ cluster, from: now, until: now + 1000, by: 'U', reason: '' })
    expect(await store.silences.list(cluster, now)).toHaveLength(1)
    await store.audit.keep({ at: now })
    expect(await store.audit.last(1)).toHaveLength(1)
    expect(await store.notes.add({ cluster, at: now, by: 'U', text: 'x' })).toBe(true)
    expect(await store.notes.list(cluster, { from: now, to: now })).toHaveLength(1)
    await store.outages.keep({ of: 'Slack', from: now - 60_000, to: now })
    expect(await store.outages.list({ from: now, to: now })).toHaveLength(1)
    expect(await store.outbox.pending('quiet')).toBe('none')
    expect(await store.watched.say([cluster], 1000)).toEqual([])
    await store.watched.remove(cluster)
    const click = { user: 'U', messageTs: '1', actionId: 'a' }
    expect(await store.clicks.begin(click, now)).toEqual({ turn: 'yours' })
    await store.clicks.end(click, 1, now)
    expect(await store.ticks.shouldRun('t', 1000)).toBe(true)
    expect(await store.ticks.shouldRun('t', 1000)).toBe(true) // ours already
    expect(await store.ticks.hold('t', 1000)).toBe(true)
    await store.replicas.beat()
    expect(await store.seen('k')).toBe(false)
    await store.samples.append(cluster, { at: now, members: [], voters: 0, logs: [], learn: true })
    expect(await store.samples.range(cluster, { from: now, to: now })).toHaveLength(1)
    expect(await store.samples.summaries(cluster, { from: now, to: now })).toEqual([])
    expect(await store.baselines.learn(cluster, now)).toBe(0)
    expect([store.waiting(), store.dropped(), store.poisoned().size]).toEqual([0, 0, 0])
  } finally {
    await store.close()
  }
}

test('TLS with an authority of our own, and its failure by name', async () => {
  const file = (name: string) => join(folder, name)
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
    ],
    { stdio: 'ignore' },
  )
  const redis = await server([
    ...['--tls-port', '0', '--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem')],
    ...['--tls-ca-cert-file', file('cert.pem'), '--tls-auth-clients', 'no'],
  ]).catch(() => undefined)
  if (redis === undefined) return // a redis-server that was built without TLS
  const tlsPort = redis.port + 1
  await redis.admin.config('SET', 'tls-port', tlsPort)
  const url = `rediss://127.0.0.1:${tlsPort}`
  const good = await connected({ url, tls: { ca: readFileSync(file('cert.pem'), 'utf8') } })
  expect((await add(good))[0]).toBe('added')
  const bad = connect({ url })
  open.push(bad)
  await until(() => /SELF_SIGNED|UNABLE_TO_VERIFY/.test(bad.trouble() ?? ''))
})

test('a client that ioredis has ended is opened again', async () => {
  const redis = await server()
  const connection = await connected(redis.url)
  connection.redis.disconnect()
  await until(() => connection.trouble() !== undefined)
  await until(() => connection.trouble() === undefined)
  expect((await add(connection))[0]).toBe('added')
})

test('a master behind Sentinels fails over, and writes go on', async () => {
  const flags = ['--repl-diskless-sync-delay', '0']
  const [master, slave] = [await server(flags), await server(flags)]
  await slave.admin.replicaof('127.0.0.1', master.port)
  await until(async () => (await slave.admin.info('replication')).includes('link_status:up'))
  const sentinels = await Promise.all([0, 1, 2].map(() => sentinel(master.port)))
  servers.push(...sentinels)
  await until(() => sentinels.every(({ knows }) => knows()), 15_000)
  const connection = await connected({
    name: 'storm',
    sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
  })
  expect((await add(connection))[0]).toBe('added')
  await master.kill()
  const start = performance.now()
  const isBack = () =>
    add(connection).then(
      () => true,
      () => false,
    )
  await until(isBack, 25_000)
  const tookMs = performance.now() - start
  process.stderr.write(`sentinel: writes again after ${Math.round(tookMs)} ms\n`)
  expect(connection.unbrokenMs()).toBeLessThan(tookMs)
}, 60_000)

const sentinel = async (masterPort: number) => {
  const ports = await takePorts(1)
  const port = ports.list[0] ?? 0
  const file = join(folder, `sentinel-${port}.conf`)
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor storm 127.0.0.1 ${masterPort} 2`,
      'sentinel down-after-milliseconds storm 1000',
      'sentinel failover-timeout storm 3000',
      '',
    ].join('\n'),
  )
  const child: ChildProcess = spawn(redisBinary(), [file, '--sentinel'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let log = ''
  child.stdout?.on('data', (text: Buffer) => (log += text.toString()))
  return {
    port,
    knows: () => /\+slave /.test(log) && (log.match(/\+sentinel /g) ?? []).length >= 2,
    close: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      await ports.close()
    },
  }
}

test('three nodes of a Redis Cluster share the clusters, every script stays in its slot', async () => {
  const flags = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes = await Promise.all([0, 1, 2].map(() => server(flags)))
  const [first] = nodes as [TestRedis]
  for (const [i, { admin, port }] of nodes.entries()) {
    const from = Math.ceil((16_384 * i) / 3)
    const to = Math.ceil((16_384 * (i + 1)) / 3) - 1
    await admin.cluster('ADDSLOTSRANGE', from, to)
    if (i > 0) await first.admin.cluster('MEET', '127.0.0.1', port)
  }
  await until(async () => {
    const infos = await Promise.all(nodes.map(({ admin }) => admin.cluster('INFO')))
    return infos.every((info) => /cluster_state:ok/.test(info) && /known_nodes:3/.test(info))
  }, 15_000)
  const where = { nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) }
  await doAll(where)
  const connection = await connected(where)
  for (let i = 0; i < 30; i++) await connection.run(ADD, [`stormwatch:{c${i}}:n`], [])
  const sizes = await Promise.all(nodes.map(({ admin }) => admin.dbsize()))
  expect(sizes.every((size) => size > 0)).toBe(true)
  await nodes[1]?.kill()
  await pause(100)
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      const start = performance.now()
      const outcome = await connection.run(ADD, [`stormwatch:{c${i}}:n`], []).then(
        () => 'added',
        () => 'failed',
      )
      expect(performance.now() - start).toBeLessThan(1500)
      return outcome
    }),
  )
  expect(new Set(outcomes)).toEqual(new Set(['added', 'failed']))
}, 60_000)
