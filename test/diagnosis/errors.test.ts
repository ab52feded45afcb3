import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CATALOGUE, explain } from '../../src/diagnosis/errors/errors'
import type { Entry, GrpcCode, Written } from '../../src/diagnosis/errors/entry'
import { answerOf, type Happening } from '../../src/diagnosis/errors/explanation'

const AT = Date.parse('2026-11-22T07:07:09Z')
const MEMBER = '91da5d5e9ef53361'

const idsOf = (text: string): readonly string[] => explain(text).found.map(({ entry }) => entry.id)
const entryOf = (id: string): Entry => {
  const entry = CATALOGUE.find((one) => one.id === id)
  if (entry === undefined) throw new Error(`There is no entry ${id}`)
  return entry
}

type Row = readonly [text: string, id: string, code: GrpcCode, written: Written]

const ERRORS: readonly Row[] = [
  ['etcdserver: leader changed', 'leader-changed', 'Unavailable', 'no'],
  ['etcdserver: no leader', 'no-leader', 'Unavailable', 'no'],
  ['etcdserver: not leader', 'not-leader', 'FailedPrecondition', 'no'],
  ['etcdserver: request timed out', 'timed-out', 'Unavailable', 'maybe'],
  [
    'etcdserver: request timed out, possibly due to previous leader failure',
    'timed-out-leader-failure',
    'Unavailable',
    'maybe',
  ],
  [
    'etcdserver: request timed out, possibly due to connection lost',
    'timed-out-connection-lost',
    'Unavailable',
    'maybe',
  ],
  [
    'etcdserver: request timed out, waiting for the applied index took too long',
    'timed-out-applied-index',
    'Unavailable',
    'no',
  ],
  [
    'etcdserver: request timed out, leader transfer took too long',
    'timed-out-leader-transfer',
    'Unknown',
    'n/a',
  ],
  ['raft proposal dropped', 'proposal-dropped', 'Unknown', 'no'],
  ['etcdserver: unhealthy cluster', 'unhealthy-cluster', 'Unavailable', 'no'],
  ['etcdserver: server stopped', 'server-stopped', 'Unavailable', 'maybe'],
  ['etcdserver: too many requests', 'too-many-requests', 'ResourceExhausted', 'no'],
  ['etcdserver: mvcc: database space exceeded', 'space-exceeded', 'ResourceExhausted', 'can be'],
  ['etcdserver: mvcc: required revision has been compacted', 'compacted', 'OutOfRange', 'no'],
  [
    'etcdserver: mvcc: required revision is a future revision',
    'future-revision',
    'OutOfRange',
    'no',
  ],
  ['etcdserver: request is too large', 'request-too-large', 'InvalidArgument', 'no'],
  [
    'etcdserver: too many operations in txn request',
    'too-many-operations',
    'InvalidArgument',
    'no',
  ],
  ['etcdserver: duplicate key given in txn request', 'duplicate-key', 'InvalidArgument', 'no'],
  ['etcdserver: key is not provided', 'key-not-provided', 'InvalidArgument', 'no'],
  ['etcdserver: key not found', 'key-not-found', 'InvalidArgument', 'no'],
  ['etcdserver: value is provided', 'value-provided', 'InvalidArgument', 'no'],
  ['etcdserver: lease is provided', 'lease-provided', 'InvalidArgument', 'no'],
  ['etcdserver: invalid sort option', 'invalid-sort', 'InvalidArgument', 'no'],
  ['etcdserver: invalid client api version', 'invalid-client-version', 'InvalidArgument', 'no'],
  ['etcdserver: requested lease not found', 'lease-not-found', 'NotFound', 'no'],
  ['etcdserver: lease already exists', 'lease-exists', 'FailedPrecondition', 'no'],
  ['etcdserver: too large lease TTL', 'lease-ttl', 'OutOfRange', 'no'],
  ['etcdserver: watch canceled', 'watch-canceled', 'Canceled', 'no'],
  ['etcdserver: corrupt cluster', 'corrupt-cluster', 'DataLoss', 'no'],
  ['etcdserver: member ID already exist', 'member-id-exists', 'FailedPrecondition', 'no'],
  ['etcdserver: Peer URLs already exists', 'peer-urls-exist', 'FailedPrecondition', 'no'],
  [
    'etcdserver: can only promote a learner member',
    'promote-non-learner',
    'FailedPrecondition',
    'no',
  ],
  [
    'etcdserver: can only promote a learner member which is in sync with leader',
    'learner-not-ready',
    'FailedPrecondition',
    'no',
  ],
  [
    'etcdserver: too many learner members in cluster',
    'too-many-learners',
    'FailedPrecondition',
    'no',
  ],
  ['etcdserver: cluster ID mismatch', 'cluster-id-mismatch', 'FailedPrecondition', 'no'],
  ['etcdserver: rpc not supported for learner', 'learner-rpc', 'FailedPrecondition', 'no'],
  ['etcdserver: bad leader transferee', 'bad-transferee', 'FailedPrecondition', 'no'],
  ['etcdserver: not capable', 'not-capable', 'FailedPrecondition', 'no'],
  ['etcdserver: given member URLs are invalid', 'bad-member-urls', 'InvalidArgument', 'no'],
  ['etcdserver: member not found', 'member-not-found', 'NotFound', 'no'],
  [
    'etcdserver: re-configuration failed due to not enough started members',
    'not-enough-started',
    'FailedPrecondition',
    'no',
  ],
  ['etcdserver: root user does not exist', 'root-user-missing', 'FailedPrecondition', 'no'],
  [
    'etcdserver: root user does not have root role',
    'root-role-missing',
    'FailedPrecondition',
    'no',
  ],
  ['etcdserver: user name already exists', 'user-exists', 'FailedPrecondition', 'no'],
  ['etcdserver: user name not found', 'user-not-found', 'FailedPrecondition', 'no'],
  ['etcdserver: role name already exists', 'role-exists', 'FailedPrecondition', 'no'],
  ['etcdserver: role name not found', 'role-not-found', 'FailedPrecondition', 'no'],
  ['etcdserver: role is not granted to the user', 'role-not-granted', 'FailedPrecondition', 'no'],
  [
    'etcdserver: permission is not granted to the role',
    'permission-not-granted',
    'FailedPrecondition',
    'no',
  ],
  ['etcdserver: authentication is not enabled', 'auth-not-enabled', 'FailedPrecondition', 'no'],
  ['etcdserver: user name is empty', 'user-name-empty', 'InvalidArgument', 'no'],
  ['etcdserver: role name is empty', 'role-name-empty', 'InvalidArgument', 'no'],
  [
    'etcdserver: authentication failed, invalid user ID or password',
    'auth-failed',
    'InvalidArgument',
    'no',
  ],
  ['etcdserver: permission not given', 'permission-not-given', 'InvalidArgument', 'no'],
  ['etcdserver: invalid auth management', 'invalid-auth-management', 'InvalidArgument', 'no'],
  ['etcdserver: revision of auth store is old', 'old-auth-revision', 'InvalidArgument', 'no'],
  ['etcdserver: permission denied', 'permission-denied', 'PermissionDenied', 'no'],
  ['etcdserver: invalid auth token', 'invalid-auth-token', 'Unauthenticated', 'no'],
  [
    'etcdserver: wrong downgrade target version format',
    'downgrade-version-format',
    'InvalidArgument',
    'no',
  ],
  ['etcdserver: invalid downgrade target version', 'downgrade-version', 'InvalidArgument', 'no'],
  [
    'etcdserver: cluster version not found during downgrade',
    'downgrade-no-version',
    'FailedPrecondition',
    'no',
  ],
  [
    'etcdserver: cluster has a downgrade job in progress',
    'downgrade-in-progress',
    'FailedPrecondition',
    'no',
  ],
  ['etcdserver: no inflight downgrade job', 'no-downgrade', 'FailedPrecondition', 'no'],
  ['etcdserver: request canceled', 'request-canceled', 'Canceled', 'maybe'],
  ['etcdserver: request cancelled', 'request-canceled', 'Canceled', 'maybe'],
  ['context deadline exceeded', 'deadline-exceeded', 'DeadlineExceeded', 'maybe'],
  ['transport is closing', 'transport-closing', 'Unavailable', 'maybe'],
  ['connection refused', 'connection-refused', 'Unavailable', 'maybe'],
  ['client disconnected', 'client-disconnected', 'Unavailable', 'maybe'],
  ['stream error: stream ID 61; CANCEL', 'stream-canceled', 'Unavailable', 'maybe'],
  ['there is no connection available', 'no-address', 'Unavailable', 'no'],
]

/** What an error is pasted in. */
const WRAPPERS: readonly (readonly [string, (text: string) => string])[] = [
  ['a gRPC status', (text) => `rpc error: code = Unavailable desc = ${text}`],
  ['kubectl', (text) => `Error from server: ${text}`],
  [
    'the Go client',
    (text) =>
      `{"level":"warn","ts":"2026-11-22T07:07:09.7Z","logger":"etcd-client","caller":"v3@v3.5.9/retry_interceptor.go:62","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc0003a8000/10.0.0.1:2379","attempt":0,"error":"rpc error: code = Unavailable desc = ${text}"}`,
  ],
  [
    'kube-apiserver',
    (text) =>
      `E1122 07:07:09.712108       1 status.go:71] apiserver received an error that is not an metav1.Status: &errors.errorString{s:"rpc error: code = Unknown desc = ${text}"}: rpc error`,
  ],
  ['colours', (text) => `\u001b[31mError:\u001b[0m ${text}`],
  ['JSON in JSON', (text) => JSON.stringify({ log: JSON.stringify({ error: `desc = ${text}` }) })],
  ['Slack', (text) => `&gt; error: “desc = ${text}”`],
  ['capitals', (text) => `DESC = ${text.toUpperCase()}`],
  ['a wrapped terminal', (text) => `desc = ${text.replaceAll(' ', ' \n   ')}`],
]

describe('errors', () => {
  test.each(ERRORS)('%s is %s, code %s, written: %s', (text, id, code, written) => {
    expect(idsOf(text)).toEqual([id])
    expect(entryOf(id)).toMatchObject({ kind: 'error', code, written })
  })

  test.each(ERRORS)('%s is the same thing in whatever wraps it', (text, id) => {
    const seen = WRAPPERS.map(([name, wrap]) => [name, idsOf(wrap(text))])
    expect(seen).toEqual(WRAPPERS.map(([name]) => [name, [id]]))
  })

  test.each(ERRORS)('%s needs no prefix when it stands alone', (text, id) => {
    expect(idsOf(text.replace('etcdserver: ', ''))).toEqual([id])
  })

  test('older servers send code 2 for two of them', () => {
    const sent = CATALOGUE.filter((entry) => entry.sent !== undefined)
    expect(sent.map(({ id, sent: code }) => [id, code])).toEqual([
      ['too-many-requests', 'Unknown'],
      ['not-enough-started', 'Unknown'],
    ])
  })
})

const LINES: readonly (readonly [text: string, id: string])[] = [
  [
    'leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk',
    'heartbeat-late',
  ],
  [
    `failed to send out heartbeat on time (exceeded the 100ms timeout for 1.3s, to ${MEMBER})`,
    'heartbeat-late',
  ],
  ['server is likely overloaded', 'heartbeat-late'],
  ['slow fdatasync', 'slow-fdatasync'],
  ['wal: sync duration of 1.5s, expected less than 1s', 'slow-fdatasync'],
  ['apply request took too long', 'slow-apply'],
  [
    'read-only range request "key:\\"/a\\" " with result "" took too long (1.9s) to execute',
    'slow-apply',
  ],
  ['request stats', 'request-stats'],
  ['waiting for ReadIndex response took too long, retrying', 'read-index-slow'],
  [
    'timed out waiting for read index response (local node might have slow network)',
    'read-index-slow',
  ],
  [
    'ignored out-of-date read index response; local node read indexes queueing up and waiting to be in sync with leader',
    'read-index-late',
  ],
  ['timed out sending read state', 'read-index-late'],
  [`raft.node: ${MEMBER} elected leader d06bb183bd9b47bc at term 4`, 'leader-elected'],
  [`raft.node: ${MEMBER} changed leader from a1 to d06bb183bd9b47bc at term 4`, 'leader-elected'],
  [`${MEMBER} became leader at term 4`, 'leader-elected'],
  [`raft.node: ${MEMBER} lost leader d06bb183bd9b47bc at term 4`, 'leader-lost'],
  [`${MEMBER} is starting a new election at term 4`, 'campaign'],
  [`${MEMBER} became pre-candidate at term 4`, 'campaign'],
  [`${MEMBER} became candidate at term 4`, 'campaign'],
  [`${MEMBER} became follower at term 4`, 'became-follower'],
  [`${MEMBER} stepped down to follower since quorum is not active`, 'quorum-inactive'],
  [
    `${MEMBER} [logterm: 5, index: 1206, vote: 0] ignored MsgPreVote from d06b [logterm: 5, index: 1203] at term 5: lease is not expired (remaining ticks: 3)`,
    'lease-held',
  ],
  [
    `${MEMBER} [logterm: 5, index: 1206, vote: 0] ignored MsgVote from d06b [logterm: 5, index: 1203] at term 5: lease is not expired (remaining ticks: 3)`,
    'lease-held',
  ],
  [
    `${MEMBER} [term: 1] received a MsgVote message with higher term from d06b [term: 2]`,
    'higher-term',
  ],
  [`${MEMBER} A tick missed to fire. Node blocks too long!`, 'tick-missed'],
  [`${MEMBER} no leader at term 4; dropping proposal`, 'no-leader-drop'],
  [`${MEMBER} no leader at term 4; dropping index reading msg`, 'no-leader-drop'],
  [`${MEMBER} [term 2] starts to transfer leadership to d06b`, 'leader-transfer'],
  ['leadership transfer starting', 'leader-transfer'],
  ['leadership transfer finished', 'leader-transfer'],
  ['lost TCP streaming connection with remote peer', 'stream-lost'],
  [`lost the TCP streaming connection with peer ${MEMBER} (stream Message reader)`, 'stream-lost'],
  ['established TCP streaming connection with remote peer', 'stream-up'],
  ['peer became inactive (message send to peer failed)', 'stream-lost'],
  [`peer ${MEMBER} became inactive (message send to peer failed)`, 'stream-lost'],
  ['peer became active', 'stream-up'],
  ['prober detected unhealthy status', 'probe-failed'],
  [`health check for peer ${MEMBER} could not connect: EOF`, 'probe-failed'],
  ['prober found high clock drift', 'clock-drift'],
  [`the clock difference against peer ${MEMBER} is too high [1.2s > 1s]`, 'clock-drift'],
  ['dropped Raft message since sending buffer is full (overloaded network)', 'buffer-full'],
  [
    'dropped internal Raft message since receiving buffer is full (overloaded network)',
    'buffer-full',
  ],
  ['request cluster ID mismatch', 'stale-member'],
  ['request sent was ignored due to cluster ID mismatch', 'stale-member'],
  ['request sent was ignored by remote peer due to cluster ID mismatch', 'stale-member'],
  ['ignored streaming request; ID mismatch', 'stale-member'],
  ['rejected stream from remote peer because it was removed', 'stale-member'],
  ['failed to find remote peer in cluster', 'stale-member'],
  ['rejected Raft message from removed member', 'stale-member'],
  ['request sent was ignored by remote peer due to server version incompatibility', 'version-skew'],
  ['leader found higher-versioned member', 'version-skew'],
  ['cluster version of remote member is not compatible; too low', 'version-skew'],
  ['failed to reach the peer URL', 'peer-unreachable'],
  ['failed to publish local member to cluster through raft', 'peer-unreachable'],
  ['{"level":"warn","msg":"rejected connection","error":"EOF"}', 'connection-rejected'],
  ['rejected connection on client endpoint', 'connection-rejected'],
  ['rejected connection on peer endpoint', 'connection-rejected'],
  ['message exceeded backend quota; raising alarm', 'quota-exceeded'],
  ['serving /health false due to an alarm', 'quota-exceeded'],
  ['serving /health false; no leader', 'health-failed'],
  ['Health check error', 'health-failed'],
  ['finished scheduled compaction', 'maintenance'],
  ['"msg":"defragmenting"', 'maintenance'],
  ['finished defragmenting directory', 'maintenance'],
  ['snapshotting taking too long to transfer', 'maintenance'],
  ['80% of file descriptors are used', 'files-scarce'],
  [`${MEMBER} found data inconsistency with peers`, 'inconsistent'],
  ['Detected compaction hash mismatch', 'inconsistent'],
  ['found hash mismatch', 'inconsistent'],
  ['snap file is corrupt', 'inconsistent'],
  [
    'tocommit(9) is out of range [lastIndex(5)]. Was the raft log corrupted, truncated, or lost?',
    'log-lost',
  ],
  ['two member with same name found', 'start-refused'],
  ['failed to recover v3 backend', 'start-refused'],
  ['membership: too many learner members in cluster', 'start-refused'],
  ["Failed to check current member's leadership", 'lease-not-leader'],
  ["Current member isn't a leader", 'lease-not-leader'],
  ["Ignore the lease revoking request because current member isn't a leader", 'lease-not-leader'],
  ['rejecting member add request; not enough healthy members', 'reconfiguration-refused'],
  ['rejecting member promote request; not enough healthy members', 'reconfiguration-refused'],
  ['rejecting member remove; started member will be less than quorum', 'reconfiguration-refused'],
  [
    'rejecting member remove request; local member has not been connected to all peers, reconfigure breaks active quorum',
    'reconfiguration-refused',
  ],
]

const LINE_WRAPPERS: readonly (readonly [string, (text: string) => string])[] = [
  [
    'zap',
    (text) =>
      `{"level":"warn","ts":"2026-11-22T07:03:47.770348Z","caller":"a/b.go:421","msg":"${text}","x":1}`,
  ],
  ['kubelet', (text) => `2026-11-22T07:03:47.770348Z stderr F ${text}`],
  ['colours and capitals', (text) => `\u001b[33mWARN\u001b[0m\t${text.toUpperCase()}`],
  ['a wrapped terminal', (text) => text.replace(/(.{20})(?=.)/g, '$1\n')],
  ['Slack', (text) => `&gt; ${text.replaceAll("'", '’')}`],
]

describe('log lines', () => {
  test.each(LINES)('%s is %s', (text, id) => {
    expect(idsOf(text)).toEqual([id])
    expect(entryOf(id)).toMatchObject({ kind: 'line', written: 'n/a', code: undefined })
  })

  test.each(LINES)('%s is the same thing in whatever wraps it', (text, id) => {
    const seen = LINE_WRAPPERS.map(([name, wrap]) => [name, idsOf(wrap(text))])
    expect(seen).toEqual(LINE_WRAPPERS.map(([name]) => [name, [id]]))
  })
})

describe('the catalogue', () => {
  test('has no id twice, and every entry says what to do', () => {
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length)
    for (const entry of CATALOGUE) {
      expect(entry.meaning).toMatch(/\.$/)
      expect(entry.because).toMatch(/\.$/)
      expect(entry.action.say).not.toBe('')
    }
  })

  test('every text of every entry is found as that entry, and as nothing else', () => {
    const texts = CATALOGUE.flatMap(({ id, texts: all }) => all.map((text) => [id, text] as const))
    const found = texts.map(([, text]) => idsOf(text.replaceAll('…', '42')))
    expect(found).toEqual(texts.map(([id]) => [id]))
  })

  test('every entry of the tables is in it, and nothing is in it that the tables do not name', () => {
    const named = new Set([...ERRORS.map(([, id]) => id), ...LINES.map(([, id]) => id)])
    expect(CATALOGUE.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([])
  })

  test('a match does not depend on what stands around it', () => {
    const text = fc.constantFrom(...ERRORS.filter(([t]) => t.startsWith('etcdserver')))
    const junk = fc.string({
      unit: fc.constantFrom(...'0123456789 .:;=/[](){}"\n\t-ABCxyz'.split('')),
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, junk, junk, ([error, id], before, after) => {
        expect(idsOf(`${before} ${error}\n${after}`)).toContain(id)
      }),
      { numRuns: 500 },
    )
  })

  test('any text at all is read in bounded time and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        expect(Array.isArray(explain(text).found)).toBe(true)
      }),
    )
    const started = process.hrtime.bigint()
    for (const piece of ['a', '!', '- ', '\n', 'desc = ', 'peer ', '\\', '&lt;'])
      explain(piece.repeat(300_000 / piece.length))
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(4000)
  })
})

describe('what is easily misread', () => {
  test.each([
    'request timed out, possibly due to previous leader failure',
    'request timed out, possibly due to previous leader fail',
    'etcdserver: request timed out,\npossibly due to previous leader failure',
  ])('%j is never a plain timeout', (text) => {
    expect(idsOf(text)).toEqual(['timed-out-leader-failure'])
  })

  test.each([
    'open /etc/etcd/server.key: permission denied',
    'HTTP/1.1 429 Too Many Requests',
    'there is no leader in this team',
    'Get "https://example": net/http: request canceled while waiting',
    'error: key not found in the map',
  ])('%j is none of etcd’s errors', (text) => {
    expect(idsOf(text)).toEqual([])
  })

  test('“leader changed” says that the failed call was a read, and does not promise that nothing was written', () => {
    const { because, raisedBy } = entryOf('leader-changed')
    expect(raisedBy).toContain('linearizable read')
    expect(because).toMatch(/no write.*read the object back/s)
  })
})

describe('a paste', () => {
  test('with several errors tells each once, the worst first, with its count', () => {
    const paste = [
      'etcdserver: leader changed',
      'W1122 rpc error: code = Unavailable desc = etcdserver: leader changed',
      'etcdserver: request timed out, possibly due to previous leader failure',
      'rpc error: code = ResourceExhausted desc = etcdserver: mvcc: database space exceeded',
      'etcdserver: leader changed',
    ].join('\n')
    expect(explain(paste).found.map(({ entry, count }) => [entry.id, count])).toEqual([
      ['space-exceeded', 1],
      ['leader-changed', 3],
      ['timed-out-leader-failure', 1],
    ])
  })

  test('with nothing known offers the nearest', () => {
    const { found, nearest } = explain('etcdservr: leder changd')
    expect(found).toEqual([])
    expect(nearest[0]?.id).toBe('leader-changed')
  })

  test('with nothing near says so', () => {
    expect(explain('good morning')).toMatchObject({ found: [], nearest: [] })
  })

  test('that is endless is read from its beginning, and says so', () => {
    const { found, cut } = explain(`etcdserver: leader changed\n${'x '.repeat(200_000)}`)
    expect(cut).toBe(true)
    expect(found).toHaveLength(1)
  })
})

describe('the answer', () => {
  const calm: Happening = {
    cluster: 'Prod',
    state: 'calm',
    severity: 'ok',
    summary: 'Prod is well.',
  }
  const answer = (text: string, happening?: Happening) => answerOf(explain(text), AT, happening)

  test('to one error: meaning, origin, code, fate of the write, whether it passes, what to do', () => {
    const { headline, facts, action, severity } = answer('etcdserver: request timed out')
    expect(headline).toBe(
      '“etcdserver: request timed out”: no result came in time, and etcd knows no better reason.',
    )
    expect(facts).toEqual([
      expect.stringMatching(/^Raised by: the member that took the call/),
      'gRPC code 14 Unavailable.',
      expect.stringMatching(/^Written: maybe\. /),
      'Whether it passes depends on its cause.',
      'Points to: a slow disk, overload, CPU starvation and a lost quorum.',
    ])
    expect(action?.say).toMatch(/^Read the key back/)
    expect(severity).toBe('warning')
  })

  test('to several: each as a finding, the action of the worst', () => {
    const told = answer(
      'etcdserver: leader changed\netcdserver: leader changed\netcdserver: no leader\npeer became active',
    )
    expect(told.headline).toMatch(
      /^2 kinds of error and 1 kind of log line; the worst is “etcdserver: no leader”/,
    )
    expect(told.findings.map(({ rule }) => rule)).toEqual([
      'no-leader',
      'leader-changed',
      'stream-up',
    ])
    expect(told.findings[1]?.evidence).toEqual([
      { name: 'seen', value: 2, unit: 'times' },
      { name: 'written', value: 'no', unit: '' },
      { name: 'points to', value: expect.stringContaining('a slow disk'), unit: '' },
    ])
    expect(told.action).toEqual(entryOf('no-leader').action)
    expect(told.severity).toBe('critical')
  })

  test('through kube-apiserver warns that one write is several calls', () => {
    const kube = 'Error from server: etcdserver: leader changed'
    expect(answer(kube).facts.at(-1)).toMatch(/several calls of etcd.*read the object back/)
    expect(answer('etcdserver: leader changed').facts.join()).not.toMatch(/Kubernetes/)
  })

  test('to nothing known is unknown, never fine', () => {
    expect(answer('good morning')).toMatchObject({ severity: 'unknown', unseen: [] })
    expect(answer('leder changd').headline).toContain('the nearest is “etcdserver: leader changed”')
  })

  test('says whether it happens now, or that nobody looked', () => {
    const error = 'etcdserver: leader changed'
    expect(answer(error).unseen).toEqual(['Whether it happens now: no cluster was looked at.'])
    expect(answer(error, calm)).toMatchObject({ severity: 'warning', unseen: [] })
    expect(answer(error, calm).facts.at(-1)).toBe('Now: no sign of it. Prod is well.')
    const leaderless = answer(error, {
      ...calm,
      state: 'leaderless',
      severity: 'critical',
      summary: 'Prod: no leader.',
    })
    expect(leaderless.severity).toBe('critical')
    expect(leaderless.facts.at(-1)).toBe('Now: Prod: no leader.')
  })

  test('of a cluster that could not be read does not say that it is calm', () => {
    const blind = answer('etcdserver: leader changed', {
      ...calm,
      state: 'unknown',
      severity: 'unknown',
      summary: 'Prod: no member answered.',
    })
    expect(blind.facts.join()).not.toContain('Now:')
    expect(blind.unseen).toEqual([
      'Whether it happens now: too little of Prod could be read. Prod: no member answered.',
    ])
  })

  test('to a client’s own mistake does not look for it in the cluster', () => {
    const told = answer('etcdserver: key is not provided', calm)
    expect(told.unseen).toEqual(['Whether it happens now: a cluster’s state does not show it.'])
    expect(told.facts.join()).not.toContain('Now:')
  })

  test('has JSON with stable names', () => {
    expect(answer('etcdserver: leader changed', calm).json).toMatchObject({
      found: [
        {
          id: 'leader-changed',
          kind: 'error',
          code: { number: 14, name: 'Unavailable' },
          written: 'no',
          transient: 'yes',
          count: 1,
        },
      ],
      nearest: [],
      cut: false,
      happening: { cluster: 'Prod', state: 'calm' },
    })
  })
})
