import { describe, expect, test } from '@jest/globals'
import type { Ask, History, Note, Span, Tools } from '../../commands/command'
import { dispatch } from '../../commands/dispatch'
import { timeIn } from '../../commands/times'
import type { Answer } from '../../src/diagnosis/answer'
import { handoffOf } from '../../src/diagnosis/shift/handoff'
import { CHANGE, HOUR, NIGHT, cluster, facts, standing, story } from '../diagnosis/shifts'
import { clusterConfig } from '../watch/story'

const scene = (
  over: { readonly may?: Ask['may']; readonly none?: true; readonly away?: true } = {},
) => {
  const asked: { clusters: readonly string[]; span: Span }[] = []
  const notes: Note[] = []
  const history = {
    trouble: () => undefined,
    notes: {
      add: async (note: Note) => {
        notes.push(note)
        return over.away === undefined
      },
      list: async () => notes,
    },
    stories: async () => [],
    looks: async () => [],
    shiftLooks: async () => [],
    handoff: async (clusters: readonly { readonly name: string }[], span: Span) => {
      asked.push({ clusters: clusters.map(({ name }) => name), span })
      const storm = story({ since: CHANGE - HOUR, until: undefined })
      return handoffOf(facts([cluster({ standing: standing({ state: 'warning', storm }) })]))
    },
  } as unknown as History
  const tools = {
    config: () => ({
      clusters: [clusterConfig(), clusterConfig({ name: 'staging', title: 'Staging' })],
    }),
    now: () => CHANGE,
    version: '0',
    ...(over.none === undefined && { history }),
  } as unknown as Tools
  const say = async (...words: readonly string[]): Promise<Answer> => {
    const ask = {
      by: 'U1',
      may: over.may ?? (() => true),
      onProgress: () => undefined,
      signal: new AbortController().signal,
    }
    return (await dispatch(words, ask, tools)).answer
  }
  return { say, asked, notes }
}

const at = (text: string): number => Date.parse(text)

describe('handoff', () => {
  test.each([
    [[], ['prod', 'staging'], NIGHT],
    [['prod'], ['prod'], NIGHT],
    [['staging', 'prod', '24'], ['staging', 'prod'], { from: CHANGE - 24 * HOUR, to: CHANGE }],
    [['prod', '8h'], ['prod'], { from: CHANGE - 8 * HOUR, to: CHANGE }],
    [['--hours', '8'], ['prod', 'staging'], { from: CHANGE - 8 * HOUR, to: CHANGE }],
    [['prod', '—hours=8'], ['prod'], { from: CHANGE - 8 * HOUR, to: CHANGE }],
    [
      ['prod', '--to', '2026-11-21T08:00'],
      ['prod'],
      { from: at('2026-11-20T20:00Z'), to: at('2026-11-21T08:00Z') },
    ],
    [
      ['prod', '--from', '2026-11-20T20:00+01:00', '--to', '2026-11-21T08:00+01:00'],
      ['prod'],
      { from: at('2026-11-20T19:00Z'), to: at('2026-11-21T07:00Z') },
    ],
    [
      ['prod', '4', '--from', '2026-11-20'],
      ['prod'],
      { from: at('2026-11-20T00:00Z'), to: at('2026-11-20T04:00Z') },
    ],
  ] as const)('%j asks for %j', async (words, clusters, span) => {
    const { say, asked } = scene()
    await say('handoff', ...words)
    expect(asked).toEqual([{ clusters, span }])
  })

  test.each([
    [['prod', '0'], 'A handoff takes 1 to 168'],
    [['prod', '200h'], 'have “200h”'],
    [['prod', '--to', 'yesterday'], '--to needs a time such as 2026-11-21T08:00 (UTC)'],
    [['prod', '--to', '2026-02-30T08:00'], '--to needs a time'],
    [['prod', '--to', '2026-11-23T08:00'], 'its end lies ahead'],
    [['prod', '--to', '2026-10-01T08:00'], 'kept for 35 days'],
    [['prod', '--from', '2026-11-20', '--to', '2026-11-19'], 'ends before it begins'],
    [['prod', '12', '--from', '2026-11-20', '--to', '2026-11-21'], 'not all three'],
    [['prod', '12', '--hours', '8'], 'Say it once'],
    [['prod', '--hours'], '--hours needs a value'],
    [['prod', '--since', '1h'], 'there is no option --since; there is --hours, --from, --to'],
    [['prdo'], 'Did you mean prod?'],
  ] as const)('%j is refused: %s', async (words, why) => {
    const { say, asked } = scene()
    const answer = await say('handoff', ...words)
    expect(answer.headline).toContain(why)
    expect(answer.severity).toBe('unknown')
    expect(asked).toEqual([])
  })

  test('a storm that is open is critical, with its step as a command of the face', async () => {
    const answer = await scene().say('handoff')
    expect(answer).toMatchObject({ severity: 'critical', action: { ask: 'diagnose prod' } })
    expect(answer.facts[0]).not.toContain('stormwatch')
    expect(answer.json).toMatchObject({ kind: 'eventful', lines: expect.any(Array) })
  })

  test('only clusters that somebody may see', async () => {
    const { say, asked } = scene({ may: (_, { name }) => name === 'staging' })
    await say('handoff')
    expect(asked[0]?.clusters).toEqual(['staging'])
    expect((await say('handoff', 'prod')).headline).toContain('You may not')
  })

  test('nobody who may see none is told of a quiet shift', async () => {
    const { say, asked } = scene({ may: () => false })
    const answer = await say('handoff')
    expect(answer.headline).toBe('You may see no cluster, so there is no shift to tell.')
    expect(asked).toEqual([])
  })

  test('without a store it says what to do', async () => {
    expect((await scene({ none: true }).say('handoff')).headline).toMatch(/set REDIS_URL/)
  })
})

describe('note', () => {
  test('is kept with who and when', async () => {
    const { say, notes } = scene()
    const answer = await say('note', 'prod', 'disk', 'of', 'm2', 'comes', 'on', 'Monday')
    expect(notes).toEqual([
      { cluster: 'prod', at: CHANGE, by: 'U1', text: 'disk of m2 comes on Monday' },
    ])
    expect(answer.headline).toBe(
      'Noted for the next handoff of Production, at 2026-11-22 08:00:00 UTC: disk of m2 comes on Monday',
    )
  })

  test('an empty one, one that is too long and one by a viewer are refused', async () => {
    const { say, notes } = scene({ may: (role) => role === 'operator' })
    expect((await say('note', 'prod')).headline).toContain('What is to be noted?')
    expect((await say('note', 'prod', 'x'.repeat(501))).headline).toContain('500 characters')
    const viewer = scene({ may: (role) => role === 'viewer' })
    expect((await viewer.say('note', 'prod', 'x')).headline).toContain('operator')
    expect([...notes, ...viewer.notes]).toEqual([])
  })

  test('one that waits for the store says so', async () => {
    expect((await scene({ away: true }).say('note', 'prod', 'x')).unseen[0]).toContain('away')
  })
})

describe('compare', () => {
  test.each([
    [['prod'], 'Over which window?'],
    [['prod', '5m'], 'A window is 30m to 14d'],
    [['prod', 'fix'], 'have “fix”'],
    [['prod', '--since', '2026-11-23T08:00'], '--since lies ahead'],
    [['prod', '--since', '2026-11-22T07:45'], 'half an hour at least'],
    [['prod', '--since', '2026-11-01'], 'more than 14 days ago'],
    [['prod', '--since', 'noon'], '--since needs a time such as'],
  ] as const)('%j is refused: %s', async (words, why) => {
    expect((await scene().say('compare', ...words)).headline).toContain(why)
  })

  test('windows that nobody saw are too little', async () => {
    const answer = await scene().say('compare', 'prod', '24h')
    expect(answer).toMatchObject({ severity: 'unknown' })
    expect(answer.headline).toBe(
      'Production: too little seen to say. Not enough looks in the last 24 h, not enough in the 24 h before.',
    )
    expect(answer.unseen).toHaveLength(2)
  })
})

test('times are UTC unless they say otherwise', () => {
  expect(timeIn('2026-11-21T08:00')).toBe(at('2026-11-21T08:00Z'))
  expect(timeIn('2026-11-21T08:00:30Z')).toBe(at('2026-11-21T08:00:30Z'))
  expect(timeIn('2026-11-21T08:00+01:00')).toBe(at('2026-11-21T07:00Z'))
  expect(timeIn('2026-11-21T25:00')).toBeUndefined()
  expect(timeIn('8:00')).toBeUndefined()
})
