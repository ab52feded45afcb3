import { describe, expect, test } from '@jest/globals'
import { historyOf } from '../../src/diagnosis/window/elections'
import type { LogEvent } from '../../src/diagnosis/facts'
import type { Look } from '../../src/diagnosis/window/look'
import { calm, endpointOf, gain, ledBy, lookAt, merged } from './looks'

const unplanned = (looks: readonly Look[]): number =>
  historyOf(looks).elections.filter((election) => election.planned === undefined).length

const changes = (count: number) => ({ gain: gain({ leaderChanges: count }) })
const allChange = (count: number) => ({ 1: changes(count), 2: changes(count), 3: changes(count) })

const line = (seconds: number, n: number, over: Partial<LogEvent>): LogEvent => ({
  at: seconds * 1000,
  endpoint: endpointOf(n),
  kind: 'elected',
  ...over,
})

describe('elections', () => {
  test('a risen term with a new leader is one election', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 3), allChange(1))),
      lookAt(14, ledBy(2, 3)),
    ]
    expect(historyOf(looks).elections).toMatchObject([
      { at: 12_000, term: 3, from: endpointOf(1), to: endpointOf(2) },
    ])
  })

  test('a new leader whose term shows a look later is one election, not two', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 2), allChange(1))),
      lookAt(14, ledBy(2, 3)),
      lookAt(16, ledBy(2, 3)),
    ]
    expect(unplanned(looks)).toBe(1)
  })

  test('a term that jumped by ten over one change of leader is one election: the others were split votes', () => {
    const looks = [...calm(0, 10), lookAt(40, merged(ledBy(2, 12), allChange(1)))]
    expect(unplanned(looks)).toBe(1)
  })

  test('two elections between two looks are counted by what all members counted', () => {
    const looks = [...calm(0, 28, 14), lookAt(42, merged(ledBy(1, 4), allChange(2)))]
    expect(unplanned(looks)).toBe(2)
  })

  test('one member that counts a change alone lost contact: no election', () => {
    const looks = [...calm(0, 10), lookAt(12, { 3: changes(1) }), ...calm(14, 16)]
    expect(historyOf(looks)).toMatchObject({
      elections: [],
      lostContacts: [{ endpoint: endpointOf(3), times: 1 }],
    })
  })

  test('a restart of the leader explains the election that follows from it', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 3), { 1: { refused: true } })),
      lookAt(14, merged(ledBy(2, 3), { 1: { restarted: true, processStartSeconds: 13 } })),
    ]
    expect(historyOf(looks).elections).toMatchObject([{ planned: 'restart' }])
  })

  test('a restart of a follower explains no election', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 3), { 3: { refused: true } })),
      lookAt(14, merged(ledBy(2, 3), { 3: { restarted: true, processStartSeconds: 13 } })),
    ]
    expect(unplanned(looks)).toBe(1)
  })

  test('only the first restart of a member in 30 minutes explains one, so that a crash loop is a storm', () => {
    const crash = (seconds: number, to: number, term: number): readonly Look[] => [
      lookAt(seconds, merged(ledBy(to, term), { [to === 2 ? 1 : 2]: { refused: true } })),
      lookAt(
        seconds + 2,
        merged(ledBy(to, term), {
          [to === 2 ? 1 : 2]: { restarted: true, processStartSeconds: seconds + 1 },
        }),
      ),
    ]
    const looks = [
      ...calm(0, 10),
      ...crash(12, 2, 3),
      ...crash(22, 1, 4),
      ...crash(32, 2, 5),
      ...crash(42, 1, 6),
    ]
    expect(unplanned(looks)).toBe(2)
  })

  test('a transfer in a log explains an election', () => {
    const logs = [
      line(11, 1, { kind: 'transfer', peerId: 'a2', term: 2 }),
      line(11.1, 2, { term: 3, peerId: 'a2' }),
    ]
    const looks = [...calm(0, 10), lookAt(12, merged(ledBy(2, 3), allChange(1)), logs)]
    expect(historyOf(looks).elections).toMatchObject([{ planned: 'transfer', seenIn: 'log' }])
  })

  test('a log dates an election that looks saw only later', () => {
    const logs = [
      line(10.4, 2, { kind: 'became-leader', term: 3 }),
      line(10.5, 3, { term: 3, peerId: 'a2' }),
    ]
    const looks = [...calm(0, 10), lookAt(12, merged(ledBy(2, 3), allChange(1)), logs)]
    expect(historyOf(looks).elections).toMatchObject([
      { at: 10_400, from: endpointOf(1), to: endpointOf(2) },
    ])
  })

  test('a member that joins names the old winner again: no election', () => {
    const looks = [...calm(0, 10), lookAt(12, {}, [line(11, 3, { term: 2, peerId: 'a1' })])]
    expect(historyOf(looks).elections).toEqual([])
  })

  test('a line of another hour, as 3.4 writes it without a zone, is taken as of its look', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 3), allChange(1)), [
        line(11 + 7200, 2, { term: 3, peerId: 'a2' }),
      ]),
    ]
    expect(historyOf(looks).elections).toMatchObject([{ at: 12_000 }])
  })

  test('a storm that nobody wins shows no election, only that a majority sees no leader', () => {
    const alone = { seesLeader: false, leaderId: undefined, isLeader: false, term: 2 }
    const looks = [
      ...calm(0, 10),
      ...[12, 14, 16].map((at) => lookAt(at, { 1: alone, 2: alone, 3: alone })),
    ]
    expect(historyOf(looks)).toMatchObject({ elections: [], leaderless: [12_000, 14_000, 16_000] })
  })

  test('a cut member that names itself does not outvote the others', () => {
    const looks = [
      ...calm(0, 10),
      lookAt(12, merged(ledBy(2, 3), { 1: { leaderId: 'a1', term: 2, isLeader: true } })),
    ]
    expect(historyOf(looks).leaders.at(-1)).toEqual({ id: 'a2', endpoint: endpointOf(2) })
  })

  test('one survivor that sees no leader beside two that refuse is leaderless; two that are merely late are not', () => {
    const alone = { seesLeader: false, leaderId: undefined } as const
    const down = lookAt(12, { 1: alone, 2: { refused: true }, 3: { refused: true } })
    const late = lookAt(12, { 1: alone, 2: { hung: true }, 3: { hung: true } })
    expect(historyOf([...calm(0, 10), down]).leaderless).toEqual([12_000])
    expect(historyOf([...calm(0, 10), late]).leaderless).toEqual([])
  })
})
