import type { ClusterConfig, Config, HandoffConfig } from '../config'
import { dayText } from '../diagnosis/zone'
import type { HomeCluster, HomeHandoff } from '../slack/home/home'
import type { HomeFacts } from '../slack/home/publishing'
import { newsOf, type News } from '../slack/storm/news'
import type { Store } from '../store/store'
import { peopleAt } from './handoff/people'
import { createSchedule } from './handoff/schedule'
import { stateIn } from './state'

export type HomeStore = Pick<Store, 'storms' | 'silences' | 'trouble'>

/** A look that is older is not how it stands, nor is one by a clock that is so far ahead. */
const FRESH_MS = 120_000

/** What App Home tells of all clusters and handoffs. Never rejects for a store that is away: that is told in it. */
export const homeFacts = async (
  store: HomeStore,
  { clusters, handoffs }: Pick<Config, 'clusters' | 'handoffs'>,
  at: number,
): Promise<HomeFacts> => {
  const read = await Promise.all(clusters.map((cluster) => readCluster(store, cluster, at)))
  return {
    trouble: store.trouble(),
    clusters: read.map(({ cluster }) => cluster),
    storms: read.flatMap(({ storm }) => storm ?? []),
    silences: read.flatMap(({ silences }) => silences),
    handoffs: handoffs
      .flatMap((one) => nextOf(one, at) ?? [])
      .toSorted((a, b) => a.change - b.change)
      .map(({ told }) => told),
  }
}

type Read = {
  readonly cluster: HomeCluster
  readonly storm: News | undefined
  readonly silences: HomeFacts['silences']
}

const readCluster = async (
  store: HomeStore,
  { name, title }: ClusterConfig,
  at: number,
): Promise<Read> => {
  const nothing = { name, title, stands: undefined, lookedAt: undefined }
  try {
    const state = stateIn((await store.storms.read(name)).state)
    const silences = await store.silences.list(name, at)
    if (state === undefined) return { cluster: nothing, storm: undefined, silences }
    const { standing, told } = state
    const isFresh = Math.abs(at - standing.lookedAt) <= FRESH_MS
    return {
      cluster: {
        ...nothing,
        lookedAt: standing.lookedAt,
        stands: isFresh
          ? {
              state: standing.state,
              severity: standing.severity,
              since: standing.since,
              headline: standing.headline,
            }
          : undefined,
      },
      storm: told?.root && newsOf(told.root),
      silences,
    }
  } catch {
    return { cluster: nothing, storm: undefined, silences: [] }
  }
}

const nextOf = (
  handoff: HandoffConfig,
  at: number,
): { readonly change: number; readonly told: HomeHandoff } | undefined => {
  const schedule = createSchedule(handoff.cron, handoff.timezone)
  const change = schedule.next(at)
  if (change === undefined) return undefined
  const { name, timezone, channel, clusters } = handoff
  const people = peopleAt(handoff, { change, before: schedule.last(at) })
  return {
    change,
    told: { name, changeText: dayText(change, timezone), timezone, channel, clusters, ...people },
  }
}
