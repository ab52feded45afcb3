import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createTick, offsetOf } from '../../src/watch/tick'
import type { Slot, Tick, TickDeps } from '../../src/watch/tick'

const START = Date.UTC(2026, 10, 22, 12, 0, 1)
const EVERY = 15_000

let ticks: Tick[] = []

beforeEach(() => {
  jest.useFakeTimers({ now: START })
})

afterEach(async () => {
  const stopped = Promise.all(ticks.map((tick) => tick.stop()))
  await jest.advanceTimersByTimeAsync(6000)
  await stopped
  ticks = []
  jest.useRealTimers()
})

type Turn = { readonly name: string; readonly at: number; readonly slot: Slot }

const ticking = (over: Partial<TickDeps> = {}) => {
  const turns: Turn[] = []
  const told = { missed: 0, restarted: 0, faults: [] as unknown[], late: [] as number[] }
  const tick = createTick({
    everyMs: EVERY,
    names: () => ['a', 'b', 'c'],
    turn: async (name, slot) => void turns.push({ name, at: Date.now(), slot }),
    elect: async () => true,
    onPeriod: () => undefined,
    now: Date.now,
    report: {
      late: (ms) => told.late.push(ms),
      missed: (periods) => (told.missed += periods),
      restarted: () => (told.restarted += 1),
      fault: (error) => told.faults.push(error),
    },
    ...over,
  })
  ticks.push(tick)
  tick.start()
  return { tick, turns, told }
}

test('each name has its turn once a period, at its own time', async () => {
  const { turns } = ticking()
  await jest.advanceTimersByTimeAsync(60_000)
  for (const name of ['a', 'b', 'c']) {
    const times = turns.filter((turn) => turn.name === name).map(({ at }) => at)
    expect(times.length).toBeGreaterThanOrEqual(4)
    const offsets = times.slice(1).map((at) => at % EVERY)
    for (const offset of offsets) expect(Math.abs(offset - offsetOf(name, EVERY))).toBeLessThan(20)
  }
})

test('offsets are spread over the period, and leave room for a look', () => {
  const offsets = Array.from({ length: 1000 }, (_, i) => offsetOf(`cluster-${i}`, EVERY))
  expect(Math.max(...offsets)).toBeLessThan(0.8 * EVERY)
  const tenth = offsets.filter((offset) => offset < 0.08 * EVERY).length
  expect(tenth).toBeGreaterThan(60)
  expect(tenth).toBeLessThan(140)
})

test('a replica that is not elected has its turns too', async () => {
  const { turns } = ticking({ elect: async () => false })
  await jest.advanceTimersByTimeAsync(60_000)
  expect(turns.filter(({ name }) => name === 'a').length).toBeGreaterThanOrEqual(4)
  expect(turns.every(({ slot }) => !slot.isElected)).toBe(true)
})

test('an election that fails is won', async () => {
  const { turns } = ticking({ elect: () => Promise.reject(new Error('Redis is away')) })
  await jest.advanceTimersByTimeAsync(60_000)
  expect(turns.filter(({ slot }) => slot.isElected).length).toBeGreaterThanOrEqual(9)
})

test('a turn is aborted before the next one, and never two of one name run at once', async () => {
  let running = 0
  let most = 0
  const { turns } = ticking({
    names: () => ['a'],
    turn: (name, slot, signal) =>
      new Promise((resolve) => {
        turns.push({ name, at: Date.now(), slot })
        most = Math.max(most, ++running)
        signal.addEventListener('abort', () => {
          running -= 1
          resolve()
        })
      }),
  })
  await jest.advanceTimersByTimeAsync(90_000)
  expect(most).toBe(1)
  expect(turns.length).toBeGreaterThanOrEqual(5)
})

test('a turn that throws is told, and the others go on', async () => {
  const { turns, told, tick } = ticking({
    turn: async (name, slot) => {
      turns.push({ name, at: Date.now(), slot })
      if (name === 'a') throw new Error('broken')
    },
  })
  await jest.advanceTimersByTimeAsync(60_000)
  expect(told.faults.length).toBeGreaterThanOrEqual(4)
  expect(turns.filter(({ name }) => name === 'b').length).toBeGreaterThanOrEqual(4)
  expect(tick.trouble()).toBeUndefined()
})

test('a turn that hangs is noticed after three periods, said, and taken anew', async () => {
  let hangs = true
  const { told, tick, turns } = ticking({
    turn: (name, slot) => {
      turns.push({ name, at: Date.now(), slot })
      return name === 'a' && hangs ? new Promise(() => undefined) : Promise.resolve()
    },
  })
  await jest.advanceTimersByTimeAsync(59_000)
  expect(tick.trouble()).toContain('no pass over the clusters was completed for')
  expect(turns.filter(({ name }) => name === 'a').length).toBe(1)
  hangs = false
  await jest.advanceTimersByTimeAsync(60_000)
  expect(told.restarted).toBeGreaterThanOrEqual(1)
  expect(told.missed).toBeGreaterThan(0)
  expect(tick.trouble()).toBeUndefined()
  expect(turns.filter(({ name }) => name === 'a').length).toBeGreaterThanOrEqual(3)
})

test('ticking anew takes no turn of a period twice, and ends when all have their turns again', async () => {
  let hangs = true
  const names = Array.from({ length: 100 }, (_, i) => `cluster-${i}`)
  const { told, turns } = ticking({
    names: () => names,
    turn: (name, slot) => {
      turns.push({ name, at: Date.now(), slot })
      if (name === 'cluster-7' && hangs) return new Promise(() => undefined)
      return new Promise((done) => setTimeout(done, 2000))
    },
  })
  await jest.advanceTimersByTimeAsync(65_000)
  expect(told.restarted).toBe(1)
  hangs = false
  await jest.advanceTimersByTimeAsync(120_000)
  expect(told.restarted).toBeLessThanOrEqual(2)
  const regular = turns.filter(({ slot }) => slot.at > START + EVERY)
  const slots = regular.map(({ name, slot }) => `${name} ${slot.at}`)
  expect(new Set(slots).size).toBe(slots.length)
})

test.each([6, -6])(
  'a clock that is set by %d h stops the watch for three periods at most',
  async (hours) => {
    const { turns } = ticking({ names: () => ['a'] })
    await jest.advanceTimersByTimeAsync(60_000)
    const before = turns.length
    jest.setSystemTime(Date.now() + hours * 3_600_000)
    await jest.advanceTimersByTimeAsync(5 * EVERY)
    expect(turns.length).toBeGreaterThan(before)
    const after = turns.length
    await jest.advanceTimersByTimeAsync(60_000)
    expect(turns.length - after).toBeGreaterThanOrEqual(3)
  },
)

test('periods that never came are counted', async () => {
  const { told } = ticking()
  await jest.advanceTimersByTimeAsync(31_000)
  jest.setSystemTime(Date.now() + 4 * EVERY) // as after a process that stood still
  await jest.advanceTimersByTimeAsync(2 * EVERY)
  expect(told.missed).toBeGreaterThanOrEqual(3)
})

test('after a stop no turn begins, and those under way are aborted', async () => {
  let aborted = 0
  const { turns, tick } = ticking({
    names: () => ['a'],
    turn: (name, slot, signal) =>
      new Promise((resolve) => {
        turns.push({ name, at: Date.now(), slot })
        signal.addEventListener('abort', () => {
          aborted += 1
          resolve()
        })
      }),
  })
  await jest.advanceTimersByTimeAsync(EVERY)
  const stopped = tick.stop()
  await jest.advanceTimersByTimeAsync(100)
  await stopped
  const count = turns.length
  await jest.advanceTimersByTimeAsync(60_000)
  expect(turns.length).toBe(count)
  expect(aborted).toBe(count)
})
