import { expect, test } from '@jest/globals'
import { createOutageBook } from '../../src/watch/outages'
import type { Outage } from '../../src/diagnosis/shift/facts'
import { NOON } from './story'

/** A replica that looks every 5 s whether it has Redis and Slack. */

const STEP = 5000

const scene = () => {
  const now = { redis: undefined as string | undefined, slack: undefined as string | undefined }
  let at = NOON
  const kept: Outage[] = []
  const book = createOutageBook({
    troubles: { Redis: () => now.redis, Slack: () => now.slack },
    keep: async (outage) => void kept.push(outage),
    now: () => at,
  })
  const pass = async (steps: number): Promise<void> => {
    for (let i = 0; i < steps; i++, at += STEP) await book.check()
  }
  return { now, kept, pass, book }
}

const minutes = (count: number): number => NOON + count * 60_000

test('an outage is written while it goes on, and at its end', async () => {
  const { now, kept, pass } = scene()
  await pass(12)
  now.slack = 'ECONNREFUSED'
  await pass(30)
  now.slack = undefined
  await pass(12)
  expect(kept).toEqual(
    [2, 3, 3.5].map((to) => ({ of: 'Slack', from: minutes(1), to: minutes(to) })),
  )
})

test('what is over within a minute is not written', async () => {
  const { now, kept, pass } = scene()
  now.redis = 'Redis does not answer in time'
  await pass(11)
  now.redis = undefined
  await pass(12)
  expect(kept).toEqual([])
})

test('a replica that is stopped in an outage leaves what it saw', async () => {
  const { now, kept, pass, book } = scene()
  now.redis = 'ECONNREFUSED'
  await pass(18)
  await book.stop()
  expect(kept.at(-1)).toEqual({ of: 'Redis', from: minutes(0), to: minutes(1.5) })
})
