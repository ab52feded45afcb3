import { expect, test } from '@jest/globals'
import { createPace } from '../../src/slack/posting/pace'

const POST = 'chat.postMessage'

/** A pace of one post a second, on a clock that the test sets. */
const paced = () => {
  let now = 5000
  const pace = createPace({ [POST]: 1000 }, () => now)
  return { pace, wait: (ms: number) => (now += ms) }
}

test('a channel gets one post in its time', () => {
  const { pace, wait } = paced()
  expect(pace.take(POST, 'C1')).toBe(0)
  expect(pace.take(POST, 'C1')).toBe(1000)
  wait(400)
  expect(pace.take(POST, 'C1')).toBe(600)
  wait(600)
  expect(pace.take(POST, 'C1')).toBe(0)
})

test('another channel, and another method, have turns of their own', () => {
  const { pace } = paced()
  pace.take(POST, 'C1')
  expect(pace.take(POST, 'C2')).toBe(0)
  expect(pace.take('chat.update', 'C1')).toBe(0)
})

test('a limit holds up its method in its channel only, for as long as Slack said', () => {
  const { pace, wait } = paced()
  pace.limit(POST, 'C1', 30_000)
  expect(pace.take(POST, 'C1')).toBe(30_000)
  expect(pace.take(POST, 'C2')).toBe(0)
  expect(pace.waiting(POST)).toEqual(['C1', 'C2'])
  wait(30_000)
  expect(pace.take(POST, 'C1')).toBe(0)
})

test('a shorter limit does not cut a longer one', () => {
  const { pace } = paced()
  pace.limit(POST, 'C1', 30_000)
  pace.limit(POST, 'C1', 1000)
  expect(pace.take(POST, 'C1')).toBe(30_000)
})
