import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace/trace'
import type { ClusterConfig } from '../../src/config'
import type { MemberReading, Observation } from '../../src/diagnosis/facts'
import { takeLook } from '../../src/diagnosis/window/look'
import type { Look } from '../../src/diagnosis/window/look'
import { permalinkOf } from '../../src/slack/posting/permalink'
import type { Store } from '../../src/store/store'
import { acknowledge } from '../../src/watch/acknowledge'
import { createHistory, type History } from '../../src/watch/history'
import { createWatcher } from '../../src/watch/watcher'
import { looksAt } from '../store/looks'
import { clusterConfig } from './story'

/**
 * Days of clusters, written to a real store as the watcher writes them: calm looks between, recordings of real faults
 * replayed through the watcher itself, at any time.
 */
export type Week = {
  readonly history: History
  /** Unix ms; each cluster is played on its own. */
  now: number
  /** Calm looks up to a time. `growth`: bytes an hour by which the database grows; `slow`: times the usual fsync. */
  readonly calm: (name: string, to: number, over?: Calm) => Promise<void>
  /** Twenty calm minutes, then a recorded fault, up to the all clear, or cut at so many looks: then it goes on. */
  readonly fault: (name: string, trace: string, over?: Fault) => Promise<void>
  readonly take: (name: string, by: string) => Promise<void>
  /** Nobody looks until then. */
  readonly skip: (name: string, to: number) => void
  /** The watcher looks once, now: what is open stays open. */
  readonly look: (name: string) => Promise<void>
}

type Calm = { readonly growth?: number; readonly slow?: number }
type Fault = { readonly cutAfter?: number }

const EVERY_MS = 300_000
const HEALTHY = 'healthy-load-3.5.30'
const GIB = 1024 ** 3
const FOLDER = join(__dirname, '../traces')
const NEVER = new AbortController().signal

export const openWeek = (store: Store, from: number): Week => {
  const last = new Map<string, Observation>()
  const sizes = new Map<string, number>()
  const history = createHistory(store, { now: () => week.now, linkOf: permalinkOf })
  const watcherOf = (observe: (at: number) => Observation) =>
    createWatcher({
      store,
      everyMs: 15_000,
      observe: async (_, at) => observe(at),
      offsetMs: () => 0,
      posting: () => ({ fallbackChannel: undefined, oncall: undefined }),
      now: () => week.now,
      monotonicMs: () => week.now,
    })
  const clocks = new Map<string, number>()
  const clockOf = (name: string): number => clocks.get(name) ?? from
  const setClock = (name: string, at: number): void => {
    clocks.set(name, at)
    week.now = at
  }
  const templateOf = async (name: string): Promise<Observation> => {
    const known = last.get(name) ?? (await observationsOf(HEALTHY))[0]
    if (known === undefined) throw new Error(`${HEALTHY} holds no look`)
    last.set(name, known)
    return known
  }
  const week: Week = {
    history,
    now: from,
    calm: async (name, to, { growth = 0, slow = 1 } = {}) => {
      const begin = clockOf(name)
      const bytes = sizes.get(name) ?? 0.2 * 2 * GIB
      const { look: template } = takeLook(new Map(), await templateOf(name))
      const looks = looksAt({
        from: begin + 1000,
        looks: Math.ceil((to - begin) / EVERY_MS),
        everySeconds: EVERY_MS / 1000,
        seed: begin / 1000,
        slow,
      }).map((look) => ({
        ...grown(likeThis(template, look), bytes + (growth * (look.at - begin)) / 3_600_000),
        learn: true,
      }))
      sizes.set(name, bytes + (growth * (to - begin)) / 3_600_000)
      for (let i = 0; i < looks.length; i += 32)
        await Promise.all(looks.slice(i, i + 32).map((look) => store.samples.append(name, look)))
      setClock(name, to)
    },
    skip: (name, to) => setClock(name, to),
    fault: async (name, trace, { cutAfter } = {}) => {
      const all = await observationsOf(trace)
      const looks = cutAfter === undefined ? all : all.slice(0, cutAfter)
      const [first] = looks
      if (first === undefined) throw new Error(`${trace} holds no look`)
      // The watcher's window holds no member of another recording
      last.set(name, first)
      await week.calm(name, clockOf(name) + 20 * 60_000)
      const shift = clockOf(name) - first.at
      let seen = first
      const watcher = watcherOf((at) => movedTo(seen, at))
      for (const observation of looks) {
        seen = observation
        week.now = observation.at + shift
        await watcher.lookAt(configOf(name), NEVER)
      }
      for (let i = 0; cutAfter === undefined && i < 70; i++) {
        week.now += 15_000
        await watcher.lookAt(configOf(name), NEVER)
      }
      await watcher.settled()
      await sendAll(store, name)
      last.set(name, seen)
      setClock(name, week.now)
    },
    take: async (name, by) => {
      await acknowledge(store.storms, { cluster: name, by, at: week.now })
      await sendAll(store, name)
    },
    look: async (name) => {
      const seen = sized(await templateOf(name), sizes.get(name))
      const watcher = watcherOf((at) => movedTo(seen, at))
      await watcher.lookAt(configOf(name), NEVER)
      await watcher.settled()
      await sendAll(store, name)
    },
  }
  return week
}

export const configOf = (name: string, over: Partial<ClusterConfig> = {}): ClusterConfig =>
  clusterConfig({ name, title: name, ...over })

const traces = new Map<string, readonly Observation[]>()

/** The members under names of their own. */
const observationsOf = async (name: string): Promise<readonly Observation[]> => {
  const known = traces.get(name)
  if (known !== undefined) return known
  const { looks } = await readTrace(createReadStream(join(FOLDER, `${name}.ndjson.br`)))
  const endpoints = (looks[0]?.members ?? []).map(({ endpoint }) => endpoint)
  const named = (endpoint: string): string =>
    `http://etcd-${endpoints.indexOf(endpoint)}.etcd.svc.cluster.local:2379`
  const made = looks.map((look) => ({
    ...look,
    roster: rosterOf(looks[0]?.members ?? []),
    members: look.members.map((one) => ({ ...one, endpoint: named(one.endpoint) })),
    ...(look.logs && {
      logs: look.logs.map((event) => ({ ...event, endpoint: named(event.endpoint) })),
    }),
  }))
  traces.set(name, made)
  return made
}

/** A recording holds no names: m1, m2, m3. */
const rosterOf = (members: readonly MemberReading[]): Observation['roster'] => {
  const ids = members.map(({ status }) => (status.ok ? status.value.memberId : ''))
  const named = ids.map((id, i) => ({
    id,
    name: `m${i + 1}`,
    peerUrls: [],
    clientUrls: [],
    isLearner: false,
  }))
  const value = { answeredBy: '', memberId: ids[0] ?? '', raftTerm: 0, members: named }
  return { ok: true, value, tookMs: 1 }
}

const movedTo = (look: Observation, at: number): Observation => {
  const by = at - look.at
  return {
    ...look,
    at,
    ...(look.logs && { logs: look.logs.map((event) => ({ ...event, at: event.at + by })) }),
  }
}

/** As large as the calm looks before it. */
const sized = (look: Observation, dbSizeBytes: number | undefined): Observation => {
  if (dbSizeBytes === undefined) return look
  const size = { dbSizeBytes: Math.round(dbSizeBytes), quotaBytes: 2 * GIB }
  const members = look.members.map(({ endpoint, status, scrape }) => ({
    endpoint,
    status: status.ok ? { ...status, value: { ...status.value, ...size } } : status,
    scrape: scrape.ok ? { ...scrape, value: { ...scrape.value, ...size } } : scrape,
  }))
  return { ...look, members }
}

/** The members of one recording with the gains of a calm day. */
const likeThis = (template: Look, { at, members: days }: Look): Look => ({
  ...template,
  at,
  logs: undefined,
  members: template.members.map((member, i) => {
    const gain = days[i]?.gain
    return { ...member, gain: gain && { ...gain, links: new Map() } }
  }),
})

const grown = (look: Look, bytes: number): Look => ({
  ...look,
  members: look.members.map((member) => ({
    ...member,
    dbSizeBytes: Math.round(bytes),
    quotaShare: bytes / (2 * GIB),
  })),
})

/** Slack takes everything at once. */
const sendAll = async ({ outbox }: Store, name: string): Promise<void> => {
  for (let n = 0; n < 200; n++) {
    const claim = await outbox.claim(name, { now: Date.now(), leaseMs: 5000 })
    if (claim === undefined) return
    const ts = `1790000000.${String(n).padStart(6, '0')}`
    await outbox.settle(claim, { channel: 'C1', ts }, Date.now())
  }
}
