import type { Look } from '../../src/diagnosis/window/look'
import type { ClusterFacts, HandoffFacts, Span } from '../../src/diagnosis/shift/facts'
import { emptyBaseline } from '../../src/diagnosis/usual/baseline'
import type { Standing, Story } from '../../src/diagnosis/storm/story'
import { looksAt } from '../store/looks'

/** Shifts as they are gathered, with defaults: a quiet night, seen throughout. */

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** Sunday, 08:00 UTC: the end of a shift of twelve hours. */
export const CHANGE = Date.UTC(2026, 10, 22, 8)
export const NIGHT: Span = { from: CHANGE - 12 * HOUR, to: CHANGE }

/** One look every five minutes, as summaries are. */
export const seenIn = ({ from, to }: Span, seed = 1): readonly Look[] => {
  const name = [from, to, seed].join()
  const looks = Math.floor((to - from) / (5 * MINUTE))
  const made = known.get(name) ?? looksAt({ from, looks, everySeconds: 300, seed })
  known.set(name, made)
  return made
}

const known = new Map<string, readonly Look[]>()

export const standing = (over: Partial<Standing> = {}): Standing => ({
  cluster: 'prod',
  lookedAt: CHANGE - 5000,
  state: 'calm',
  since: CHANGE - 3 * DAY,
  severity: 'ok',
  headline: 'Calm: nothing to explain',
  cause: 'none',
  ...over,
})

type StoryOver = { readonly [Name in keyof Story]?: Story[Name] | undefined }

export const story = (over: StoryOver = {}): Story =>
  ({
    id: 'prod-t7-1',
    cluster: 'prod',
    kind: 'storm',
    since: CHANGE - 5 * HOUR,
    until: CHANGE - 5 * HOUR + 23 * MINUTE,
    worst: 'warning',
    elections: 12,
    planned: 0,
    cause: 'disk',
    where: 'etcd-2',
    ...over,
  }) as Story

export const cluster = (over: Partial<ClusterFacts> = {}): ClusterFacts => ({
  name: 'prod',
  title: 'Production',
  trouble: undefined,
  standing: standing(),
  stories: [],
  links: new Map(),
  looks: seenIn(NIGHT),
  looksBefore: seenIn({ from: NIGHT.from - 12 * HOUR, to: NIGHT.from }, 2),
  watchedMs: 0,
  baseline: emptyBaseline(0),
  silences: [],
  maintenance: [],
  notes: [],
  undelivered: [],
  waiting: undefined,
  noticed: [],
  ...over,
})

export const facts = (
  clusters: readonly ClusterFacts[] = [cluster()],
  over: Partial<HandoffFacts> = {},
): HandoffFacts => ({
  at: CHANGE,
  span: NIGHT,
  before: { from: NIGHT.from - 12 * HOUR, to: NIGHT.from - 1 },
  outages: [],
  clusters,
  ...over,
})
