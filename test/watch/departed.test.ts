import { expect, test } from '@jest/globals'
import { newsOf } from '../../src/slack/storm/news'
import { stormMessage } from '../../src/slack/storm/blocks'
import type { Announcement } from '../../src/watch/announcement'
import { createDeparted, type Departed, type DepartedStore } from '../../src/watch/departed'
import { MINUTE, NOON, play, stage, type Stage } from './story'

/** A cluster leaves the configuration: what is open of it is ended, once for all replicas. */

const scene = (on: Stage) => {
  const said = new Map<string, number>()
  const waits = { prod: false }
  const redis = { isAway: false }
  const watched: DepartedStore['watched'] = {
    say: async (names, leftMs) => {
      if (redis.isAway) throw new Error('Redis is away')
      for (const name of names) said.set(name, on.now)
      return [...said].filter(([, at]) => at < on.now - leftMs).map(([name]) => name)
    },
    remove: async (name) => void said.delete(name),
  }
  const outbox: DepartedStore['outbox'] = {
    pending: async () => (waits.prod ? 'waits' : 'none'),
  }
  const woken: string[] = []
  const faults: unknown[] = []
  const replica = (names: readonly string[]) =>
    createDeparted({
      clusters: () => names.map((name) => ({ name })),
      store: { watched, outbox, storms: on.store.storms },
      fallbackChannel: () => 'CFALL',
      now: () => NOON + on.now,
      monotonicMs: () => on.now,
      decided: (name) => void woken.push(name),
      fault: (error) => void faults.push(error),
    })
  /** So many minutes, in each of which all of them check. */
  const pass = async (replicas: readonly Departed[], minutes: number): Promise<void> => {
    for (let i = 0; i < minutes; i++, on.now += MINUTE)
      await Promise.all(replicas.map((one) => one.check()))
  }
  return { said, waits, redis, woken, faults, replica, pass }
}

const textOf = (announcement: Announcement): string => {
  const news = newsOf(announcement)
  if (news === undefined) throw new Error('Slack cannot read it')
  return stormMessage(news, { lateMs: 0, mayRepeat: false, command: '/etcd' }).text
}

const stormy = () => stage({ show: (ms) => (ms >= 2 * MINUTE ? { leader: 0 } : {}) })

/** As of minute 10, with a storm since minute 2 and prod said by a replica that is gone. */
const inStorm = async () => {
  const on = stormy()
  const told = scene(on)
  await told.pass([told.replica(['prod'])], 1)
  await play(on, { from: 0, to: 10 * MINUTE })
  return { on, ...told }
}

const reasons = ({ said }: Stage) => said.map(({ reason }) => reason)

test('an open storm is ended in its thread, its root message and the history, once', async () => {
  const { on, said, woken, replica, pass } = await inStorm()
  const [id] = on.records.keys()
  await pass([replica(['dev']), replica(['dev'])], 8)
  expect(reasons(on)).toEqual(['first', 'left'])
  const [first, last] = on.said
  expect(last).toMatchObject({ minute: 15.25, place: 'thread', parent: first?.key })
  const root = on.edits.at(-1)?.announcement
  expect(root && textOf(root)).toMatch(
    /^⚪ No longer watched · Production\nNo cluster of this name is in the configuration any more: how this ended was not seen/,
  )
  expect(root).toMatchObject({ buttons: [], at: NOON + 10 * MINUTE })
  expect(on.records.get(id ?? '')).toMatchObject({ until: NOON + 10 * MINUTE })
  expect(woken).toEqual(['prod'])
  expect([...said.keys()]).toEqual(['dev'])
})

test('its posts have a lane until they are sent', async () => {
  const { said, waits, replica, pass } = await inStorm()
  const other = replica(['dev'])
  waits.prod = true
  await pass([other], 8)
  expect(other.names()).toEqual(['prod'])
  waits.prod = false
  await pass([other], 2)
  expect(other.names()).toEqual([])
  expect([...said.keys()]).toEqual(['dev'])
})

test('while one replica has it, as in a rolling update, nothing is ended', async () => {
  const { on, replica, pass } = await inStorm()
  await pass([replica(['prod']), replica([])], 20)
  expect(reasons(on)).toEqual(['first'])
})

test('after a time without Redis nobody is judged before the others could say what they have', async () => {
  const { on, redis, faults, replica, pass } = await inStorm()
  const [old, next] = [replica(['prod']), replica([])]
  await pass([old, next], 1)
  redis.isAway = true
  await pass([old, next], 10)
  redis.isAway = false
  await pass([next], 3)
  await pass([next, old], 10)
  expect(reasons(on)).toEqual(['first'])
  expect(faults).toHaveLength(2)
})

test('one that cannot be ended keeps nobody else', async () => {
  const { on, said, faults, replica, pass } = await inStorm()
  said.set('broken', 0)
  const { read } = on.store.storms
  Object.assign(on.store.storms, {
    read: async (name: string) => {
      if (name === 'broken') throw new Error('what was kept of it cannot be read')
      return read(name)
    },
  })
  await pass([replica([])], 7)
  expect(reasons(on)).toEqual(['first', 'left'])
  expect(faults.length).toBeGreaterThan(0)
})

test('a calm cluster leaves without a word, and one that comes back begins anew', async () => {
  const on = stormy()
  const { replica, pass } = scene(on)
  const [having, without] = [replica(['prod']), replica([])]
  await pass([having], 1)
  await play(on, { from: 0, to: MINUTE })
  await pass([without], 8)
  expect(on.said).toEqual([])
  await pass([having], 1)
  await play(on, { from: 20 * MINUTE, to: 30 * MINUTE })
  await pass([without], 8)
  await play(on, { from: 40 * MINUTE, to: 50 * MINUTE })
  expect(reasons(on)).toEqual(['first', 'left', 'first'])
})
