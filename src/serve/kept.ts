import { randomUUID } from 'node:crypto'
import type { Config } from '../config'
import type { Standing } from '../metrics/standing'
import { openStore, type Store } from '../store/store'
import { openNowhere } from '../watch/nowhere'
import { startPrivateRedis } from '../watch/private-redis'
import { whereRedis } from '../where-redis'
import type { Parts } from './parts'

/** `trouble` is that of a Redis which there should be. */
export type Kept = {
  readonly store: Store
  /** There is one, or there should be. */
  readonly hasRedis: boolean
  readonly trouble: () => string | undefined
  /** The same, but for a Redis that answers and is full. */
  readonly away: () => string | undefined
}

/** The Redis that is named; else one of our own on this machine; else none, and what to do is said. */
export const openKept = async (
  { redis, watch: { folder }, handoffs }: Config,
  env: Parts['env'],
  log: Parts['log'],
): Promise<Kept> => {
  const deps = { replica: randomUUID(), now: Date.now }
  if (redis !== undefined) return keptIn(openStore(whereRedis(redis, env), deps))
  const own = await startPrivateRedis(folder)
  if (!own.ok) {
    log.warn({ event: 'no-store', why: own.why }, 'nothing is kept beyond this process')
    if (handoffs.length > 0)
      log.warn({ event: 'no-handoffs' }, 'handoffs take Redis: without it none is posted')
    return { store: openNowhere(deps), hasRedis: false, trouble: none, away: none }
  }
  const { socket, isShared, close } = own
  log.info(
    { event: 'private-redis', folder, isShared },
    'no Redis is named: a private Redis keeps the history, for this machine only',
  )
  const store = openStore(socket, deps)
  return keptIn({ ...store, close: async () => (await store.close(), close()) })
}

const none = (): undefined => undefined

const keptIn = (store: Store): Kept => ({
  store,
  hasRedis: true,
  trouble: store.trouble,
  away: store.away,
})

/** How Redis stands, for the metrics. */
export const redisNow = ({ store, hasRedis, trouble }: Kept): Standing['redis'] => ({
  isUp: hasRedis ? trouble() === undefined : undefined,
  waiting: store.waiting(),
  dropped: store.dropped(),
  poisoned: store.poisoned(),
  replicas: store.replicas.count(),
})
