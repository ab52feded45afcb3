import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freeze } from '../lab/freeze'
import { takePorts } from '../lab/ports'

/** A private redis-server with an append-only file, in a folder of its own. It dies with us. */
export type TestRedis = {
  readonly url: string
  readonly port: number
  /** Our own connection, for looking and poisoning; it waits for the server. */
  readonly admin: Redis
  /** SIGTERM, then it is gone. */
  readonly stop: () => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
  /** SIGSTOP. When it resolves, it does nothing any more. */
  readonly pause: () => Promise<void>
  /** SIGCONT. */
  readonly resume: () => void
  /** Starts again, with what the append-only file holds. */
  readonly restart: () => Promise<void>
  readonly flushall: () => Promise<void>
  /** In bytes; 0 is without limit. noeviction. */
  readonly setMaxMemory: (bytes: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Closed while the server is away, a timer of 2 s would keep the process. */
const ADMIN = { protocol: 2 as const, retryStrategy: () => 50, disconnectTimeout: 200 }

export const startRedis = async (flags: readonly string[] = []): Promise<TestRedis> => {
  const ports = await takePorts(1)
  const port = ports.list[0] ?? 0
  const folder = mkdtempSync(join(tmpdir(), 'stormwatch-redis-'))
  let server = await launch(port, folder, flags)
  const admin = new Redis(port, '127.0.0.1', ADMIN)
  admin.on('error', () => undefined)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill('SIGCONT')
    server.kill(signal)
    await gone
  }
  const close = async (): Promise<void> => {
    admin.disconnect()
    await end('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    await ports.close()
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    admin,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: async () => {
      if (server.pid !== undefined) await freeze(server.pid)
    },
    resume: () => void server.kill('SIGCONT'),
    restart: async () => {
      await end('SIGTERM')
      server = await launch(port, folder, flags)
    },
    flushall: async () => void (await admin.flushall()),
    setMaxMemory: async (bytes) => void (await admin.config('SET', 'maxmemory', bytes)),
    close,
  }
}

const launch = async (
  port: number,
  folder: string,
  flags: readonly string[],
): Promise<ChildProcess> => {
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const kept = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--daemonize', 'no']
  const server = spawn(redisBinary(), [...own, ...kept, ...flags], { stdio: 'ignore' })
  endWithUs(server)
  await answering(port, server)
  return server
}

/** A parent that is killed cannot end its children: the guard waits for the end of our pipe. */
const endWithUs = (server: ChildProcess): void => {
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${server.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  server.once('exit', () => guard.kill('SIGKILL'))
}

/** As test/support/setup.sh provides it. */
export const redisBinary = (): string => {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const ours = join(cache, 'stormwatch', 'bin', 'redis-server')
  if (existsSync(ours)) return ours
  return execFileSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).trim()
}

const answering = async (port: number, server: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 250; tries++) {
    if (server.exitCode !== null)
      throw new Error(`Cannot start redis-server: it ended with ${server.exitCode}`)
    if (await pings(port)) return
    await pause(20)
  }
  throw new Error(`Cannot start redis-server: no answer on port ${port} in 5 s`)
}

/** True when it answers PING and is not loading. */
const pings = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const done = (well: boolean) => {
      socket.destroy()
      resolve(well)
    }
    socket.once('data', (text) => done(/^\+PONG|^-NOAUTH|^-NOPERM/.test(text.toString())))
    socket.once('error', () => done(false))
  })

export const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))

/** Waits until it is so, 5 s at most. */
export const until = async (isSo: () => boolean | Promise<boolean>, ms = 5000): Promise<void> => {
  const end = performance.now() + ms
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not so after ${ms} ms: ${isSo.toString()}`)
    await pause(20)
  }
}
