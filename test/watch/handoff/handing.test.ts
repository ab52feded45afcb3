import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { HandoffConfig } from '../../../src/config'
import { plainLine } from '../../../src/diagnosis/line'
import { handoffNewsOf, type HandoffNews } from '../../../src/slack/handoff/news'
import { openStore, type Store } from '../../../src/store/store'
import { accept } from '../../../src/watch/handoff/accept'
import type { Report } from '../../../src/watch/handoff/decision'
import { createHanding, type Decided, type Handing } from '../../../src/watch/handoff/handing'
import { addNote } from '../../../src/watch/handoff/note'
import { handoffStateIn } from '../../../src/watch/handoff/state'
import { pause, startRedis, until, type TestRedis } from '../../support/redis'
import { daily, quietReport } from './shift'

/** Shifts over a real Redis, by a clock of the test's own. */

let redis: TestRedis
let clock = 0
const open: Replica[] = []

beforeEach(async () => {
  redis = await startRedis()
  goTo('2026-11-22T11:00Z')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ store }) => store.close()))
  await redis.close()
})
afterAll(() => pause(2100))

type Replica = {
  readonly store: Store
  readonly handing: Handing
  readonly decided: Decided[]
  readonly faults: unknown[]
}

type Making = {
  readonly handoff?: () => HandoffConfig
  readonly report?: () => Promise<Report | undefined>
  readonly leaseMs?: number
}

const replica = async ({
  handoff = daily,
  report = async () => quietReport(),
  leaseMs = 500,
}: Making = {}): Promise<Replica> => {
  const store = openStore(redis.url, { replica: randomUUID(), now: () => clock })
  const decided: Decided[] = []
  const faults: unknown[] = []
  const handing = createHanding({
    handoffs: () => [handoff()],
    store,
    report: (_, span) => {
      expect([23, 24, 25]).toContain((span.to - span.from) / 3_600_000) // the clock is set

      return report()
    },
    fallbackChannel: () => 'CFALL',
    now: () => clock,
    decided: (lane, is) => {
      expect(lane).toBe('handoff.daily')
      decided.push(is)
    },
    fault: (error) => faults.push(error),
    leaseMs,
  })
  const one = { store, handing, decided, faults }
  open.push(one)
  await until(() => store.trouble() === undefined)
  return one
}

const goTo = (time: string): void => void (clock = Date.parse(time))

const turn = ({ handing }: Replica): Promise<void> => handing.turn('daily')

type Post = HandoffNews & { readonly sentTo: string; readonly isInThread: boolean }

/** Sends everything that is due, as an announcer does; messages carry the test's own time. */
const send = async ({ store }: Replica): Promise<Post[]> => {
  const posts: Post[] = []
  for (;;) {
    const claim = await store.outbox.claim('handoff.daily', { now: clock, leaseMs: 15_000 })
    if (claim === undefined) return posts
    const news = handoffNewsOf(claim.entry.payload)
    if (news === undefined) throw new Error('want news of a handoff')
    posts.push({ ...news, sentTo: claim.channel, isInThread: claim.parent !== undefined })
    const ts = `${Math.floor(clock / 1000)}.${String(posts.length).padStart(6, '0')}`
    await store.outbox.settle(claim, { channel: claim.channel, ts }, clock)
  }
}

const shortly = (posts: readonly Post[]): string[] =>
  posts.map(({ place, sentTo, isInThread }) => `${place} ${sentTo}${isInThread ? ' thread' : ''}`)

test('a shift from its draft to its acceptance', async () => {
  const one = await replica()
  goTo('2026-11-22T12:00Z')
  await turn(one)
  goTo('2026-11-23T06:00Z')
  await turn(one)
  await turn(one)
  expect(shortly(await send(one)).toSorted()).toEqual(['draft U1', 'draft U2'])
  goTo('2026-11-23T07:00:04Z')
  await turn(one)
  await turn(one)
  const posts = await send(one)
  expect(shortly(posts)).toEqual(['report C1', 'details C1 thread'])
  expect(posts[0]).toMatchObject({
    from: ['U1'],
    to: ['U2'],
    remarks: [],
    changeText: 'Mon 23 Nov 08:00',
  })
  goTo('2026-11-23T07:29Z')
  await turn(one)
  expect(await send(one)).toEqual([])
  goTo('2026-11-23T07:31Z')
  await turn(one)
  await turn(one)
  expect(shortly(await send(one))).toEqual(['reminder C1 thread'])
  goTo('2026-11-23T07:40Z')
  const asked = { handoff: 'daily', change: Date.parse('2026-11-23T07:00Z'), by: 'U2', at: clock }
  expect(await accept(one.store.storms, asked)).toMatchObject({ outcome: 'accepted' })
  expect(await accept(one.store.storms, { ...asked, by: 'U9' })).toMatchObject({
    outcome: 'already',
    by: 'U2',
  })
  const edit = await one.store.edits.claim('handoff.daily', { now: clock, leaseMs: 1000 })
  expect(handoffNewsOf(edit?.payload)?.accepted).toEqual({ by: 'U2', at: clock })
  const kept = await one.store.storms.history('handoff.daily', { from: 0, to: clock })
  expect(kept.map(({ record }) => record)).toMatchObject([
    { handoff: 'daily', to: ['U2'], accepted: { by: 'U2' } },
  ])
  expect(one.decided).toEqual(['draft', 'report', 'reminder'])
  expect(await accept(one.store.storms, { ...asked, change: 7 })).toEqual({ outcome: 'over' })
})

test('an accepted handoff is not reminded of', async () => {
  const one = await replica()
  goTo('2026-11-22T12:00Z')
  await turn(one)
  goTo('2026-11-23T07:00Z')
  await turn(one)
  await send(one)
  await accept(one.store.storms, { handoff: 'daily', change: clock, by: 'U2', at: clock })
  goTo('2026-11-23T09:00Z')
  await turn(one)
  expect(await send(one)).toEqual([])
})

describe('a note', () => {
  const noting = (over = {}) => ({
    cluster: 'prod',
    by: 'U1',
    text: 'disk ordered',
    at: clock,
    ...over,
  })

  test('on a draft is kept; on a report it stands in the thread too', async () => {
    const one = await replica()
    goTo('2026-11-22T12:00Z')
    await turn(one)
    const change = Date.parse('2026-11-23T07:00Z')
    goTo('2026-11-23T06:30Z')
    const pressed = { handoff: 'daily', change }
    expect(await addNote(one.store, noting({ pressed }))).toEqual({
      isKept: true,
      isInThread: false,
    })
    goTo('2026-11-23T07:00Z')
    await turn(one)
    await send(one)
    expect(await addNote(one.store, noting({ pressed }))).toEqual({
      isKept: true,
      isInThread: true,
    })
    const [told] = await send(one)
    expect(told).toMatchObject({ place: 'note', isInThread: true, note: { text: 'disk ordered' } })
    expect(await one.store.notes.list('prod', { from: 0, to: clock })).toHaveLength(2)
  })
})

describe('exactly once', () => {
  test('two replicas at the same moment', async () => {
    const both = [await replica(), await replica()]
    goTo('2026-11-22T12:00Z')
    await Promise.all(both.map(turn))
    goTo('2026-11-23T07:00Z')
    for (let i = 0; i < 5; i++) await Promise.all(both.map(turn))
    const posts = (await Promise.all(both.map(send))).flat()
    expect(shortly(posts).toSorted()).toEqual(['details C1 thread', 'report C1'])
    expect(both.flatMap(({ decided }) => decided)).toEqual(['report'])
  })

  test('a replica that is killed while it gathers is followed by the other after its lease', async () => {
    const hung = await replica({ report: () => new Promise(() => undefined) })
    const other = await replica()
    goTo('2026-11-22T12:00Z')
    await turn(hung)
    goTo('2026-11-23T07:00Z')
    void turn(hung)
    await until(async () => (await redis.admin.keys('*held:handoff*')).length > 0)
    await turn(other)
    expect(await send(other)).toEqual([])
    await pause(600)
    await turn(other)
    expect(shortly(await send(other))).toEqual(['report C1', 'details C1 thread'])
  })

  test('a slow replica whose report was decided by another meanwhile posts nothing', async () => {
    let go = (): void => undefined
    const slow = await replica({
      report: () => new Promise((resolve) => (go = () => resolve(quietReport('slow')))),
    })
    const other = await replica()
    goTo('2026-11-22T12:00Z')
    await turn(slow)
    goTo('2026-11-23T07:00Z')
    const gathering = turn(slow)
    await pause(700)
    await turn(other)
    go()
    await gathering
    const posts = await send(slow)
    expect(shortly(posts)).toEqual(['report C1', 'details C1 thread'])
    expect(posts[0]?.lines.map(plainLine)).toEqual(['prod: quiet'])
    expect(slow.decided).toEqual([])
  })

  test('a restart after the report says nothing again', async () => {
    const one = await replica()
    goTo('2026-11-22T12:00Z')
    await turn(one)
    goTo('2026-11-23T07:00Z')
    await turn(one)
    await send(one)
    const again = await replica()
    goTo('2026-11-23T07:05Z')
    await turn(again)
    expect(await send(again)).toEqual([])
  })
})

describe('what was missed', () => {
  test('while all replicas were down is posted late: the last one only, and it says so', async () => {
    goTo('2026-11-22T12:00Z')
    await turn(await replica())
    goTo('2026-11-25T10:00Z')
    const late = await replica()
    await turn(late)
    const [report] = await send(late)
    expect(report?.remarks).toEqual([
      'Posted 3 h late: Stormwatch was not running.',
      '2 handoffs before it were not posted.',
    ])
    expect(late.decided).toEqual(['late report'])
    await turn(late)
    expect(await send(late)).toEqual([])
  })

  test('before the first start is not told', async () => {
    goTo('2026-11-25T10:00Z')
    const first = await replica()
    await turn(first)
    await turn(first)
    expect(await send(first)).toEqual([])
  })

  test('by a schedule that was changed is not told either', async () => {
    let cron = '0 20 * * *'
    const one = await replica({ handoff: () => daily({ cron }) })
    goTo('2026-11-22T12:00Z')
    await turn(one)
    cron = '0 8 * * *'
    goTo('2026-11-23T10:00Z')
    await turn(one)
    await turn(one)
    expect(await send(one)).toEqual([])
  })
})

describe('without Redis', () => {
  test('a report waits, and goes out late with its history when Redis is back in time', async () => {
    const one = await replica()
    goTo('2026-11-22T12:00Z')
    await turn(one)
    await redis.stop()
    await until(() => one.store.trouble() !== undefined)
    goTo('2026-11-23T07:00Z')
    await turn(one)
    await redis.restart()
    await until(() => one.store.trouble() === undefined)
    goTo('2026-11-23T07:10Z')
    await turn(one)
    const [report] = await send(one)
    expect(report?.lines.map(plainLine)).toEqual(['prod: quiet'])
    expect(report?.remarks).toEqual(['Posted 10 min late: Redis could not be read.'])
  })

  test('after 15 min it goes out without, says so, and is not posted again', async () => {
    const one = await replica({ report: async () => undefined })
    goTo('2026-11-22T12:00Z')
    await turn(one)
    await redis.stop()
    await until(() => one.store.trouble() !== undefined)
    goTo('2026-11-23T07:14Z')
    await turn(one)
    expect(one.decided).toEqual([])
    goTo('2026-11-23T07:15Z')
    await turn(one)
    expect(one.decided).toEqual(['late report'])
    await redis.restart()
    await until(() => one.store.trouble() === undefined)
    goTo('2026-11-23T07:16Z')
    await turn(one)
    const state = handoffStateIn((await one.store.storms.read('handoff.daily')).state)
    const { news } = state?.report ?? {}
    expect(news?.lines.map(plainLine)).toEqual([
      'What happened in this shift cannot be told: Redis, which keeps it, could not be read.',
      'That nothing is said here does not mean that nothing was. Next: stormwatch status prod',
    ])
    expect(one.decided).toEqual(['late report'])
  })

  test('a draft is not made up', async () => {
    const one = await replica({ report: async () => undefined })
    goTo('2026-11-22T12:00Z')
    await turn(one)
    goTo('2026-11-23T06:10Z')
    await turn(one)
    expect(await send(one)).toEqual([])
  })
})

test('a Redis that lost everything gets it back: nothing is said again, and the report can be accepted', async () => {
  const one = await replica()
  goTo('2026-11-22T12:00Z')
  await turn(one)
  goTo('2026-11-23T07:00Z')
  await turn(one)
  await send(one)
  await redis.flushall()
  goTo('2026-11-23T07:01Z')
  await turn(one)
  expect(await send(one)).toEqual([])
  const asked = { handoff: 'daily', change: Date.parse('2026-11-23T07:00Z'), by: 'U2', at: clock }
  expect(await accept(one.store.storms, asked)).toMatchObject({ outcome: 'accepted' })
})

test('a report that is late for neither reason says so', async () => {
  const one = await replica()
  goTo('2026-11-22T12:00Z')
  await turn(one)
  goTo('2026-11-23T07:05Z')
  await turn(one)
  const [report] = await send(one)
  expect(report?.remarks).toEqual(['Posted 5 min late: Stormwatch was held up.'])
})

test('every change of five weeks in which the clock is set is handed over once', async () => {
  const one = await replica()
  goTo('2026-03-01T12:00Z')
  await turn(one)
  const changes: string[] = []
  for (let day = 0; day < 35; day++) {
    for (const hour of [5, 6, 7, 8]) {
      clock = Date.parse('2026-03-02T00:30Z') + day * 86_400_000 + hour * 3_600_000
      await turn(one)
    }
    changes.push(...(await send(one)).flatMap((p) => (p.place === 'report' ? [p.changeText] : [])))
  }
  expect(changes).toHaveLength(35)
  expect(new Set(changes.map((text) => text.slice(-5)))).toEqual(new Set(['08:00']))
  expect(new Set(changes).size).toBe(35)
}, 60_000)
