import { describe, expect, test } from '@jest/globals'
import type { ClusterSettings, LogEvent } from '../../src/diagnosis/facts'
import type { Look } from '../../src/diagnosis/window/look'
import { latenessOf } from '../../src/diagnosis/window/lateness'
import { looksOf } from '../../src/diagnosis/window/look'
import { signalsOf } from '../../src/diagnosis/window/signals'
import type { Signals } from '../../src/diagnosis/window/signals'
import { LIMITS, member, read, scrape, settings, status } from '../support/build'
import { calm, came, endpointOf, gain, ledBy, lookAt, merged } from './looks'

const signals = (looks: readonly Look[], over: Partial<ClusterSettings> = {}): Signals =>
  signalsOf(looks, settings({ timeoutsFrom: 'config', ...over }), { limits: LIMITS })

const troubleSeconds = (looks: readonly Look[]): readonly (number | undefined)[] => {
  const { trouble } = signals(looks)
  return [trouble?.from, trouble?.to].map((i) =>
    i === undefined ? undefined : (looks[i]?.at ?? 0) / 1000,
  )
}

const late = { 1: { page: came(900) } }

describe('what an answer usually takes', () => {
  const slow = { page: came(400), status: came(400) }
  const all = { 1: slow, 2: slow, 3: slow }

  test('is that of the longer time, however many looks the shorter one had', () => {
    const looks = [
      ...calm(0, 600, 60),
      ...Array.from({ length: 150 }, (_, i) => lookAt(602 + 2 * i, all)),
    ]
    expect(latenessOf(looks, LIMITS)).toEqual(latenessOf(calm(0, 600, 60), LIMITS))
  })

  test('is not that of one answer after a long pause', () => {
    const looks = [lookAt(0), lookAt(3600, all), ...calm(3615, 3700, 15)]
    expect(latenessOf(looks, LIMITS)).toEqual(latenessOf(calm(0, 600, 60), LIMITS))
  })
})

describe('the troubled part of a window', () => {
  test('is none where nothing was wrong', () => {
    expect(troubleSeconds(calm(0, 60))).toEqual([undefined, undefined])
  })

  test('begins and ends with the elections, not with a stray slow answer before or after', () => {
    const looks = [
      ...calm(0, 8),
      lookAt(10, late),
      ...calm(12, 58),
      lookAt(60, ledBy(2, 3)),
      lookAt(62, ledBy(2, 3)),
      ...[64, 66, 68].map((at) => lookAt(at, ledBy(2, 3))),
      lookAt(70, ledBy(3, 4)),
      ...Array.from({ length: 30 }, (_, i) =>
        lookAt(72 + 2 * i, i === 25 ? merged(ledBy(3, 4), late) : ledBy(3, 4)),
      ),
    ]
    expect(troubleSeconds(looks)).toEqual([60, 70])
  })

  test('is the later of two that want an explanation alike, minutes apart', () => {
    const looks = [
      ...calm(0, 28),
      lookAt(30, ledBy(2, 3)),
      ...Array.from({ length: 135 }, (_, i) => lookAt(32 + 2 * i, ledBy(2, 3))),
      lookAt(302, ledBy(3, 4)),
      lookAt(304, ledBy(3, 4)),
    ]
    expect(troubleSeconds(looks)).toEqual([302, 302])
  })

  test('goes on over a silent half minute between two elections', () => {
    const looks = [
      ...calm(0, 28),
      lookAt(30, ledBy(2, 3)),
      ...Array.from({ length: 17 }, (_, i) => lookAt(32 + 2 * i, ledBy(2, 3))),
      lookAt(66, ledBy(3, 4)),
    ]
    expect(troubleSeconds(looks)).toEqual([30, 66])
  })
})

describe('signals', () => {
  const page = (over: Parameters<typeof scrape>[0]) =>
    scrape({ memberId: 'a1', processStartSeconds: 1000, ...over })
  const observation = (at: number, over: Parameters<typeof scrape>[0]) =>
    ({
      at,
      members: [
        {
          endpoint: endpointOf(1),
          status: read(status({ memberId: 'a1' })),
          scrape: read(page(over), 0),
        },
      ],
      roster: { ok: false, why: { kind: 'other', text: '' }, tookMs: 0 },
    }) as const

  test('a metric that this version lacks is unseen, never zero', () => {
    const [, second] = looksOf([observation(0, {}), observation(2000, {})])
    expect(second?.members[0]?.gain).toMatchObject({
      heartbeatFailures: undefined,
      spill: undefined,
      committed: undefined,
    })
    expect(signals(looksOf([observation(0, {}), observation(2000, {})])).members[0]).toMatchObject({
      spillsSlow: undefined,
      fsyncShare: undefined,
      heartbeatFailures: undefined,
    })
  })

  test('counters of a process that began anew count from zero, and indexes that it replays count for nothing', () => {
    const [, second] = looksOf([
      observation(0, { heartbeatSendFailuresTotal: 50, proposalsCommitted: 900, putsTotal: 800 }),
      observation(2000, {
        heartbeatSendFailuresTotal: 3,
        proposalsCommitted: 905,
        putsTotal: 804,
        processStartSeconds: 1001.5,
      }),
    ])
    expect(second?.members[0]).toMatchObject({
      restarted: true,
      gain: { heartbeatFailures: 3, committed: undefined, puts: undefined },
    })
  })

  test('a page that was missed is no gap in the counters: the next one spans it', () => {
    const missed = { ...observation(2000, {}), members: [member(1, { pageLost: 'deadline' })] }
    const [, , third] = looksOf([
      observation(0, { heartbeatSendFailuresTotal: 1 }),
      { ...missed, members: missed.members.map((one) => ({ ...one, endpoint: endpointOf(1) })) },
      observation(4000, { heartbeatSendFailuresTotal: 7 }),
    ])
    expect(third?.members[0]?.gain).toMatchObject({ seconds: 4, heartbeatFailures: 6 })
  })

  test('received bytes are by link, a peer that was never heard is silent, and a member is no peer of its own', () => {
    const peer = (receivedBytesTotal: number | undefined) => ({
      roundTrip: undefined,
      sentBytesTotal: 10,
      receivedBytesTotal,
      sentFailuresTotal: undefined,
      receivedFailuresTotal: undefined,
      disconnectsTotal: undefined,
      activeConnections: 1,
    })
    const peers = (received: number) =>
      new Map([
        ['a1', peer(1)],
        ['a2', peer(received)],
        ['a3', peer(undefined)],
      ])
    const [, second] = looksOf([
      observation(0, { peers: peers(100) }),
      observation(2000, { peers: peers(400) }),
    ])
    const links = second?.members[0]?.gain?.links
    expect([...(links?.keys() ?? [])]).toEqual(['a2', 'a3'])
    expect(links?.get('a2')?.receivedBytes).toBe(300)
    expect(links?.get('a3')?.receivedBytes).toBe(0)
    expect(second?.voters).toBe(3)
  })

  test('a far watcher does not make every page late', () => {
    const far = Array.from({ length: 20 }, (_, i) =>
      lookAt(2 * i, { 1: { page: came(480) }, 2: { page: came(500) }, 3: { page: came(490) } }),
    )
    expect(signals(far).members.map((one) => one.pagesLate)).toEqual([0, 0, 0])
  })

  test("the members' start lines tell the timeouts where the configuration does not", () => {
    const line: LogEvent = {
      at: 0,
      endpoint: endpointOf(1),
      kind: 'settings',
      heartbeatMs: 20,
      electionMs: 100,
    }
    const looks = [lookAt(0, {}, [line]), lookAt(2, {}, [])]
    expect(signals(looks, { timeoutsFrom: 'default' }).settings).toMatchObject({
      heartbeatMs: 20,
      electionMs: 100,
      timeoutsFrom: 'log',
    })
    expect(signals(looks).settings).toMatchObject({ electionMs: 1000, timeoutsFrom: 'config' })
  })

  test('evidence is taken from the leader at the time, also where another leads now', () => {
    const looks = [
      ...calm(0, 20),
      lookAt(
        22,
        merged(ledBy(2, 3), { 1: { page: came(700), gain: gain({ heartbeatFailures: 2 }) } }),
      ),
      lookAt(24, ledBy(2, 3)),
    ]
    expect(signals(looks).depositions).toMatchObject([
      { leader: endpointOf(1), how: 'stalled', heartbeatFailures: 2, wasLate: true },
    ])
  })
})
