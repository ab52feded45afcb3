import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { hits } from './link-shape'
import { shapedPipe, type Shape } from './shaped-pipe'

const servers: Server[] = []
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

const pair = async (): Promise<[Socket, Socket]> => {
  const server = createServer({ allowHalfOpen: true })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const near = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [far] = (await once(server, 'connection')) as [Socket]
  sockets.push(near, far)
  return [near, far]
}

/** A sender and a receiver with a shaped pipe between them, and all that has come so far. */
const line = async (first: Shape) => {
  let shape = first
  const [sender, entry] = await pair()
  const [exit, receiver] = await pair()
  const pipe = shapedPipe(entry, exit, () => shape)
  const came: Buffer[] = []
  receiver.on('data', (part: Buffer) => came.push(part))
  return {
    sender,
    came: () => Buffer.concat(came),
    ended: once(receiver, 'end'),
    become: (next: Shape) => {
      shape = next
      pipe.wake()
    },
  }
}

const WELL: Shape = { cut: false, oneWayMs: 0, lossShare: 0 }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('every byte arrives once and in order through loss and delay', async () => {
  const sent = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => (i * 7919) % 251))
  const { came, ended, sender } = await line({ ...WELL, oneWayMs: 5, lossShare: 0.01 })
  for (let at = 0; at < sent.length; at += 100_000) sender.write(sent.subarray(at, at + 100_000))
  sender.end()
  await ended
  expect(came().equals(sent)).toBe(true)
})

test('a cut holds bytes and the end of the connection back until it heals', async () => {
  const { become, came, ended, sender } = await line({ ...WELL, cut: true })
  sender.end('heartbeat')
  await pause(100)
  expect(came()).toHaveLength(0)
  become(WELL)
  await ended
  expect(came().toString()).toBe('heartbeat')
})

test('a delay is the time that bytes are on the way', async () => {
  const { ended, sender } = await line({ ...WELL, oneWayMs: 150 })
  const begin = performance.now()
  sender.end('x')
  await ended
  expect(performance.now() - begin).toBeGreaterThanOrEqual(149)
})

test('a fault hits the links of its members, its own link, or all', () => {
  expect(hits({ members: [1] }, 0, 1)).toBe(true)
  expect(hits({ members: [1] }, 0, 2)).toBe(false)
  expect(hits({ link: [0, 2] }, 2, 0)).toBe(true)
  expect(hits({ link: [0, 2] }, 0, 1)).toBe(false)
  expect(hits({}, 0, 1)).toBe(true)
})
