import { readdirSync, readFileSync } from 'node:fs'
import { nap } from './rounds'

const STANDS_WITHIN_MS = 5000

/**
 * SIGSTOP, and waits until every thread stands: the kernel stops them one by one, and on a busy machine the last of them
 * may still answer a request that came after the signal. A process that is gone stands too.
 */
export const freeze = async (pid: number): Promise<void> => {
  if (!stop(pid)) return
  const deadline = Date.now() + STANDS_WITHIN_MS
  while (!threadsOf(pid).every(stands)) {
    if (Date.now() > deadline) throw new Error(`Cannot pause process ${pid}: it still runs`)
    await nap(1)
  }
}

/** False: there is no such process. */
const stop = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGSTOP')
  } catch {
    return false
  }
}

/** What the kernel tells of each, as in proc(5). */
const threadsOf = (pid: number): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'),
    )
  } catch {
    return [] // it ended meanwhile
  }
}

/** T, or Z and X when it ends; the name before it, in brackets, may hold anything. */
const stands = (stat: string): boolean => /\) [TtZX] [^)]*$/.test(stat)
