import type { ClusterConfig } from '../config'
import type { Baseline } from '../diagnosis/usual/baseline'
import type { Handoff } from '../diagnosis/shift/handoff'
import type { Look } from '../diagnosis/window/look'
import type { Outlook } from '../diagnosis/usual/outlook'
import type { Storm } from '../diagnosis/storm/storm'
import type { Standing, Story } from '../diagnosis/storm/story'
import type { Notes } from '../store/notes'
import type { Message } from '../store/outbox'
import type { Silences } from '../store/silences'
import type { Store } from '../store/store'
import { rootKey } from './decide'
import { gatherHandoff, keptLooks } from './handoff/gather'
import { createOutlooks } from './outlook'
import { stateIn } from './state'
import { storyOf } from './told'

/** What commands are told of the past: the store, read. */
export type History = {
  readonly trouble: () => string | undefined
  readonly standing: (
    cluster: string,
  ) => Promise<(Standing & { readonly weather: Storm }) | undefined>
  readonly stories: (cluster: string, span: Span) => Promise<readonly Story[]>
  readonly links: (cluster: string, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly looks: (cluster: string, span: Span) => Promise<readonly Look[]>
  readonly baseline: (cluster: string) => Promise<Baseline>
  readonly outlook: (cluster: string, now: number) => Promise<Outlook>
  readonly silences: Silences
  readonly notes: Notes
  /** Looks of five minutes as one, the last ones as they were: up to 35 days. */
  readonly shiftLooks: (cluster: string, span: Span) => Promise<readonly Look[]>
  /** Never rejects: what could not be read is said in it. */
  readonly handoff: (clusters: readonly ClusterConfig[], span: Span) => Promise<Handoff>
}

type Span = { readonly from: number; readonly to: number }

export type HistoryStore = Pick<
  Store,
  'storms' | 'samples' | 'silences' | 'baselines' | 'notes' | 'outages' | 'outbox' | 'trouble'
>

export type HistoryDeps = {
  /** Unix ms. */
  readonly now: () => number
  /** Where a message can be read. */
  readonly linkOf: (message: Message) => string | undefined
}

export const createHistory = (store: HistoryStore, { now, linkOf }: HistoryDeps): History => {
  const past = pastOf(store, linkOf)
  return {
    ...past,
    handoff: (clusters, span) =>
      gatherHandoff({ clusters, span, at: now() }, { store, history: past }),
  }
}

const pastOf = (store: HistoryStore, linkOf: HistoryDeps['linkOf']): Omit<History, 'handoff'> => ({
  trouble: store.trouble,
  standing: async (cluster) => {
    const state = stateIn((await store.storms.read(cluster)).state)
    if (state === undefined) return undefined
    const { told, standing, watch, held } = state
    const storm = told && storyOf(told, { cluster, quiet: held })
    return { ...standing, weather: watch.storm, ...(storm && { storm }) }
  },
  stories: async (cluster, span) => {
    const records = await store.storms.history(cluster, span)
    return records.flatMap(({ record }) => (isStory(record) ? [record] : []))
  },
  links: async (cluster, ids) => {
    const found = await Promise.all(
      ids.map(async (id) => {
        const message = await store.outbox.sentAs(cluster, rootKey(cluster, id))
        const link = message && linkOf(message)
        return link === undefined ? [] : [[id, link] as const]
      }),
    )
    return new Map(found.flat())
  },
  looks: store.samples.range,
  baseline: store.baselines.read,
  outlook: outlookOf(store),
  silences: store.silences,
  notes: store.notes,
  shiftLooks: (cluster, span) => keptLooks(store, cluster, span),
})

/** Several commands in a row ask for the same. */
const FRESH_MS = 5 * 60_000

const outlookOf = (store: HistoryStore): History['outlook'] => {
  const outlooks = createOutlooks(store)
  return (cluster, now) => outlooks.read(cluster, now, FRESH_MS)
}

const KINDS: readonly unknown[] = [
  'storm',
  'unknown',
  'elections',
] satisfies readonly Story['kind'][]

/** Somebody else may have written it. */
const isStory = (value: unknown): value is Story => {
  if (typeof value !== 'object' || value === null) return false
  const { id, cluster, kind, since, until, elections, cause } = value as Record<string, unknown>
  return (
    [id, cluster, cause].every((text) => typeof text === 'string') &&
    KINDS.includes(kind) &&
    [since, elections].every((number) => typeof number === 'number') &&
    (until === undefined || typeof until === 'number')
  )
}
