import type { LabCluster } from './cluster'
import { noCpuLimit } from './cpu-limit'
import type { Fault } from './fault'
import { inject } from './faults'
import type { Undo } from './rounds'
import { slowDisk } from './slow-disk'
import { pidOf } from './targets'

/** A real fault that makes a storm, and what it does, for people. */
export type DemoStorm = {
  readonly faults: readonly Fault[]
  readonly does: string
  /** etcd reads its timeouts when it starts. */
  readonly needsShortTimeouts?: true
}

export const STORMS: Readonly<Record<string, DemoStorm>> = {
  pause: {
    faults: [{ kind: 'pause', on: 'each-leader', pauseMs: 2500, everyMs: 10_000 }],
    does: 'whoever leads is frozen for 2.5 s every 10 s',
  },
  disk: {
    faults: [{ kind: 'slow-disk', on: 'each-leader', delayMs: 1500 }],
    does: 'every fsync of whoever leads takes 1.5 s longer (strace)',
  },
  network: {
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    does: 'whoever leads is cut from its peers for 2.5 s every 10 s',
  },
  cpu: {
    faults: [{ kind: 'cpu-limit', on: 'each-leader', percent: 1 }],
    does: 'whoever leads gets 1 % of a core (cgroup)',
  },
  overload: {
    faults: [
      {
        kind: 'load',
        does: 'lists',
        workers: 12,
        valueBytes: 4096,
        keys: 1000,
        prefix: '/registry/pods/',
      },
    ],
    does: '12 clients list 1,000 keys of 4 KB, again and again',
  },
  member: {
    faults: [{ kind: 'crash-loop', on: 'each-leader', everyMs: 10_000 }],
    does: 'whoever leads is killed and started again every 10 s',
  },
  quorum: { faults: [{ kind: 'kill-quorum' }], does: 'two of the three members are killed' },
  restart: {
    faults: [{ kind: 'rolling-restart', downMs: 2000, everyMs: 12_000 }],
    does: 'each member is restarted in order: planned work, which must not be called a storm',
  },
  timeouts: {
    faults: [
      { kind: 'delay', on: 'all', roundTripMs: 20 },
      { kind: 'loss', on: 'all', share: 0.02 },
    ],
    does: 'a round trip of 20 ms and lost packets, too much for an election timeout of 100 ms',
    needsShortTimeouts: true,
  },
}

/** Those of a cluster on which `storm timeouts` can be shown. ms. */
export const SHORT_TIMEOUTS = { heartbeatMs: 20, electionMs: 100 } as const

export type Weather = {
  /** Resolves to what is said of it. Rejects, with what to do, when this machine cannot. */
  readonly begin: (name: string) => Promise<string>
  /** Ends the fault, and says what ended; undefined: there was none. */
  readonly calm: () => Promise<string | undefined>
}

/** A fault ends by itself after this. */
const LASTS_MS = 75_000

type Current = { readonly name: string; readonly undo: Undo; readonly timer: NodeJS.Timeout }

type WeatherDeps = {
  readonly cluster: LabCluster
  /** Told when a fault ends by itself. */
  readonly onEnd: (text: string) => void
}

/** One fault at a time. */
export const makeWeather = ({ cluster, onEnd }: WeatherDeps): Weather => {
  let current: Current | undefined
  const calm = async (): Promise<string | undefined> => {
    if (current === undefined) return undefined
    const { name, timer, undo } = current
    current = undefined
    clearTimeout(timer)
    await undo()
    return `the fault of storm ${name} has ended`
  }
  const endByItself = (): void => {
    void calm().then(
      (text) => onEnd(`${text} by itself, after ${LASTS_MS / 1000} s`),
      (error: unknown) => onEnd(`the fault could not be ended: ${(error as Error).message}`),
    )
  }
  const begin = async (name: string): Promise<string> => {
    const storm = STORMS[name]
    if (storm === undefined) throw new Error(`There is no storm ${name}.\n${stormList()}`)
    if (current !== undefined) throw new Error(`Storm ${current.name} is on: type calm first`)
    await checkMachine(cluster, storm)
    const undo = await injectAll(cluster, storm.faults)
    const timer = setTimeout(endByItself, LASTS_MS)
    current = { name, undo, timer }
    return `storm ${name} begins: ${storm.does}. For ${LASTS_MS / 1000} s, or until calm`
  }
  return { begin, calm }
}

const injectAll = async (cluster: LabCluster, faults: readonly Fault[]): Promise<Undo> => {
  const undos: Undo[] = []
  const undo = async (): Promise<void> => {
    await Promise.all(undos.map((one) => one()))
  }
  try {
    for (const fault of faults)
      undos.push((await inject(cluster, fault, { forMs: LASTS_MS + 15_000 })).undo)
    return undo
  } catch (error) {
    await undo()
    throw error
  }
}

export const stormList = (): string =>
  [
    'storm NAME, a real fault on the members:',
    ...Object.entries(STORMS).map(([name, { does }]) => `  ${name.padEnd(9)} ${does}`),
  ].join('\n')

const INSTEAD = 'Try storm pause, which needs no rights'

/** Faults that follow the leader begin later, and would fail unheard. */
const checkMachine = async (cluster: LabCluster, storm: DemoStorm): Promise<void> => {
  const kinds = storm.faults.map(({ kind }) => kind)
  if (storm.needsShortTimeouts === true && cluster.options.electionMs === undefined)
    throw new Error('etcd reads its timeouts when it starts: start with npm run demo -- timeouts')
  const noCpu = kinds.includes('cpu-limit') ? noCpuLimit() : undefined
  if (noCpu !== undefined) throw new Error(`CPU cannot be limited here: ${noCpu}. ${INSTEAD}`)
  if (kinds.includes('slow-disk')) await checkStrace(cluster)
}

const checkStrace = async (cluster: LabCluster): Promise<void> => {
  try {
    const undo = await slowDisk(pidOf(cluster, await cluster.leader()), 0)
    await undo()
  } catch (error) {
    const why = (error as Error).message.trim()
    throw new Error(`strace may not trace here (it needs ptrace rights): ${why}. ${INSTEAD}`, {
      cause: error,
    })
  }
}
