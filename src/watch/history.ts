import type { Baseline } from '../diagnosis/baseline'
import type { Look } from '../diagnosis/look'
import type { Storm } from '../diagnosis/storm'
import type { Standing, Story } from '../diagnosis/story'
import type { Message } from '../store/outbox'
import type { Silences } from '../store/silences'
import type { Store } from '../store/store'
import { rootKey } from './decide'
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
  readonly silences: Silences
}

type Span = { readonly from: number; readonly to: number }

export type HistoryStore = Pick<
  Store,
  'storms' | 'samples' | 'silences' | 'baselines' | 'outbox' | 'trouble'
>

/** Where a message can be read. */
export type LinkOf = (message: Message) => string | undefined

export const createHistory = (store: HistoryStore, linkOf: LinkOf): History => ({
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
  silences: store.silences,
})

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
