import { createServer, type Server } from 'node:net'

/**
 * Free fixed ports of 127.0.0.1, held against other test workers until `close`. They are below 32768, because the kernel
 * gives the ones above to outgoing connections.
 */
export type Ports = { readonly list: readonly number[]; close(): Promise<void> }

const FIRST = 20_000
const BLOCK = 40
const BLOCKS = 300

/** Up to 39 ports in a row. */
export const takePorts = async (count: number): Promise<Ports> => {
  const start = Math.floor(Math.random() * BLOCKS)
  for (let i = 0; i < BLOCKS; i++) {
    const taken = await takeBlock(FIRST + ((start + i) % BLOCKS) * BLOCK, count)
    if (taken !== undefined) return taken
  }
  throw new Error(`Cannot find ${count} free ports: tried ${BLOCKS} blocks from ${FIRST} on`)
}

/** Listening on a block's first port is the lock: the kernel lets go of it however this process ends. */
const takeBlock = async (base: number, count: number): Promise<Ports | undefined> => {
  const lock = await listen(base)
  if (lock === undefined) return undefined
  const list = Array.from({ length: count }, (_, i) => base + 1 + i)
  const close = () => closed(lock)
  if (await allFree(list)) return { list, close }
  await close()
  return undefined
}

const allFree = async (ports: readonly number[]): Promise<boolean> => {
  for (const port of ports) {
    const server = await listen(port)
    if (server === undefined) return false
    await closed(server)
  }
  return true
}

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })
