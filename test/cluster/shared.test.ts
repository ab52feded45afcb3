import { expect, test } from '@jest/globals'
import { shareLooks } from '../../src/cluster/shared'
import type { ClusterConfig } from '../../src/config'
import type { Observation } from '../../src/diagnosis/facts'
import { look } from '../support/build'

const prod = { name: 'prod' } as ClusterConfig
const staging = { name: 'staging' } as ClusterConfig

/** An observer whose looks end when the test says so. */
const slowObserver = () => {
  const ends: (() => void)[] = []
  const signals: AbortSignal[] = []
  const observe = (_: ClusterConfig, at: number, signal?: AbortSignal): Promise<Observation> => {
    if (signal !== undefined) signals.push(signal)
    return new Promise((resolve) => ends.push(() => resolve(look([], { at }))))
  }
  return { observe: shareLooks(observe), ends, signals }
}

test('those who ask while a look is under way get that look', async () => {
  const { observe, ends } = slowObserver()
  const asked = [observe(prod, 1), observe(prod, 2), observe(prod, 3)]
  expect(ends).toHaveLength(1)
  ends[0]?.()
  expect((await Promise.all(asked)).map(({ at }) => at)).toEqual([1, 1, 1])
})

test('who asks after a look has ended gets a new one', async () => {
  const { observe, ends } = slowObserver()
  const first = observe(prod, 1)
  ends[0]?.()
  await first
  const second = observe(prod, 2)
  ends[1]?.()
  expect((await second).at).toBe(2)
})

test('two clusters share nothing', () => {
  const { observe, ends } = slowObserver()
  void observe(prod, 1)
  void observe(staging, 1)
  expect(ends).toHaveLength(2)
})

test('a shared look goes on while somebody waits, and ends early when nobody does', () => {
  const { observe, signals } = slowObserver()
  const [one, other] = [new AbortController(), new AbortController()]
  void observe(prod, 1, one.signal)
  void observe(prod, 1, other.signal)
  one.abort()
  expect(signals[0]?.aborted).toBe(false)
  other.abort()
  expect(signals[0]?.aborted).toBe(true)
})
