import { beforeAll, describe, expect, test } from '@jest/globals'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace/trace'
import type { Trace } from '../../src/cluster/trace/trace'
import { replay } from '../../src/watch/replay'
import type { Replay } from '../../src/watch/replay'
import { truthsOf } from '../lab/accuracy'
import type { TraceTruth } from '../lab/accuracy'
import { LIMITS } from '../support/build'

const FOLDER = join(__dirname, '../traces')
const NONE: Trace = {
  title: '',
  heartbeatMs: undefined,
  electionMs: undefined,
  looks: [],
  damage: undefined,
}

const read = (name: string): Promise<Trace> =>
  readTrace(createReadStream(join(FOLDER, `${name}.ndjson.br`)))

const statesOf = ({ states }: Replay): readonly string[] => states.map(({ state }) => state)
const reasonsOf = ({ posts }: Replay): readonly string[] => posts.map(({ reason }) => reason)

describe('the posts over every recording', () => {
  const all = new Map<string, Replay>()

  beforeAll(async () => {
    for (const [name] of truthsOf(FOLDER)) all.set(name, replay(await read(name), LIMITS).replay)
  })

  const of = (name: string): Replay => all.get(name) ?? replay(NONE, LIMITS).replay
  const benign = ([, { cause }]: readonly [string, TraceTruth]): boolean =>
    cause === 'none' || cause === 'planned'

  test.each(truthsOf(FOLDER).filter(benign))('%s is never posted, and stays calm', (name) => {
    expect(of(name).posts).toEqual([])
    expect(statesOf(of(name))).toEqual(['calm'])
  })

  test.each(truthsOf(FOLDER).filter((one) => !benign(one)))(
    '%s is posted once, and again only when it gets worse or is named',
    (name, { cause }) => {
      const reasons = reasonsOf(of(name))
      expect(reasons[0]).toBe('first')
      expect(reasons.length).toBeLessThanOrEqual(3)
      expect(reasons.slice(1).every((reason) => reason === 'worse' || reason === 'new cause')).toBe(
        true,
      )
      expect(of(name).cause).toBe(cause)
    },
  )

  test('states go calm, unsettled, watch or leaderless, warning, each where the definition says', () => {
    expect(statesOf(of('quorum-lost-3.5.30'))).toEqual(['calm', 'leaderless', 'warning'])
    expect(statesOf(of('pause-leader-2500ms-3.5.30'))).toEqual(['calm', 'unsettled', 'warning'])
    expect(statesOf(of('nospace-3.5.30'))).toEqual(['calm', 'watch'])
  })
})

describe('a replay', () => {
  test('is deterministic', async () => {
    const trace = await read('quorum-lost-3.5.30')
    expect(JSON.stringify(replay(trace, LIMITS))).toBe(JSON.stringify(replay(trace, LIMITS)))
  })

  test('counts planned elections apart', async () => {
    expect(replay(await read('rolling-restart-3.5.30'), LIMITS).replay).toMatchObject({
      elections: 0,
      planned: 1,
      cause: 'planned',
    })
  })

  test('of a trace that ends early says what it held, and where it ends', async () => {
    const trace = await read('quorum-lost-3.5.30')
    const said = replay(
      { ...trace, looks: trace.looks.slice(0, 25), damage: { line: 80, why: 'not JSON' } },
      LIMITS,
    ).replay
    expect(said).toMatchObject({ looks: 25, cause: 'quorum-lost', damage: 'line 80: not JSON' })
  })

  test('of a trace without a look knows nothing', () => {
    expect(replay(NONE, LIMITS)).toEqual({
      verdict: undefined,
      replay: { looks: 0, states: [], posts: [], cause: 'unknown', elections: 0, planned: 0 },
    })
  })

  test('posts the all clear once, 15 minutes after the last trouble', async () => {
    const trace = await read('quorum-lost-3.5.30')
    const last = trace.looks.at(-1)
    // The healthy end goes on: the same page again, as of a cluster that nobody uses
    const after = Array.from({ length: 70 }, (_, i) => ({
      at: (last?.at ?? 0) + (i + 1) * 15_000,
      members: last?.members ?? [],
      roster: last?.roster ?? trace.looks[0]?.roster,
    }))
    const said = replay(
      { ...trace, looks: [...trace.looks, ...(after as Trace['looks'])] },
      LIMITS,
    ).replay
    expect(reasonsOf(said)).toEqual(['first', 'all clear'])
    expect(statesOf(said).slice(-1)).toEqual(['all-clear'])
  })
})

test('a storm after an early all clear is not given the cause of the one before', async () => {
  const [disk, network] = [
    await read('disk-leader-1500ms-3.5.30'),
    await read('net-partition-leader-3.5.30-b'),
  ]
  const limits = { ...LIMITS, allClearMs: 45_000 }
  const told = replay(joined(disk, network, 60_000), limits).replay
  expect(told.posts.map(({ reason, cause }) => `${reason} ${cause}`).at(-1)).toBe('first network')
})

/** One trace after another, with a minute of the first calm looks of the second between them. */
const joined = (first: Trace, second: Trace, calmMs: number): Trace => {
  const endAt = first.looks.at(-1)?.at ?? 0
  const [calm] = second.looks
  const between = Array.from({ length: calmMs / 2000 }, (_, i) => ({
    ...(calm as Trace['looks'][number]),
    at: endAt + 2000 * (i + 1),
  }))
  const shift = endAt + calmMs + 2000 - (calm?.at ?? 0)
  const later = second.looks.map((look) => ({ ...look, at: look.at + shift }))
  return { ...first, looks: [...first.looks, ...between, ...later] }
}
