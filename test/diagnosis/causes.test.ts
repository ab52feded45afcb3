import { beforeAll, describe, expect, test } from '@jest/globals'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace/trace'
import type { Trace } from '../../src/cluster/trace/trace'
import { judge } from '../../src/diagnosis/judge'
import { loadOf } from '../../src/diagnosis/window/load'
import { looksOf } from '../../src/diagnosis/window/look'
import type { LinkGain, Look } from '../../src/diagnosis/window/look'
import type { CauseName, Hypothesis, Verdict } from '../../src/diagnosis/verdict'
import { gradeOf, thin, truthsOf, withoutLogs } from '../lab/accuracy'
import type { TraceTruth } from '../lab/accuracy'
import { LIMITS, settings } from '../support/build'
import {
  calm,
  came,
  endpointOf,
  fsyncs,
  gain,
  gainOfSeconds,
  ledBy,
  links,
  lookAt,
  lost,
  merged,
  roundTrips,
} from './looks'
import type { MemberOver } from './looks'

const verdictOf = (looks: readonly Look[], over: Parameters<typeof settings>[0] = {}): Verdict =>
  judge(looks, { settings: settings({ timeoutsFrom: 'config', ...over }), limits: LIMITS }).verdict

const standingOf = (verdict: Verdict, cause: CauseName): Hypothesis | undefined =>
  verdict.causes.find((one) => one.cause === cause)

/** The same trouble at each of `count` looks, after half a minute of calm. */
const trouble = (
  count: number,
  at: (i: number) => Readonly<Record<number, MemberOver>>,
): readonly Look[] => [
  ...calm(0, 30),
  ...Array.from({ length: count }, (_, i) => lookAt(32 + 2 * i, at(i))),
]

const peers = (n: number, over: Readonly<Record<number, Partial<LinkGain>>> = {}) =>
  links(...[1, 2, 3].filter((m) => m !== n).map((m) => [m, over[m] ?? {}] as const))

describe('recordings of real faults', () => {
  const FOLDER = join(__dirname, '../traces')
  const truths = truthsOf(FOLDER)
  const traces = new Map<string, Trace>()

  beforeAll(async () => {
    for (const [name] of truths)
      traces.set(name, await readTrace(createReadStream(join(FOLDER, `${name}.ndjson.br`))))
  })

  const traceOf = (name: string): Trace =>
    traces.get(name) ?? {
      title: '',
      looks: [],
      heartbeatMs: undefined,
      electionMs: undefined,
      damage: undefined,
    }

  const verdictOn = (trace: Trace): Verdict =>
    verdictOf(looksOf(trace.looks), {
      heartbeatMs: trace.heartbeatMs ?? 100,
      electionMs: trace.electionMs ?? 1000,
    })

  const mistake = (verdict: Verdict, truth: TraceTruth): string | undefined =>
    gradeOf(verdict, truth) === 'wrong' ? verdict.headline : undefined

  test.each(truths)('%s is named, with the member, at looks 2 s apart', (name, truth) => {
    const verdict = verdictOn(traceOf(name))
    const isFixed = truth.cause !== 'planned' && !truth.note?.includes('follows')
    const endpoint = isFixed ? truth.endpoint : undefined
    expect(verdict.cause).toBe(truth.cause)
    expect(verdict.member ?? endpoint).toBe(endpoint ?? verdict.member)
    expect(verdict.elections).toHaveLength(truth.electionsWon)
  })

  test.each(truths)(
    '%s is never misnamed at looks 6 and 14 s apart, without logs, or without its calm part',
    (name, truth) => {
      const trace = traceOf(name)
      const thinned = [3, 7].flatMap((every) =>
        Array.from({ length: every }, (_, i) => thin(trace, every, i)),
      )
      const late = { ...trace, looks: trace.looks.slice(Math.floor(trace.looks.length * 0.45)) }
      for (const one of [
        withoutLogs(trace),
        late,
        withoutLogs(late),
        ...thinned,
        ...thinned.map(withoutLogs),
      ])
        expect(mistake(verdictOn(one), truth)).toBeUndefined()
    },
  )

  test.each(truths)(
    '%s is never misnamed where one member is not watched, or Status is not asked',
    (name, truth) => {
      const trace = traceOf(name)
      const endpoints = trace.looks[0]?.members.map((member) => member.endpoint) ?? []
      const unwatched = endpoints.map((endpoint) => ({
        ...trace,
        looks: trace.looks.map((look) => ({
          ...look,
          members: look.members.filter((one) => one.endpoint !== endpoint),
        })),
      }))
      const unasked = {
        ok: false,
        why: { kind: 'other', text: 'not recorded' },
        tookMs: 0,
      } as const
      const noStatus = {
        ...trace,
        looks: trace.looks.map((look) => ({
          ...look,
          members: look.members.map((one) => ({ ...one, status: unasked })),
        })),
      }
      const noPages = {
        ...trace,
        looks: trace.looks.map((look) => ({
          ...look,
          members: look.members.map((one) => ({ ...one, scrape: unasked })),
        })),
      }
      for (const one of [
        ...unwatched,
        noStatus,
        noPages,
        withoutLogs(noStatus),
        withoutLogs(noPages),
      ])
        expect(mistake(verdictOn(one), truth)).toBeUndefined()
    },
  )

  test('the cluster name and the addresses of a trace carry no meaning', () => {
    const trace = traceOf('disk-leader-1500ms-3.5.30')
    const rename = (endpoint: string): string => `https://etcd-${endpoint.slice(-2)}.example:2379`
    const renamed = trace.looks.map((look) => ({
      ...look,
      members: look.members.map((one) => ({ ...one, endpoint: rename(one.endpoint) })).toReversed(),
      logs: look.logs?.map((event) => ({ ...event, endpoint: rename(event.endpoint) })) ?? [],
    }))
    const verdict = verdictOn({ ...trace, title: 'net-flap-leader', looks: renamed })
    expect(verdict).toMatchObject({ cause: 'disk', member: rename(verdictOn(trace).member ?? '') })
  })
})

describe('disk', () => {
  const slow = { status: came(1400), gain: gain({ walFsync: fsyncs(2, 1), links: peers(1) }) }

  test('a leader that spends its time in fsync while its page comes at once has a slow disk', () => {
    const verdict = verdictOf(trouble(10, () => ({ 1: slow })))
    expect(verdict).toMatchObject({ cause: 'disk', member: endpointOf(1) })
    expect(standingOf(verdict, 'disk')?.supports).toContainEqual(
      expect.objectContaining({ name: 'time in fsync', value: 100, member: 'm1' }),
    )
  })

  test('the same fsyncs with late pages are no slow disk: the process waits for everything', () => {
    const starved = {
      page: came(1600),
      gain: gain({
        walFsync: fsyncs(6, 0.3),
        spill: fsyncs(3, 0.3),
        heartbeatFailures: 10,
        links: peers(1),
      }),
    }
    const verdict = verdictOf(trouble(10, () => ({ 1: starved })))
    expect(verdict).toMatchObject({ cause: 'cpu', member: endpointOf(1) })
    expect(standingOf(verdict, 'disk')?.standing).toBe('ruled-out')
  })

  test('25 ms of fsync, however often, start no election and name no disk', () => {
    const worn = { gain: gain({ walFsync: fsyncs(40, 0.025), links: peers(1) }) }
    expect(verdictOf(trouble(10, () => ({ 1: worn }))).cause).toBe('none')
  })

  test('stalls again and again, none outside of an fsync, name it though Status comes at once', () => {
    const stalled = gain({
      leaderChanges: 1,
      walFsync: gainOfSeconds([...Array.from({ length: 30 }, () => 0.0005), 0.4]),
      links: peers(1),
    })
    const looks = trouble(12, (i) =>
      merged(ledBy(1 + (i % 2), 3 + i), { [2 - (i % 2)]: { gain: stalled } }),
    )
    const verdict = verdictOf(looks, { heartbeatMs: 20, electionMs: 100 })
    expect(verdict.cause).toBe('disk')
  })

  test('a disk that was always as slow is not the news', () => {
    const worn = { gain: gain({ walFsync: fsyncs(20, 0.05), links: peers(1) }) }
    const looks = Array.from({ length: 20 }, (_, i) =>
      lookAt(2 * i, merged({ 1: worn }, i === 15 ? { 1: { ...worn, status: came(700) } } : {})),
    )
    expect(verdictOf(looks).cause).toBe('none')
  })

  test('disks that are slow on all members at once point at what they share', () => {
    const all = (n: number) => ({
      status: came(1400),
      gain: gain({ walFsync: fsyncs(2, 1), links: peers(n) }),
    })
    const verdict = verdictOf(trouble(10, () => ({ 1: all(1), 2: all(2), 3: all(3) })))
    expect(verdict.cause).toBe('disk')
    expect(verdict.member).toBeUndefined()
    expect(verdict.headline).toContain('share')
  })
})

describe('pauses', () => {
  /** Paused at every fourth look, deposed each time: m1 and m2 take turns. */
  const paused = (i: number): Readonly<Record<number, MemberOver>> => {
    const turn = Math.floor(i / 4)
    const [old, young] = turn % 2 === 0 ? [1, 2] : [2, 1]
    if (i % 4 === 0) return merged(ledBy(old ?? 1, 2 + turn), { [old ?? 1]: { hung: true } })
    const woken =
      i % 4 === 1
        ? {
            [old ?? 1]: {
              page: came(500),
              gain: gain({ heartbeatFailures: 2, leaderChanges: 1, links: peers(old ?? 1) }),
            },
          }
        : {}
    return merged(ledBy(young ?? 2, 3 + turn), woken)
  }

  test('leaders that stand still and go on as before are paused', () => {
    const verdict = verdictOf(trouble(16, paused))
    expect(verdict.cause).toBe('pauses')
    expect(verdict.unplanned).toBeGreaterThanOrEqual(3)
  })

  test('are not named where long fsyncs are as many: a disk or a processor stalls as well', () => {
    const stalling = (i: number): Readonly<Record<number, MemberOver>> => {
      const turn = Math.floor(i / 4)
      const old = turn % 2 === 0 ? 1 : 2
      const stalled = {
        page: came(200),
        gain: gain({
          heartbeatFailures: 2,
          leaderChanges: 1,
          walFsync: fsyncs(1, 1.2),
          links: peers(old),
        }),
      }
      return i % 4 === 1 ? merged(paused(i), { [old]: stalled }) : paused(i)
    }
    const verdict = verdictOf(trouble(16, stalling))
    expect(standingOf(verdict, 'pauses')?.standing).toBe('possible')
    expect(verdict.cause).not.toBe('pauses')
  })

  test("a late page on all members at one look is the watcher's own hiccup", () => {
    const late = { page: came(900), status: came(900) }
    expect(
      verdictOf(trouble(10, (i) => (i === 3 ? { 1: late, 2: late, 3: late } : {}))).cause,
    ).toBe('none')
  })
})

describe('network', () => {
  const cutOff = { seesLeader: false, leaderId: undefined, isLeader: false }

  test('a link that is silent while both ends run, beside links that work, is that link', () => {
    const looks = trouble(10, () => ({
      1: { gain: gain({ links: peers(1, { 3: { receivedBytes: 0 } }) }) },
      2: { gain: gain({ links: peers(2, { 3: { receivedBytes: 90 } }) }) },
      3: { ...cutOff, gain: gain({ links: peers(3, { 1: { receivedBytes: 0 } }) }) },
    }))
    expect(verdictOf(looks)).toMatchObject({
      cause: 'network',
      link: [endpointOf(1), endpointOf(3)],
    })
  })

  test('a member whose words reach nobody is cut off itself', () => {
    const looks = trouble(10, () => ({
      1: { gain: gain({ links: peers(1, { 3: { receivedBytes: 0 } }) }) },
      2: { gain: gain({ links: peers(2, { 3: { receivedBytes: 0 } }) }) },
      3: {
        ...cutOff,
        gain: gain({ links: peers(3, { 1: { receivedBytes: 0 }, 2: { receivedBytes: 0 } }) }),
      },
    }))
    expect(verdictOf(looks)).toMatchObject({ cause: 'network', member: endpointOf(3) })
  })

  test('a follower that hears and is not heard is cut off one way, though it sees a leader', () => {
    const looks = trouble(20, () => ({
      1: { gain: gain({ links: peers(1, { 3: { receivedBytes: 0 } }) }) },
      2: { gain: gain({ links: peers(2, { 3: { receivedBytes: 0 } }) }) },
    }))
    expect(verdictOf(looks)).toMatchObject({ cause: 'network', state: 'watch' })
    expect(verdictOf(looks).link ?? [verdictOf(looks).member]).toContain(endpointOf(3))
  })

  test('one look that reaches far back without a byte is as sure as two short ones', () => {
    const far = (n: number, over: Readonly<Record<number, Partial<LinkGain>>> = {}) => ({
      gain: gain({ seconds: 15, links: peers(n, over) }),
    })
    const last = lookAt(75, { 1: far(1, { 3: { receivedBytes: 0 } }), 2: far(2), 3: far(3) })
    expect(verdictOf([...calm(0, 60, 15), last]).cause).toBe('network')
  })

  test("a leader that waits for an fsync says nothing: that silence is not the network's", () => {
    const deaf = (n: number) => ({
      gain: gain({ links: peers(n, { 1: { receivedBytes: 0 } }) }),
    })
    const looks = trouble(4, () => ({
      1: { status: lost('deadline'), gain: gain({ walFsync: fsyncs(0, 0), links: peers(1) }) },
      2: deaf(2),
      3: deaf(3),
    }))
    expect(standingOf(verdictOf(looks), 'network')?.standing).toBe('ruled-out')
  })

  test("round trips beyond the election timeout with no leader anywhere are no member's fault", () => {
    const far = (n: number) => ({
      ...cutOff,
      gain: gain({
        links: peers(
          n,
          Object.fromEntries([1, 2, 3].map((m) => [m, { roundTrip: roundTrips(2, 2.2) }])),
        ),
      }),
    })
    const verdict = verdictOf(trouble(10, () => ({ 1: far(1), 2: far(2), 3: far(3) })))
    expect(verdict).toMatchObject({ cause: 'network', state: 'warning', severity: 'critical' })
    expect(verdict.member ?? verdict.link).toBeUndefined()
  })

  test("silence of a member whose process was late is not the network's", () => {
    const looks = trouble(10, () => ({
      1: { gain: gain({ links: peers(1, { 3: { receivedBytes: 0 } }) }) },
      3: { hung: true },
    }))
    expect(standingOf(verdictOf(looks), 'network')?.standing).toBe('ruled-out')
  })
})

describe('overload', () => {
  const heavy = (n: number, over: Partial<Parameters<typeof gain>[0]> = {}) => ({
    status: came(240),
    pending: 600,
    gain: gain({
      committed: 6000,
      puts: 6000,
      walFsync: fsyncs(80, 0.02),
      links: peers(n),
      ...over,
    }),
  })

  test('many times the usual load with members that strain is overload', () => {
    const verdict = verdictOf(
      trouble(12, () => ({ 1: heavy(1, { heartbeatFailures: 4 }), 2: heavy(2), 3: heavy(3) })),
    )
    expect(verdict.cause).toBe('overload')
    expect(standingOf(verdict, 'disk')?.standing).not.toBe('likely')
  })

  test('the same load that the members carry is none', () => {
    const carried = (n: number) => ({
      gain: gain({ committed: 6000, puts: 6000, links: peers(n) }),
    })
    expect(
      verdictOf(trouble(12, () => ({ 1: carried(1), 2: carried(2), 3: carried(3) }))).cause,
    ).toBe('none')
  })
})

describe('the usual load', () => {
  const busy = (n: number) => ({ gain: gain({ committed: 300, links: peers(n) }) })
  const standstill = (n: number) => ({
    gain: gain({ committed: 4, leaderChanges: 1, links: peers(n) }),
  })

  test('is what clients ask while somebody leads: nothing is committed without a leader', () => {
    const looks = Array.from({ length: 30 }, (_, i) => {
      const one = i % 3 === 2 ? standstill : busy
      return lookAt(2 * i, { 1: one(1), 2: one(2), 3: one(3) })
    })
    const load = loadOf(looks, LIMITS)
    expect(load.usual.commits).toBe(150)
    expect(load.heavy).toEqual([])
  })

  test('is that of the longer time, however many looks the shorter one had', () => {
    const quiet = { gain: gain({ seconds: 300, committed: 6000 }) }
    const storm = { gain: gain({ seconds: 2, committed: 6000 }) }
    const looks = [
      ...[300, 600, 900].map((at) => lookAt(at, { 1: quiet, 2: quiet, 3: quiet })),
      ...Array.from({ length: 100 }, (_, i) =>
        lookAt(902 + 2 * i, { 1: storm, 2: storm, 3: storm }),
      ),
    ]
    const load = loadOf(looks, LIMITS)
    expect(load.usual.commits).toBe(20)
    expect(load.heavy).toHaveLength(100)
    expect(load.times).toBe(150)
  })
})

describe('members that are away', () => {
  test('one that refuses for longer than a restart takes is down', () => {
    const verdict = verdictOf(trouble(20, () => ({ 3: { refused: true } })))
    expect(verdict).toMatchObject({ cause: 'member-down', member: endpointOf(3), state: 'watch' })
  })

  test('one that is lost and that its peers hear nothing of is gone, whatever hangs', () => {
    const silent = (n: number) => ({ gain: gain({ links: peers(n, { 3: { receivedBytes: 0 } }) }) })
    const verdict = verdictOf(
      trouble(15, () => ({ 1: silent(1), 2: silent(2), 3: { hung: true } })),
    )
    expect(verdict).toMatchObject({ cause: 'member-down', member: endpointOf(3) })
    expect(verdict.unseen.join()).toContain('hangs')
  })

  test('one that only the watcher cannot reach is not called down', () => {
    const verdict = verdictOf(trouble(15, () => ({ 3: { hung: true } })))
    expect(standingOf(verdict, 'member-down')?.standing).toBe('ruled-out')
  })

  test('two of three that refuse are a lost quorum', () => {
    const alone = { seesLeader: false, leaderId: undefined, isLeader: false }
    const verdict = verdictOf(
      trouble(15, () => ({ 1: alone, 2: { refused: true }, 3: { refused: true } })),
    )
    expect(verdict).toMatchObject({ cause: 'quorum-lost', state: 'warning', severity: 'critical' })
  })

  test('a process that ends again and again is down, however short each time is', () => {
    const loop = (i: number): Readonly<Record<number, MemberOver>> =>
      i % 4 === 0
        ? { 3: { refused: true } }
        : i % 4 === 1
          ? { 3: { restarted: true, processStartSeconds: 31 + 2 * i } }
          : {}
    expect(verdictOf(trouble(20, loop))).toMatchObject({
      cause: 'member-down',
      member: endpointOf(3),
    })
  })

  test('members that restart one after the other, once each, are a rollout', () => {
    const rollout = (i: number): Readonly<Record<number, MemberOver>> => {
      const n = 3 - Math.floor(i / 6)
      if (n < 2) return {}
      return i % 6 === 0
        ? { [n]: { refused: true } }
        : i % 6 === 1
          ? { [n]: { restarted: true, processStartSeconds: 31.5 + 2 * i } }
          : {}
    }
    expect(verdictOf(trouble(14, rollout))).toMatchObject({ cause: 'planned', state: 'calm' })
  })

  test('late heartbeats at the looks of a rollout are part of it, and no watch', () => {
    const late = { gain: gain({ seconds: 15, heartbeatFailures: 2, links: peers(1) }) }
    const restarted = (n: number, at: number) => ({
      [n]: { restarted: true, processStartSeconds: at - 5 },
    })
    const looks = [
      ...calm(0, 60, 15),
      lookAt(75, { 1: late, ...restarted(3, 75) }),
      lookAt(90, { 1: late, ...restarted(2, 90) }),
      lookAt(105, { 2: late, ...restarted(1, 105) }),
    ]
    expect(verdictOf(looks)).toMatchObject({ cause: 'planned', state: 'calm' })
  })
})

describe('timeouts', () => {
  /** A leader that ran throughout is deposed at every fifth look. */
  const churn = (i: number) => merged(ledBy(1 + (Math.floor(i / 5) % 2), 2 + Math.floor(i / 5)))
  /** The same, and writes fail that lost their leader. */
  const harmful = (i: number) =>
    merged(churn(i), { 3: { gain: gain({ proposalsFailed: 4, links: peers(3) }) } })

  test('short ones under gaps that the defaults ride out are the cause, with the values to set', () => {
    const verdict = verdictOf(trouble(20, churn), { heartbeatMs: 20, electionMs: 100 })
    expect(verdict.cause).toBe('timeouts')
    expect(verdict.action.run).toBe('--heartbeat-interval=100 --election-timeout=1000')
  })

  test("with the defaults the same churn is the network's, and the timeouts stay", () => {
    const verdict = verdictOf(trouble(20, harmful))
    expect(verdict.cause).toBe('network')
    expect(standingOf(verdict, 'timeouts')).toMatchObject({
      standing: 'ruled-out',
      action: { say: expect.stringContaining('Do not touch') },
    })
  })
})

describe('leaders that change without a trace of why', () => {
  test('may be transfers that no log tells, or cuts: it is not told which', () => {
    const churn = (i: number) => ledBy(1 + (Math.floor(i / 10) % 2), 2 + Math.floor(i / 10))
    const verdict = verdictOf(trouble(20, churn))
    expect(verdict.cause).toBe('unknown')
    expect(standingOf(verdict, 'planned')?.standing).toBe('possible')
    expect(standingOf(verdict, 'network')?.standing).toBe('possible')
    expect(verdict.unseen.join(' ')).toContain('transfer of the leadership')
  })
})

describe('space, maintenance, version', () => {
  test('an alarm is the cause whatever else is wrong', () => {
    const full = { errors: ['memberID:1 alarm:NOSPACE '] }
    expect(
      verdictOf(trouble(15, () => ({ 1: full, 2: { ...full, status: came(900) } }))),
    ).toMatchObject({ cause: 'space', severity: 'critical' })
  })

  test('a leader that is being defragmented explains its slow answers', () => {
    const busy = { status: came(1500), defragsInFlight: 1 }
    expect(verdictOf(trouble(6, () => ({ 1: busy })))).toMatchObject({
      cause: 'maintenance',
      member: endpointOf(1),
    })
  })

  test('3.4 without pre-vote is possible beside the cause, never named before it', () => {
    const old = { 1: { version: '3.4.23' }, 2: { version: '3.4.23' }, 3: { version: '3.4.23' } }
    const churn = (i: number) =>
      merged(old, ledBy(1 + (Math.floor(i / 5) % 2), 2 + Math.floor(i / 5)), {
        3: { gain: gain({ proposalsFailed: 4, links: peers(3) }) },
      })
    const verdict = verdictOf(trouble(20, churn))
    expect(verdict.cause).toBe('network')
    expect(standingOf(verdict, 'version')?.standing).toBe('possible')
  })
})

describe('what was not seen', () => {
  test('without pages no cause that only pages tell is ruled out', () => {
    const blind = { page: lost('unasked', 0), gain: undefined }
    const all = { 1: blind, 2: blind, 3: blind }
    const looks = Array.from({ length: 12 }, (_, i) =>
      lookAt(2 * i, i < 8 ? all : merged(all, ledBy(2, 3))),
    )
    const verdict = verdictOf(looks)
    expect(verdict.cause).toBe('unknown')
    for (const cause of ['disk', 'cpu', 'pauses', 'overload'] as const)
      expect(standingOf(verdict, cause)?.standing).toBe('cannot-tell')
    expect(verdict.unseen.join(' ')).toContain('page')
  })

  test('a cluster of which nothing can be read is unknown, never fine', () => {
    const verdict = verdictOf(
      trouble(6, () => ({ 1: { hung: true }, 2: { hung: true }, 3: { hung: true } })),
    )
    expect(verdict).toMatchObject({ state: 'unknown', severity: 'unknown' })
    expect(verdict.cause).not.toBe('none')
  })

  test('one election without a trace of why is not explained', () => {
    const looks = trouble(6, (i) => (i < 2 ? {} : ledBy(2, 3)))
    expect(verdictOf(looks)).toMatchObject({ cause: 'unknown', state: 'unsettled' })
  })

  test('one look is too few, and says so', () => {
    expect(verdictOf([lookAt(0)]).unseen.join(' ')).toContain('More looks')
  })
})

describe('recordings that are entered inside the fault', () => {
  test.each([
    ['cpu-quota-leader-1pct-3.5.30', ['cpu', 'unknown', 'none']],
    ['pause-leader-2500ms-3.5.30', ['pauses', 'unknown', 'none']],
    ['disk-leader-1500ms-3.5.30', ['disk', 'unknown', 'none']],
  ])('%s', async (name, allowed) => {
    const file = join(__dirname, '../traces', `${name}.ndjson.br`)
    const { looks } = withoutLogs(await readTrace(createReadStream(file)))
    const named = new Set<string>()
    for (let from = 10; from + 4 <= looks.length; from++)
      for (const length of [4, 8, 15])
        named.add(verdictOf(looksOf(looks.slice(from, from + length))).cause)
    expect(allowed).toEqual(expect.arrayContaining([...named]))
    expect(named.has(allowed[0] ?? '')).toBe(true)
  })
})

describe('windows that begin inside a fault', () => {
  /** m1 leads, is lost for 4 s, and is deposed; `before`: what was seen of it until then. */
  const stopped = (before: MemberOver): readonly Look[] => [
    ...Array.from({ length: 4 }, (_, i) => lookAt(2 * i, { 1: before })),
    lookAt(8, { 1: { hung: true } }),
    lookAt(10, merged(ledBy(2, 3), { 1: { hung: true } })),
    ...Array.from({ length: 6 }, (_, i) =>
      lookAt(
        12 + 2 * i,
        merged(ledBy(2, 3), {
          1: i === 0 ? { gain: gain({ heartbeatFailures: 2, links: peers(1) }) } : {},
        }),
      ),
    ),
  ]

  test('a process that ran until it stopped was paused', () => {
    expect(standingOf(verdictOf(stopped({})), 'pauses')?.standing).toBe('likely')
  })

  test('one that was never seen to run may have waited for its processor all along', () => {
    const pauses = standingOf(verdictOf(stopped({ page: came(1500) })), 'pauses')
    expect(pauses?.standing).toBe('possible')
    expect(pauses?.unseen.join()).toContain('A page from before the stop')
  })
})

describe('what a look or two cannot tell', () => {
  test('a member that is silent for less than a restart takes is possible, by name', () => {
    const looks = [
      ...calm(0, 60),
      ...[62, 64, 66].map((seconds) =>
        lookAt(seconds, {
          1: { gain: gain({ links: links([2, {}], [3, { receivedBytes: 0 }]) }) },
          2: { gain: gain({ links: links([1, {}], [3, { receivedBytes: 0 }]) }) },
          3: { hung: true },
        }),
      ),
    ]
    const down = standingOf(verdictOf(looks), 'member-down')
    expect(down).toMatchObject({ standing: 'possible', member: endpointOf(3) })
    expect(down?.summary).toMatch(/^m3 is silent now/)
    expect(down?.unseen.join()).toContain('hangs, is paused, or is cut off')
  })

  test('a first restart without a log says that a crash looks the same', () => {
    const restart = { 2: { restarted: true, processStartSeconds: 1061 } }
    const looks = [...calm(0, 60), lookAt(62, restart), ...calm(64, 80)]
    expect(standingOf(verdictOf(looks), 'planned')?.unseen.join()).toContain('Crash or restart')
    expect(standingOf(verdictOf(calm(0, 80)), 'planned')?.unseen.join()).not.toContain('Crash')
  })

  test('a load far above the usual, beside the trouble, is possible though no member strains', () => {
    const loaded = (n: number) => ({
      gain: gain({ committed: 6000, puts: 6000, links: peers(n) }),
    })
    const looks = trouble(12, (i) => ({
      1: loaded(1),
      2: loaded(2),
      3: { ...loaded(3), ...(i % 4 === 0 && { status: came(900) }) },
    }))
    const overload = standingOf(verdictOf(looks), 'overload')
    expect(overload?.standing).toBe('possible')
    expect(overload?.summary).toMatch(/times the usual/)
  })
})
