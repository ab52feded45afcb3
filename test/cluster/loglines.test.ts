import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseLogLine } from '../../src/cluster/logs/lines'
import { durationMsOf } from '../../src/cluster/logs/time'
import type { LogEvent, LogKind } from '../../src/diagnosis/facts'

const AT = Date.parse('2026-11-22T07:07:09.712Z')
const MEMBER = '91da5d5e9ef53361'
const OTHER = 'd06bb183bd9b47bc'

const zap = (msg: string, fields: object = {}): string =>
  JSON.stringify({
    level: 'warn',
    ts: '2026-11-22T07:07:09.712108Z',
    caller: 'a/b.go:1',
    msg,
    ...fields,
  })
const text = (message: string): string => `2026-11-22 07:07:09.712108 W | etcdserver: ${message}`
const stdlog = (message: string): string => `raft2026/11/22 07:07:09 INFO: ${message}`
const read = (line: string): LogEvent | undefined => parseLogLine(line, 'e1')

/** A recorded line: real logs of 3.4.23 (`from` ends so) and 3.5.30, the run of the mill thinned. */
type Recorded = { readonly endpoint: string; readonly from: string; readonly line: string }

const recorded = (): readonly Recorded[] =>
  brotliDecompressSync(readFileSync(join(__dirname, '../fixtures/log-lines.ndjson.br')))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded)

describe('recorded logs', () => {
  const events = recorded().map(({ line, endpoint, from }) => ({
    from,
    event: parseLogLine(line, endpoint),
  }))
  const count = (kind: string, version: string): number =>
    events.filter(({ event, from }) => event?.kind === kind && from.includes(version)).length

  const COUNTS: readonly (readonly [LogKind, number, number])[] = [
    ['settings', 32, 12],
    ['started', 32, 6],
    ['stopping', 3, 0],
    ['follower', 141, 39],
    ['campaign', 99, 11],
    ['pre-candidate', 97, 0],
    ['candidate', 33, 11],
    ['became-leader', 32, 11],
    ['elected', 103, 33],
    ['leader-lost', 63, 23],
    ['higher-term', 63, 22],
    ['quorum-inactive', 13, 5],
    ['lease-held', 23, 3],
    ['transfer', 10, 0],
    ['heartbeat-late', 125, 38],
    ['slow-fdatasync', 5, 28],
    ['slow-apply', 111, 15],
    ['read-index-slow', 254, 0],
    ['no-leader-drop', 12, 0],
    ['health-no-leader', 38, 3],
    ['stream-lost', 40, 0],
    ['stream-up', 288, 48],
    ['peer-active', 73, 12],
    ['peer-inactive', 16, 0],
    ['peer-unreachable', 3, 0],
    ['probe-failed', 32, 0],
    ['stale-member', 14, 0],
    ['alarm', 51, 0],
  ]

  test.each(COUNTS)('%s: %i lines of 3.5, %i of 3.4', (kind, of35, of34) => {
    expect([count(kind, '3.5.30'), count(kind, '3.4.23')]).toEqual([of35, of34])
  })

  test('hold no other kind, and mostly lines that tell nothing', () => {
    const kinds = new Set(events.flatMap(({ event }) => (event === undefined ? [] : [event.kind])))
    expect([...kinds].sort()).toEqual(COUNTS.map(([kind]) => kind).sort())
    expect(events.filter(({ event }) => event === undefined).length).toBeGreaterThan(3000)
  })

  test('every event lies in the hours of the recording', () => {
    const times = events.flatMap(({ event }) => (event === undefined ? [] : [event.at]))
    expect(Math.min(...times)).toBeGreaterThan(Date.parse('2026-11-22T06:00:00Z'))
    expect(Math.max(...times)).toBeLessThan(Date.parse('2026-11-22T08:00:00Z'))
  })

  test('every late heartbeat says how late, to whom, and the interval', () => {
    const late = events.filter(({ event }) => event?.kind === 'heartbeat-late')
    for (const { event } of late)
      expect(event).toEqual({
        at: expect.any(Number),
        endpoint: expect.any(String),
        kind: 'heartbeat-late',
        peerId: expect.stringMatching(/^[0-9a-f]{16}$/),
        tookMs: expect.any(Number),
        heartbeatMs: expect.any(Number),
      })
  })

  test('10,000 lines take well under a second', () => {
    const lines = recorded()
    const started = process.hrtime.bigint()
    for (let i = 0; i < 10_000; i++) read(lines[i % lines.length]?.line ?? '')
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(600)
  })
})

describe('settings', () => {
  const start = zap('starting an etcd server', {
    name: 'm1',
    'heartbeat-interval': '100ms',
    'election-timeout': '1s',
    'snapshot-count': 100000,
  })

  test('the start line has both timeouts', () => {
    expect(read(start)).toEqual({
      at: AT,
      endpoint: 'e1',
      kind: 'settings',
      heartbeatMs: 100,
      electionMs: 1000,
    })
  })

  test('a start line that was cut after the timeouts still has them', () => {
    expect(read(start.slice(0, start.indexOf('100000')))).toMatchObject({
      heartbeatMs: 100,
      electionMs: 1000,
    })
  })

  test.each([
    [['etcd', '--heartbeat-interval', '250', '--election-timeout', '2500']],
    [['etcd', '--heartbeat-interval=250', '--election-timeout=2500']],
    [['etcd', '-heartbeat-interval=250', '-election-timeout', '2500']],
  ])('the line of arguments has them as flags: %j', (args) => {
    expect(read(zap('Running: ', { args }))).toMatchObject({
      kind: 'settings',
      heartbeatMs: 250,
      electionMs: 2500,
    })
  })

  test('a flag whose number was cut is not read', () => {
    const line = zap('Running: ', { args: ['etcd', '--election-timeout', '1000'] })
    expect(read(line.slice(0, line.indexOf('1000') + 2))).toBeUndefined()
  })

  test('a line of arguments without timeouts tells nothing', () => {
    expect(read(zap('Running: ', { args: ['etcd', '--name', 'm1'] }))).toBeUndefined()
  })

  test("3.4's text has them in two lines", () => {
    expect(read('2026-11-22 07:07:09.712380 I | embed: heartbeat = 100ms')).toMatchObject({
      kind: 'settings',
      heartbeatMs: 100,
    })
    expect(read('2026-11-22 07:07:09.712382 I | embed: election = 1000ms')).toMatchObject({
      kind: 'settings',
      electionMs: 1000,
    })
  })

  test('a read that timed out implies the election timeout: (7 s - 5 s) / 2', () => {
    const line = zap(
      'timed out waiting for read index response (local node might have slow network)',
      { timeout: '7s' },
    )
    expect(read(line)).toMatchObject({ kind: 'read-index-slow', tookMs: 7000, electionMs: 1000 })
  })
})

describe('lines of the raft library', () => {
  const LINES: readonly (readonly [string, Partial<LogEvent>])[] = [
    [
      `raft.node: ${MEMBER} elected leader ${OTHER} at term 4`,
      { kind: 'elected', peerId: OTHER, term: 4 },
    ],
    [
      `raft.node: ${MEMBER} changed leader from abc to ${OTHER} at term 4`,
      { kind: 'elected', peerId: OTHER, term: 4 },
    ],
    [
      `raft.node: ${MEMBER} lost leader ${OTHER} at term 4`,
      { kind: 'leader-lost', peerId: OTHER, term: 4 },
    ],
    [`${MEMBER} became leader at term 4`, { kind: 'became-leader', term: 4 }],
    [`${MEMBER} is starting a new election at term 4`, { kind: 'campaign', term: 4 }],
    [`${MEMBER} became pre-candidate at term 4`, { kind: 'pre-candidate', term: 4 }],
    [`${MEMBER} became candidate at term 4`, { kind: 'candidate', term: 4 }],
    [`${MEMBER} became follower at term 4`, { kind: 'follower', term: 4 }],
    [`${MEMBER} stepped down to follower since quorum is not active`, { kind: 'quorum-inactive' }],
    [
      `${MEMBER} [term: 4] received a MsgApp message with higher term from ${OTHER} [term: 6]`,
      { kind: 'higher-term', peerId: OTHER, term: 6 },
    ],
    [
      `${MEMBER} [logterm: 4, index: 9, vote: 0] ignored MsgPreVote from ${OTHER} [logterm: 4, index: 9] at term 5: lease is not expired (remaining ticks: 3)`,
      { kind: 'lease-held', peerId: OTHER, term: 5 },
    ],
    [
      `${MEMBER} [term 4] starts to transfer leadership to ${OTHER}`,
      { kind: 'transfer', peerId: OTHER, term: 4 },
    ],
    [
      `${MEMBER} [term 4] received MsgTimeoutNow from ${OTHER} and starts an election to get leadership.`,
      { kind: 'transfer', peerId: OTHER, term: 4 },
    ],
    [
      `${MEMBER} sends MsgTimeoutNow to ${OTHER} immediately as ${OTHER} already has up-to-date log`,
      { kind: 'transfer', peerId: OTHER },
    ],
    [`${MEMBER} A tick missed to fire. Node blocks too long!`, { kind: 'tick-missed' }],
    [
      `${MEMBER} (leader true) A tick missed to fire. Node blocks too long!`,
      { kind: 'tick-missed' },
    ],
    [`${MEMBER} no leader at term 4; dropping proposal`, { kind: 'no-leader-drop', term: 4 }],
    [
      `${MEMBER} no leader at term 4; dropping index reading msg`,
      { kind: 'no-leader-drop', term: 4 },
    ],
  ]

  test.each(LINES)('%s', (message, told) => {
    const whole = { ...told, endpoint: 'e1', memberId: MEMBER }
    expect(read(zap(message, { logger: 'raft' }))).toEqual({ ...whole, at: AT })
    expect(read(stdlog(message))).toEqual({ ...whole, at: AT - 712 })
    expect(read(`2026-11-22 07:07:09.712108 I | raft: ${message}`)).toEqual({ ...whole, at: AT })
  })

  test('an id is not padded with zeros', () => {
    expect(read(zap('1a became leader at term 4'))).toMatchObject({ memberId: '1a' })
  })
})

describe("etcd's own lines, zap and 3.4's text", () => {
  const LINES: readonly (readonly [LogKind, string, Partial<LogEvent>])[] = [
    ['started', zap('starting etcd server', { 'local-member-id': MEMBER }), { memberId: MEMBER }],
    [
      'started',
      text(`restarting member ${MEMBER} in cluster abc at commit index 9`),
      { memberId: MEMBER },
    ],
    ['stopping', zap('received signal; shutting down', { signal: 'terminated' }), {}],
    ['stopping', text('received terminated signal, shutting down...'), {}],
    [
      'transfer',
      zap('leadership transfer starting', {
        'local-member-id': MEMBER,
        'transferee-member-id': OTHER,
      }),
      { memberId: MEMBER, peerId: OTHER },
    ],
    [
      'transfer',
      zap('leadership transfer finished', {
        'local-member-id': MEMBER,
        'new-leader-member-id': OTHER,
        took: '12.5ms',
      }),
      { memberId: MEMBER, peerId: OTHER, tookMs: 12.5 },
    ],
    [
      'transfer',
      text(`${MEMBER} starts leadership transfer from ${MEMBER} to ${OTHER}`),
      { memberId: MEMBER, peerId: OTHER },
    ],
    [
      'transfer',
      text(`${MEMBER} finished leadership transfer from ${MEMBER} to ${OTHER} (took 12.5ms)`),
      { memberId: MEMBER, peerId: OTHER, tookMs: 12.5 },
    ],
    [
      'heartbeat-late',
      zap(
        'leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk',
        {
          to: OTHER,
          'heartbeat-interval': '100ms',
          'expected-duration': '200ms',
          'exceeded-duration': '2.3s',
        },
      ),
      { peerId: OTHER, heartbeatMs: 100, tookMs: 2300 },
    ],
    [
      'heartbeat-late',
      text(
        `failed to send out heartbeat on time (exceeded the 100ms timeout for 1.3s, to ${OTHER})`,
      ),
      { peerId: OTHER, heartbeatMs: 100, tookMs: 1300 },
    ],
    [
      'slow-fdatasync',
      zap('slow fdatasync', { took: '1.5s', 'expected-duration': '1s' }),
      { tookMs: 1500 },
    ],
    [
      'slow-fdatasync',
      '2026-11-22 07:07:09.712108 W | wal: sync duration of 1.5s, expected less than 1s',
      { tookMs: 1500 },
    ],
    [
      'slow-apply',
      zap('apply request took too long', { took: '1.5s', prefix: 'read-only range ' }),
      { tookMs: 1500 },
    ],
    [
      'slow-apply',
      text(
        'read-only range request "key:\\"a\\" " with result "size:5" took too long (230.5ms) to execute',
      ),
      { tookMs: 230.5 },
    ],
    [
      'read-index-slow',
      zap('waiting for ReadIndex response took too long, retrying', { 'retry-timeout': '500ms' }),
      { tookMs: 500 },
    ],
    [
      'read-index-slow',
      text(
        'timed out waiting for read index response (local node might have slow network) timeout: 7s',
      ),
      { tookMs: 7000 },
    ],
    ['read-index-slow', zap('timed out sending read state', { timeout: '1s' }), { tookMs: 1000 }],
    ['health-no-leader', zap('serving /health false; no leader'), {}],
    [
      'health-no-leader',
      '2026-11-22 07:07:09.712108 W | etcdserver/api/etcdhttp: /health error; no leader (status code 503)',
      {},
    ],
    ['alarm', zap('alarm raised', { alarm: 'NOSPACE', from: OTHER }), { peerId: OTHER }],
    ['alarm', zap('message exceeded backend quota; raising alarm'), {}],
    ['alarm', text(`alarm NOSPACE raised by peer ${OTHER}`), { peerId: OTHER }],
    [
      'stream-lost',
      zap('lost TCP streaming connection with remote peer', { 'remote-peer-id': OTHER }),
      { peerId: OTHER },
    ],
    [
      'stream-lost',
      text(`lost the TCP streaming connection with peer ${OTHER} (stream Message reader)`),
      { peerId: OTHER },
    ],
    [
      'stream-up',
      text(`established a TCP streaming connection with peer ${OTHER} (stream Message writer)`),
      { peerId: OTHER },
    ],
    [
      'peer-inactive',
      zap('peer became inactive (message send to peer failed)', { 'peer-id': OTHER }),
      { peerId: OTHER },
    ],
    [
      'peer-inactive',
      text(`peer ${OTHER} became inactive (message send to peer failed)`),
      { peerId: OTHER },
    ],
    ['peer-active', text(`peer ${OTHER} became active`), { peerId: OTHER }],
    [
      'probe-failed',
      zap('prober detected unhealthy status', { 'remote-peer-id': OTHER, error: 'EOF' }),
      { peerId: OTHER },
    ],
    [
      'probe-failed',
      text(`health check for peer ${OTHER} could not connect: dial tcp: i/o timeout`),
      { peerId: OTHER },
    ],
    [
      'clock-drift',
      zap('prober found high clock drift', { 'remote-peer-id': OTHER, 'clock-drift': '1.2s' }),
      { peerId: OTHER, tookMs: 1200 },
    ],
    [
      'clock-drift',
      text(`the clock difference against peer ${OTHER} is too high [1.2s > 1s]`),
      { peerId: OTHER, tookMs: 1200 },
    ],
    [
      'buffer-full',
      zap('dropped internal Raft message since sending buffer is full (overloaded network)', {
        'remote-peer-id': OTHER,
      }),
      { peerId: OTHER },
    ],
    [
      'buffer-full',
      text(`dropped MsgHeartbeat to ${OTHER} since streamMsg's sending buffer is full`),
      { peerId: OTHER },
    ],
    [
      'buffer-full',
      text(
        `dropped internal raft message from ${OTHER} since receiving buffer is full (overloaded network)`,
      ),
      { peerId: OTHER },
    ],
    ['snapshot', zap('sending database snapshot', { 'remote-peer-id': OTHER }), { peerId: OTHER }],
    [
      'snapshot',
      zap('received and saved database snapshot', {
        'remote-snapshot-sender-id': OTHER,
        'download-took': '3s',
      }),
      { peerId: OTHER, tookMs: 3000 },
    ],
    [
      'snapshot',
      text(`start to send database snapshot [index: 7, to ${OTHER}, size 25 kB]...`),
      { peerId: OTHER },
    ],
    [
      'compaction',
      zap('finished scheduled compaction', { 'compact-revision': 9, took: '1.2s' }),
      { tookMs: 1200 },
    ],
    [
      'compaction',
      '2026-11-22 07:07:09.712108 I | mvcc: finished scheduled compaction at 9 (took 1.2s)',
      { tookMs: 1200 },
    ],
    ['defrag-start', zap('defragmenting', { path: '/var/lib/etcd' }), {}],
    ['defrag-end', zap('finished defragmenting directory', { took: '4.5s' }), { tookMs: 4500 }],
    ['defrag-start', text('starting to defragment the storage backend...'), {}],
    ['defrag-end', text('finished defragmenting the storage backend'), {}],
    [
      'lease-not-leader',
      zap("Ignore the lease revoking request because current member isn't a leader", {
        'local-member-id': 7,
      }),
      {},
    ],
    ['lease-not-leader', zap("Current member isn't a leader"), {}],
    [
      'stale-member',
      zap('request sent was ignored by remote peer due to cluster ID mismatch', {
        'remote-peer-id': OTHER,
      }),
      { peerId: OTHER },
    ],
    [
      'stale-member',
      text(`request sent was ignored (cluster ID mismatch: peer[${OTHER}]=a, local=b)`),
      {},
    ],
    ['version-skew', zap('cluster version of remote member is not compatible; too low'), {}],
    [
      'peer-unreachable',
      text(`failed to reach the peerURL(http://m2:2380) of member ${OTHER} (dial tcp)`),
      { peerId: OTHER },
    ],
    ['publish-failed', zap('failed to publish local member to cluster through raft'), {}],
    [
      'connection-rejected',
      zap('rejected connection on client endpoint', { error: 'tls: bad certificate' }),
      {},
    ],
    [
      'connection-rejected',
      '2026-11-22 07:07:09.712108 I | embed: rejected connection from "10.0.0.9:4" (error "EOF", ServerName "")',
      {},
    ],
    ['files-scarce', zap('80% of file descriptors are used'), {}],
    ['corruption', zap(`${MEMBER} found data inconsistency with peers`), { memberId: MEMBER }],
    ['corruption', zap('Detected compaction hash mismatch'), {}],
    [
      'reconfiguration-refused',
      zap('rejecting member remove; started member will be less than quorum'),
      {},
    ],
    [
      'reconfiguration-refused',
      zap(
        'rejecting member add request; local member has not been connected to majority peers, reconfigure breaks active quorum',
      ),
      {},
    ],
  ]

  test.each(LINES)('%s: %s', (kind, line, details) => {
    expect(read(line)).toEqual({ at: AT, endpoint: 'e1', kind, ...details })
  })

  test("a request's own content does not pass for a line", () => {
    const key = `raft.node: ${MEMBER} lost leader ${OTHER} at term 9`
    const line = text(
      `request "put:<key:\\"${key}\\" >" with result "" took too long (2s) to execute`,
    )
    expect(read(line)?.kind).toBe('slow-apply')
    expect(read(zap('request stats', { 'request content': `"msg":"${key}"` }))).toBeUndefined()
  })
})

describe('what others put around a line', () => {
  const inner = zap('slow fdatasync', { took: '1.5s' })
  const oldInner =
    '2026-11-22 07:07:09.712108 W | wal: sync duration of 1.5s, expected less than 1s'
  const expected = { at: AT, endpoint: 'e1', kind: 'slow-fdatasync', tookMs: 1500 }
  const WRAPS: readonly (readonly [string, (line: string) => string])[] = [
    ['kubelet', (line) => `2026-11-22T07:07:09.712345678Z stderr F ${line}`],
    ['a pod log with timestamps', (line) => `2026-11-22T07:07:09.712345678Z ${line}`],
    [
      'docker',
      (line) =>
        JSON.stringify({ log: line + '\n', stream: 'stderr', time: '2026-11-22T07:07:09.712345Z' }),
    ],
    ['journald', (line) => `Nov 22 07:07:09 node-1 etcd[1234]: ${line}`],
    ['journald, ISO', (line) => `2026-11-22T07:07:09.712+0000 node-1 etcd[1234]: ${line}`],
    [
      'journald, JSON',
      (line) => JSON.stringify({ __REALTIME_TIMESTAMP: '1795331229712345', MESSAGE: line }),
    ],
  ]

  test.each(WRAPS)('%s', (_, wrap) => {
    expect(read(wrap(inner))).toEqual(expected)
    expect(read(wrap(oldInner))).toEqual(expected)
  })

  test('a partial line of kubelet is read as far as it goes', () => {
    expect(read(`2026-11-22T07:07:09.712345678Z stderr P ${inner.slice(0, -2)}`)).toMatchObject({
      kind: 'slow-fdatasync',
    })
  })

  test("journald keeps no package of 3.4's and no year: the reading gives it", () => {
    const line = 'Nov 22 07:07:09 node-1 etcd[1234]: sync duration of 1.5s, expected less than 1s'
    expect(parseLogLine(line, 'e1', { seenAt: AT + 5000 })).toEqual({ ...expected, at: AT - 712 })
    expect(parseLogLine(line, 'e1')).toBeUndefined()
  })

  test('a December line read in January is of the year before', () => {
    const line = 'Dec 31 23:59:58 node-1 etcd[1234]: sync duration of 1.5s, expected less than 1s'
    const seenAt = Date.parse('2027-01-01T00:00:03Z')
    expect(parseLogLine(line, 'e1', { seenAt })?.at).toBe(Date.parse('2026-12-31T23:59:58Z'))
  })
})

describe('times', () => {
  test.each([
    ['2026-11-22T07:07:09.712108Z', AT],
    ['2026-11-22T08:07:09.712+0100', AT],
    ['2026-11-22T08:07:09.712+01:00', AT],
    ['2026-11-22T01:37:09.712-05:30', AT],
    ['2026-11-22T07:07:09Z', AT - 712],
  ])('ts %s', (ts, at) => {
    expect(read(`{"ts":"${ts}","msg":"slow fdatasync","took":"2s"}`)?.at).toBe(at)
    expect(read(`{"ts":"${ts}","msg":"1a became leader at term 3"}`)?.at).toBe(at)
  })

  test.each([
    ['seconds', AT / 1000],
    ['milliseconds', AT],
    ['nanoseconds', AT * 1e6],
  ])('ts as a number of %s', (_, ts) => {
    expect(read(`{"ts":${ts},"msg":"slow fdatasync","took":"2s"}`)?.at).toBe(AT)
    expect(read(`{"ts":${ts},"msg":"1a became leader at term 3"}`)?.at).toBe(AT)
  })

  test("3.4's text has no zone: UTC unless configured", () => {
    const line = text('timed out sending read state')
    expect(read(line)?.at).toBe(AT)
    expect(parseLogLine(line, 'e1', { timezoneOffsetMinutes: 60 })?.at).toBe(AT - 3_600_000)
  })

  test('a wrapper with a zone wins over a text without one', () => {
    const line = `2026-11-22T06:07:09.712345Z stderr F ${text('timed out sending read state')}`
    expect(parseLogLine(line, 'e1')?.at).toBe(AT - 3_600_000)
  })

  test('an impossible time is no time: the line is left out unless the reading gives one', () => {
    const line = '{"ts":"2026-99-22T07:07:09Z","msg":"slow fdatasync","took":"2s"}'
    expect(read(line)).toBeUndefined()
    expect(parseLogLine(line, 'e1', { seenAt: AT })?.at).toBe(AT)
  })

  test.each([
    ['1.5s', 1500],
    ['250ms', 250],
    ['1m2.5s', 62_500],
    ['1h0m0.5s', 3_600_500],
    ['100µs', 0.1],
    ['100μs', 0.1],
    ['17.796us', 0.017796],
    ['50ns', 0.00005],
    ['-2s', -2000],
    ['0s', 0],
    ['0', 0],
    [0.25, 250],
  ])('the duration %s is %d ms', (duration, ms) => {
    expect(durationMsOf(duration)).toBeCloseTo(ms, 9)
  })

  test.each(['', 's', '1', '1.5', '5 s', '1d', 'x1s', '1s!', null, undefined, NaN, {}])(
    '%p is no duration',
    (duration) => {
      expect(durationMsOf(duration)).toBeUndefined()
    },
  )
})

describe('anything at all', () => {
  const lines = recorded().map(({ line }) => line)
  const isSound = (event: LogEvent | undefined): boolean =>
    event === undefined ||
    (Number.isFinite(event.at) &&
      [event.tookMs, event.term, event.heartbeatMs].every(
        (n) => n === undefined || Number.isFinite(n),
      ))

  test('never throws, and what it tells is sound', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json())
    fc.assert(fc.property(anything, (line) => expect(isSound(read(line))).toBe(true)))
  })

  test('never throws on a real line that was cut, doubled or spoilt', () => {
    const spoilt = fc.tuple(fc.constantFrom(...lines), fc.nat(600), fc.nat(600), fc.string())
    fc.assert(
      fc.property(spoilt, ([line, from, to, junk]) =>
        expect(isSound(read(line.slice(0, from) + junk + line.slice(to)))).toBe(true),
      ),
      { numRuns: 2000 },
    )
  })

  test('a duration of any size is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59_999 }), (m, ms) => {
        expect(durationMsOf(`${m}m${ms / 1000}s`)).toBeCloseTo(m * 60_000 + ms, 6)
      }),
    )
  })
})
