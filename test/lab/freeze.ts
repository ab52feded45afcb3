import { readdirSync, readFileSync } from 'node:fs'
import { nap } from './rounds'

const STANDS_WITHIN_MS = 2000

/**
 * SIGSTOP, and waits until every thread stands: the kernel stops them one by one, and on a busy machine the last of them
 * may still answer a request that came after the signal. A process that is gone stands too; where the kernel does not tell,
 * it goes on after a while.
 */
export const freeze = async (pid: number): Promise<void> => {
  if (!stop(pid)) return
  const deadline = Date.now() + STANDS_WITHIN_MS
  while (!threadsOf(pid).every(stands) && Date.now() < deadline) await nap(1)
}

/** False: there is no such process. */
const stop = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGSTOP')
  } catch {
    return false
  }
}

/** What the kernel tells of each, as in proc(5). None: the process is gone. */
const threadsOf = (pid: number): readonly string[] => {
  const tasks = `/proc/${pid}/task`
  const threads = told(() => readdirSync(tasks)) ?? []
  return threads.flatMap(
    (thread) => told(() => readFileSync(`${tasks}/${thread}/stat`, 'latin1')) ?? [],
  )
}

/** Undefined: what was asked about has ended meanwhile. */
const told = <T>(ask: () => T): T | undefined => {
  try {
    return ask()
  } catch {
    return undefined
  }
}

/** T, or Z and X when it ends; the name before it, in brackets, may hold anything. */
const stands = (stat: string): boolean => /\) [TtZX] [^)]*$/.test(stat)
