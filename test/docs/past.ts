import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readTrace } from '../../src/cluster/trace/trace'
import type { Observation } from '../../src/diagnosis/facts'
import { looksOf, type Look } from '../../src/diagnosis/window/look'
import { openStore, type Store } from '../../src/store/store'
import { acknowledge } from '../../src/watch/acknowledge'
import { createWatcher, type Watcher } from '../../src/watch/watcher'
import { looksAt } from '../store/looks'
import { clusterConfig } from '../watch/story'
import { named, STORM_TRACE } from './storm-trace'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** So long ago the storm of the past began. */
const STORM_AGO = 3 * HOUR
const CHANNEL = 'C0123456789'
const CALM_MINUTES = 20

/**
 * Fills a store as a bot would have, had it watched `prod` for two days until now: calm looks, what is usual, and one
 * recorded storm, posted, acknowledged and over.
 */
export const keepPast = async (redisUrl: string, now: number): Promise<void> => {
  const store = openStore(redisUrl, { replica: 'docs', now: Date.now })
  while (store.trouble() !== undefined) await sleep(20)
  const { looks } = await readTrace(createReadStream(STORM_TRACE))
  const since = now - STORM_AGO
  const storm = looks.map((look) => ({ ...named(look), at: look.at - (looks[0]?.at ?? 0) + since }))
  const [firstLook] = storm
  const [first] = looksOf(storm)
  if (first === undefined || firstLook === undefined)
    throw new Error(`want looks in ${STORM_TRACE}, have none`)
  const keepCalm = async (from: number, to: number): Promise<void> => {
    const count = Math.floor((to - from) / MINUTE)
    for (const look of looksAt({ from, looks: count, everySeconds: 60, seed: 7 }))
      await store.samples.append('prod', { ...calmAs(look, first), learn: true })
  }
  await keepCalm(now - 2 * DAY, since)
  const scene: Scene = { at: since, seen: firstLook }
  const watcher = watcherOf(store, scene)
  for (scene.seen of storm) {
    scene.at = scene.seen.at
    await lookAndPost(watcher, store, scene)
  }
  await acknowledge(store.storms, { cluster: 'prod', by: 'U024BE7LH', at: scene.at + MINUTE })
  for (const end = scene.at + CALM_MINUTES * MINUTE; scene.at < end; scene.at += 15_000)
    await lookAndPost(watcher, store, scene)
  await keepCalm(scene.at, now - MINUTE)
  scene.at = now
  await lookAndPost(watcher, store, scene)
  for (let at = now - 2 * DAY; at <= now; at += HOUR) await store.baselines.learn('prod', at)
  await store.close()
}

/** A made-up calm look at the members of a real one. */
const calmAs = (look: Look, real: Look): Look => {
  const ids = new Map(look.members.map(({ id }, i) => [id, real.members[i]?.id]))
  const idOf = (id: string | undefined): string | undefined => ids.get(id) ?? id
  return {
    ...look,
    members: look.members.map((member, i) => {
      const { endpoint, name, id, term, isLeader, leaderId, processStartSeconds } =
        real.members[i] ?? member
      return {
        ...member,
        ...{ endpoint, name, id, term, isLeader, leaderId, processStartSeconds },
        gain: member.gain && {
          ...member.gain,
          links: new Map([...member.gain.links].map(([to, gain]) => [idOf(to) ?? to, gain])),
        },
      }
    }),
  }
}

type Scene = { at: number; seen: Observation }

const watcherOf = (store: Store, scene: Scene): Watcher =>
  createWatcher({
    store,
    everyMs: 15_000,
    observe: async () => ({ ...scene.seen, at: scene.at }),
    offsetMs: () => 0,
    posting: () => ({ fallbackChannel: undefined, oncall: undefined }),
    now: () => scene.at,
    monotonicMs: () => scene.at,
  })

/** One look, and what it decided is posted at once. */
const lookAndPost = async (watcher: Watcher, store: Store, { at }: Scene): Promise<void> => {
  await watcher.lookAt(clusterConfig({ channel: CHANNEL }), new AbortController().signal)
  await watcher.settled()
  for (;;) {
    const claim = await store.outbox.claim('prod', { now: Date.now(), leaseMs: 12_000 })
    if (claim === undefined) return
    const message = { channel: claim.channel, ts: (at / 1000).toFixed(6) }
    await store.outbox.settle(claim, message, Date.now())
  }
}
