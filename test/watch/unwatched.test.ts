import { expect, test } from '@jest/globals'
import { WATCH_LANE } from '../../src/config'
import { newsOf } from '../../src/slack/storm/news'
import { stormMessage } from '../../src/slack/storm/blocks'
import { createBooks } from '../../src/store/memory-book'
import { createMemoryStorms } from '../../src/store/memory-storms'
import type { Storms } from '../../src/store/storms'
import type { Announcement } from '../../src/watch/announcement'
import { createUnwatched } from '../../src/watch/unwatched'
import { LIMITS } from '../support/build'
import { NOON } from './story'

/** The watch over the watch, in periods of 15 s: what is posted when nobody looks at a cluster. */

const PERIOD = 15_000

type Said = { readonly period: number; readonly place: string; readonly text: string }

const scene = (names: readonly string[], fallbackChannel: string | null = 'CFALL') => {
  const clock = { period: 0 }
  const looks = new Map<string, number>()
  const said: Said[] = []
  const edits: string[] = []
  const memory = createMemoryStorms(createBooks(), () => 0)
  const textOf = (payload: unknown): string => {
    const news = newsOf(payload)
    if (news === undefined) throw new Error('Slack cannot read it')
    return stormMessage(news, { lateMs: 0, mayRepeat: false, command: '/etcd' }).text
  }
  const storms: Pick<Storms, 'read' | 'decide'> = {
    read: memory.read,
    decide: async (lane, decision, now) => {
      const decided = await memory.decide(lane, decision, now)
      if (!decided.decided) return decided
      for (const { key, payload, channel } of decision.posts ?? []) {
        if (!decided.filed.includes(key)) continue // as of a post that was sent
        expect([lane, channel]).toEqual([WATCH_LANE, 'CFALL'])
        const { place } = payload as unknown as Announcement
        said.push({ period: clock.period, place, text: textOf(payload) })
      }
      for (const { payload } of decision.edits ?? []) edits.push(textOf(payload))
      return decided
    },
  }
  const now = (): number => NOON + clock.period * PERIOD
  const replica = (lookedAt = (name: string) => looks.get(name)) =>
    createUnwatched({
      clusters: () => names.map((name) => ({ name, limits: LIMITS })),
      lookedAt,
      storms,
      fallbackChannel: () => fallbackChannel ?? undefined,
      everyMs: PERIOD,
      now,
      monotonicMs: now,
    })
  /** So many periods, in each of which these are looked at. */
  const pass = async (
    replicas: readonly ReturnType<typeof replica>[],
    periods: number,
    looked: readonly string[],
  ): Promise<void> => {
    for (let i = 0; i < periods; i++) {
      clock.period += 1
      for (const name of looked) looks.set(name, now())
      await Promise.all(replicas.map((one) => one.check()))
    }
  }
  return { clock, looks, said, edits, replica, pass }
}

test('a cluster that no replica looks at is posted once for all of them, and when it is looked at again', async () => {
  const { said, edits, replica, pass } = scene(['dev', 'prod'])
  const replicas = [replica(), replica(), replica()]
  await pass(replicas, 20, ['dev', 'prod'])
  await pass(replicas, 40, ['dev'])
  await pass(replicas, 20, ['dev', 'prod'])
  expect(said.map(({ period, place }) => [period, place])).toEqual([
    [29, 'root'],
    [61, 'thread'],
  ])
  const [root, clear] = said.map(({ text }) => text)
  expect(root).toContain('Cannot see · Stormwatch itself')
  expect(root).toContain('prod: not looked at for 2.3 min')
  expect(root).not.toContain('dev')
  expect(clear).toContain('Every cluster is looked at again, after')
  expect(edits).toHaveLength(1)
  expect(edits[0]).toContain('All clear')
})

test('a second time is a second post', async () => {
  const { said, replica, pass } = scene(['prod'])
  const one = replica()
  for (const looked of [['prod'], [], ['prod'], [], ['prod']]) await pass([one], 12, looked)
  expect(said.map(({ place }) => place)).toEqual(['root', 'thread', 'root', 'thread'])
})

test('a replica that learns last that the looks are back does not post it again', async () => {
  const { looks, said, replica, pass } = scene(['prod'])
  let heardOf: number | undefined
  const [one, late] = [replica(), replica(() => heardOf)]
  const both = async (periods: number, looked: readonly string[]): Promise<void> => {
    for (let i = 0; i < periods; i++) {
      await pass([one], 1, looked)
      await late.check()
      heardOf = looks.get('prod')
    }
  }
  for (const looked of [['prod'], [], ['prod']]) await both(12, looked)
  expect(said.map(({ place }) => place)).toEqual(['root', 'thread'])
  await both(12, [])
  expect(said.map(({ place }) => place)).toEqual(['root', 'thread', 'root'])
})

test('a cluster that went while nobody looked, and came back so, is posted again', async () => {
  const names = ['dev', 'prod']
  const { said, replica, pass } = scene(names)
  const one = replica()
  await pass([one], 3, names)
  await pass([one], 12, ['dev'])
  names.pop()
  await pass([one], 3, ['dev'])
  names.push('prod')
  await pass([one], 12, ['dev'])
  expect(said.map(({ place }) => place)).toEqual(['root', 'thread', 'root'])
})

test('posted by a clock that was a day ahead, it ends all the same', async () => {
  const { clock, said, replica, pass } = scene(['dev', 'prod'])
  const ahead = 86_400_000 / PERIOD
  clock.period += ahead
  await pass([replica()], 12, ['dev'])
  clock.period -= ahead
  const next = replica()
  await pass([next], 2, ['dev'])
  expect(said.map(({ place }) => place)).toEqual(['root'])
  await pass([next], 4, ['dev', 'prod'])
  expect(said.map(({ place }) => place)).toEqual(['root', 'thread'])
})

test('restarts and deploys of some periods are not posted, however long the bot was away', async () => {
  const { clock, said, replica, pass } = scene(['prod'])
  await pass([replica()], 5, ['prod'])
  clock.period += 5000
  const next = replica()
  await pass([next], 8, [])
  await pass([next], 5, ['prod'])
  await pass([replica()], 7, [])
  expect(said).toEqual([])
})

test('a replica that starts while nobody looks does not say that it is over', async () => {
  const { said, replica, pass } = scene(['dev', 'prod'])
  await pass([replica()], 12, ['dev'])
  const next = replica()
  await pass([next], 3, ['dev'])
  expect(said.map(({ place }) => place)).toEqual(['root'])
  expect(said[0]?.text).toContain('prod: not looked at')
})

test('readiness says it at once, also where there is no channel to post in', async () => {
  const { said, replica, pass } = scene(['a', 'b', 'c', 'd', 'e', 'f', 'g'], null)
  const one = replica()
  await pass([one], 8, [])
  expect(one.troubles()).toEqual([])
  await pass([one], 2, [])
  expect(one.troubles()).toEqual([
    expect.stringMatching(/^Watch: a, b, c, d, e, 2 more: not looked at for 2.3 min/),
  ])
  expect(said).toEqual([])
})
