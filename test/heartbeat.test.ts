import { afterEach, expect, test } from '@jest/globals'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHeartbeat } from '../src/heartbeat'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

const switchOf = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/canary-path?key=canary`
}

const called = async (url: string, beats = 1) => {
  const outcomes: string[] = []
  const troubles: string[] = []
  const { beat, close } = createHeartbeat({
    url,
    report: (outcome) => void outcomes.push(outcome),
    onTrouble: (why) => void troubles.push(why),
  })
  for (let i = 0; i < beats; i++) beat()
  await close()
  return { outcomes, troubles }
}

test('a good round is one GET of the URL', async () => {
  const seen: string[] = []
  const url = await switchOf((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.end('ok')
  })
  expect(await called(url)).toEqual({ outcomes: ['done'], troubles: [] })
  expect(seen).toEqual(['GET /canary-path?key=canary'])
})

test('rounds that end while a call is under way join it', async () => {
  let calls = 0
  const url = await switchOf((_, response) => {
    calls += 1
    response.end()
  })
  await called(url, 5)
  expect(calls).toBe(1)
})

test('a refusal is said without the URL', async () => {
  const url = await switchOf((_, response) => response.writeHead(404).end('no canary here'))
  expect(await called(url)).toEqual({ outcomes: ['refused'], troubles: ['the answer was 404'] })
})

test('a refusal that goes on is said once, and again after it was well', async () => {
  const answers = [404, 404, 200, 404]
  const url = await switchOf((_, response) => response.writeHead(answers.shift() ?? 200).end())
  const troubles: string[] = []
  let told = 0
  const { beat, close } = createHeartbeat({
    url,
    report: () => (told += 1),
    onTrouble: (why) => troubles.push(why),
  })
  for (let i = 0; i < 4; i++) {
    beat()
    await close()
  }
  expect(told).toBe(4)
  expect(troubles).toEqual(['the answer was 404', 'the answer was 404'])
})

test('a redirect is not followed: the URL is a secret of that place', async () => {
  const url = await switchOf((_, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  )
  expect(await called(url)).toEqual({ outcomes: ['failed'], troubles: ['the call failed'] })
})

test('nobody there is said by its code', async () => {
  const url = await switchOf(() => undefined)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  expect(await called(url)).toEqual({
    outcomes: ['failed'],
    troubles: ['ECONNREFUSED'],
  })
})

test('a place that never answers holds a call for 5 s at most', async () => {
  const url = await switchOf(() => undefined)
  expect(await called(url)).toEqual({ outcomes: ['failed'], troubles: ['no answer within 5 s'] })
}, 15_000)

test.each(['canary', 'ftp://canary/'])('%s is refused and not repeated', (url) => {
  const create = () => createHeartbeat({ url, report: () => undefined, onTrouble: () => undefined })
  expect(create).toThrow('need an http or https URL')
  expect(create).not.toThrow('canary')
})
