import { connect } from 'node:net'
import { join } from 'node:path'
import { redisServer } from './binaries'
import { lastWords, startServer, type Server } from './etcd-process'
import { makeLabFolder, removeLabFolder } from './lab-folder'
import { takePorts } from './ports'
import { nap } from './rounds'

/** A real Redis of our own: nothing on disk survives `close`. */
export type LabRedis = {
  /** redis://127.0.0.1:port */
  readonly url: string
  readonly port: number
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  /** SIGKILL. What it held is lost, as with a Redis without persistence. */
  kill(): Promise<void>
  /** On the same port. */
  start(): Promise<void>
  /** SIGSTOP. When it resolves, it does nothing any more. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): void
  close(): Promise<void>
}

const READY_WITHIN_MS = 10_000

/** Starts redis-server and waits until it answers. It dies with this process, however that ends. */
export const startRedis = async (): Promise<LabRedis> => {
  const folder = makeLabFolder()
  const ports = await takePorts(1)
  const [port = 0] = ports.list
  let server: Server | undefined

  const kill = async (): Promise<void> => {
    server?.signal('SIGKILL')
    await server?.exited
  }
  const close = async (): Promise<void> => {
    await kill()
    await ports.close()
    removeLabFolder(folder)
  }
  const start = async (): Promise<void> => {
    if (server?.isRunning() === true) return
    server = await launch(folder, port)
  }
  await start().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server?.isRunning() === true ? server.pid : undefined
    },
    kill,
    start,
    pause: async () => server?.freeze(),
    resume: () => server?.signal('SIGCONT'),
    close,
  }
}

const launch = async (folder: string, port: number): Promise<Server> => {
  const logFile = join(folder, 'redis.log')
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = startServer(redisServer(), flags, logFile)
  const deadline = Date.now() + READY_WITHIN_MS
  while (!(await answers(port))) {
    if (!server.isRunning() || Date.now() > deadline) {
      server.signal('SIGKILL')
      throw new Error(`Cannot start redis-server on port ${port}\n${lastWords(logFile)}`)
    }
    await nap(30)
  }
  return server
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (data: Buffer) => end(data.toString().startsWith('+PONG')))
    socket.once('error', () => end(false))
    socket.setTimeout(1000, () => end(false))
  })
