import { spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { brotliDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { LogReading } from '../../src/cluster/logs/keeper'
import { createLogSource, type LogSource } from '../../src/cluster/logs/logs'
import type { Part } from '../../src/diagnosis/facts'
import { startCluster } from '../lab/cluster'

const ENDPOINTS = ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'] as const
const [E1, E2] = ENDPOINTS
const AT = Date.parse('2026-11-22T07:00:00Z')
const MEMBER = '91da5d5e9ef53361'

const iso = (at: number): string => new Date(at).toISOString()
const zap = (at: number, msg: string, fields: object = {}): string =>
  `${JSON.stringify({ level: 'info', ts: iso(at), msg, ...fields })}\n`
const campaign = (at: number, term: number): string =>
  zap(at, `${MEMBER} is starting a new election at term ${term}`, { logger: 'raft' })
const start = (at: number, name = 'm1'): string =>
  zap(at, 'starting an etcd server', {
    name,
    'heartbeat-interval': '100ms',
    'election-timeout': '1s',
  })
const dull = (bytes: number): string =>
  zap(AT, 'trace[1] put', { x: 'y'.repeat(200) }).repeat(Math.ceil(bytes / 270))

const valueOf = (part: Part<LogReading>): LogReading => {
  if (!part.ok) throw new Error(part.why.text)
  return part.value
}
const termsOf = (part: Part<LogReading>): readonly (number | undefined)[] =>
  valueOf(part)
    .events.filter(({ kind }) => kind === 'campaign')
    .map(({ term }) => term)

let folder = ''
const sources: LogSource[] = []
const ends: (() => Promise<void>)[] = []

const sourceOf = (...args: Parameters<typeof createLogSource>): LogSource => {
  const source = createLogSource(...args)
  sources.push(source)
  return source
}
const follow = (path: string): LogSource => sourceOf({ file: { [E1]: path } }, { endpoints: [E1] })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storm logs '))
})

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()))
  for (const end of ends.splice(0)) await end()
  rmSync(folder, { recursive: true, force: true })
})

describe('a followed file', () => {
  const path = (): string => join(folder, 'etcd.log')

  test('gives the past at first, then what came since', async () => {
    writeFileSync(path(), start(AT - 9e5) + campaign(AT - 6e5, 2) + campaign(AT - 1e5, 3))
    const source = follow(path())
    expect(termsOf(await source.since(AT - 3e5, AT))).toEqual([3])
    appendFileSync(path(), campaign(AT + 500, 4))
    const later = await source.since(AT, AT + 1000)
    expect(termsOf(later)).toEqual([4])
    expect(valueOf(later).events.map(({ endpoint }) => endpoint)).toEqual([E1, E1])
    expect(valueOf(later).lines).toEqual([{ endpoint: E1, text: campaign(AT + 500, 4).trim() }])
    expect(termsOf(await source.since(AT + 1000, AT + 2000))).toEqual([])
  })

  test('tells the timeouts every time, however old and far back they are', async () => {
    writeFileSync(path(), start(AT - 9e7) + dull(5e6) + campaign(AT - 10, 3))
    const source = follow(path())
    for (const now of [AT, AT + 1000]) {
      const { events } = valueOf(await source.since(now - 100, now))
      expect(events[0]).toMatchObject({ kind: 'settings', heartbeatMs: 100, electionMs: 1000 })
    }
  })

  test('several may ask: nobody takes lines from another', async () => {
    writeFileSync(path(), campaign(AT - 10, 3))
    const source = follow(path())
    const both = await Promise.all([source.since(AT - 100, AT), source.since(AT - 100, AT)])
    expect(both.map(termsOf)).toEqual([[3], [3]])
    expect(termsOf(await source.since(AT - 100, AT + 1000))).toEqual([3])
  })

  test('a line that was written before the last reading and came after it is not lost', async () => {
    writeFileSync(path(), '')
    const source = follow(path())
    await source.since(AT - 1000, AT)
    appendFileSync(path(), campaign(AT - 200, 5))
    expect(termsOf(await source.since(AT, AT + 1000))).toEqual([5])
  })

  test('half a line waits for its end, also in the middle of a letter', async () => {
    const line = Buffer.from(zap(AT, `${MEMBER} became leader at term 7`, { name: 'Zürich' }))
    const half = line.indexOf(0xc3) + 1
    writeFileSync(path(), line.subarray(0, half))
    const source = follow(path())
    expect(valueOf(await source.since(AT - 1000, AT)).events).toEqual([])
    appendFileSync(path(), line.subarray(half))
    expect(valueOf(await source.since(AT, AT + 1000)).events).toMatchObject([
      { kind: 'became-leader', term: 7 },
    ])
  })

  test('renamed away: it is read to its end, then the new one from its beginning', async () => {
    writeFileSync(path(), campaign(AT, 2))
    const source = follow(path())
    await source.since(AT - 1000, AT)
    appendFileSync(path(), campaign(AT + 100, 3))
    renameSync(path(), `${path()}.1`)
    writeFileSync(path(), campaign(AT + 200, 4))
    expect(termsOf(await source.since(AT, AT + 1000))).toEqual([3, 4])
    appendFileSync(path(), campaign(AT + 1100, 5))
    expect(termsOf(await source.since(AT + 1000, AT + 2000))).toEqual([5])
  })

  test('away for a moment: said, and taken up again', async () => {
    writeFileSync(path(), campaign(AT, 2))
    const source = follow(path())
    await source.since(AT - 1000, AT)
    renameSync(path(), `${path()}.1`)
    expect(await source.since(AT, AT + 1000)).toMatchObject({
      ok: false,
      why: { text: 'no file is there' },
    })
    writeFileSync(path(), campaign(AT + 1100, 3))
    expect(termsOf(await source.since(AT + 1000, AT + 2000))).toEqual([3])
  })

  test.each([
    ['shorter', [3]],
    ['longer', [3, 4, 5, 6]],
  ])('emptied in place and now %s: it is read from its beginning again', async (_, terms) => {
    writeFileSync(path(), campaign(AT, 1) + campaign(AT, 2))
    const source = follow(path())
    await source.since(AT - 1000, AT)
    truncateSync(path(), 0)
    appendFileSync(path(), terms.map((term) => campaign(AT + 100 * term, term)).join(''))
    const later = await source.since(AT, AT + 1000)
    expect(termsOf(later)).toEqual(terms)
    expect(valueOf(later).unseen).toEqual([
      expect.stringMatching(/it was emptied; lines from just before may be missing/),
    ])
  })

  test('more than is read at once: the newest is kept, and the rest is said', async () => {
    writeFileSync(path(), campaign(AT, 1))
    const source = follow(path())
    await source.since(AT - 1000, AT)
    appendFileSync(path(), campaign(AT + 1, 2) + dull(6e6) + campaign(AT + 2, 3))
    const later = await source.since(AT, AT + 1000)
    expect(termsOf(later)).toEqual([3])
    expect(valueOf(later).unseen).toEqual([
      expect.stringMatching(/\d+ bytes came at once and were skipped/),
    ])
    appendFileSync(path(), campaign(AT + 1001, 4))
    expect(termsOf(await source.since(AT + 1000, AT + 2000))).toEqual([4])
  })

  test('a recorded log gives every event once, however it is cut into readings', async () => {
    const lines = brotliDecompressSync(
      readFileSync(join(__dirname, '../fixtures/log-lines.ndjson.br')),
    )
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { from: string; endpoint: string; line: string })
      .filter(
        ({ from, endpoint }) =>
          from.startsWith('net-flap-leader-3.5') && endpoint.endsWith('25379'),
      )
      .map(({ line }) => line)
    const whole = Buffer.from(`${lines.join('\n')}\n`)
    writeFileSync(path(), '')
    const source = follow(path())
    let now = AT
    await source.since(now - 1, now)
    const kinds: string[] = []
    for (let at = 0; at < whole.length; at += 3333, now += 1000) {
      appendFileSync(path(), whole.subarray(at, at + 3333))
      const { lines: came } = valueOf(await source.since(now, now + 1000))
      kinds.push(...came.map(({ text }) => text))
    }
    expect(new Set(kinds).size).toBe(kinds.length)
    expect(kinds.length).toBeGreaterThan(50)
    expect(lines.filter((line) => kinds.includes(line))).toEqual(kinds)
  })
})

describe('files of several members', () => {
  test('one for each endpoint; one that is not there is said, the other is read', async () => {
    writeFileSync(join(folder, '2.log'), campaign(AT - 10, 2))
    const file = { [E1]: join(folder, '1.log'), [E2]: join(folder, '2.log') }
    const reading = valueOf(await sourceOf({ file }, { endpoints: ENDPOINTS }).since(AT - 100, AT))
    expect(reading.events).toMatchObject([{ endpoint: E2, term: 2 }])
    expect(reading.unseen).toEqual([`Log of ${E1} (${join(folder, '1.log')}): no file is there`])
  })

  test('a pattern with kubelet’s links and rotated files counts each file once', async () => {
    const pods = join(folder, 'pods', 'kube-system_etcd-a_1', 'etcd')
    mkdirSync(pods, { recursive: true })
    writeFileSync(join(pods, '0.log'), `2026-11-22T07:00:00.1Z stderr F ${campaign(AT, 2)}`)
    writeFileSync(join(pods, '0.log.20261122-060000.gz'), 'not text')
    symlinkSync(join(pods, '0.log'), join(pods, 'link.log'))
    const source = follow(join(folder, 'pods', 'kube-system_etcd-*', 'etcd', '*.log*'))
    expect(termsOf(await source.since(AT - 100, AT))).toEqual([2])
    writeFileSync(join(pods, '1.log'), `2026-11-22T07:00:01.1Z stderr F ${campaign(AT + 900, 3)}`)
    expect(termsOf(await source.since(AT, AT + 1000))).toEqual([3])
  })

  test('one pattern for all: each file belongs to the member that it says it is', async () => {
    writeFileSync(join(folder, 'a.log'), campaign(AT - 30, 2))
    writeFileSync(
      join(folder, 'b.log'),
      start(AT - 50, 'm2') + zap(AT - 20, 'slow fdatasync', { took: '2s' }),
    )
    writeFileSync(join(folder, 'c.log'), zap(AT - 10, 'slow fdatasync', { took: '3s' }))
    const known: Record<string, string> = { [MEMBER]: E1, m2: E2 }
    const source = sourceOf(
      { file: join(folder, '*.log') },
      { endpoints: ENDPOINTS, endpointOf: (id) => known[id] },
    )
    const { events, unseen } = valueOf(await source.since(AT - 100, AT))
    expect(events.map(({ endpoint, kind }) => [endpoint, kind])).toEqual([
      [E2, 'settings'],
      [E1, 'campaign'],
      [E2, 'slow-fdatasync'],
    ])
    expect(unseen).toEqual([
      `Log ${join(folder, 'c.log')}: it has not said yet which member writes it`,
    ])
  })

  test('3.4’s text is read in the configured zone', async () => {
    const path = join(folder, 'etcd.log')
    writeFileSync(
      path,
      '2026-11-22 07:59:59.500000 I | wal: sync duration of 2s, expected less than 1s\n',
    )
    const source = sourceOf(
      { file: { [E1]: path }, timezoneOffsetMinutes: 60 },
      { endpoints: [E1] },
    )
    expect(valueOf(await source.since(AT - 1000, AT)).events).toMatchObject([{ at: AT - 500 }])
  })

  test('a configuration that names no log is a mistake', () => {
    expect(() => createLogSource({}, { endpoints: ENDPOINTS })).toThrow(
      'need file or kubernetes, have neither',
    )
  })

  test('a folder in place of a file is a failure, not a crash', async () => {
    expect(await follow(folder).since(AT - 100, AT)).toMatchObject({
      ok: false,
      why: { text: 'no file is there' },
    })
  })
})

test('a real etcd’s log tells its timeouts, its start and its elections', async () => {
  const cluster = await startCluster({ members: 1 })
  try {
    const [member] = cluster.members
    const file = { [member?.endpoint ?? '']: member?.logFile ?? '' }
    const source = sourceOf({ file }, { endpoints: cluster.endpoints })
    const now = Date.now()
    const { events } = valueOf(await source.since(now - 60_000, now))
    const kinds = events.map(({ kind }) => kind)
    expect(kinds).toEqual(
      expect.arrayContaining(['settings', 'started', 'campaign', 'became-leader', 'elected']),
    )
    expect(events.find(({ kind }) => kind === 'settings')).toMatchObject({
      heartbeatMs: expect.any(Number),
      electionMs: expect.any(Number),
    })
    for (const { at } of events) expect(Math.abs(now - at)).toBeLessThan(60_000)
  } finally {
    await cluster.close()
  }
})

describe('pod logs', () => {
  /** What the fake Kubernetes holds, and what it was asked. */
  type Fake = {
    pods: { name: string; ip: string; containers: string[]; log: string }[]
    status: number
    hang: boolean
    readonly asked: URL[]
  }

  const startFake = async (): Promise<Fake & { kubeconfig: string }> => {
    const fake: Fake = { pods: [], status: 200, hang: false, asked: [] }
    const server = createServer((request, response) => answer(fake, request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const kubeconfig = join(folder, 'kubeconfig')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 'canary-token' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    )
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
    ends.push(close)
    return Object.assign(fake, { kubeconfig })
  }

  const answer = (fake: Fake, request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://fake')
    fake.asked.push(url)
    if (fake.hang) return
    const [, pod] = /\/pods\/([^/]+)\/log$/.exec(url.pathname) ?? []
    response.statusCode = fake.status
    response.setHeader('Content-Type', pod === undefined ? 'application/json' : 'text/plain')
    if (fake.status !== 200)
      response.end(JSON.stringify({ kind: 'Status', message: 'pods is forbidden' }))
    else if (pod === undefined) response.end(JSON.stringify(listOf(fake)))
    else response.end(logOf(fake, pod, url))
  }

  const listOf = ({ pods }: Fake): object => ({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: pods.map(({ name, ip, containers }) => ({
      metadata: { name, uid: `uid-${name}` },
      spec: {
        nodeName: `node-${name}`,
        containers: containers.map((container) => ({ name: container })),
      },
      status: { podIP: ip, podIPs: [{ ip }] },
    })),
  })

  const logOf = (fake: Fake, pod: string, url: URL): string => {
    const log = fake.pods.find(({ name }) => name === pod)?.log ?? ''
    const limit = Number(url.searchParams.get('limitBytes') ?? Infinity)
    return Buffer.from(log).subarray(0, limit).toString()
  }

  const stamped = (at: number, line: string): string => `${iso(at).replace('Z', '123Z')} ${line}`

  /** The source in a process of its own, since Jest does not load ES modules. */
  const probe = (config: object) => {
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        'test/support/pod-log-probe.ts',
        JSON.stringify({ config, endpoints: ENDPOINTS }),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    ends.push(
      () =>
        new Promise((resolve) => {
          child.once('exit', () => resolve())
          child.stdin.end()
        }),
    )
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return {
      since: async (since: number, now: number): Promise<Part<LogReading>> => {
        child.stdin.write(`${JSON.stringify({ since, now })}\n`)
        return JSON.parse((await lines.next()).value ?? 'null') as Part<LogReading>
      },
    }
  }

  test('are found by label, read on from where they were, and belong to the member with the pod’s address', async () => {
    const fake = await startFake()
    fake.pods = [
      {
        name: 'etcd-a',
        ip: '10.0.0.1',
        containers: ['sidecar', 'etcd'],
        log: stamped(AT - 9e6, start(AT - 9e6)) + stamped(AT - 50, campaign(AT - 50, 2)),
      },
      {
        name: 'etcd-b',
        ip: '10.0.0.2',
        containers: ['etcd'],
        log: stamped(AT - 40, campaign(AT - 40, 3)),
      },
    ]
    const source = probe({
      kubernetes: {
        namespace: 'kube-system',
        selector: 'component=etcd',
        kubeconfig: fake.kubeconfig,
      },
    })
    const first = valueOf(await source.since(AT - 100, AT))
    expect(first.events.map(({ endpoint, kind, term }) => [endpoint, kind, term])).toEqual([
      [E1, 'settings', undefined],
      [E1, 'campaign', 2],
      [E2, 'campaign', 3],
    ])
    expect(first.unseen).toEqual([])
    expect(fake.asked[0]?.searchParams.get('labelSelector')).toBe('component=etcd')
    expect(
      fake.asked
        .filter(({ pathname }) => pathname.endsWith('etcd-a/log'))
        .map(({ searchParams }) => searchParams.get('container')),
    ).toEqual(['etcd', 'etcd'])

    fake.pods[1]!.log += stamped(AT + 500, campaign(AT + 500, 4))
    expect(termsOf(await source.since(AT, AT + 1000))).toEqual([4])

    fake.status = 403
    expect(await source.since(AT + 1000, AT + 2000)).toMatchObject({
      ok: false,
      why: { text: 'Kubernetes does not let us list pods in kube-system' },
    })
    fake.status = 200
    fake.pods = []
    expect(await source.since(AT + 1000, AT + 2000)).toMatchObject({
      ok: false,
      why: { text: 'no pod in kube-system has the label component=etcd' },
    })
    fake.hang = true
    const hung = await source.since(AT + 1000, AT + 2000)
    expect(hung).toMatchObject({ ok: false, why: { kind: 'deadline' } })
    expect(hung.tookMs).toBeLessThan(2500)
  })

  test('a kubeconfig that is not there is a failure', async () => {
    const source = probe({
      kubernetes: { namespace: 'n', selector: 's', kubeconfig: join(folder, 'none') },
    })
    expect(await source.since(AT - 100, AT)).toMatchObject({
      ok: false,
      why: { text: expect.stringContaining('ENOENT') },
    })
  })
})
