import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import { createObserver } from '../../src/cluster/observe'
import { createWriters } from '../../src/cluster/writes/writers'
import type { MemberReading } from '../../src/diagnosis/facts'
import { LIMITS } from '../support/build'
import { message, startFakeEtcd, type Answer, type Call, type FakeEtcd } from './fake-etcd'
import { at, clocked, configOf, kinds, member, sleep, statusOf, value, wordsOf } from './observed'

const observer = createObserver()
const closing: (() => unknown)[] = []

afterEach(async () => {
  observer.keepOnly([])
  await Promise.all(closing.splice(0).map((close) => close()))
})

afterAll(() => observer.close())

const PAGE = brotliDecompressSync(
  readFileSync(join(__dirname, '../fixtures/metrics-3.5.30.txt.br')),
).toString()

const listening = async (server: Server): Promise<string> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const tcp = (serve: (socket: Socket) => void): Promise<string> => listening(createServer(serve))

const http = (serve: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(createHttp(serve))

/** Kernel and all: the queue of a stopped process is full, so that a connection is neither taken nor refused. */
const blackHole = async (): Promise<string> => {
  const listen = `require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})`
  const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((told) => {
    child.stdout.once('data', (text: Buffer) => told(Number(text.toString())))
  })
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  closing.push(() => {
    for (const filler of fillers) filler.destroy()
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    return gone
  })
  await sleep(200)
  return `http://127.0.0.1:${port}`
}

const lookAt = async (endpoint: string, readTimeoutMs = 500): Promise<MemberReading> =>
  member(await observer.observe(configOf([at(endpoint)], { readTimeoutMs }), 0), 0)

const pageFrom = async (url: string, readTimeoutMs = 500): Promise<MemberReading['scrape']> =>
  (await lookAt(url, readTimeoutMs)).scrape

// --- nobody there ---

test('a black hole and a member that takes connections and is silent end at the deadline', async () => {
  const [hole, silent] = await Promise.all([blackHole(), tcp(() => {})])
  const cluster = configOf([at(hole), at(silent)], { readTimeoutMs: 500 })
  for (let look = 0; look < 3; look++) {
    const { seen, tookMs } = await clocked(() => observer.observe(cluster, look))
    expect(tookMs).toBeLessThan(700)
    expect(seen.members.map(kinds)).toEqual(
      Array(2).fill({ status: 'deadline', scrape: 'deadline' }),
    )
    expect(seen.roster).toMatchObject({ ok: false, why: { text: 'no member answered' } })
  }
})

test('fifty members that hang take no longer than one', async () => {
  const silent = await tcp(() => {})
  const cluster = configOf(
    Array.from({ length: 50 }, () => at(silent)),
    { readTimeoutMs: 500 },
  )
  await observer.observe(cluster, 0)
  const { tookMs } = await clocked(() => observer.observe(cluster, 1))
  expect(tookMs).toBeLessThan(700)
})

test('a member that was silent is well at the next look', async () => {
  const etcd = await fake(answering({}))
  const port = Number(new URL(etcd.endpoint).port)
  let silent = true
  const gate = await tcp((socket) => {
    if (silent) return
    const inner = connect(port, '127.0.0.1').on('error', () => {})
    socket.pipe(inner).pipe(socket)
  })
  const cluster = configOf([at(gate)], { readTimeoutMs: 300 })
  await observer.observe(cluster, 0)
  await observer.observe(cluster, 1)
  silent = false
  expect(member(await observer.observe(cluster, 2), 0).status.ok).toBe(true)
})

test('nothing listening, no such host', async () => {
  expect(kinds(await lookAt('http://127.0.0.1:1'))).toEqual({
    status: 'refused',
    scrape: 'refused',
  })
  expect(kinds(await lookAt('http://nowhere.invalid:2379', 3000))).toEqual({
    status: 'name',
    scrape: 'name',
  })
})

test('something that is not etcd: a greeting, a hang-up', async () => {
  const greeting = await tcp((socket) => socket.end('220 mail.example ESMTP\r\n'))
  const hangUp = await tcp((socket) => socket.destroy())
  expect((await lookAt(greeting)).scrape).toMatchObject({ ok: false, why: { kind: 'malformed' } })
  const { status, scrape } = await lookAt(hangUp)
  expect([status, scrape].map((part) => part.ok)).toEqual([false, false])
  expect(scrape).toMatchObject({ why: { kind: 'reset' } })
  expect(status).toMatchObject({ why: { kind: 'reset' } })
})

// --- pages ---

test('a page comes whole over a connection that is kept', async () => {
  let connections = 0
  const url = await http((_, response) => response.end(PAGE))
  const gate = await tcp((socket) => {
    connections++
    const inner = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
    socket.pipe(inner).pipe(socket)
  })
  const cluster = configOf([at('http://127.0.0.1:1', `${gate}/metrics`)])
  for (let look = 0; look < 5; look++) {
    expect(member(await observer.observe(cluster, look), 0).scrape.ok).toBe(true)
    await sleep(10)
  }
  expect(connections).toBe(1)
})

test('a redirect is not followed', async () => {
  let asked = 0
  const target = await http((_, response) => {
    asked++
    response.end(PAGE)
  })
  const url = await http((_, response) => response.writeHead(302, { location: target }).end())
  const page = await pageFrom(url)
  expect(page).toMatchObject({ ok: false, why: { kind: 'http' } })
  expect(wordsOf(page)).toBe('HTTP 302, a redirect, which is not followed')
  expect(asked).toBe(0)
})

test.each([404, 401, 500, 503])('HTTP %d is said', async (status) => {
  const url = await http((_, response) => response.writeHead(status).end('no'))
  expect(await pageFrom(url)).toMatchObject({
    ok: false,
    why: { kind: 'http', text: `HTTP ${status}` },
  })
})

test('a page without end is cut at 8 MB, and nothing more is taken', async () => {
  let sent = 0
  const chunk = Buffer.alloc(1 << 20, '# HELP a b\n')
  const url = await http((_, response) => {
    const pour = (): void => {
      while (!response.destroyed && sent < 1 << 30) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', pour)
      }
    }
    pour()
  })
  const page = await pageFrom(url, 3000)
  expect(page).toMatchObject({
    ok: false,
    why: { kind: 'too-large', text: 'the page is larger than 8 MB' },
  })
  const taken = sent
  await sleep(200)
  expect(sent).toBe(taken)
  expect(sent).toBeLessThan(64 << 20)
})

test('a page that breaks off is no page, wherever it does', async () => {
  const lineEnd = PAGE.indexOf('\n', PAGE.length / 2) + 1
  for (const cut of [lineEnd, lineEnd + 7]) {
    const url = await http((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write(PAGE.slice(0, cut), () => response.destroy())
    })
    expect(await pageFrom(url)).toMatchObject({ ok: false, why: { kind: 'reset' } })
  }
  const promised = await http((_, response) => {
    response.writeHead(200, { 'content-length': PAGE.length })
    response.write(PAGE.slice(0, lineEnd), () => response.destroy())
  })
  expect(await pageFrom(promised)).toMatchObject({ ok: false, why: { kind: 'reset' } })
})

test('a page that drips ends at the deadline', async () => {
  const url = await http((_, response) => {
    const drip = setInterval(() => response.write('# HELP a b\n'), 50)
    response.on('close', () => clearInterval(drip))
  })
  const { seen, tookMs } = await clocked(() => pageFrom(url))
  expect(seen).toMatchObject({ ok: false, why: { kind: 'deadline' } })
  expect(tookMs).toBeLessThan(700)
})

test('a page of something else is malformed', async () => {
  const url = await http((_, response) => response.end('<html>Please log in</html>\n'))
  expect(await pageFrom(url)).toMatchObject({ ok: false, why: { kind: 'malformed' } })
})

test('tookMs counts until the body is whole', async () => {
  const url = await http((_, response) => {
    response.write(PAGE.slice(0, 100))
    setTimeout(() => response.end(PAGE.slice(100)), 200)
  })
  const page = await pageFrom(url, 2000)
  expect(page.ok).toBe(true)
  expect(page.tookMs).toBeGreaterThan(190)
})

test('proxies of the environment are not used', async () => {
  let asked = 0
  const proxy = await tcp((socket) => {
    asked++
    socket.destroy()
  })
  const names = [
    'http_proxy',
    'https_proxy',
    'grpc_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'all_proxy',
  ]
  const before = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) process.env[name] = proxy
  const etcd = await fake(answering({}))
  const url = await http((_, response) => response.end(PAGE))
  const cluster = configOf([at(etcd.endpoint, url)])
  const seen = await observer.observe(cluster, 0)
  for (const [name, old] of before) {
    if (old === undefined) delete process.env[name]
    else process.env[name] = old
  }
  expect(kinds(member(seen, 0))).toEqual({ status: 'ok', scrape: 'ok' })
  expect(asked).toBe(0)
})

// --- gRPC ---

const STATUS = '/etcdserverpb.Maintenance/Status'
const MEMBER_LIST = '/etcdserverpb.Cluster/MemberList'
const AUTHENTICATE = '/etcdserverpb.Auth/Authenticate'
const WATCH = '/etcdserverpb.Watch/Watch'

const HEADER = message([1, 0xfeedn], [2, 0xdeadbeefcafef00dn], [3, 7], [4, 42])
const STATUS_36 = message(
  ...([
    [1, HEADER],
    [2, '3.6.7'],
    [3, 123_456_789_012],
    [4, 0x8000000000000001n],
    [5, 99],
    [6, 42],
    [7, 98],
    [8, 'memberID:1 alarm:NOSPACE '],
    [8, 'etcdserver: no leader'],
    [9, 4096],
    [10, 1],
    [11, '3.6.0'],
    [12, 2_147_483_648],
    [13, message([1, 1])],
    [99, 'of the future'],
  ] as [number, bigint | number | string | Buffer][]),
)
const LIST = message(
  [1, HEADER],
  [2, message([1, 1], [2, 'one'], [3, 'http://a:2380'], [4, 'http://a:2379'])],
  [2, message([1, 0xdeadbeefcafef00dn], [3, 'http://b:2380'], [5, 1])],
)
const TOKEN = message([1, HEADER], [2, 'canary-token'])

const answering =
  (special: Record<string, (call: Call) => Answer>) =>
  (call: Call): Answer => {
    const own = special[call.path]
    if (own !== undefined) return own(call)
    if (call.path === STATUS) return { message: STATUS_36 }
    if (call.path === MEMBER_LIST) return { message: LIST }
    if (call.path === AUTHENTICATE) return { message: TOKEN }
    return { code: 12, details: `unknown method ${call.path}` }
  }

const fake = async (answer: (call: Call) => Answer): Promise<FakeEtcd> => {
  const etcd = await startFakeEtcd(answer)
  closing.push(() => etcd.close())
  return etcd
}

const auth = { username: 'watcher', password: { env: 'STORMWATCH_TEST_PASSWORD' } }
process.env.STORMWATCH_TEST_PASSWORD = 'canary-password'

test("3.6's Status is read whole, ids and sizes to the last digit", async () => {
  const etcd = await fake(answering({}))
  const seen = await observer.observe(configOf([at(etcd.endpoint)]), 0)
  expect(statusOf(seen, 0)).toEqual({
    memberId: 'deadbeefcafef00d',
    clusterId: 'feed',
    version: '3.6.7',
    leaderId: '8000000000000001',
    raftTerm: 42,
    raftIndex: 99,
    raftAppliedIndex: 98,
    dbSizeBytes: 123_456_789_012,
    dbInUseBytes: 4096,
    quotaBytes: 2_147_483_648,
    isLearner: true,
    errors: ['memberID:1 alarm:NOSPACE ', 'etcdserver: no leader'],
  })
  expect(value(seen.roster)).toEqual({
    answeredBy: etcd.endpoint,
    memberId: 'deadbeefcafef00d',
    raftTerm: 42,
    members: [
      {
        id: '1',
        name: 'one',
        peerUrls: ['http://a:2380'],
        clientUrls: ['http://a:2379'],
        isLearner: false,
      },
      {
        id: 'deadbeefcafef00d',
        name: '',
        peerUrls: ['http://b:2380'],
        clientUrls: [],
        isLearner: true,
      },
    ],
  })
})

test('torn and foreign messages are malformed', async () => {
  const answers = [Buffer.from([0x0a, 0x50, 1]), Buffer.alloc(12, 0xff), Buffer.from('<html>')]
  for (const bytes of answers) {
    const etcd = await fake(answering({ [STATUS]: () => ({ message: bytes }) }))
    expect((await lookAt(etcd.endpoint)).status).toMatchObject({
      ok: false,
      why: { kind: 'malformed' },
    })
  }
  const other = await fake(() => ({ code: 12, details: 'unknown service' }))
  expect((await lookAt(other.endpoint)).status).toMatchObject({ why: { kind: 'malformed' } })
})

test("etcd's own refusals are kept in its words", async () => {
  const etcd = await fake(
    answering({ [STATUS]: () => ({ code: 14, details: 'etcdserver: server stopped' }) }),
  )
  expect((await lookAt(etcd.endpoint)).status).toMatchObject({
    why: { kind: 'other', text: 'etcdserver: server stopped' },
  })
})

test('the roster comes from the next member when the first one fails', async () => {
  const failing = await fake(
    answering({ [MEMBER_LIST]: () => ({ code: 14, details: 'etcdserver: server stopped' }) }),
  )
  const well = await fake(
    answering({ [STATUS]: () => ({ code: 7, details: 'etcdserver: permission denied' }) }),
  )
  const cluster = configOf([at('http://127.0.0.1:1'), at(failing.endpoint), at(well.endpoint)])
  const seen = await observer.observe(cluster, 0)
  expect(value(seen.roster).answeredBy).toBe(well.endpoint)
})

test('one member list a look, whatever the number of members', async () => {
  const etcds = await Promise.all(Array.from({ length: 5 }, () => fake(answering({}))))
  const cluster = configOf(etcds.map(({ endpoint }) => at(endpoint)))
  for (let look = 0; look < 3; look++) await observer.observe(cluster, look)
  const calls = etcds.flatMap((etcd) => etcd.calls)
  expect(calls.filter(({ path }) => path === MEMBER_LIST)).toHaveLength(3)
  expect(calls.filter(({ path }) => path === STATUS)).toHaveLength(15)
})

test('a denied Status carries what /health complains of', async () => {
  const denied = await fake(
    answering({ [STATUS]: () => ({ code: 7, details: 'etcdserver: permission denied' }) }),
  )
  const asked: (string | undefined)[] = []
  const pages = await http((request, response) => {
    asked.push(request.url)
    if (request.url === '/metrics') return response.end(PAGE)
    return response.writeHead(503).end('{"health":"false","reason":"ALARM NOSPACE"}')
  })
  const seen = await observer.observe(configOf([at(denied.endpoint, `${pages}/metrics`)]), 0)
  expect(member(seen, 0).status).toMatchObject({
    ok: false,
    why: {
      kind: 'denied',
      text: 'etcdserver: permission denied; its /health says: ALARM NOSPACE',
    },
  })
  expect(member(seen, 0).scrape.ok).toBe(true)
  expect(new Set(asked)).toEqual(new Set(['/health?serializable=true', '/metrics']))
})

test('a token is got once, shown on every call, and got anew when it has become worthless', async () => {
  let good = 1
  let given = 0
  const etcd = await fake(
    answering({
      [AUTHENTICATE]: () => ({ message: message([2, `token-${(given = good)}`]) }),
      [STATUS]: ({ token }) =>
        token === `token-${good}`
          ? { message: STATUS_36 }
          : { code: 16, details: 'etcdserver: invalid auth token' },
    }),
  )
  const cluster = configOf([at(etcd.endpoint)], { auth })
  for (let look = 0; look < 5; look++)
    expect(member(await observer.observe(cluster, look), 0).status.ok).toBe(true)
  const logins = () => etcd.calls.filter(({ path }) => path === AUTHENTICATE).length
  expect(logins()).toBe(1)
  expect(etcd.calls.filter(({ token }) => token === 'token-1')).toHaveLength(10)

  await sleep(3100) // the rest between two logins
  good = 2
  const seen = await Promise.all([observer.observe(cluster, 6), observer.observe(cluster, 7)])
  expect(seen.map((one) => member(one, 0).status.ok)).toEqual([true, true])
  expect([logins(), given]).toEqual([2, 2])
})

test('a token that is never taken makes no storm of logins', async () => {
  const refuse = () => ({ code: 16, details: 'etcdserver: invalid auth token' })
  const etcd = await fake(answering({ [STATUS]: refuse, [MEMBER_LIST]: refuse }))
  const cluster = configOf([at(etcd.endpoint)], { auth })
  const looks = await Promise.all(
    Array.from({ length: 20 }, (_, look) => observer.observe(cluster, look)),
  )
  expect(looks.map((seen) => kinds(member(seen, 0)).status)).toEqual(Array(20).fill('denied'))
  expect(etcd.calls.filter(({ path }) => path === AUTHENTICATE)).toHaveLength(1)
  expect(etcd.calls.length).toBeLessThan(50)
})

test('without a quorum no token is to be had, and an old member is read without one', async () => {
  const etcd = await fake(answering({ [AUTHENTICATE]: () => undefined }))
  const cluster = configOf([at(etcd.endpoint)], { auth, readTimeoutMs: 600 })
  const { seen, tookMs } = await clocked(() => observer.observe(cluster, 0))
  expect(member(seen, 0).status.ok).toBe(true)
  expect(tookMs).toBeLessThan(500)
})

test('a cluster with auth off takes no login, and is read', async () => {
  const off = () => ({ code: 9, details: 'etcdserver: authentication is not enabled' })
  const etcd = await fake(answering({ [AUTHENTICATE]: off }))
  const cluster = configOf([at(etcd.endpoint)], { auth })
  for (let look = 0; look < 3; look++)
    expect(member(await observer.observe(cluster, look), 0).status.ok).toBe(true)
  expect(etcd.calls.filter(({ path }) => path === AUTHENTICATE)).toHaveLength(1)
})

test('whatever happens, no call changes the cluster (S4), and no text holds a secret (S8)', async () => {
  const refusals = [
    'etcdserver: permission denied',
    'etcdserver: user name is empty',
    'etcdserver: invalid auth token',
    'etcdserver: authentication failed, invalid user ID or password',
    'etcdserver: mvcc: database space exceeded',
  ]
  const answers: ((call: Call) => Answer)[] = [
    answering({}),
    () => undefined,
    () => ({ message: Buffer.from('rubbish') }),
    ...refusals.map((details) => () => ({ code: 7, details })),
    ...refusals.map((details) => answering({ [STATUS]: () => ({ code: 7, details }) })),
  ]
  const etcds = await Promise.all(answers.map(fake))
  const members = [
    ...etcds.map(({ endpoint }) => at(endpoint)),
    at(
      'http://canary-user:canary-secret@127.0.0.1:1',
      'http://canary-user:canary-secret@127.0.0.1:1/m',
    ),
  ]
  const seen = [
    await observer.observe(configOf(members, { readTimeoutMs: 400 }), 0),
    await observer.observe(configOf(members, { readTimeoutMs: 400, auth }), 0),
    await observer.observe(
      configOf(members, { readTimeoutMs: 400, auth }),
      0,
      AbortSignal.timeout(50),
    ),
  ]
  const watch = (endpoint: string, user: typeof auth | undefined) =>
    createWriters().watch(
      configOf(members, { readTimeoutMs: 200, limits: LIMITS, writers: user }),
      { endpoints: [endpoint], forMs: 200, prefix: undefined, onSoFar: () => undefined },
      AbortSignal.timeout(10_000),
    )
  const watched = await Promise.all(
    members.flatMap(({ endpoint }) => [watch(endpoint, undefined), watch(endpoint, auth)]),
  )
  const called = new Set(etcds.flatMap(({ calls }) => calls.map(({ path }) => path)))
  expect([...called].toSorted()).toEqual([AUTHENTICATE, MEMBER_LIST, STATUS, WATCH])
  const whys = watched.map((one) => (one.kind === 'failed' ? one.tried[0]?.why : one))
  expect(JSON.stringify(whys)).not.toMatch(/canary/)
  const texts = seen.flatMap((one) =>
    one.members.flatMap(({ status, scrape }) => [wordsOf(status), wordsOf(scrape)]),
  )
  expect(texts.join('\n')).not.toMatch(/canary/)
  expect(texts.join('\n')).toContain('the endpoint carries user info')
})
