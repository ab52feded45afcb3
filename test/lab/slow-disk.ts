import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { nap, type Undo } from './rounds'

/** Delays every fsync of a process by strace, as a slow disk would. strace dies with us, and the process runs on. */
export const slowDisk = async (pid: number, delayMs: number): Promise<Undo> => {
  const inject = `inject=fdatasync,fsync:delay_enter=${Math.round(delayMs * 1000)}`
  const strace = ['strace', '-f', '-qq', '-e', 'trace=fdatasync,fsync', '-e', inject]
  // The trace itself is of no use; strace's own complaints are.
  const args = [...strace, '-o', '/dev/null', '-p', String(pid)]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let complaint = ''
  child.stderr.on('data', (part: Buffer) => (complaint += part.toString()))
  let running = true
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => {
    running = false
  })
  for (let tries = 0; running && !isTraced(pid); tries++) {
    if (tries === 50) child.kill('SIGKILL')
    await nap(100)
  }
  if (!running) throw new Error(`Cannot slow the disk of process ${pid} by strace: ${complaint}`)
  return async () => {
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(impatient)
  }
}

/** Every thread, or the disk would be fast on some. */
const isTraced = (pid: number): boolean => {
  try {
    return !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
