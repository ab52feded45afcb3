import type { Observer } from '../cluster/observe'
import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'
import type { Notice } from './notices'
import type { Store } from '../store/store'
import { createOutlooks } from './outlook'
import type { Outlooks } from './outlook'
import { createShares } from './shares'
import { createTick, offsetOf } from './tick'
import type { Slot, Tick, TickReport } from './tick'
import { createUnwatched } from './unwatched'
import { wait } from './wait'
import { createWatcher } from './watcher'
import type { Looked, Posting, Watcher, WatcherDeps } from './watcher'

export type WatchDeps = {
  readonly clusters: () => readonly ClusterConfig[]
  readonly posting: () => Posting
  readonly observe: Observer['observe']
  readonly store: WatchingStore
  readonly everyMs: number
  readonly logsSince?: WatcherDeps['logsSince']
  /** Unix ms. */
  readonly now: () => number
  readonly report: WatchReport
  /** Notices for office hours that hold now; asked once an hour. None: never. */
  readonly notices?: (cluster: ClusterConfig, look: Observation) => Promise<readonly Notice[]>
}

export type WatchingStore = Pick<
  Store,
  'storms' | 'silences' | 'samples' | 'baselines' | 'ticks' | 'replicas'
>

/** Called as it happens; none may throw. */
export type WatchReport = TickReport & {
  readonly judged: (cluster: string, looked: Looked) => void
}

export type Watching = {
  readonly start: () => void
  /** No new looks; those under way end, leases go to others, what was seen is handed to the store. */
  readonly stop: () => Promise<void>
  readonly status: () => WatchStatus
}

export type WatchStatus = {
  /** Since all clusters were looked at, s. */
  readonly sincePassSeconds: number
  /** Names of the clusters that this replica looks at. */
  readonly owned: readonly string[]
  /** Why the watch cannot be relied on now, a sentence each: for /readyz. */
  readonly troubles: readonly string[]
}

/** Two looks within a second are one. */
const LEAST_HURRY_MS = 1000
/** A network that shakes every cluster must not take the watcher's own time. */
const MOST_IN_HURRY = 16
/** A cluster belongs to who looks at it for so many periods: another takes over at the second tick. */
const LEASE_PERIODS = 1.5
/** The one whose turn it is goes first. */
const GRACE_MS = 500
/** A start waits so long for the store, and asks so often. */
const STORE_MS = 2000
const STORE_TRY_MS = 50
const LEARN_EVERY_MS = 10 * 60_000
const NOTICE_EVERY_MS = 3_600_000

/** Looks at every cluster at its turn, and every two seconds while it is restless; one replica looks at one cluster. */
export const createWatching = (deps: WatchDeps): Watching => {
  const { store, everyMs, now, report } = deps
  const outlooks = createOutlooks(store)
  const watcher = createWatcher({
    ...deps,
    outlook: outlooks.known,
    offsetMs: (name) => offsetOf(name, everyMs),
    monotonicMs: () => performance.now(),
  })
  const chores = createChores(deps, { tell: watcher.tell, outlooks })
  const shares = createShares(store.replicas, () => performance.now())
  const unwatched = createUnwatched({
    clusters: deps.clusters,
    lookedAt: watcher.lookedAt,
    storms: store.storms,
    fallbackChannel: () => deps.posting().fallbackChannel,
    everyMs,
    now,
    monotonicMs: () => performance.now(),
  })
  const owned = new Set<string>()
  const hurried = new Set<string>()

  const leave = (name: string): void => {
    owned.delete(name)
    hurried.delete(name)
  }
  const hold = async (name: string): Promise<boolean> => {
    const isOurs = await store.ticks.hold(`look:${name}`, LEASE_PERIODS * everyMs)
    if (isOurs) owned.add(name)
    else leave(name)
    return isOurs
  }
  /** Who had it goes on; else who it falls to; else whoever comes, a little later. */
  const claim = async (name: string, signal: AbortSignal): Promise<boolean> => {
    const isFirst = owned.has(name) || shares.isOurs(name)
    if (!isFirst) await wait(Math.min(GRACE_MS, everyMs / 10), signal)
    return !signal.aborted && (await hold(name))
  }
  const hurry = async (
    cluster: ClusterConfig,
    { endsAt }: Slot,
    signal: AbortSignal,
  ): Promise<void> => {
    const { restlessLookMs } = cluster.limits
    const everyHurryMs = Math.min(Math.max(LEAST_HURRY_MS, restlessLookMs), everyMs / 2)
    for (let from = now(); ; from = now()) {
      const looked = await watcher.lookAt(cluster, signal)
      report.judged(cluster.name, looked)
      chores.after(cluster, looked)
      const next = Math.max(from + everyHurryMs, now())
      const isLast = !mayHurry(cluster.name, looked) || next + cluster.readTimeoutMs > endsAt
      if (isLast || signal.aborted) return
      await wait(next - now(), signal)
      if (signal.aborted || !(await hold(cluster.name))) return
    }
  }
  const mayHurry = (name: string, { isRestless }: Looked): boolean => {
    if (isRestless && hurried.size < MOST_IN_HURRY) hurried.add(name)
    if (!isRestless) hurried.delete(name)
    return hurried.has(name)
  }
  const turn = async (name: string, slot: Slot, signal: AbortSignal): Promise<void> => {
    const cluster = deps.clusters().find((one) => one.name === name)
    if (cluster === undefined) return
    if (!(await claim(name, signal))) {
      if (!signal.aborted) await watcher.follow(cluster)
      return
    }
    await hurry(cluster, slot, signal)
    if (!signal.aborted) await giveBack(name, slot, signal)
  }
  /** When all have asked for this turn: it is the other's at the next one. What is restless stays with who knows it. */
  const giveBack = async (name: string, { at }: Slot, signal: AbortSignal): Promise<void> => {
    if (!owned.has(name) || hurried.has(name) || !shares.gives(name)) return
    await wait(at + everyMs / 2 - now(), signal)
    if (signal.aborted) return
    leave(name)
    await store.ticks.release(`look:${name}`)
  }
  const tick = createTick({
    everyMs,
    now,
    report,
    names: () => deps.clusters().map(({ name }) => name),
    turn,
    elect: store.ticks.shouldRun,
    onPeriod: () => {
      void store.replicas.beat()
      watcher.keepOnly(deps.clusters())
      const names = deps.clusters().map(({ name }) => name)
      const known = new Set(names)
      outlooks.keepOnly(known)
      ;[...owned].filter((name) => !known.has(name)).forEach(leave)
      shares.begin(names, owned.size)
      void unwatched.check().catch(report.fault)
    },
  })
  const stopped = new AbortController()
  let started: Promise<void> = Promise.resolve()
  /** Who cannot ask yet who looks at what would look at everything, beside those that do. */
  const startWithStore = async (): Promise<void> => {
    const until = performance.now() + STORE_MS
    while (!stopped.signal.aborted && performance.now() < until && !(await store.replicas.beat()))
      await wait(STORE_TRY_MS, stopped.signal)
    if (!stopped.signal.aborted) tick.start()
  }
  return {
    start: () => {
      started = startWithStore()
    },
    stop: async () => {
      stopped.abort()
      await started
      await tick.stop()
      await Promise.all([
        ...[...owned].map((name) => store.ticks.release(`look:${name}`)),
        store.replicas.leave(),
      ])
      await Promise.all([watcher.settled(), chores.settled()])
    },
    status: () => ({
      sincePassSeconds: tick.sincePassMs() / 1000,
      owned: [...owned],
      troubles: [...troublesOf(tick), ...unwatched.troubles()],
    }),
  }
}

const troublesOf = (tick: Tick): readonly string[] => {
  const trouble = tick.trouble()
  return trouble === undefined ? [] : [`Watch: ${trouble}`]
}

type Chores = {
  readonly after: (cluster: ClusterConfig, looked: Looked) => void
  readonly settled: () => Promise<void>
}

type ChoreParts = Pick<Watcher, 'tell'> & { readonly outlooks: Outlooks }

/** What is done now and then for a cluster, beside its looks: one at a time, and never in their way. */
const createChores = (
  { store, now, notices, report }: WatchDeps,
  { tell, outlooks }: ChoreParts,
): Chores => {
  const doneAt = new Map<string, number>()
  let queue: Promise<void> = Promise.resolve()
  const isDue = (name: string, everyMs: number): boolean => {
    const last = doneAt.get(name)
    if (last !== undefined && Math.abs(now() - last) < everyMs) return false
    doneAt.set(name, now())
    return true
  }
  const add = (chore: () => Promise<unknown>): void => {
    queue = queue.then(chore).then(() => undefined, report.fault)
  }
  return {
    after: (cluster, looked) => {
      const { name } = cluster
      if (looked.outcome !== 'judged') return
      if (isDue(`learn ${name}`, LEARN_EVERY_MS))
        add(() => store.baselines.learn(name, now()).catch(() => 0)) // Redis is away: later
      if (outlooks.isDue(cluster, looked.observation, now()))
        add(() => outlooks.read(name, now(), 0).catch(() => undefined)) // the same
      if (notices === undefined || looked.state !== 'calm') return
      if (isDue(`notice ${name}`, NOTICE_EVERY_MS))
        add(async () => tell(cluster, await notices(cluster, looked.observation)))
    },
    settled: () => queue,
  }
}
