import type { ClusterConfig } from '../../config'
import type { Observation } from '../../diagnosis/facts'
import type { LogReading } from './keeper'
import { createLogSource, type LogSource } from './logs'

/** The logs of all clusters. Sources are kept from reading to reading, and made anew with their cluster's configuration. */
export type Journal = {
  /**
   * What the logs of the cluster told since `atMs`. `look` tells which id or name is which endpoint. Undefined: the
   * cluster has no log source. Never rejects: what could not be read is in `unseen`. Takes 2 s at most.
   */
  readonly since: (asked: JournalQuestion) => Promise<LogReading | undefined>
  /** Closes what is kept for clusters other than these. */
  readonly keepOnly: (clusters: readonly ClusterConfig[]) => void
  readonly close: () => Promise<void>
}

export type JournalQuestion = {
  readonly cluster: ClusterConfig
  readonly look: Observation
  readonly atMs: number
  readonly now: number
}

export const createJournal = (): Journal => {
  const kept = new Map<ClusterConfig, Kept>()
  const keptFor = (cluster: ClusterConfig): Kept | undefined => {
    const known = kept.get(cluster)
    if (known !== undefined || cluster.logs === undefined) return known
    const made = open(cluster)
    kept.set(cluster, made)
    return made
  }
  const keepOnly = (clusters: readonly ClusterConfig[]): void => {
    for (const [cluster, { source }] of kept) {
      if (clusters.includes(cluster)) continue
      kept.delete(cluster)
      void source.close() // a reading under way ends by itself within 2 s
    }
  }
  return {
    since: async ({ cluster, look, atMs, now }) => {
      const journal = keptFor(cluster)
      if (journal === undefined) return undefined
      journal.names = namesIn(look)
      const read = await journal.source.since(atMs, now)
      if (read.ok) return read.value
      return { events: [], lines: [], unseen: [`the members' logs: ${read.why.text}`] }
    },
    keepOnly,
    close: async () => {
      await Promise.all([...kept.values()].map(({ source }) => source.close()))
      kept.clear()
    },
  }
}

type Kept = {
  readonly source: LogSource
  /** Member id or name → endpoint, of the last look. */
  names: ReadonlyMap<string, string>
}

const open = (cluster: ClusterConfig): Kept => {
  const kept: Kept = {
    names: new Map(),
    source: createLogSource(cluster.logs ?? {}, {
      endpoints: cluster.endpoints.map(({ url }) => url),
      endpointOf: (idOrName) => kept.names.get(idOrName),
    }),
  }
  return kept
}

const namesIn = ({ members, roster }: Observation): ReadonlyMap<string, string> => {
  const byId = members.flatMap(({ endpoint, status, scrape }) => {
    const id = status.ok ? status.value.memberId : scrape.ok ? scrape.value.memberId : undefined
    return id === undefined ? [] : [[id, endpoint] as const]
  })
  const endpoints = new Map(byId)
  const byName = (roster.ok ? roster.value.members : []).flatMap(({ id, name }) => {
    const endpoint = endpoints.get(id)
    return name === '' || endpoint === undefined ? [] : [[name, endpoint] as const]
  })
  return new Map([...byId, ...byName])
}
