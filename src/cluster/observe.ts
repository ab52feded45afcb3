import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'
import { createReader, type Reader } from './reader'
import type { OnPage } from './page/scrape'

/**
 * The face of reading. Connections of a cluster are kept from look to look, made anew when its configuration is another
 * object or its TLS or password files change, and closed when it is gone.
 */
export type Observer = {
  /**
   * One look: all members side by side. Never rejects, and never takes much longer than `readTimeoutMs`, however many
   * members hang. `at` (Unix ms) is only handed on. The signal ends the look early.
   */
  readonly observe: (
    cluster: ClusterConfig,
    at: number,
    signal?: AbortSignal,
  ) => Promise<Observation>
  /** Closes what is kept for clusters other than these. */
  readonly keepOnly: (clusters: readonly ClusterConfig[]) => void
  /** Closes all when the looks under way have ended. */
  readonly close: () => Promise<void>
}

export type ObserverOptions = {
  /** How often the files of a cluster are looked at for a change, ms. */
  readonly filesCheckMs?: number
  readonly onPage?: OnPage
}

export const createObserver = ({ filesCheckMs = 5000, onPage }: ObserverOptions = {}): Observer => {
  const readers = new Map<string, Reader>()
  const retiring = new Set<Promise<void>>()
  const retire = (reader: Reader): void => {
    const end = reader.retire().finally(() => retiring.delete(end))
    retiring.add(end)
  }
  const readerOf = (cluster: ClusterConfig): Reader => {
    const kept = readers.get(cluster.name)
    const next =
      kept === undefined ? createReader(cluster, { filesCheckMs, onPage }) : kept.successor(cluster)
    if (next === kept) return next
    readers.set(cluster.name, next)
    if (kept !== undefined) retire(kept)
    return next
  }
  const forget = ([name, reader]: [string, Reader]): void => {
    readers.delete(name)
    retire(reader)
  }
  return {
    observe: (cluster, at, signal) => readerOf(cluster).look(at, signal),
    keepOnly: (clusters) => {
      const names = new Set(clusters.map(({ name }) => name))
      ;[...readers].filter(([name]) => !names.has(name)).forEach(forget)
    },
    close: async () => {
      ;[...readers].forEach(forget)
      await Promise.all(retiring)
    },
  }
}
