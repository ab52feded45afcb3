import type { ClusterConfig } from '../config'
import type { Observer } from '../cluster/observe'
import type { LogEvent, Observation, State } from '../diagnosis/facts'
import type { Look } from '../diagnosis/window/look'
import type { Outlook } from '../diagnosis/usual/outlook'
import type { Quiet } from '../diagnosis/storm/speech'
import type { Verdict } from '../diagnosis/verdict'
import { newWatch } from '../diagnosis/storm/watcher'
import type { Samples } from '../store/samples'
import type { Silences } from '../store/silences'
import type { Storms, Stored } from '../store/storms'
import type { SpokenReason } from './announcement'
import { decide } from './decide'
import type { Decided } from './decide'
import { createMaintenance } from './maintenance'
import { tellNotices } from './notices'
import type { Notice } from './notices'
import { FRESH_EYES, WINDOW_MS, judgeWindow, seeNext, slid } from './round'
import type { Eyes, Judged } from './round'
import { shiftEyes, shiftState } from './shift'
import { stateIn } from './state'
import type { WatchState } from './state'

/** What the watcher needs of the store. None of it rejects for a Redis that is away, but `samples.range`. */
export type WatchStore = {
  readonly storms: Pick<Storms, 'read' | 'decide'>
  readonly silences: Pick<Silences, 'list'>
  readonly samples: Pick<Samples, 'append' | 'range'>
}

export type WatcherDeps = {
  readonly observe: Observer['observe']
  readonly store: WatchStore
  readonly everyMs: number
  /** What the members' logs told since then, Unix ms. Undefined: the cluster has no log source. Never rejects. */
  readonly logsSince?:
    | ((cluster: ClusterConfig, look: Observation, atMs: number) => Promise<LogsTold | undefined>)
    | undefined
  /** What is known of a cluster beyond the window; empty without a store. */
  readonly outlook?: (cluster: string, now: number) => Outlook
  /** When looks of a cluster begin within a period, ms. */
  readonly offsetMs: (cluster: string) => number
  /** Where to post when a cluster's own channel refuses, and whom to mention. */
  readonly posting: () => Posting
  /** Unix ms, and a clock that nobody sets. */
  readonly now: () => number
  readonly monotonicMs: () => number
}

type LogsTold = { readonly events: readonly LogEvent[]; readonly unseen: readonly string[] }

export type Posting = {
  readonly fallbackChannel: string | undefined
  readonly oncall: string | undefined
}

export type Looked =
  /** `isRestless`: look again soon. */
  | {
      readonly outcome: 'judged'
      readonly isRestless: boolean
      readonly spoken: SpokenReason | undefined
      readonly state: State
      /** The cause named now; `none` in calm weather. */
      readonly cause: Verdict['cause']
      readonly observation: Observation
    }
  /** It took too long, or another replica had just judged, or was faster several times: nothing is lost. */
  | { readonly outcome: 'cut' | 'other' | 'contended'; readonly isRestless: boolean }

export type Watcher = {
  /** One look: read, judge, keep what it decides. Rejects only for faults of our own. */
  readonly lookAt: (cluster: ClusterConfig, signal: AbortSignal) => Promise<Looked>
  /** Another replica looks at it: learn how it stands, for the time when the store is away. */
  readonly follow: (cluster: ClusterConfig) => Promise<void>
  /** The last judged look that is known of, by whichever replica, Unix ms. */
  readonly lookedAt: (cluster: string) => number | undefined
  /** Posts what was not posted within a week. */
  readonly tell: (cluster: ClusterConfig, notices: readonly Notice[]) => Promise<void>
  /** Lets go of what is kept of clusters other than these. */
  readonly keepOnly: (clusters: readonly ClusterConfig[]) => void
  /** Resolves when everything that was seen is handed to the store. */
  readonly settled: () => Promise<void>
}

/** What this replica remembers of a cluster between two looks. */
type Own = {
  eyes: Eyes
  known: Known | undefined
  /** What it watches for comes on slowly. */
  isSlow: boolean
  /** Of the last look: by the clock, and by the one that nobody sets. */
  at: number
  monotonicMs: number
}

type Known = { readonly version: number; readonly state: WatchState | undefined }

export const createWatcher = (deps: WatcherDeps): Watcher => {
  const owns = new Map<string, Own>()
  const appending = new Set<Promise<void>>()
  const maintenance = createMaintenance()
  const keep = (cluster: ClusterConfig, look: Look, learn: boolean): void => {
    const append = deps.store.samples
      .append(cluster.name, { ...look, learn })
      .finally(() => appending.delete(append))
    appending.add(append)
  }
  return {
    lookAt: async (cluster, signal) => {
      const own = owns.get(cluster.name) ?? freshOwn()
      owns.set(cluster.name, own)
      const at = deps.now()
      const monotonicMs = deps.monotonicMs()
      const read = await deps.observe(cluster, at, signal)
      if (signal.aborted) return { outcome: 'cut', isRestless: false }
      const from = Number.isFinite(own.at) ? own.at : at - deps.everyMs
      const told = cluster.logs && (await deps.logsSince?.(cluster, read, from))
      const observation = told === undefined ? read : { ...read, logs: told.events }
      setClock(own, { at, monotonicMs })
      await catchUp(own, cluster, { ...deps, at })
      own.eyes = seeNext(own.eyes, observation)
      own.at = at
      own.monotonicMs = monotonicMs
      const window = maintenance(cluster.maintenance, at)
      const looked = await judgeAndKeep(own, cluster, {
        ...deps,
        at,
        window,
        observation,
        unseen: told?.unseen ?? [],
      })
      const look = own.eyes.window.at(-1)
      if (look?.at === at) keep(cluster, look, canLearn(own, window))
      return looked
    },
    follow: async (cluster) => {
      const own = owns.get(cluster.name) ?? freshOwn()
      owns.set(cluster.name, own)
      adopt(own, await deps.store.storms.read(cluster.name))
    },
    lookedAt: (cluster) => owns.get(cluster)?.known?.state?.lookedAt,
    tell: async (cluster, notices) => {
      const stored = await deps.store.storms.read(cluster.name)
      const state = stateIn(stored.state)
      const at = deps.now()
      const silences = await deps.store.silences.list(cluster.name, at)
      const isQuiet = maintenance(cluster.maintenance, at) !== undefined || silences.length > 0
      if (state === undefined || isQuiet) return
      const told = tellNotices(state, notices, { at, cluster, ...deps.posting() })
      if (told === undefined) return
      const decision = { expected: stored.version, state: told.state, posts: told.posts }
      await deps.store.storms.decide(cluster.name, decision, at) // else another was first: in an hour
    },
    keepOnly: (clusters) => {
      const names = new Set(clusters.map(({ name }) => name))
      for (const name of owns.keys()) if (!names.has(name)) owns.delete(name)
    },
    settled: async () => {
      await Promise.all(appending)
    },
  }
}

const freshOwn = (): Own => ({
  eyes: FRESH_EYES,
  known: undefined,
  isSlow: false,
  at: -Infinity,
  monotonicMs: 0,
})

/** Beyond this a clock was set, and did not merely drift. */
const JUMP_MS = 5000

const setClock = (own: Own, now: { readonly at: number; readonly monotonicMs: number }): void => {
  const byMs = now.at - (own.at + now.monotonicMs - own.monotonicMs)
  if (!Number.isFinite(byMs) || Math.abs(byMs) < JUMP_MS) return
  own.eyes = shiftEyes(own.eyes, byMs)
  own.at += byMs
  const state = own.known?.state
  if (own.known !== undefined && state !== undefined)
    own.known = { ...own.known, state: shiftState(state, byMs) }
}

type Now = WatcherDeps & { readonly at: number }

/** After a pause, or the first time: another replica may have looked and decided meanwhile. */
const catchUp = async (own: Own, cluster: ClusterConfig, now: Now): Promise<void> => {
  const isOurs = (own.known?.state?.lookedAt ?? own.at) <= own.at
  const isFresh = own.known !== undefined && isOurs && now.at - own.at <= 1.2 * now.everyMs
  if (isFresh) return
  adoptNow(own, await now.store.storms.read(cluster.name), now)
  await refill(own, cluster, now)
}

/** A store that lost what it had does not make us forget it. */
const adopt = (own: Own, stored: Stored): void => {
  own.known = { version: stored.version, state: stateIn(stored.state) ?? own.known?.state }
}

/**
 * What was looked at in our future was so by a clock that differs from ours: it is taken for the look before this one.
 * Else every look would count as taken until that time has come, and nobody would warn.
 */
const adoptNow = (own: Own, stored: Stored, { at, everyMs }: Now): void => {
  adopt(own, stored)
  const state = own.known?.state
  if (own.known === undefined || state === undefined || state.lookedAt - at < JUMP_MS) return
  own.known = { ...own.known, state: shiftState(state, at - everyMs - state.lookedAt) }
}

/**
 * The looks of others join the window. What counters gained meanwhile stands in those looks: our own pages from before
 * would count it twice.
 */
const refill = async (own: Own, { name }: ClusterConfig, { store, at }: Now): Promise<void> => {
  const last = own.known?.state?.lookedAt
  if (last === undefined || own.eyes.window.some((look) => look.at === last)) return
  const stored = await store.samples
    .range(name, { from: at - WINDOW_MS, to: at })
    .catch((): readonly Look[] => [])
  const newest = own.eyes.window.at(-1)?.at ?? -Infinity
  const others = stored.filter((look) => look.at > newest)
  // Others looked, and what they saw cannot be had: over that hole each change would seem to be of now
  if (others.length === 0 && newest < last) own.eyes = FRESH_EYES
  if (others.length === 0) return
  own.eyes = {
    memory: new Map(
      [...own.eyes.memory].map(([key, known]) => [key, { ...known, scrape: undefined }]),
    ),
    window: slid([...own.eyes.window, ...others], at),
  }
}

type Judging = Now & {
  readonly window: Quiet | undefined
  readonly observation: Observation
  readonly unseen: readonly string[]
}

const TRIES = 4

/** Judges from the state that stands, and keeps what that decides; when another replica was first, from its state. */
const judgeAndKeep = async (own: Own, cluster: ClusterConfig, now: Judging): Promise<Looked> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const { version, state } = own.known ?? { version: 0, state: undefined }
    if (isTaken(state, now)) return { outcome: 'other', isRestless: false }
    const judged = judgeWindow(state?.watch ?? newWatch(now.at), {
      looks: own.eyes.window,
      settings: cluster.settings,
      limits: cluster.limits,
      outlook: now.outlook?.(cluster.name, now.at),
    })
    const decided = decide(state, judged, await sceneOf(own, cluster, { ...now, judged }))
    const { posts, edits, storm } = decided
    const result = await now.store.storms.decide(
      cluster.name,
      { expected: version, state: decided.state, posts, edits, ...(storm && { storm }) },
      now.at,
    )
    if (result.decided) {
      own.known = { version: result.version, state: decided.state }
      own.eyes = { ...own.eyes, window: judged.window }
      own.isSlow = judged.isSlow
      return outcomeOf(judged, decided, now)
    }
    // Of a store that lost everything, reading says so, and what we remember is written again
    const isLost = result.now.version < version
    adoptNow(own, isLost ? await now.store.storms.read(cluster.name) : result.now, now)
    await refill(own, cluster, now)
  }
  return { outcome: 'contended', isRestless: true }
}

/** Two looks within a second are one: counts of looks would run twice as fast. */
const isTaken = (state: WatchState | undefined, { at, everyMs }: Now): boolean =>
  state !== undefined && state.lookedAt > at - Math.min(1000, everyMs / 3)

const outcomeOf = (judged: Judged, { spoken }: Decided, { observation }: Judging): Looked => ({
  outcome: 'judged',
  isRestless: judged.isRestless,
  spoken,
  state: judged.watch.storm.state,
  cause: judged.watch.cause,
  observation,
})

const sceneOf = async (
  own: Own,
  cluster: ClusterConfig,
  now: Judging & { readonly judged: Judged },
) => ({
  cluster: cluster.name,
  title: cluster.title,
  channel: cluster.channel ?? now.posting().fallbackChannel,
  fallbackChannel: now.posting().fallbackChannel,
  oncall: cluster.oncall ?? now.posting().oncall,
  limits: cluster.limits,
  window: own.eyes.window,
  unseen: now.unseen,
  quiet: now.window ?? (await silenceOf(own, cluster, now)),
  offsetMs: now.offsetMs(cluster.name),
  everyMs: now.everyMs,
})

/** Asked for only while there is something that may be silenced. */
const silenceOf = async (
  own: Own,
  { name }: ClusterConfig,
  { judged, store, at }: Judging & { readonly judged: Judged },
): Promise<Quiet | undefined> => {
  if (judged.post === undefined && own.known?.state?.told === undefined) return undefined
  const silence = (await store.silences.list(name, at)).at(-1) // the last to end
  if (silence === undefined) return undefined
  const { from, until, by, reason } = silence
  return { what: 'silence', from, until, by, ...(reason !== '' && { reason }) }
}

/** Storms and maintenance are not usual. What comes slowly and stays is: else it would never become so. */
const canLearn = ({ known, isSlow }: Own, window: Quiet | undefined): boolean => {
  const storm = known?.state?.watch.storm
  if (storm === undefined || window !== undefined) return false
  if (storm.openedAt !== undefined) return isSlow
  return storm.state === 'calm' || storm.state === 'all-clear' || storm.state === 'unsettled'
}
