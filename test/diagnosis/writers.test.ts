import { expect, test } from '@jest/globals'
import type { Answer } from '../../src/diagnosis/answer'
import { statusOf } from '../../src/diagnosis/status/status'
import { watchOrder, writersAnswer, type WritersScene } from '../../src/diagnosis/writes/writers'
import { eventsOf, type Branch, type Writes } from '../../src/diagnosis/writes/writes'
import { groupsOf } from '../../src/diagnosis/writes/groups'
import { pathOf } from '../../src/diagnosis/writes/path'
import { growTree, type Kind } from '../../src/diagnosis/writes/tree'
import { keyText, whereOf } from '../../src/diagnosis/writes/words'
import { printAnswer } from '../../src/terminal/print'
import { blocksOf } from '../../src/slack/message/blocks'
import { LIMITS, look, member, settings } from '../support/build'

/** [key, kind, bytes, how often]; `#` in a key counts up. */
type Said = readonly [key: string, kind?: Kind, bytes?: number, times?: number]

const grown = (said: readonly Said[], times = 1): Branch => {
  const tree = growTree()
  for (const [key, kind = 'update', bytes = 100, count = 1] of said)
    for (let i = 0; i < count; i++) tree.add(pathOf(key.replace('#', String(i))), kind, bytes)
  tree.settle(times)
  return tree.root
}

const writesOf = (tree: Branch, over: Partial<Writes> = {}): Writes => ({
  endpoint: 'http://10.0.0.2:2379',
  forMs: 10_000,
  watchedMs: 10_000,
  seen: eventsOf(tree.counts),
  revisions: eventsOf(tree.counts),
  revisionsSeen: eventsOf(tree.counts),
  tree,
  cut: undefined,
  ...over,
})

const situation = statusOf(
  look([member(1, { statusMs: 1 }), member(2, { statusMs: 3 }), member(3, { statusMs: 9 })]),
  settings(),
  LIMITS,
).situation

const answerOf = (
  said: readonly Said[],
  over: Partial<Writes> = {},
  scene: Partial<WritersScene> = {},
): Answer =>
  writersAnswer(writesOf(grown(said), over), {
    at: Date.UTC(2026, 10, 22),
    cluster: 'prod',
    title: 'Production',
    situation,
    prefix: undefined,
    budget: { events: 5000, bytes: 1 << 24 },
    dominantShare: LIMITS.writersDominantShare,
    unseen: [],
    ...scene,
  })

const places = (said: readonly Said[]): readonly (readonly [string, string, number])[] =>
  groupsOf(grown(said)).flatMap((group) => {
    const { what, namespace } = whereOf(group)
    const events = eventsOf(group.counts)
    return events === 0 ? [] : [[what, namespace, events] as const]
  })

test.each([
  ['/registry/pods/shop/cart-1', ['/registry/', 'pods', 'shop', 'cart-1']],
  ['/registry/minions/node-1', ['/registry/', 'nodes', '', 'node-1']],
  ['/registry/services/specs/shop/cart', ['/registry/', 'services', 'shop', 'cart']],
  ['/registry/services/endpoints/shop/cart', ['/registry/', 'endpoints', 'shop', 'cart']],
  ['/registry/cilium.io/ciliumnodes/n1', ['/registry/', 'ciliumnodes.cilium.io', '', 'n1']],
  ['/registry/health', ['/registry/', 'health']],
  ['/kubernetes.io/leases/a/b', ['/kubernetes.io/', 'leases', 'a', 'b']],
  [
    '/kubernetes.io/operator.openshift.io/etcds/cluster',
    ['/kubernetes.io/', 'etcds.operator.openshift.io', '', 'cluster'],
  ],
  ['/registry/constructor/toString', ['/registry/', 'constructor', '', 'toString']],
  ['/app/a/1', ['/app/', 'a/', '1']],
  ['flat', ['flat']],
  ['/', ['/']],
  ['//a\n/b', ['//', 'a\n/', 'b']],
  ['/1/2/3/4/5/6/7/8/9/10', ['/1/', '2/', '3/', '4/', '5/', '6/', '7/', '8/']],
])('the path of %j', (key, path) => {
  expect(pathOf(key)).toEqual(path)
})

test('prefixes are cut where they tell most: three hot ones, not their keys nor what they share', () => {
  expect(
    places([
      ['/svc/a/#', 'update', 100, 600],
      ['/svc/b/#', 'update', 100, 300],
      ['/svc/c/#', 'update', 100, 100],
    ]),
  ).toEqual([
    ['/svc/a/', '', 600],
    ['/svc/b/', '', 300],
    ['/svc/c/', '', 100],
  ])
})

test('one hot key is told by its whole name, ten alike by their prefix', () => {
  expect(
    places([
      ['/app/lock', 'update', 100, 500],
      ['/app/#', 'update', 100, 400],
    ]),
  ).toEqual([
    ['/app/lock', '', 500],
    ['/app/ (the rest)', '', 400],
  ])
  expect(places([['/app/#', 'update', 100, 10]])).toEqual([['/app/', '', 10]])
  expect(places([['flat#', 'update', 100, 1000]])).toEqual([['all keys', '', 1000]])
})

test('Kubernetes is told by resource and namespace, many small namespaces as one', () => {
  expect(
    places([
      ['/registry/leases/kube-node-lease/n#', 'update', 100, 300],
      ['/registry/events/shop/e#', 'create', 100, 200],
      ['/registry/events/team/e#', 'create', 100, 100],
      ['/registry/configmaps/ns-#/c', 'update', 100, 100],
      ['/registry/minions/n#', 'update', 100, 20],
    ]),
  ).toEqual([
    ['leases', 'kube-node-lease', 300],
    ['events', 'shop', 200],
    ['events', 'team', 100],
    ['configmaps', '(several)', 100],
    ['nodes', '(none)', 20],
  ])
})

test('few large values weigh as much as many small ones', () => {
  const answer = answerOf([
    ['/registry/secrets/shop/big', 'update', 1_000_000, 5],
    ['/registry/pods/shop/p#', 'update', 100, 500],
  ])
  expect(answer.headline).toContain(
    '0.99 % of the writes and 99 % of the bytes go to secrets in shop',
  )
  expect(answer.action?.run).toBe(
    "kubectl -n shop get secrets big -o yaml --show-managed-fields | grep -E 'manager:|time:'",
  )
})

test('a million different keys take bounded memory, and what is hot among them is right', () => {
  const tree = growTree()
  let most = 0
  for (let i = 0; i < 1_000_000; i++) {
    tree.add(pathOf(`/jobs/${i % 7}/job-${i}`), 'create', 100)
    if (i % 4 === 0) tree.add(pathOf('/leader/lock'), 'update', 50)
    if (i > 500_000 && i % 4 === 1) tree.add(pathOf('/late/hot/key'), 'update', 50)
    if (i % 1000 === 0) most = Math.max(most, tree.size())
  }
  tree.settle(1)
  expect(most).toBeLessThanOrEqual(8192)
  expect(eventsOf(tree.root.counts)).toBe(1_375_000)
  const groups = groupsOf(tree.root)
  const found = new Map(groups.map((group) => [group.path.join(''), eventsOf(group.counts)]))
  expect(found.get('/leader/lock')).toBe(250_000)
  expect(found.get('/late/hot/key')).toBe(125_000)
  for (let n = 0; n < 7; n++)
    expect(Math.abs((found.get(`/jobs/${n}/`) ?? 0) - 1_000_000 / 7)).toBeLessThan(10)
  expect(groups.find(({ path }) => path[0] === '/jobs/')).toMatchObject({ folded: true })
})

test('a million different long keys at the top are folded as well', () => {
  const tree = growTree(100)
  for (let i = 0; i < 100_000; i++) tree.add(pathOf(`${i}/${i}/${i}`), 'create', 1)
  tree.settle(1)
  expect(tree.size()).toBeLessThanOrEqual(200)
  expect(tree.root).toMatchObject({ folded: true, counts: { creates: 100_000, bytes: 100_000 } })
})

test('what was sampled is scaled, each period by its own factor', () => {
  const tree = growTree()
  tree.add(['a'], 'create', 10)
  tree.settle(4)
  tree.add(['a'], 'update', 10)
  tree.settle(1)
  expect(tree.root.counts).toEqual({ creates: 4, updates: 1, deletes: 0, bytes: 50 })
})

test('the answer says that it sampled, and by how much', () => {
  const answer = answerOf([['/a/b', 'update', 100, 50]], { watchedMs: 2000, seen: 10 })
  expect(answer.facts.join('\n')).toContain(
    'It was open 20 % of the time, so all counts are those seen times 5.0.',
  )
  expect(answer.json).toMatchObject({ scaledBy: 5, watchedSeconds: 2, forSeconds: 10 })
})

test('events that dominate are named, with where to look', () => {
  const answer = answerOf([
    ['/registry/events/shop/e#', 'create', 500, 300],
    ['/registry/events/shop/e#', 'delete', 100, 200],
    ['/registry/pods/shop/p#', 'update', 100, 100],
  ])
  expect(answer.findings[0]?.summary).toBe(
    'Kubernetes events are 83.3 % of all writes, most of them in shop',
  )
  expect(answer.action?.run).toBe('kubectl get events -n shop --sort-by=.lastTimestamp | tail -30')
  expect(answer.severity).toBe('ok')
})

test('a lease that is renewed too fast is named with its holder’s command', () => {
  const answer = answerOf([
    ['/registry/leases/kube-system/noisy', 'update', 500, 80],
    ['/registry/leases/kube-system/calm', 'update', 500, 5],
  ])
  expect(answer.findings[0]?.summary).toBe('The lease kube-system/noisy is 94.1 % of all writes')
  expect(answer.action).toEqual({
    say: expect.stringContaining('raise the retry period'),
    run: 'kubectl -n kube-system get lease noisy -o yaml',
  })
  const usual = answerOf([['/registry/leases/kube-system/calm', 'update', 500, 5]])
  expect(usual.action?.say).toContain('the usual pace')
})

test('leases of nodes at the usual 10 s are nothing to slow down; faster ones are', () => {
  const usual = answerOf([['/registry/leases/kube-node-lease/n#', 'update', 300, 200]])
  expect(usual.findings[0]?.summary).toContain('200 nodes, each renewed about every 10 s')
  expect(usual.action).toEqual({ say: expect.stringContaining('Nothing to slow down') })
  const fast = answerOf(
    Array.from({ length: 5 }, () => ['/registry/leases/kube-node-lease/n#', 'update', 300, 200]),
  )
  expect(fast.findings[0]?.summary).toContain('every 2 s')
  expect(fast.action?.run).toContain('nodeLeaseDurationSeconds')
})

test('a prefix that dominates is asked into; nothing that dominates has no action', () => {
  const one = answerOf([
    ['/app/queue/#', 'create', 100, 400],
    ['/app/queue/#', 'delete', 20, 400],
    ['/other/#', 'update', 100, 30],
  ])
  expect(one.findings[0]?.summary).toContain('what is created is deleted again')
  expect(one.action?.ask).toBe('writers prod 30 --prefix /app/queue/')
  const within = answerOf([['/app/queue/#', 'update', 100, 400]], {}, { prefix: '/app/queue/' })
  expect(within.action?.ask).toBeUndefined()
  const none = answerOf(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`/${name}/#`, 'update', 100, 50]),
  )
  expect(none).toMatchObject({ findings: [], action: undefined })
})

test('ten groups are shown and the rest is one row', () => {
  const answer = answerOf(
    Array.from({ length: 14 }, (_, i) => [`/svc-${i}/#`, 'update', 100, 100 - i]),
  )
  const rows = answer.tables[0]?.rows ?? []
  expect(rows).toHaveLength(11)
  expect(rows[0]?.[0]?.text).toBe('/svc-0/')
  expect(rows[10]?.[0]?.text).toBe('the rest, 4 groups')
  expect(answer.charts?.[0]).toMatchObject({ kind: 'bar', labels: { length: 10 } })
  expect((answer.json as { rest: object }).rest).toMatchObject({ groups: 4, writesPerSecond: 35.4 })
})

test('no write is said as such; a watch that was cut and saw none is unknown', () => {
  expect(answerOf([]).headline).toBe('Production: no key was written in 10 s.')
  expect(answerOf([]).severity).toBe('ok')
  const cut = answerOf([], { cut: 'the connection broke in the middle', forMs: 2000 })
  expect(cut.severity).toBe('unknown')
  expect(cut.unseen[0]).toBe('the rest of the time: after 2 s the connection broke in the middle')
})

test('revisions that the watch did not show are said', () => {
  const said = answerOf([['/a/b', 'update', 100, 100]], { revisions: 400, revisionsSeen: 100 })
  expect(said.unseen.join('\n')).toContain('300 of 400 revisions')
  const part = answerOf(
    [['/a/b', 'update', 100, 100]],
    { revisions: 400, revisionsSeen: 100 },
    { prefix: '/a/' },
  )
  expect(part.facts.join('\n')).toContain('40 revisions a second meanwhile; 25 % of them')
})

test('keys of foreign bytes are shown and obeyed by nobody', () => {
  expect(keyText('/a\u00ff\u0000b')).toBe('/a\\xff\\x00b')
  expect(keyText(Buffer.from('/grün\n').toString('latin1'))).toBe('/grün\\x0a')
  expect(keyText(Buffer.from('\u202eevil\u2028').toString('latin1'))).toBe('\\u{202e}evil\\u{2028}')
  const evil = '/x; rm -rf ~/<!channel> `a`\n*b*\u001b[31m/'
  const answer = answerOf([
    [`${evil}#`, 'update', 100, 100],
    ['/registry/pods/$(reboot)/<!here>', 'update', 100, 90],
  ])
  const typed = answer.findings
    .map(({ action }) => `${action?.run ?? ''} ${action?.ask ?? ''}`)
    .join()
  expect(typed).not.toMatch(/rm -rf|reboot|<!/)
  const blocks = JSON.stringify(
    blocksOf(answer, { tookMs: 1, audience: 'channel', command: '/etcd' }),
  )
  expect(blocks).not.toMatch(/<!|\\u001b|\\n\*b/)
  expect(printAnswer(answer, { colour: false })).not.toContain('\u001b')
})

test('a follower that answers fast is watched, the leader last, a learner and one that is lost never', () => {
  const { situation: mixed } = statusOf(
    look([
      member(1, { statusMs: 1 }),
      member(2, { statusMs: 9 }),
      member(3, { statusMs: 3 }),
      member(4, { lost: 'refused' }),
      member(5, { isLearner: true }),
    ]),
    settings(),
    LIMITS,
  )
  expect(watchOrder(mixed)).toEqual([
    'http://10.0.0.3:2379',
    'http://10.0.0.2:2379',
    'http://10.0.0.1:2379',
  ])
})
