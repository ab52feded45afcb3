import type { Observer } from '../cluster/observe'
import type { Parts } from './parts'

/** A look that is counted: whoever asks for it, the watch or a person. */
export const countedLooks =
  ({ observer, metrics }: Pick<Parts, 'observer' | 'metrics'>): Observer['observe'] =>
  async (cluster, at, signal) => {
    const from = performance.now()
    const look = await observer.observe(cluster, at, signal)
    metrics.looked(cluster.name, look, performance.now() - from)
    return look
  }
