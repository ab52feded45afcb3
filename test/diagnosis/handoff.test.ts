import { describe, expect, test } from '@jest/globals'
import { handoffOf } from '../../src/diagnosis/shift/handoff'
import { detailsOf } from '../../src/diagnosis/shift/handoff-details'
import { linesOf } from '../../src/diagnosis/shift/handoff-words'
import { CELLS, emptyBaseline, seriesKey } from '../../src/diagnosis/usual/baseline'
import type { Baseline } from '../../src/diagnosis/usual/baseline'
import { plainLine } from '../../src/diagnosis/line'
import type { MemberLook } from '../../src/diagnosis/window/look'
import { driftsOf } from '../../src/diagnosis/shift/drift'
import type { HandoffFacts } from '../../src/diagnosis/shift/facts'
import { endpointOf } from '../store/looks'
import { CHANGE, DAY, HOUR, MINUTE, NIGHT, cluster, facts, seenIn, standing, story } from './shifts'

const told = (given: HandoffFacts, zone?: string): readonly string[] =>
  linesOf(handoffOf(given), zone).map(plainLine)

describe('a quiet shift', () => {
  test('takes two lines', () => {
    expect(told(facts())).toEqual([
      'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: quiet.',
      'Seen throughout. No election; shift before: no election.',
    ])
  })

  test('is not quiet where five minutes were not seen', () => {
    const { looks } = cluster()
    const lines = told(facts([cluster({ looks: looks.toSpliced(20, 3) })]))
    expect(lines).toEqual([
      'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: no storm open.',
      'Not seen: nobody looked at prod 21:40 to 21:55.',
    ])
  })
})

test('times in which Stormwatch was without Redis or Slack are told, once for all replicas', () => {
  const at = (minutes: number, length: number) => ({
    from: NIGHT.from + minutes * MINUTE,
    to: NIGHT.from + (minutes + length) * MINUTE,
  })
  const outages = [
    { of: 'Slack' as const, ...at(60, 20) },
    { of: 'Slack' as const, ...at(60.1, 15) },
    { of: 'Slack' as const, ...at(80.5, 4.5) },
    { of: 'Redis' as const, ...at(-10, 15) },
    { of: 'Redis' as const, ...at(-60, 30) },
  ]
  expect(told(facts([cluster()], { outages }))).toEqual([
    'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: no storm open.',
    'Stormwatch itself: without Redis 20:00 to 20:05; without Slack 21:00 to 21:25.',
  ])
})

test('a shift that nobody saw is unknown, and says so', () => {
  const unseen = facts([cluster({ looks: [], standing: standing({ lookedAt: NIGHT.from }) })])
  const handoff = handoffOf(unseen)
  expect(handoff).toMatchObject({ kind: 'unseen', severity: 'unknown' })
  expect(told(unseen)).toEqual([
    'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: nothing was seen.',
    'Start here: Stormwatch has not looked at prod since 20:00. Next: stormwatch status prod',
    'Not seen: no look at prod was kept, so nothing can be said, good or bad.',
  ])
})

test('a storm that is open at the change is where to start, with who has it', () => {
  const open = story({ since: CHANGE - 90 * MINUTE, until: undefined, elections: 14 })
  const lines = (over: Parameters<typeof story>[0]) => {
    const storm = { ...open, ...story({ ...open, ...over }) }
    return told(
      facts([cluster({ standing: standing({ state: 'warning', storm }), stories: [storm] })]),
    )
  }
  expect(lines({})[1]).toBe(
    'Start here: prod has been in a storm since 06:30 (90 min, 14 elections, disk on etcd-2); nobody has taken it. Next: stormwatch diagnose prod',
  )
  expect(lines({ acknowledged: { by: 'U7', at: CHANGE - 80 * MINUTE } })[1]).toContain(
    'taken by U7 at 06:40.',
  )
})

test('the chart has at most 20 points, and leaves out what was not seen', () => {
  const half = seenIn({ from: NIGHT.from, to: NIGHT.from + 6 * HOUR })
  const handoff = handoffOf(facts([cluster({ looks: half, stories: [story()] })]))
  const [chart] = detailsOf(handoff).charts
  expect(chart?.labels.length).toBeLessThanOrEqual(20)
  expect(chart?.labels.at(-1)).toBe('01:20')
  expect(chart?.series.every(({ values }) => values.length === chart.labels.length)).toBe(true)
})

/** Everything at once, on a fleet. */
const worstNight = (): HandoffFacts => {
  const open = (name: string, over: Parameters<typeof story>[0] = {}) => {
    const storm = story({
      id: `${name}-t1`,
      cluster: name,
      since: CHANGE - 40 * MINUTE,
      until: undefined,
      ...over,
    })
    return cluster({
      name,
      standing: standing({ cluster: name, state: storm.worst, storm }),
      stories: [storm],
    })
  }
  const { looks } = cluster()
  return facts([
    open('payments'),
    open('orders', { acknowledged: { by: 'U7', at: CHANGE - 30 * MINUTE }, cause: 'network' }),
    open('search', { worst: 'watch', cause: 'unknown', where: undefined }),
    open('billing', { worst: 'watch', untold: 'silence' }),
    cluster({
      name: 'edge',
      standing: standing({ lookedAt: CHANGE - 3 * HOUR }),
      looks: looks.slice(0, 100),
    }),
    cluster({ name: 'lost', trouble: 'Redis does not answer: ECONNREFUSED' }),
    cluster({
      name: 'ci',
      looks: looks.toSpliced(30, 6),
      silences: [
        { cluster: 'ci', until: CHANGE + 2 * HOUR, by: 'U9', reason: 'load test of the new disks' },
        { cluster: 'ci', until: CHANGE + 40 * HOUR, by: 'U9', reason: '' },
      ],
      maintenance: [
        { from: CHANGE + HOUR, until: CHANGE + 3 * HOUR, reason: 'weekly node updates' },
      ],
      notes: [
        { cluster: 'ci', at: CHANGE - HOUR, by: 'U9', text: 'disk of m2 comes on Monday' },
        { cluster: 'ci', at: CHANGE - MINUTE, by: 'U9', text: `call me ${'x'.repeat(400)}` },
        { cluster: 'ci', at: CHANGE - 2 * HOUR, by: 'U9', text: 'older' },
      ],
      undelivered: [{ at: CHANGE - 2 * HOUR, why: 'channel_not_found' }],
      noticed: [{ about: 'certificates', at: CHANGE - 5 * HOUR }],
    }),
    ...Array.from({ length: 7 }, (_, i) => cluster({ name: `node-${i}` })),
  ])
}

test('the worst night of a fleet is told in twelve lines, read aloud in a minute, the worst first', () => {
  const lines = told(worstNight())
  expect(lines.slice(0, 6)).toEqual([
    'Handoff of 14 clusters, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: 4 storms open.',
    'Start here: payments has been in a storm since 07:20 (40 min, 12 elections, disk on etcd-2); nobody has taken it. Next: stormwatch diagnose payments',
    'Watch: What was kept of lost cannot be read: Redis does not answer: ECONNREFUSED.',
    'Watch: Stormwatch has not looked at edge since 05:00.',
    'Watch: orders has been in a storm since 07:20 (network on etcd-2); taken by U7.',
    'Also: search has been on storm watch since 07:20 (cause not told); nobody has taken it; 3 more.',
  ])
  expect(lines.length).toBeLessThanOrEqual(12)
  expect(lines.join(' ').split(/\s+/).length).toBeLessThanOrEqual(170)
  expect(lines.every((line) => line.length <= 300)).toBe(true)
})

test('what the lines only count stands in the details', () => {
  const { tables } = detailsOf(handoffOf(worstNight()))
  const rest = tables.find(({ title }) => title === 'Also to watch')
  expect(rest?.rows.map(([name, what]) => [name?.text, what?.text])).toEqual([
    [
      'search',
      'search has been on storm watch since 07:20 (40 min, 12 elections, cause not told); nobody has taken it.',
    ],
    [
      'billing',
      'billing has been on storm watch since 07:20 (40 min, 12 elections, disk on etcd-2); nobody has taken it; not posted: silence.',
    ],
    ['ci', '1 post about ci never reached the channel: channel_not_found.'],
    ['ci', 'ci: a certificate ends within 30 days, told at 03:00.'],
  ])
})

describe('what stands beside storms', () => {
  const only = (over: Parameters<typeof cluster>[0], line = 1): string | undefined =>
    told(facts([cluster(over)]))[line]

  test('a signal far above its usual is to be watched, and one a little above is named', () => {
    const { looks } = cluster()
    expect(driftsOf(looks, learned(0.002))).toEqual([])
    expect(driftsOf(looks, emptyBaseline(0))).toEqual([])
    const [far] = driftsOf(looks, learned(0.0005))
    expect(far).toMatchObject({ signal: 'fsyncMs', members: expect.arrayContaining(['etcd-0']) })
    expect(only({ baseline: learned(0.0005) })).toMatch(
      /^Watch: prod: fsync of etcd-\d, etcd-\d and etcd-\d [\d.]+ ms, usually 0.5 ms\.$/,
    )
    expect(only({ baseline: learned(0.0012) })).toMatch(
      /^Drifted: prod: fsync of .* [\d.]+ ms, usually 1.2 ms\.$/,
    )
  })

  test('a member that does not answer tells how many more may be lost', () => {
    const looks = cluster().looks.map((look) => ({
      ...look,
      members: look.members.map((member, i) => (i === 2 ? silent(member) : member)),
    }))
    expect(only({ looks })).toBe(
      'Start here: prod: etcd-2 does not answer; one more and there is no quorum. Next: stormwatch status prod',
    )
  })

  test('posts that wait for Slack, and elections without a storm', () => {
    expect(only({ waiting: { count: 3, since: CHANGE - 20 * MINUTE } })).toBe(
      'Start here: 3 posts about prod wait for Slack, for 20 min now.',
    )
    const single = (at: number) =>
      story({
        id: `e${at}`,
        kind: 'elections',
        elections: 1,
        since: at,
        until: at,
        cause: 'unknown',
      })
    const stories = [2, 4, 7].map((hours) => single(CHANGE - hours * HOUR))
    expect(only({ stories, watchedMs: 28 * DAY })).toBe(
      'Watch: prod had 3 elections without a storm; usual almost none.',
    )
    expect(only({ stories, watchedMs: 28 * DAY }, 2)).toBe(
      'Counted: 3 elections; shift before: no election; usual in 12 h: almost none.',
    )
  })

  test('elections of a storm are counted once, and those of one from before as at least', () => {
    const storm = story({ elections: 3 })
    const inside = [0, 1, 2].map((i) =>
      story({ id: `e${i}`, kind: 'elections', elections: 1, since: storm.since + i * MINUTE }),
    )
    expect(only({ stories: [storm, ...inside] }, 2)).toContain('Counted: 1 storm, 3 elections;')
    const old = story({ since: NIGHT.from - HOUR, until: NIGHT.from + HOUR })
    const late = story({ id: 'e', kind: 'elections', elections: 2, since: NIGHT.from + MINUTE })
    expect(told(facts([cluster({ stories: [old, late] })]))[1]).toContain(
      'Counted: a storm from before, at least 2 elections;',
    )
  })
})

/** Every hour of two weeks had fsyncs of this length, in s, and a fifth more at most. */
const learned = (fsyncSeconds: number): Baseline => {
  const cells = (value: number) => Array.from({ length: CELLS }, () => value)
  const series = {
    medians: cells(1000 * fsyncSeconds),
    highs: cells(1200 * fsyncSeconds),
    learned: cells(3000),
  }
  const keys = [0, 1, 2].map((i) => seriesKey(endpointOf(i), 'fsyncMs'))
  return { learnedUntil: CHANGE, series: new Map(keys.map((key) => [key, series])) }
}

const silent = (member: MemberLook): MemberLook => ({
  ...member,
  status: { came: false, why: 'deadline', tookMs: 2000 },
  page: { came: false, why: 'deadline', tookMs: 2000 },
  gain: undefined,
})
