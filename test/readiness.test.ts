import { expect, test } from '@jest/globals'
import { readinessOf, type Parts } from '../src/readiness'

const well: Parts = {
  slack: () => ({ connected: true }),
  redis: () => undefined,
  watch: () => [],
  posts: () => [],
}

test('a Redis that was never reached stops a rollout', () => {
  const { readiness, remarks } = readinessOf({ ...well, redis: () => 'ECONNREFUSED' })
  expect(readiness()).toEqual(['Redis: ECONNREFUSED'])
  expect(remarks()).toEqual([])
})

test('a Redis that went away takes no replica out of service, and is told', () => {
  let trouble: string | undefined
  const { readiness, remarks } = readinessOf({ ...well, redis: () => trouble })
  expect(readiness()).toEqual([])
  trouble = 'ECONNREFUSED'
  expect(readiness()).toEqual([])
  expect(remarks()).toEqual(['Redis: ECONNREFUSED'])
})

test('Slack that is not heard and a late watch do, a refused channel does not', () => {
  const { readiness, remarks } = readinessOf({
    ...well,
    slack: () => ({ connected: false, why: 'invalid_auth' }),
    watch: () => ['Watch: late'],
    posts: () => ['Slack refuses C1'],
  })
  expect(readiness()).toEqual(['Slack: invalid_auth', 'Watch: late'])
  expect(remarks()).toEqual(['Slack refuses C1'])
})
