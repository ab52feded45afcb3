import type { ClusterConfig } from '../../src/config'
import type { Observation } from '../../src/diagnosis/facts'
import { createBooks } from '../../src/store/memory-book'
import { createMemoryStorms } from '../../src/store/memory-storms'
import type { Silence } from '../../src/store/silences'
import type { Decision } from '../../src/store/storms'
import type { Announcement } from '../../src/watch/announcement'
import { stateIn } from '../../src/watch/state'
import { createWatcher } from '../../src/watch/watcher'
import type { WatchStore, Watcher, WatcherDeps } from '../../src/watch/watcher'
import { LIMITS, look, member, settings } from '../support/build'

/** Stories in time: a cluster's look at each moment, and what the channel was told when. */

export const NOON = Date.UTC(2026, 10, 22, 12)
export const SECOND = 1000
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export const clusterConfig = (over: Partial<ClusterConfig> = {}): ClusterConfig => ({
  name: 'prod',
  title: 'Production',
  endpoints: [],
  tls: undefined,
  auth: undefined,
  readTimeoutMs: 2000,
  settings: settings({ timeoutsFrom: 'config' }),
  limits: LIMITS,
  channel: 'C1',
  logs: undefined,
  maintenance: [],
  access: { viewers: ['*'], operators: [] },
  ...over,
})

export type Moment = {
  readonly term?: number
  /** 1 to 3; 0: nobody leads. */
  readonly leader?: number
  /** Members that refuse connections, and members that do not answer. */
  readonly refused?: readonly number[]
  readonly hung?: readonly number[]
  /** Process starts, s, by member. */
  readonly started?: readonly (number | undefined)[]
  readonly lateHeartbeats?: number
  readonly alarm?: string
}

/** A look at three members as of a moment. */
export const seen = (at: number, moment: Moment = {}): Observation => {
  const {
    term = 2,
    leader = 1,
    refused = [],
    hung = [],
    started = [],
    lateHeartbeats = 0,
    alarm,
  } = moment
  const members = [1, 2, 3].map((n) => {
    if (refused.includes(n)) return member(n, { lost: 'refused' })
    if (hung.includes(n)) return member(n, { lost: 'deadline' })
    return member(n, {
      raftTerm: term,
      leaderId: leader === 0 ? undefined : `a${leader}`,
      errors: [...(leader === 0 ? ['etcdserver: no leader'] : []), ...(alarm ? [alarm] : [])],
      page: {
        hasLeader: leader !== 0,
        isLeader: leader === n,
        processStartSeconds: started[n - 1] ?? 1000,
        heartbeatSendFailuresTotal: leader === n ? lateHeartbeats : 0,
      },
    })
  })
  return look(members, { at })
}

export type Said = {
  readonly minute: number
  readonly reason: Announcement['reason']
  readonly place: Announcement['place']
  readonly state: Announcement['state']
  readonly announcement: Announcement
  readonly key: string
  readonly parent: string | undefined
}

export type Stage = {
  readonly store: WatchStore
  readonly said: readonly Said[]
  readonly edits: readonly { readonly minute: number; readonly announcement: Announcement }[]
  readonly records: ReadonlyMap<string, unknown>
  readonly silences: Silence[]
  /** Ms since noon. */
  now: number
  readonly watcher: () => Watcher
  /** One whose clock is set: `at` is the true time of what it calls a time. */
  readonly watcherWith: (clock: StageClock) => Watcher
  readonly state: () => Promise<ReturnType<typeof stateIn>>
}

type StageClock = {
  readonly now: () => number
  readonly at?: (at: number) => number
  readonly observe?: WatcherDeps['observe']
  readonly everyMs?: number
  readonly outlook?: WatcherDeps['outlook']
  /** Told of each look that is kept. */
  readonly onSample?: (sample: Parameters<WatchStore['samples']['append']>[1]) => void
}

type StageOptions = {
  readonly show: (ms: number) => Moment
  readonly everyMs?: number
  readonly oncall?: string
}

/** The store is its memory twin: the same contract. Watchers made on one stage share it, as replicas do. */
export const stage = ({ show, everyMs = 15 * SECOND, oncall }: StageOptions): Stage => {
  const said: Said[] = []
  const edits: { minute: number; announcement: Announcement }[] = []
  const records = new Map<string, unknown>()
  const silences: Silence[] = []
  const samples: Parameters<WatchStore['samples']['append']>[1][] = []
  const storms = createMemoryStorms(createBooks(), () => 0)
  const note = (decision: Decision, filed: readonly string[]): void => {
    const minute = self.now / MINUTE
    for (const { key, payload, parent } of decision.posts ?? []) {
      if (!filed.includes(key)) continue
      const announcement = payload as unknown as Announcement
      const { reason, place, state } = announcement
      said.push({ minute, reason, place, state, announcement, key, parent })
    }
    for (const { payload } of decision.edits ?? [])
      edits.push({ minute, announcement: payload as unknown as Announcement })
    if (decision.storm !== undefined) records.set(decision.storm.id, decision.storm.record)
  }
  const store: WatchStore = {
    storms: {
      read: storms.read,
      decide: async (cluster, decision, now) => {
        const decided = await storms.decide(cluster, decision, now)
        if (decided.decided) note(decision, decided.filed)
        return decided
      },
    },
    silences: {
      list: async (_, now) =>
        silences
          .filter(({ from, until }) => from <= now && until > now)
          .toSorted((a, b) => a.until - b.until),
    },
    samples: {
      append: async (_, sample) => void samples.push(sample),
      range: async (_, { from, to }) => samples.filter(({ at }) => at >= from && at <= to),
    },
  }
  const self: Stage = {
    store,
    said,
    edits,
    records,
    silences,
    now: 0,
    watcher: () => self.watcherWith({ now: () => NOON + self.now }),
    watcherWith: (clock) =>
      createWatcher({
        store:
          clock.onSample === undefined
            ? store
            : {
                ...store,
                samples: {
                  ...store.samples,
                  append: async (cluster, sample) => {
                    clock.onSample?.(sample)
                    await store.samples.append(cluster, sample)
                  },
                },
              },
        ...(clock.outlook && { outlook: clock.outlook }),
        everyMs: clock.everyMs ?? everyMs,
        observe: clock.observe ?? (async (_, at) => seen(at, show((clock.at?.(at) ?? at) - NOON))),
        offsetMs: () => 0,
        posting: () => ({ fallbackChannel: undefined, oncall }),
        now: clock.now,
        monotonicMs: clock.observe === undefined ? () => self.now : clock.now,
      }),
    state: async () => stateIn((await store.storms.read('prod')).state),
  }
  return self
}

const NEVER = new AbortController().signal

/** Looks every 15 s (or so) from one time to another, both ms since noon. */
export const play = async (
  on: Stage,
  {
    from = on.now,
    to,
    everyMs = 15 * SECOND,
    watcher = on.watcher(),
    cluster = clusterConfig(),
  }: Play,
): Promise<Watcher> => {
  for (on.now = from; on.now <= to; on.now += everyMs) await watcher.lookAt(cluster, NEVER)
  return watcher
}

export type Play = {
  readonly from?: number
  readonly to: number
  readonly everyMs?: number
  readonly watcher?: Watcher
  readonly cluster?: ClusterConfig
}

/** `minute reason state`, for a glance. */
export const lines = ({ said }: Pick<Stage, 'said'>): readonly string[] =>
  said.map(
    ({ minute, reason, place, state }) => `${minute.toFixed(2)} ${place} ${reason}: ${state}`,
  )

/** A term that rises by one at each time (ms since noon); leaders take turns. */
export const elections =
  (...times: readonly number[]) =>
  (ms: number): { readonly term: number; readonly leader: number } => {
    const won = times.filter((time) => time <= ms).length
    return { term: 2 + won, leader: 1 + (won % 3) }
  }
