import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Redis of our own, for one machine. `isShared`: another Stormwatch of this machine started it. */
export type PrivateRedis =
  | {
      readonly ok: true
      /** The path of its socket. */
      readonly socket: string
      readonly isShared: boolean
      readonly close: () => Promise<void>
    }
  /** What to do about it, a sentence. */
  | { readonly ok: false; readonly why: string }

/** A socket's path is no longer than this on any system. */
const LONGEST_PATH = 100
const START_MS = 5000

/**
 * Starts `redis-server` with an append-only file in the folder, reached by a socket that only this user may open. It ends
 * with this process, also when that is killed. Never rejects.
 */
export const startPrivateRedis = async (
  folder: string,
  program = 'redis-server',
): Promise<PrivateRedis> => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return refused(`the folder ${folder} cannot be made (${code}): set watch.folder`)
  }
  const socket = socketIn(folder)
  if ((await ask(socket)) === 'ready')
    return { ok: true, socket, isShared: true, close: () => Promise.resolve() }
  const server = spawn(program, flags(folder, socket), { stdio: 'ignore' })
  const failed = new Promise<string>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    server.once('exit', (code) => resolve(`it ended with ${code ?? 'a signal'}`))
  })
  const over = new AbortController()
  const why = await Promise.race([failed, answering(socket, over.signal)])
  over.abort()
  if (why !== undefined) {
    server.kill('SIGKILL')
    return refused(why === 'ENOENT' ? 'redis-server is not installed' : `redis-server: ${why}`)
  }
  const guard = endWithUs(server)
  return { ok: true, socket, isShared: false, close: () => end(server, guard) }
}

/** The socket of one that runs already. Undefined: none does. */
export const findPrivateRedis = async (folder: string): Promise<string | undefined> => {
  const socket = socketIn(folder)
  return (await ask(socket)) === 'ready' ? socket : undefined
}

const refused = (why: string): PrivateRedis => ({
  ok: false,
  why: `${why}. Set REDIS_URL or redis in the configuration, or install redis-server on this machine; until then storms are announced, but nothing is remembered after a restart`,
})

const socketIn = (folder: string): string => {
  const socket = join(folder, 'redis.sock')
  if (socket.length <= LONGEST_PATH) return socket
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(tmpdir(), `stormwatch-${name}.sock`)
}

const flags = (folder: string, socket: string): readonly string[] => [
  ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'],
  ...['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
]

/** Undefined when it answers in time. */
const answering = async (socket: string, over: AbortSignal): Promise<string | undefined> => {
  const end = performance.now() + START_MS
  while (performance.now() < end && !over.aborted) {
    if ((await ask(socket)) === 'ready') return undefined
    await sleep(50)
  }
  return `no answer within ${START_MS / 1000} s`
}

const ask = (socket: string): Promise<'ready' | 'not'> =>
  new Promise((resolve) => {
    const line = connect(socket, () => line.write('PING\r\n'))
    const done = (is: 'ready' | 'not'): void => {
      line.destroy()
      resolve(is)
    }
    line.setTimeout(1000, () => done('not'))
    line.once('data', (text) => done(text.toString().startsWith('+PONG') ? 'ready' : 'not'))
    line.once('error', () => done('not'))
  })

/** Who is killed cannot end its children: the guard waits for the end of our pipe. */
const endWithUs = (server: ChildProcess): ChildProcess => {
  const guard = spawn('sh', ['-c', 'cat >/dev/null; kill "$0"', `${server.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.on('error', () => undefined) // without a shell it stays when we are killed
  guard.unref()
  server.unref()
  return guard
}

const end = async (server: ChildProcess, guard: ChildProcess): Promise<void> => {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit')
    server.kill('SIGTERM')
    await Promise.race([gone, sleep(START_MS, undefined, { ref: false })])
  }
  guard.kill('SIGKILL')
}
