import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { nap, type Undo } from './rounds'

/** What a percent of one core means: microseconds in each tenth of a second. */
const PERIOD_US = 100_000

/** The folder below which groups can be made, and how this kind of cgroup spells a limit. */
type Controller = { readonly folder: string; limit(group: string, quotaUs: number): void }

/**
 * Limits a process to a share of one core by a cgroup of its own, v1 or v2. The kernel's least is 1 %.
 * Throws when no cgroup with the cpu controller can be written here.
 */
export const limitCpu = (pid: number, percent: number): Undo => {
  const controller = v1() ?? v2()
  if (controller === undefined)
    throw new Error('Cannot limit CPU: no writable cgroup with the cpu controller (v1 or v2) here')
  const group = join(controller.folder, `stormwatch-lab-${process.pid}-${pid}`)
  mkdirSync(group)
  controller.limit(group, Math.max(1000, (PERIOD_US * percent) / 100))
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
  return () => release(controller.folder, group, pid)
}

/** Says why CPU limits cannot work here, or undefined when they can. */
export const noCpuLimit = (): string | undefined =>
  (v1() ?? v2()) === undefined ? 'no writable cgroup with the cpu controller' : undefined

/** A process that has just died stays in its group for a moment. */
const release = async (folder: string, group: string, pid: number): Promise<void> => {
  if (existsSync(`/proc/${pid}`)) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  for (let tries = 0; existsSync(group); tries++) {
    try {
      rmdirSync(group)
    } catch (error) {
      if (tries === 20) throw error
      await nap(100)
    }
  }
}

const v1 = (): Controller | undefined => {
  const folder = join('/sys/fs/cgroup/cpu', ownGroup(/^\d+:(?:.*,)?cpu(?:,.*)?:(.*)$/m))
  if (!isWritable(join(folder, 'tasks'))) return undefined
  return {
    folder,
    limit: (group, quotaUs) => {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US))
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs))
    },
  }
}

const v2 = (): Controller | undefined => {
  const folder = join('/sys/fs/cgroup', ownGroup(/^0::(.*)$/m))
  if (!delegatesCpu(join(folder, 'cgroup.subtree_control'))) return undefined
  return {
    folder,
    limit: (group, quotaUs) => writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${PERIOD_US}`),
  }
}

/** Only the root group, or one that holds no process itself, may. */
const delegatesCpu = (control: string): boolean => {
  try {
    writeFileSync(control, '+cpu')
    return true
  } catch {
    return false
  }
}

const ownGroup = (line: RegExp): string =>
  line.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
