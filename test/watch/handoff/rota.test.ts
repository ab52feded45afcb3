import { describe, expect, test } from '@jest/globals'
import type { Rota } from '../../../src/config'
import { wallIn } from '../../../src/diagnosis/wallclock'
import { nextTurn, turnAt } from '../../../src/watch/handoff/rota'

const DAY_MS = 86_400_000
const at = (text: string): number => Date.parse(text)
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16)

const order = (over: object = {}): Rota => ({
  people: ['UA', 'UB', 'UC'],
  startWall: wallIn('2026-01-05T08:00') ?? 0,
  everyMs: 7 * DAY_MS,
  timezone: 'Europe/Berlin',
  overrides: [],
  ...over,
})

const onCall = (rota: Rota, time: string): string => turnAt(rota, at(time)).who.join()

describe('people in turns', () => {
  test.each([
    ['before it begins there is nobody', '2026-01-05T06:59Z', ''],
    ['the first one begins at the start', '2026-01-05T07:00Z', 'UA'],
    ['for a week', '2026-01-12T06:59Z', 'UA'],
    ['then the second', '2026-01-12T07:00Z', 'UB'],
    ['and the first again after the last', '2026-01-26T07:00Z', 'UA'],
    ['in summer at 08:00 by the wall', '2026-03-30T06:00Z', 'UA'],
    ['not an hour before', '2026-03-30T05:59Z', 'UC'],
  ])('%s: %s', (_, time, who) => expect(onCall(order(), time)).toBe(who))

  test('of 12 h change at 08:00 and 20:00, also on the day that has 23 hours', () => {
    const rota = order({ everyMs: DAY_MS / 2 })
    const turn = turnAt(rota, at('2026-03-29T00:00Z'))
    expect([iso(turn.from), iso(turn.until)]).toEqual(['2026-03-28T19:00', '2026-03-29T06:00'])
    expect(iso(turnAt(rota, turn.until).until)).toBe('2026-03-29T18:00')
  })

  test('that change at 02:30 do so once where that comes twice', () => {
    const rota = order({ startWall: wallIn('2026-01-05T02:30'), everyMs: DAY_MS })
    const begin = turnAt(rota, at('2026-10-25T00:30Z'))
    expect(iso(begin.from)).toBe('2026-10-25T00:30')
    expect(turnAt(rota, at('2026-10-25T01:30Z'))).toEqual(begin)
    expect(turnAt(rota, at('2026-10-25T00:29Z')).who).not.toEqual(begin.who)
  })

  test('that change at 02:15 on Lord Howe, which is left out, do so half an hour later', () => {
    const rota = order({
      startWall: wallIn('2026-01-05T02:15'),
      everyMs: DAY_MS,
      timezone: 'Australia/Lord_Howe',
    })
    expect(iso(turnAt(rota, at('2026-10-03T16:00Z')).from)).toBe('2026-10-03T15:45')
  })

  test('count 29 February as a day', () => {
    const rota = order({ everyMs: DAY_MS, startWall: wallIn('2028-02-28T08:00') })
    expect(
      ['2028-02-28T08:00Z', '2028-02-29T08:00Z', '2028-03-01T08:00Z'].map((t) => onCall(rota, t)),
    ).toEqual(['UA', 'UB', 'UC'])
  })

  test('the next one is whoever takes over, and oneself where there is nobody else', () => {
    const next = nextTurn(order(), at('2026-01-07T00:00Z'))
    expect([next.who, iso(next.from)]).toEqual([['UB'], '2026-01-12T07:00'])
    expect(nextTurn(order({ people: ['UA'] }), at('2026-01-07T00:00Z')).who).toEqual(['UA'])
  })

  test('every hour of a year somebody is on call, and turns follow without a gap', () => {
    for (const timezone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']) {
      const rota = order({ everyMs: DAY_MS / 2, timezone })
      const hours = Array.from({ length: 366 * 24 }, (_, hour) =>
        turnAt(rota, at('2026-01-06T00:00Z') + hour * 3_600_000),
      )
      const turns = hours.filter((turn, i) => turn.from !== hours[i - 1]?.from)
      expect(turns.slice(1).map(({ from }) => from)).toEqual(
        turns.slice(0, -1).map(({ until }) => until),
      )
      expect(turns.every(({ who }, i) => who.join() !== turns[i - 1]?.who.join())).toBe(true)
      expect(turns).toHaveLength(2 * 366 + 1)
    }
  })
})

describe('an override', () => {
  const rota = order({
    overrides: [{ who: 'UX', from: at('2026-01-07T08:00Z'), until: at('2026-01-08T08:00Z') }],
  })

  test.each([
    ['2026-01-07T07:59Z', 'UA'],
    ['2026-01-07T08:00Z', 'UX'],
    ['2026-01-08T07:59Z', 'UX'],
    ['2026-01-08T08:00Z', 'UA'],
  ])('at %s it is %s', (time, who) => expect(onCall(rota, time)).toBe(who))

  test('cuts the turn it falls into', () => {
    expect(iso(turnAt(rota, at('2026-01-06T00:00Z')).until)).toBe('2026-01-07T08:00')
    expect(iso(turnAt(rota, at('2026-01-09T00:00Z')).from)).toBe('2026-01-08T08:00')
    expect(nextTurn(rota, at('2026-01-06T00:00Z')).who).toEqual(['UX'])
  })
})

describe('by the day of the week', () => {
  const rota: Rota = {
    week: { MON: 'UA', WED: 'UB', FRI: 'UC' },
    atMs: 8 * 3_600_000,
    timezone: 'Europe/Berlin',
    overrides: [],
  }

  test.each([
    ['Monday before eight is still Friday’s', '2026-11-23T06:59Z', 'UC'],
    ['Monday', '2026-11-23T07:00Z', 'UA'],
    ['Tuesday goes on', '2026-11-24T12:00Z', 'UA'],
    ['Wednesday', '2026-11-25T07:00Z', 'UB'],
    ['the weekend is Friday’s', '2026-11-29T12:00Z', 'UC'],
    ['also when the clocks are set', '2026-10-25T12:00Z', 'UC'],
  ])('%s', (_, time, who) => expect(onCall(rota, time)).toBe(who))

  test('a turn lasts until the next named day', () => {
    const turn = turnAt(rota, at('2026-10-24T12:00Z'))
    expect([iso(turn.from), iso(turn.until)]).toEqual(['2026-10-23T06:00', '2026-10-26T07:00'])
  })

  test('one person for one day has every day', () => {
    const alone = { ...rota, week: { MON: 'UA' } } as Rota
    expect(onCall(alone, '2026-11-29T12:00Z')).toBe('UA')
  })
})
