import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'
import type { Observer } from './observe'

type Observe = Observer['observe']

/**
 * Looks at a cluster that are asked for while one is under way are that one: fifty people who ask at once cost a cluster
 * in trouble one look. The look that is shared ends early only when nobody waits for it any more.
 */
export const shareLooks = (observe: Observe): Observe => {
  const underWay = new Map<ClusterConfig, Shared>()
  return (cluster, at, signal) => {
    const known = underWay.get(cluster)
    if (known !== undefined && !known.ended.signal.aborted) return join(known, signal)
    const ended = new AbortController()
    const look = observe(cluster, at, ended.signal).finally(() => {
      if (underWay.get(cluster)?.ended === ended) underWay.delete(cluster)
    })
    const shared = { look, ended, waiting: 0 }
    underWay.set(cluster, shared)
    return join(shared, signal)
  }
}

type Shared = {
  readonly look: Promise<Observation>
  readonly ended: AbortController
  waiting: number
}

const join = async (shared: Shared, signal: AbortSignal | undefined): Promise<Observation> => {
  shared.waiting++
  const leave = (): void => {
    shared.waiting--
    if (shared.waiting === 0) shared.ended.abort()
  }
  signal?.addEventListener('abort', leave, { once: true })
  try {
    return await shared.look
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}
