import { describe, expect, test } from '@jest/globals'
import { reasonToSpeak, noticeAfter } from '../../src/diagnosis/storm/notice'
import type { Notice } from '../../src/diagnosis/storm/notice'
import { calmWeather, nextStorm } from '../../src/diagnosis/storm/storm'
import type { Storm, StormLook } from '../../src/diagnosis/storm/storm'
import type { Verdict } from '../../src/diagnosis/verdict'
import { LIMITS } from '../support/build'
import { election } from './looks'

const MIN = 60

const stormLook = (seconds: number, over: Partial<StormLook> = {}): StormLook => ({
  at: seconds * 1000,
  since: Math.max(0, seconds - 15 * MIN) * 1000,
  readable: true,
  leaderless: false,
  elections: [],
  precursors: [],
  ...over,
})

/** The weather after looks every 15 s up to `until`, with elections at these seconds and what else is given for a look. */
const weather = (
  until: number,
  elections: readonly number[],
  at: (seconds: number) => Partial<StormLook> = () => ({}),
  limits = LIMITS,
): Storm => {
  let storm = calmWeather(0)
  for (let seconds = 0; seconds <= until; seconds += 15) {
    const known = elections.filter((one) => one <= seconds && one > seconds - 15 * MIN)
    storm = nextStorm(
      storm,
      stormLook(seconds, { elections: known.map((one) => election(one)), ...at(seconds) }),
      limits,
    )
  }
  return storm
}

const precursors =
  (from: number, to: number) =>
  (seconds: number): Partial<StormLook> =>
    seconds >= from && seconds <= to ? { precursors: ['late-heartbeats'] } : {}

describe('the state of a cluster', () => {
  test.each<[string, readonly number[], number, Storm['state']]>([
    ['nothing', [], 300, 'calm'],
    ['1 election', [100], 300, 'unsettled'],
    ['2 elections', [100, 160], 300, 'unsettled'],
    ['3 in five minutes over 20 s and more', [100, 160, 220], 300, 'warning'],
    ['3 within 19 s, a split vote', [100, 110, 119], 300, 'watch'],
    ['3 within 20 s', [100, 110, 120], 300, 'warning'],
    ['3 in an hour, minutes apart', [60, 400, 900], 910, 'watch'],
    ['4 in 15 min, minutes apart', [60, 340, 620, 900], 910, 'warning'],
    ['1, an hour and more ago', [100], 100 + 61 * MIN, 'calm'],
  ])('%s', (_, elections, until, state) => {
    expect(weather(until, elections).state).toBe(state)
  })

  test('planned elections count for nothing', () => {
    const planned = [100, 160, 220, 280].map((at) => election(at, { planned: 'restart' }))
    expect(weather(300, [], () => ({ elections: planned })).state).toBe('calm')
  })

  test('an election that a later look explains is taken back', () => {
    const before = nextStorm(calmWeather(0), stormLook(15, { elections: [election(10)] }), LIMITS)
    const after = nextStorm(
      before,
      stormLook(30, { elections: [election(10, { planned: 'restart' })] }),
      LIMITS,
    )
    expect([before.state, after.state]).toEqual(['unsettled', 'calm'])
  })

  test('no leader at one look is leaderless, at two running a warning', () => {
    const first = nextStorm(calmWeather(0), stormLook(15, { leaderless: true }), LIMITS)
    const second = nextStorm(first, stormLook(30, { leaderless: true }), LIMITS)
    expect([first.state, second.state]).toEqual(['leaderless', 'warning'])
  })

  test('a precursor that holds for 3 looks is a watch, for 2 it is noise', () => {
    expect(weather(115, [], precursors(100, 115)).state).toBe('calm')
    expect(weather(135, [], precursors(100, 135)).state).toBe('watch')
  })

  test('3 looks of a precursor within seconds are one stall, and no watch', () => {
    const looks = [100, 102, 104, 106, 112, 119, 120]
    const states = looks.reduce<readonly Storm[]>(
      (storms, seconds) => [
        ...storms,
        nextStorm(
          storms.at(-1) ?? calmWeather(0),
          stormLook(seconds, { precursors: ['stall'] }),
          LIMITS,
        ),
      ],
      [],
    )
    expect(states.map(({ state }) => state)).toEqual([...Array(6).fill('calm'), 'watch'])
  })

  test('a precursor that was gone at one look begins anew', () => {
    const gone = (seconds: number): Partial<StormLook> =>
      seconds === 120 ? {} : { precursors: ['stall'] }
    expect(weather(150, [], (s) => (s < 90 ? {} : gone(s))).state).toBe('calm')
    expect(weather(165, [], (s) => (s < 90 ? {} : gone(s))).state).toBe('watch')
  })

  test('a precursor that comes and goes at looks of 2 s holds as it would at one of 15 s', () => {
    const states = (from: readonly number[]): readonly Storm['state'][] => {
      let storm = calmWeather(0)
      return Array.from({ length: 20 }, (_, i) => 100 + 2 * i).map((seconds) => {
        const precursors = from.includes(seconds) ? (['stall'] as const) : []
        storm = nextStorm(storm, stormLook(seconds, { precursors }), LIMITS)
        return storm.state
      })
    }
    expect(states([100, 108, 116, 120])).toContain('watch')
    expect(states([100, 108, 116, 128, 130])).not.toContain('watch') // 10 s without
  })

  test('what was kept before there was a time of precursors is gone on from', () => {
    const { precursorSince: _, precursorAt: __, ...old } = { ...calmWeather(0), precursorLooks: 5 }
    const after = nextStorm(old as Storm, stormLook(100, { precursors: ['stall'] }), LIMITS)
    expect([after.state, after.precursorSince]).toEqual(['calm', 100_000])
  })

  test('a storm that falls silent under late heartbeats is not over', () => {
    const silent = weather(40 * MIN, [100, 160, 220], precursors(0, 3600))
    expect(silent.state).toBe('warning')
  })

  test('15 min without election and precursor are an all clear, and nothing before counts after it', () => {
    expect(weather(220 + 14 * MIN, [100, 160, 220]).state).toBe('warning')
    const clear = weather(220 + 16 * MIN, [100, 160, 220])
    expect(clear.state).toBe('all-clear')
    expect(clear.elections).toEqual([])
    expect(weather(100 + 90 * MIN, [100, 160, 220]).state).toBe('calm')
  })

  test('a shorter all clear is kept to, and elections before it make no new warning', () => {
    const minute = { ...LIMITS, allClearMs: 60_000 }
    const after = (until: number, elections: readonly number[]) =>
      weather(until, elections, undefined, minute)
    expect(after(270, [100, 160, 210]).state).toBe('all-clear')
    expect(after(255, [100, 160, 210]).state).toBe('warning')
    expect(after(330, [100, 160, 210, 310]).state).toBe('unsettled')
    expect(after(375, [100, 160, 210, 310, 335, 360]).state).toBe('warning')
  })

  test('a shorter all clear does not come while a storm goes on', () => {
    const storm = [100, 130, 160, 190, 220, 250, 280]
    expect(weather(300, storm, undefined, { ...LIMITS, allClearMs: 45_000 }).state).toBe('warning')
    const leaderless = (s: number) => ({ leaderless: s > 300 })
    expect(weather(600, storm, leaderless, { ...LIMITS, allClearMs: 45_000 }).state).toBe('warning')
  })

  test('calm that could not be read is no all clear: it is counted from the first look that could', () => {
    const unread = (s: number) => (s > 300 && s < 1800 ? { readable: false } : {})
    expect(weather(1800, [100, 160, 220], unread).state).toBe('warning')
    expect(weather(1785 + 15 * MIN - 15, [100, 160, 220], unread).state).toBe('warning')
    expect(weather(1785 + 15 * MIN, [100, 160, 220], unread).state).toBe('all-clear')
  })

  test('calm that was not looked at is no all clear; of what an older version kept, looks are not known', () => {
    const open = weather(300, [100, 160, 220])
    const back = stormLook(3000, { since: 3000_000 })
    const storm = nextStorm(open, back, LIMITS)
    expect(storm).toMatchObject({ state: 'warning', unseen: { from: 300_000, until: 3000_000 } })
    expect(nextStorm(storm, stormLook(3000 + 15 * MIN), LIMITS)).toMatchObject({
      state: 'all-clear',
      unseen: { from: 300_000, until: 3000_000 },
    })
    expect(nextStorm({ ...open, lookedAt: undefined }, back, LIMITS).state).toBe('all-clear')
  })

  test('after an all clear one election is unsettled, not the old storm', () => {
    expect(weather(220 + 20 * MIN, [100, 160, 220, 220 + 19 * MIN]).state).toBe('unsettled')
  })

  test('what cannot be read is unknown at once, and never calm', () => {
    const storm = nextStorm(calmWeather(0), stormLook(15, { readable: false }), LIMITS)
    expect(storm.state).toBe('unknown')
  })

  test('a storm is not forgotten for two looks that failed, and is unknown after the third', () => {
    const unread = (seconds: number) => (seconds > 300 ? { readable: false } : {})
    expect(weather(330, [100, 160, 220], unread).state).toBe('warning')
    expect(weather(345, [100, 160, 220], unread).state).toBe('unknown')
    expect(
      weather(375, [100, 160, 220], (s) => (s > 300 && s < 360 ? { readable: false } : {})).state,
    ).toBe('warning')
  })
})

const now = (
  storm: Storm,
  over: { cause?: Verdict['cause']; causeLooks?: number; at?: number } = {},
) => ({
  at: over.at ?? storm.since,
  storm,
  cause: over.cause ?? 'disk',
  causeLooks: over.causeLooks ?? 5,
  limits: LIMITS,
})

const posted = (over: Partial<Notice> = {}): Notice => ({
  at: 300_000,
  state: 'watch',
  cause: 'disk',
  openedAt: 300_000,
  ...over,
})

const storm = (over: Partial<Storm>): Storm => ({
  ...calmWeather(0),
  since: 400_000,
  openedAt: 300_000,
  ...over,
})

describe('the reason to speak', () => {
  test.each<[string, Notice | undefined, Partial<Storm>, ReturnType<typeof reasonToSpeak>]>([
    [
      'a single election is not posted',
      undefined,
      { state: 'unsettled', openedAt: undefined },
      undefined,
    ],
    [
      'one look without a leader is not posted',
      undefined,
      { state: 'leaderless', openedAt: undefined },
      undefined,
    ],
    ['a watch is posted', undefined, { state: 'watch' }, 'first'],
    ['a warning is posted', undefined, { state: 'warning' }, 'first'],
    ['a watch that goes on is not', posted(), { state: 'watch' }, undefined],
    ['a watch that turns into a warning is worse', posted(), { state: 'warning' }, 'worse'],
    [
      'a warning that goes on is not posted',
      posted({ state: 'warning' }),
      { state: 'warning' },
      undefined,
    ],
    ['the all clear is', posted(), { state: 'all-clear', openedAt: undefined }, 'all clear'],
    [
      'an all clear of what was never posted is not',
      undefined,
      { state: 'all-clear', openedAt: undefined },
      undefined,
    ],
    [
      '2 looks that could not be read are not posted',
      undefined,
      { state: 'unknown', unreadableLooks: 2 },
      undefined,
    ],
    ['3 are', undefined, { state: 'unknown', unreadableLooks: 3 }, 'first'],
    [
      'a cluster that can be read again and is calm is cleared',
      posted({ state: 'unknown' }),
      { state: 'calm', openedAt: undefined },
      'all clear',
    ],
  ])('%s', (_, last, over, reason) => {
    expect(reasonToSpeak(last, now(storm(over)))).toBe(reason)
  })

  test('a new cause is posted once it holds for 3 looks, and ceasing to know is no news', () => {
    const watch = storm({ state: 'watch' })
    expect(reasonToSpeak(posted(), now(watch, { cause: 'cpu', causeLooks: 2 }))).toBeUndefined()
    expect(reasonToSpeak(posted(), now(watch, { cause: 'cpu', causeLooks: 3 }))).toBe('new cause')
    expect(reasonToSpeak(posted(), now(watch, { cause: 'unknown', causeLooks: 9 }))).toBeUndefined()
  })

  test('a storm that lasts is posted again after 4 hours', () => {
    const late = 300_000 + 4 * 3_600_000
    expect(
      reasonToSpeak(posted(), now(storm({ state: 'watch' }), { at: late - 1 })),
    ).toBeUndefined()
    expect(reasonToSpeak(posted(), now(storm({ state: 'watch' }), { at: late }))).toBe('still')
  })

  test('an acknowledgement is posted once', () => {
    const seen = now(storm({ state: 'watch' }))
    const last = posted({ acknowledgedAt: 350_000 })
    expect(reasonToSpeak(last, seen)).toBe('acknowledged')
    expect(reasonToSpeak(noticeAfter('acknowledged', last, seen), seen)).toBeUndefined()
  })

  test('after the all clear the next storm is a first one', () => {
    const clear = now(storm({ state: 'all-clear', openedAt: undefined }))
    expect(noticeAfter('all clear', posted(), clear)).toBeUndefined()
  })
})
