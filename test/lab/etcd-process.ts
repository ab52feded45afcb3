import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { freeze } from './freeze'

/** A running server. `exited` settles when it is gone, whatever the reason. */
export type Server = {
  readonly pid: number
  readonly exited: Promise<void>
  isRunning(): boolean
  signal(name: NodeJS.Signals): void
  /** SIGSTOP. When it resolves, nothing of it runs any more. */
  freeze(): Promise<void>
}

/**
 * Starts a program that dies with this process, even when this one is killed: the kernel sends it SIGKILL. It leads a
 * session of its own, so that Ctrl-C on a terminal reaches only us.
 */
export const startServer = (program: string, args: readonly string[], logFile: string): Server => {
  const log = openSync(logFile, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    stdio: ['ignore', log, log],
    env: cleanEnvironment(),
    detached: true,
  })
  closeSync(log)
  return serverOf(child, program)
}

/** The last lines that a server wrote, for an error's text. */
export const lastWords = (logFile: string): string =>
  readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n')

const serverOf = (child: ChildProcess, program: string): Server => {
  let running = true
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  }).then(() => {
    running = false
  })
  if (child.pid === undefined)
    throw new Error(`Cannot start ${program}: setpriv (util-linux) is missing`)
  const { pid } = child
  return {
    pid,
    exited,
    isRunning: () => running,
    signal: (name) => {
      if (running) child.kill(name)
    },
    freeze: async () => {
      if (running) await freeze(pid)
    },
  }
}

/** etcd reads flags from ETCD_… too, and etcdctl from ETCDCTL_…. */
export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD')))
