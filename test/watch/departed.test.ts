import { expect, test } from '@jest/globals'
import { newsOf } from '../../src/slack/storm/news'
import { stormMessage } from '../../src/slack/storm/blocks'
import type { Announcement } from '../../src/watch/announcement'
import { createDeparted, type DepartedStore } from '../../src/watch/departed'
import { MINUTE, NOON, play, stage, type Stage } from './story'

/** A cluster leaves the configuration: what is open of it is ended, once for all replicas. */

const scene = (on: Stage) => {
  const added = new Map<string, number>()
  const watched: DepartedStore['watched'] = {
    add: async (names, at) => names.forEach((name) => added.set(name, at)),
    left: async (since) => [...added].filter(([, at]) => at < since).map(([name]) => name),
    remove: async (name) => void added.delete(name),
  }
  const waits = { prod: false }
  const outbox: DepartedStore['outbox'] = {
    pending: async () => (waits.prod ? 'waits' : 'none'),
  }
  const woken: string[] = []
  const replica = (names: readonly string[]) =>
    createDeparted({
      clusters: () => names.map((name) => ({ name })),
      store: { watched, outbox, storms: on.store.storms },
      fallbackChannel: () => 'CFALL',
      now: () => NOON + on.now,
      decided: (name) => void woken.push(name),
      fault: (error) => expect(error).toBe('none'),
    })
  return { added, waits, woken, replica }
}

const textOf = (announcement: Announcement): string => {
  const news = newsOf(announcement)
  if (news === undefined) throw new Error('Slack cannot read it')
  return stormMessage(news, { lateMs: 0, mayRepeat: false, command: '/etcd' }).text
}

const stormy = () => stage({ show: (ms) => (ms >= 2 * MINUTE ? { leader: 0 } : {}) })

test('an open storm is ended in its thread, its root message and the history, once', async () => {
  const on = stormy()
  const { added, woken, replica } = scene(on)
  await replica(['prod', 'dev']).check()
  await play(on, { to: 10 * MINUTE })
  const [id] = on.records.keys()
  on.now = 20 * MINUTE
  const replicas = [replica(['dev']), replica(['dev'])]
  await Promise.all(replicas.map((one) => one.check()))
  const last = on.said.at(-1)
  expect(last).toMatchObject({ minute: 20, reason: 'left', place: 'thread' })
  expect(last?.parent).toBe(on.said[0]?.key)
  expect(on.said.filter(({ reason }) => reason === 'left')).toHaveLength(1)
  const root = on.edits.at(-1)?.announcement
  expect(root && textOf(root)).toMatch(
    /^⚪ No longer watched · Production\nIt left the configuration, and nobody looks at it: how this ended is not known/,
  )
  expect(root?.buttons).toEqual([])
  expect(on.records.get(id ?? '')).toMatchObject({ until: NOON + 10 * MINUTE })
  expect(woken).toEqual(['prod'])
  expect([...added.keys()]).toEqual(['dev'])
})

test('its posts have a lane until they are sent', async () => {
  const on = stormy()
  const { added, waits, replica } = scene(on)
  await replica(['prod']).check()
  await play(on, { to: 10 * MINUTE })
  on.now = 20 * MINUTE
  waits.prod = true
  const other = replica(['dev'])
  await other.check()
  expect(other.names()).toEqual(['prod'])
  waits.prod = false
  await other.check()
  await other.check()
  expect(other.names()).toEqual([])
  expect([...added.keys()]).toEqual(['dev'])
})

test('while one replica has it, as in a rolling update, nothing is ended', async () => {
  const on = stormy()
  const { replica } = scene(on)
  const [old, next] = [replica(['prod']), replica([])]
  await play(on, { to: 10 * MINUTE })
  for (; on.now < 20 * MINUTE; on.now += MINUTE) {
    await old.check()
    await next.check()
  }
  expect(on.said.map(({ reason }) => reason)).not.toContain('left')
})

test('a calm cluster leaves without a word, and one that comes back begins anew', async () => {
  const on = stormy()
  const { replica } = scene(on)
  await replica(['prod']).check()
  await play(on, { to: MINUTE })
  on.now = 20 * MINUTE
  await replica([]).check()
  expect(on.said).toEqual([])
  await replica(['prod']).check()
  await play(on, { from: 20 * MINUTE, to: 30 * MINUTE })
  on.now = 40 * MINUTE
  await replica([]).check()
  await play(on, { from: 41 * MINUTE, to: 50 * MINUTE })
  expect(on.said.map(({ reason }) => reason)).toEqual(['first', 'left', 'first'])
})
