import type { ClusterConfig } from '../../config'
import { handoffFrom, partOf } from '../../diagnosis/shift/handoff'
import type { ClusterPart, Handoff, HandoffScene } from '../../diagnosis/shift/handoff'
import { lengthOf } from '../../diagnosis/shift/facts'
import type { ClusterFacts, ShiftLook, Span } from '../../diagnosis/shift/facts'
import { USUAL_MS, isOpenAt } from '../../diagnosis/shift/counts'
import { overlaps } from '../../diagnosis/storm/election-times'
import type { Story } from '../../diagnosis/storm/story'
import type { Store } from '../../store/store'
import type { History } from '../history'
import { stateIn } from '../state'
import { windowsAhead } from './ahead'

/** What a handoff is gathered from. */
export type HandoffStore = Pick<Store, 'storms' | 'samples' | 'outbox' | 'notes' | 'outages'>

export type Kept = {
  readonly store: HandoffStore
  readonly history: Pick<History, 'stories' | 'standing' | 'links' | 'baseline' | 'silences'>
}

/** Which clusters, over which time, asked when. */
export type Wanted = {
  readonly clusters: readonly ClusterConfig[]
  readonly span: Span
  /** Unix ms. */
  readonly at: number
}

const KEPT_MS = 35 * 86_400_000
/** So many clusters are read at one time: each unpacks a day of looks. */
const SIDE_BY_SIDE = 4

/** A shift as it was kept. Never rejects for a store that is away: that is a fact of each cluster. */
export const gatherHandoff = async (
  { clusters, span, at }: Wanted,
  kept: Kept,
): Promise<Handoff> => {
  const before = { from: span.from - lengthOf(span), to: span.from - 1 }
  // A store that is away is a fact of each cluster
  const outages = await kept.store.outages.list(span).catch(() => [])
  const scene = { at, span, before, outages }
  const parts: ClusterPart[] = []
  for (let i = 0; i < clusters.length; i += SIDE_BY_SIDE) {
    const some = clusters.slice(i, i + SIDE_BY_SIDE)
    const facts = await Promise.all(some.map((one) => factsOf(one, { ...scene, kept })))
    for (const one of facts) {
      parts.push(partOf(one, scene))
      await breath() // looks at clusters go on between
    }
  }
  return handoffFrom(parts, scene)
}

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Scene = HandoffScene & { readonly kept: Kept }

const factsOf = async (cluster: ClusterConfig, scene: Scene): Promise<ClusterFacts> => {
  try {
    return await readFacts(cluster, scene)
  } catch (error) {
    const trouble = error instanceof Error ? error.message : 'no error'
    return { ...nothingOf(cluster), trouble }
  }
}

const readFacts = async (cluster: ClusterConfig, scene: Scene): Promise<ClusterFacts> => {
  const { span, before, at, kept } = scene
  const { store, history } = kept
  const { name, title, maintenance } = cluster
  const [stored, standing, stories, looks, looksBefore, watchedMs, baseline, silences, notes] =
    await Promise.all([
      store.storms.read(name),
      history.standing(name),
      history.stories(name, { from: at - KEPT_MS, to: span.to }),
      keptLooks(store, name, span),
      keptLooks(store, name, before),
      store.samples.watchedMs(name, { from: span.from - USUAL_MS, to: span.from - 1 }),
      history.baseline(name),
      history.silences.list(name, at),
      store.notes.list(name, span),
    ])
  const noticed = Object.entries(stateIn(stored.state)?.noticed ?? {})
  return {
    name,
    title,
    trouble: undefined,
    standing,
    stories,
    links: await history.links(name, worthLinks(stories, standing?.storm, span)),
    looks,
    looksBefore,
    watchedMs,
    baseline,
    silences: silences.filter(({ from, until }) => from <= span.to && until > span.to),
    maintenance: windowsAhead(maintenance, { from: span.to, to: span.to + lengthOf(span) }),
    notes,
    noticed: noticed
      .map(([about, told]) => ({ about, at: told }))
      .filter((one) => one.at >= span.from && one.at <= span.to),
    ...(await deliveryOf(store, name, scene)),
  }
}

/** Looks of five minutes each, and the last ones, which are not put together yet, as they were. */
export const keptLooks = async (
  { samples }: Pick<HandoffStore, 'samples'>,
  cluster: string,
  span: Span,
): Promise<readonly ShiftLook[]> => {
  const summaries = await samples.summaries(cluster, span)
  const from = Math.max(span.from, (summaries.at(-1)?.at ?? span.from - 1) + 1)
  return [...summaries, ...(await samples.range(cluster, { from, to: span.to }))]
}

/** Storms of the span, at most so many of the last. */
const MOST_LINKS = 10

const worthLinks = (
  stories: readonly Story[],
  open: Story | undefined,
  span: Span,
): readonly string[] => {
  const shown = stories.filter(
    (story) => story.kind !== 'elections' && (overlaps(story, span) || isOpenAt(story, span.to)),
  )
  return [...new Set([...shown, ...(open === undefined ? [] : [open])].map(({ id }) => id))].slice(
    -MOST_LINKS,
  )
}

/** A post is sent within seconds: one that waits longer waits for Slack. */
const LATE_MS = 120_000

const deliveryOf = async (
  { outbox }: HandoffStore,
  cluster: string,
  { span, at }: Scene,
): Promise<Pick<ClusterFacts, 'undelivered' | 'waiting'>> => {
  const [dead, waiting] = await Promise.all([outbox.dead(cluster), outbox.waiting(cluster)])
  const late = waiting.filter(({ decidedAt }) => at - decidedAt > LATE_MS)
  const since = Math.min(...late.map(({ decidedAt }) => decidedAt))
  return {
    undelivered: dead.filter((one) => one.at >= span.from && one.at <= span.to),
    waiting: late.length === 0 ? undefined : { count: late.length, since },
  }
}

const nothingOf = ({ name, title }: ClusterConfig): ClusterFacts => ({
  name,
  title,
  trouble: undefined,
  standing: undefined,
  stories: [],
  links: new Map(),
  looks: [],
  looksBefore: [],
  watchedMs: 0,
  baseline: undefined,
  silences: [],
  maintenance: [],
  notes: [],
  undelivered: [],
  waiting: undefined,
  noticed: [],
})
