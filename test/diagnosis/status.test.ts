import { expect, test } from '@jest/globals'
import type { Finding, Observation } from '../../src/diagnosis/facts'
import { statusAnswer, statusOf } from '../../src/diagnosis/status/status'
import { failed, GIB, LIMITS, look, member, read, roster, settings } from '../support/build'

const judge = (seen: Observation) => statusOf(seen, settings(), LIMITS)
const three = (...overs: Parameters<typeof member>[1][]) =>
  look([1, 2, 3].map((n) => member(n, overs[n - 1])))
const found = (seen: Observation, rule: string): readonly Finding[] =>
  judge(seen).findings.filter((finding) => finding.rule === rule)

test('a healthy cluster is calm, and the sentence says who leads', () => {
  const status = judge(three())
  expect(status).toMatchObject({ state: 'calm', severity: 'ok', findings: [] })
  expect(status.summary).toBe(
    'prod is well: all 3 members answer, m1 leads at term 2, etcd 3.5.33, no alarm.',
  )
})

test('even a healthy cluster says what one look cannot see', () => {
  expect(judge(three()).unseen).toEqual([
    'the past: one look cannot tell whether leaders were lost before it',
  ])
})

test('nobody read is unknown, never calm', () => {
  const status = judge(
    look(
      [1, 2, 3].map((n) => member(n, { lost: 'deadline' })),
      { roster: failed('deadline') },
    ),
  )
  expect(status).toMatchObject({ state: 'unknown', severity: 'unknown' })
  expect(status.summary).toContain('none of 3 voting members could be read')
})

test('one of three read, which knows a leader, is unknown: the others may be well behind a cut line', () => {
  expect(judge(three({}, { lost: 'deadline' }, { lost: 'deadline' })).state).toBe('unknown')
})

test('one of three read, which knows no leader, with the others silent, is unknown', () => {
  expect(
    judge(three({ leaderId: undefined }, { lost: 'deadline' }, { lost: 'deadline' })).state,
  ).toBe('unknown')
})

test('too little seen says so when what was seen has no leader', () => {
  const [worst] = judge(
    three({ leaderId: undefined }, { lost: 'deadline' }, { lost: 'deadline' }),
  ).findings
  expect(worst?.summary).toContain('m1 sees no leader, so writes through it fail')
})

test('one of three without a leader while nothing listens on the others is quorum lost', () => {
  const status = judge(three({ leaderId: undefined }, { lost: 'refused' }, { lost: 'refused' }))
  expect(status).toMatchObject({ state: 'leaderless', severity: 'critical' })
  expect(status.findings[0]).toMatchObject({ rule: 'quorum-lost' })
})

test('a majority without a leader is leaderless', () => {
  const status = judge(three({ leaderId: undefined }, { leaderId: undefined }, {}))
  expect(status).toMatchObject({ state: 'leaderless', severity: 'critical' })
  expect(status.findings[0]).toMatchObject({ rule: 'no-leader' })
})

test('without Status the pages tell whether there is a leader', () => {
  const denied = (hasLeader: boolean) => ({ statusLost: 'denied' as const, page: { hasLeader } })
  expect(judge(three(denied(true), denied(true), denied(true))).state).toBe('calm')
  expect(judge(three(denied(false), denied(false), denied(true))).state).toBe('leaderless')
})

test('a denied Status is said, and the page stands in for it', () => {
  const page = {
    hasLeader: true,
    isLeader: true,
    version: '3.5.33',
    dbSizeBytes: 5,
    proposalsCommitted: 7,
  }
  const status = judge(three({ statusLost: 'denied', page }))
  expect(status.severity).toBe('ok')
  expect(status.unseen[0]).toContain("m1's Status (denied)")
  expect(status.situation.members[0]).toMatchObject({
    version: '3.5.33',
    dbSizeBytes: 5,
    raftIndex: 7,
  })
})

test('one member down leaves a warning that names the loss that can still be borne', () => {
  const [finding] = found(three({}, {}, { lost: 'refused' }), 'unreached')
  expect(finding).toMatchObject({ severity: 'warning', member: 'm3' })
  expect(finding?.summary).toContain('one more loss and no write can succeed')
})

test('a silent member that the others still name as leader is said to be that', () => {
  const [finding] = found(three({ lost: 'deadline' }), 'unreached')
  expect(finding?.summary).toContain(
    'm1, which the others still name as leader, does not answer in time',
  )
})

test('a dead member keeps its name by its client address', () => {
  expect(judge(three({}, { lost: 'refused' })).situation.members[1]).toMatchObject({
    name: 'm2',
    id: 'a2',
  })
})

test('two members that claim to lead are critical', () => {
  const [finding] = found(three({}, { leaderId: 'a2', raftTerm: 3 }), 'two-leaders')
  expect(finding).toMatchObject({ severity: 'critical' })
  expect(finding?.summary).toContain('m1 (term 2) and m2 (term 3)')
})

test('members that name different leaders are a warning', () => {
  expect(
    found(three({ leaderId: 'a3' }, { leaderId: 'a2' }, { leaderId: 'a2' }), 'leader-disagreement'),
  ).toHaveLength(1)
})

test('one member without a leader, the others with one, names that member', () => {
  expect(found(three({}, {}, { leaderId: undefined }), 'member-sees-no-leader')).toMatchObject([
    { member: 'm3' },
  ])
})

test('an alarm that every member tells is said once, by the name of its member', () => {
  const errors = [`memberID:${0xa2n} alarm:NOSPACE `]
  expect(found(three({ errors }, { errors }, { errors }), 'alarm')).toMatchObject([
    { member: 'm2', severity: 'critical' },
  ])
})

test('where Status is denied, an alarm that /health tells is critical', () => {
  const seen = three({}, { statusLost: 'denied' })
  const text = 'etcdserver: permission denied; its /health says: ALARM NOSPACE'
  const told = seen.members.map((one) =>
    one.status.ok ? one : { ...one, status: failed('denied', text) },
  )
  expect(found({ ...seen, members: told }, 'alarm')).toMatchObject([{ severity: 'critical' }])
})

test('an alarm of a kind that nobody knows is still critical', () => {
  expect(found(three({ errors: [`memberID:${0xa1n} alarm:BROWNOUT`] }), 'alarm')).toMatchObject([
    { severity: 'critical' },
  ])
})

test.each([
  [0.79, undefined],
  [0.8, 'warning'],
  [0.94, 'warning'],
  [0.95, 'critical'],
  [1.1, 'critical'],
])('a database at %d of its quota is %s', (share, severity) => {
  const seen = three({ dbSizeBytes: share * 2 * GIB, dbInUseBytes: share * 2 * GIB })
  expect(found(seen, 'space')[0]?.severity).toBe(severity)
})

test('a full database that is mostly free space is to be defragmented', () => {
  const [finding] = found(three({ dbSizeBytes: 1.9 * GIB, dbInUseBytes: 0.2 * GIB }), 'space')
  expect(finding?.action.run).toContain('defrag')
  expect(finding?.summary).toContain('(the default)')
})

test.each([
  [0.2 * GIB, 0.6, true],
  [0.2 * GIB, 0.4, false],
  [0.01 * GIB, 0.9, false],
])('%d bytes in use with a free share of %d is fragmented: %s', (inUse, free, is) => {
  const seen = three({ dbInUseBytes: inUse, dbSizeBytes: inUse / (1 - free) })
  expect(found(seen, 'fragmentation').length > 0).toBe(is)
})

test.each([
  [1000, false],
  [1001, true],
])('%d entries behind is a lag: %s', (entries, is) => {
  const seen = three(
    { raftIndex: 9000, raftAppliedIndex: 9000 },
    { raftIndex: 9000 - entries, raftAppliedIndex: 9000 - entries },
    { raftIndex: 9000, raftAppliedIndex: 9000 },
  )
  expect(found(seen, 'raft-lag').length > 0).toBe(is)
})

test('entries committed and not applied are told from entries not received', () => {
  const seen = three(
    { raftIndex: 9000, raftAppliedIndex: 6000 },
    { raftIndex: 9000, raftAppliedIndex: 9000 },
    { raftIndex: 9000, raftAppliedIndex: 9000 },
  )
  expect(found(seen, 'apply-lag')).toMatchObject([{ member: 'm1' }])
  expect(found(seen, 'raft-lag')).toEqual([])
})

test.each([
  [30, 'it waits for its storage'],
  [900, 'the process itself is late'],
])('a slow Status with the page after %d ms says that %s', (pageMs, words) => {
  expect(found(three({ statusMs: 1200, pageMs }), 'slow-status')[0]?.summary).toContain(words)
})

test.each([
  [1, 'ok'],
  [2, 'warning'],
  [3, undefined],
  [4, 'ok'],
  [5, undefined],
  [7, undefined],
  [9, 'warning'],
])('%d members are %s', (count, severity) => {
  const seen = look(Array.from({ length: count }, (_, i) => member(i + 1)))
  expect(found(seen, 'member-count')[0]?.severity).toBe(severity)
})

test('a listed member that the configuration lacks is a warning', () => {
  expect(
    found(look([member(1), member(2)], { roster: read(roster(3)) }), 'not-configured'),
  ).toMatchObject([{ member: 'm3', severity: 'warning' }])
})

test('a configured endpoint that is no member is a warning', () => {
  expect(
    found(look([member(1), member(2), member(9)], { roster: read(roster(2)) }), 'not-a-member'),
  ).toHaveLength(1)
})

test('a learner is told and does not count as a voter', () => {
  const list = roster(4)
  const members = list.members.map((one) => ({ ...one, isLearner: one.id === 'a4' }))
  const seen = look([member(1), member(2), member(3), member(4, { isLearner: true })], {
    roster: read({ ...list, members }),
  })
  expect(judge(seen).situation).toMatchObject({ voters: 3, quorum: 2 })
  expect(found(seen, 'learner')).toMatchObject([{ member: 'm4' }])
})

test('a page that could not be read is a warning and its signals are unseen', () => {
  const seen = three({ pageLost: 'http' })
  expect(found(seen, 'page-unread')).toMatchObject([{ member: 'm1', severity: 'warning' }])
  expect(judge(seen).unseen[0]).toContain("m1's metrics page")
})

test.each([
  ['3.5.2', 'warning', 'data may differ'],
  ['3.5.30', 'ok', 'beyond its rights'],
  ['3.5.33', undefined, ''],
  ['3.4.23', 'ok', 'a snapshot from the leader'],
  ['3.6.3', 'ok', 'promotion of a learner'],
  ['3.7.1', undefined, ''],
  ['weird', undefined, ''],
])('version %s has known faults: %s', (version, severity, words) => {
  const [finding] = found(three({ version }, { version }, { version }), 'known-faults')
  expect(finding?.severity).toBe(severity)
  expect(finding?.summary ?? '').toContain(words)
})

test('3.4 is said to have ended and to run without pre-vote', () => {
  const version = '3.4.45'
  expect(found(three({ version }, { version }, { version }), 'end-of-life')[0]?.summary).toContain(
    'without pre-vote',
  )
})

test.each([
  ['3.5.32', 'ok'],
  ['3.6.14', 'warning'],
])('3.5.33 beside %s is %s', (version, severity) => {
  expect(found(three({ version }), 'mixed-versions')[0]?.severity).toBe(severity)
})

test('open files near their limit are a warning', () => {
  expect(found(three({ page: { openFds: 900, maxFds: 1000 } }), 'descriptors')).toHaveLength(1)
})

test('the worst finding leads the sentence, and only its action is given', () => {
  const answer = statusAnswer(
    judge(three({ errors: [`memberID:${0xa1n} alarm:NOSPACE`] }, {}, { lost: 'refused' })),
    'prod',
  )
  expect(answer.headline).toMatch(/^prod: m1 raised the alarm NOSPACE/)
  expect(answer.headline).toContain('1 more finding below')
  expect(answer.action?.say).toContain('compact')
})

test('the table lists the worst member first, and an unseen value is empty', () => {
  const [table] = statusAnswer(judge(three({}, {}, { lost: 'refused' })), 'prod').tables
  expect(table?.rows[0]?.[0]).toEqual({ text: 'm3', severity: 'warning' })
  expect(table?.rows[0]?.[5]).toEqual({ text: '' })
})

test('members that share a name are told apart by their address', () => {
  const list = roster(3)
  const members = list.members.map((one) => ({ ...one, name: 'etcd' }))
  const names = judge({ ...three(), roster: read({ ...list, members }) }).situation.members.map(
    (one) => one.name,
  )
  expect(new Set(names).size).toBe(3)
})

test('the JSON leaves out what was not seen and keeps ids as hex', () => {
  const json = JSON.parse(
    JSON.stringify(statusAnswer(judge(three({}, { lost: 'refused' })), 'prod').json),
  ) as {
    members: Record<string, unknown>[]
  }
  expect(json.members[1]).toEqual({
    name: 'm2',
    id: 'a2',
    endpoint: 'http://10.0.0.2:2379',
    reached: false,
    why: 'refused',
    errors: [],
    learner: false,
  })
  expect(json.members[0]).toMatchObject({ leader: 'a1', raftTerm: 2, quotaBytes: 2 * GIB })
})
