import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createReach } from '../../src/slack/posting/reach'

/** What the calls of a client tell of Slack. */

let slack: Server
let url: string
let status = 200
beforeAll(async () => {
  slack = createServer((_, response) => response.writeHead(status).end('{}'))
  slack.listen(0, '127.0.0.1')
  await once(slack, 'listening')
  url = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`
})
afterAll(() => void slack.close())

test('any answer but an error of servers is one, and one such error is nothing', async () => {
  const { fetch, trouble } = createReach(() => 0)
  expect(trouble()).toBeUndefined()
  for (const [answer, told] of [
    [503, undefined],
    [502, 'HTTP 502'],
    [429, undefined],
    [500, undefined],
    [500, 'HTTP 500'],
    [200, undefined],
  ] as const) {
    status = answer
    await fetch(url)
    expect([answer, trouble()]).toEqual([answer, told])
  }
})

test('no answer is told with its reason, as long as somebody asks', async () => {
  const clock = { now: 0 }
  const { fetch, trouble } = createReach(() => clock.now)
  for (const told of [undefined, expect.stringContaining('fetch failed')]) {
    await expect(fetch('http://127.0.0.1:1')).rejects.toThrow('fetch failed')
    expect(trouble()).toEqual(told)
  }
  clock.now = 120_001
  expect(trouble()).toBeUndefined()
})
