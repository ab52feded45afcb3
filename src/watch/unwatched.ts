import { WATCH_LANE } from '../config'
import type { ClusterConfig } from '../config'
import { durationText } from '../diagnosis/quantity'
import { alertKey } from '../store/outbox'
import type { Decision, Storms } from '../store/storms'
import type { Announcement } from './announcement'
import { jsonOf, lastWord } from './decide'
import { cut } from './telling'

export type UnwatchedDeps = {
  readonly clusters: () => readonly Pick<ClusterConfig, 'name' | 'limits'>[]
  /** When a cluster was last judged as far as this replica knows, by whichever replica, Unix ms. */
  readonly lookedAt: (cluster: string) => number | undefined
  readonly storms: Pick<Storms, 'read' | 'decide'>
  readonly fallbackChannel: () => string | undefined
  readonly everyMs: number
  /** Unix ms, and a clock that nobody sets. */
  readonly now: () => number
  readonly monotonicMs: () => number
}

export type Unwatched = {
  /** Once a period. Posts that nobody looks at a cluster, once for all replicas, and when all are looked at again. */
  readonly check: () => Promise<void>
  /** A sentence each, for /readyz. */
  readonly troubles: () => readonly string[]
}

/** What is kept while it lasts. Times are Unix ms. */
type Open = {
  readonly id: string
  readonly since: number
  /** When it was posted. */
  readonly at: number
  readonly channel: string
}

type Missed = { readonly name: string; readonly lookedAt: number; readonly forMs: number }

/** A look that is no older is fresh: the watch is back. */
const FRESH_PERIODS = 3

/** The watch over the watch: a cluster that no replica looks at is not calm, and nothing else would say so. */
export const createUnwatched = (deps: UnwatchedDeps): Unwatched => {
  const learned = new Map<
    string,
    { readonly lookedAt: number | undefined; readonly atMs: number }
  >()
  const learn = (): void => {
    const names = deps.clusters().map(({ name }) => name)
    for (const name of learned.keys()) if (!names.includes(name)) learned.delete(name)
    for (const name of names) {
      const lookedAt = deps.lookedAt(name)
      const known = learned.get(name)
      if (known === undefined || known.lookedAt !== lookedAt)
        learned.set(name, { lookedAt, atMs: deps.monotonicMs() })
    }
  }
  let counted = 0
  /** It is over for all replicas, also for one that has yet to hear of the looks that ended it. */
  const learnEnds = (count: number): void => {
    if (count === counted) return
    counted = count
    learned.clear()
    learn()
  }
  const longerThan = (periodsOf: (cluster: Pick<ClusterConfig, 'limits'>) => number) =>
    deps.clusters().flatMap((cluster): readonly Missed[] => {
      const { name } = cluster
      const known = learned.get(name)
      const forMs = known === undefined ? 0 : deps.monotonicMs() - known.atMs
      if (forMs <= periodsOf(cluster) * deps.everyMs) return []
      return [{ name, forMs, lookedAt: known?.lookedAt ?? 0 }]
    })
  const missed = () => longerThan(({ limits }) => limits.unwatchedPeriods)
  /** By every one of them: who just started knows of no look that is missing. */
  const areLookedAtSince = (open: Open): boolean => {
    const now = deps.now()
    // Posted by a clock that was wrong: no look would ever be later
    const at = open.at > now ? now - FRESH_PERIODS * deps.everyMs : open.at
    return (
      longerThan(() => FRESH_PERIODS).length === 0 &&
      deps.clusters().every(({ name }) => (deps.lookedAt(name) ?? 0) > at)
    )
  }
  return {
    check: async () => {
      learn()
      const stored = await deps.storms.read(WATCH_LANE)
      const { open, count } = stateIn(stored.state)
      learnEnds(count)
      const now = { at: deps.now(), version: stored.version, count }
      const channel = deps.fallbackChannel()
      const first = missed()
      if (open === undefined && first.length > 0 && channel !== undefined)
        await deps.storms.decide(WATCH_LANE, begun(first, channel, now), now.at) // else another was first
      else if (open !== undefined && areLookedAtSince(open))
        await deps.storms.decide(WATCH_LANE, ended(open, now), now.at)
    },
    troubles: () => {
      const now = missed()
      return now.length === 0 ? [] : [`Watch: ${sentenceOf(now)}`]
    },
  }
}

/** `count`: how often it was posted before. */
type Now = { readonly at: number; readonly version: number; readonly count: number }

/**
 * The same on every replica: from when the first of them was last looked at. A cluster that left the configuration so, and
 * came back so, is another time.
 */
const begun = (
  missed: readonly Missed[],
  channel: string,
  { at, version, count }: Now,
): Decision => {
  const [first] = missed.toSorted((a, b) => a.lookedAt - b.lookedAt || (a.name < b.name ? -1 : 1))
  const id = `${first?.name}-${first?.lookedAt}${count === 0 ? '' : `.${count}`}`
  const since = at - Math.max(...missed.map(({ forMs }) => forMs))
  const open: Open = { id, since, at, channel }
  const payload = jsonOf({ ...frameOf(open, at), reason: 'first', headline: sentenceOf(missed) })
  return {
    expected: version,
    state: { v: 1, open, count },
    posts: [{ key: alertKey(WATCH_LANE, 'first', id), channel, payload }],
  }
}

const ended = (open: Open, { at, version, count }: Now): Decision => {
  const root = alertKey(WATCH_LANE, 'first', open.id)
  const over: Announcement = {
    ...frameOf(open, at),
    reason: 'all clear',
    state: 'all-clear',
    severity: 'ok',
    headline: 'Every cluster is looked at again',
    until: at,
  }
  const key = alertKey(WATCH_LANE, 'all clear', open.id)
  return {
    expected: version,
    state: { v: 1, count: count + 1 },
    ...lastWord(over, { key, root, channel: open.channel, fallback: undefined }),
  }
}

const MOST_NAMED = 5

/** `prod and dev were not looked at for 2 min`. */
const sentenceOf = (missed: readonly Missed[]): string => {
  const names = missed.slice(0, MOST_NAMED).map(({ name }) => name)
  const more = missed.length - names.length
  const who = [...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')
  const longest = Math.max(...missed.map(({ forMs }) => forMs))
  return `${who}: not looked at for ${durationText(longest)}, by no replica`
}

const frameOf = ({ id, since }: Open, at: number): Omit<Announcement, 'reason' | 'headline'> => ({
  v: 1,
  kind: 'watch',
  place: 'root',
  broadcast: false,
  cluster: WATCH_LANE,
  title: 'Stormwatch itself',
  stormId: cut(id, 100),
  state: 'unknown',
  severity: 'unknown',
  cause: 'none',
  causes: [],
  evidence: [],
  action: {
    say: 'Until then nothing warns of storms there. Read the log of Stormwatch and /readyz of each replica.',
  },
  elections: 0,
  planned: 0,
  since,
  at,
  unseen: [],
  buttons: [],
  members: [],
})

/** What is not ours is nothing: the next check says it anew, under a key that is filed once. */
const stateIn = (state: unknown): { readonly open: Open | undefined; readonly count: number } => {
  if (!isObject(state) || state['v'] !== 1) return { open: undefined, count: 0 }
  const { open, count } = state
  return { open: openIn(open), count: Number.isSafeInteger(count) ? Number(count) : 0 }
}

const openIn = (open: unknown): Open | undefined => {
  if (!isObject(open)) return undefined
  const { id, since, at, channel } = open
  if (typeof id !== 'string' || typeof channel !== 'string') return undefined
  if (typeof since !== 'number' || typeof at !== 'number') return undefined
  return { id, since, at, channel }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
