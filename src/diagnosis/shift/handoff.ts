import { driftsOf } from './drift'
import type { Drift } from './drift'
import type {
  ClusterFacts,
  HandedNote,
  HandedSilence,
  HandoffFacts,
  Outage,
  Span,
  Window,
} from './facts'
import { mattersOf } from './matter'
import type { Matter } from './matter'
import { overlaps } from '../storm/election-times'
import { countsOf, stormsOf, usualCountsOf } from './counts'
import type { ShiftCounts, UsualCounts } from './counts'
import { mergedPoints, pointsOf } from './points'
import type { ShiftPoint } from './points'
import { sightOf } from './sight'
import type { Sight } from './sight'
import { spaceAheadOf } from './space'
import type { SpaceAhead } from './space'
import type { Severity } from '../facts'
import type { Story } from '../storm/story'

/** What the next person on call needs of a shift, ranked by what will page them. Data: words are made elsewhere. */
export type Handoff = {
  /** When it was made. */
  readonly at: number
  readonly span: Span
  /** The span ends about now; else it is a past one, told from what was kept. */
  readonly isCurrent: boolean
  /** `unseen`: nothing was looked at. `quiet`: nothing to hand over. */
  readonly kind: 'unseen' | 'quiet' | 'eventful'
  /** `unknown`: too little was seen to say. */
  readonly severity: Severity | 'unknown'
  /** The one thing to begin with. */
  readonly start: Matter | undefined
  /** What else may page, at most three. */
  readonly watch: readonly Matter[]
  /** What may page too, and is not among those: drifts and space have places of their own. */
  readonly rest: readonly Matter[]
  readonly drifts: readonly (Drift & { readonly cluster: string })[]
  readonly spaces: readonly (SpaceAhead & { readonly cluster: string })[]
  /** Those that end in the next shift first. */
  readonly silences: readonly HandedSilence[]
  readonly maintenance: readonly (Window & { readonly cluster: string })[]
  readonly notes: readonly HandedNote[]
  /** Of the span, and in order of time: what several replicas noted is one. */
  readonly outages: readonly Outage[]
  readonly clusters: readonly HandedCluster[]
  readonly points: readonly ShiftPoint[]
}

export type HandedCluster = {
  readonly name: string
  readonly title: string
  readonly trouble: string | undefined
  readonly sight: Sight
  readonly counts: ShiftCounts
  readonly before: ShiftCounts
  /** Nobody looked in the shift before: its counts say nothing. */
  readonly wasSeenBefore: boolean
  readonly usual: UsualCounts | undefined
  /** Storms of the span. */
  readonly storms: readonly Story[]
  readonly space: SpaceAhead | undefined
}

/** A span that ended this long ago is over: how things stand now tells nothing of it. */
const CURRENT_MS = 30 * 60_000
const START_RANK = 45
const WATCH_RANK = 25
const MOST_WATCHED = 3

/** Which span, and when it is told. */
export type HandoffScene = Omit<HandoffFacts, 'clusters'>

export const handoffOf = ({ clusters, ...scene }: HandoffFacts): Handoff =>
  handoffFrom(
    clusters.map((cluster) => partOf(cluster, scene)),
    scene,
  )

/** What a handoff keeps of a cluster: little, so that a fleet's days of looks need not be held at once. */
export type ClusterPart = Pick<ClusterFacts, 'silences' | 'maintenance' | 'notes'> & {
  readonly cluster: HandedCluster
  readonly matters: readonly Matter[]
  readonly drifts: readonly Drift[]
  readonly points: readonly ShiftPoint[]
}

/** A span that ends later, as that of a draft, is told up to now. */
export const partOf = (facts: ClusterFacts, scene: HandoffScene): ClusterPart => {
  const { stories, looks, looksBefore, watchedMs, baseline } = facts
  const span = { ...scene.span, to: Math.min(scene.span.to, scene.at) }
  const sight = sightOf(looks, span, looksBefore)
  const counts = countsOf(stories, span)
  const usual = usualCountsOf(stories, span, watchedMs)
  const space = spaceAheadOf([...looksBefore, ...looks], span.to)
  const drifts = driftsOf(looks, baseline)
  const isCurrent = isCurrentAt(scene)
  return {
    cluster: {
      name: facts.name,
      title: facts.title,
      trouble: facts.trouble,
      sight,
      counts,
      before: countsOf(stories, scene.before),
      wasSeenBefore: looksBefore.length > 0,
      usual,
      storms: stormsOf(stories).filter((story) => overlaps(story, span)),
      space,
    },
    matters: mattersOf({ facts, span, isCurrent, sight, counts, usual, space, drifts }),
    drifts,
    points: pointsOf(facts, span),
    silences: facts.silences,
    maintenance: facts.maintenance,
    notes: facts.notes,
  }
}

const isCurrentAt = ({ at, span }: HandoffScene): boolean => at - span.to < CURRENT_MS

export const handoffFrom = (parts: readonly ClusterPart[], scene: HandoffScene): Handoff => {
  const ranked = parts.flatMap(({ matters }) => matters).toSorted((a, b) => b.rank - a.rank)
  const [start, watch] = picked(ranked)
  const shown = [...(start === undefined ? [] : [start]), ...watch]
  const handed = {
    at: scene.at,
    span: scene.span,
    isCurrent: isCurrentAt(scene),
    start,
    watch,
    rest: ranked.filter((one) => isRest(one) && !shown.includes(one)),
    drifts: parts.flatMap(({ drifts, cluster }) => restDrifts(drifts, cluster.name, shown)),
    spaces: parts.flatMap(({ cluster }) => restSpace(cluster, shown)),
    silences: parts.flatMap(({ silences }) => silences).toSorted((a, b) => a.until - b.until),
    maintenance: parts
      .flatMap(({ cluster, maintenance }) =>
        maintenance.map((one) => ({ ...one, cluster: cluster.name })),
      )
      .toSorted((a, b) => a.from - b.from),
    notes: parts.flatMap(({ notes }) => notes).toSorted((a, b) => a.at - b.at),
    outages: outagesOf(scene),
    clusters: parts.map(({ cluster }) => cluster),
    points: mergedPoints(parts.map(({ points }) => points)),
  }
  const kind = kindOf(handed)
  return { ...handed, kind, severity: severityOf(handed, kind) }
}

/** Replicas look every few seconds: what begins so soon is the same. */
const SAME_OUTAGE_MS = 60_000

const outagesOf = ({ outages, span }: HandoffScene): readonly Outage[] => {
  const merged: Outage[] = []
  for (const one of outages.toSorted((a, b) => a.from - b.from)) {
    const { of } = one
    const [from, to] = [Math.max(one.from, span.from), Math.min(one.to, span.to)]
    if (from > to) continue
    const i = merged.findLastIndex((other) => other.of === of && from <= other.to + SAME_OUTAGE_MS)
    const same = merged[i]
    if (same === undefined) merged.push({ of, from, to })
    else merged[i] = { ...same, to: Math.max(same.to, to) }
  }
  return merged
}

/** The first is where to start when it is urgent enough; no cluster takes all places with what is small. */
const picked = (ranked: readonly Matter[]): readonly [Matter | undefined, readonly Matter[]] => {
  const [first, ...others] = ranked.filter(({ rank }) => rank >= WATCH_RANK)
  if (first === undefined) return [undefined, []]
  if (first.rank < START_RANK) return [undefined, [first, ...others].slice(0, MOST_WATCHED)]
  return [first, others.slice(0, MOST_WATCHED)]
}

const isRest = ({ is, rank }: Matter): boolean =>
  rank >= WATCH_RANK && is !== 'drift' && is !== 'space'

const restDrifts = (
  drifts: readonly Drift[],
  cluster: string,
  shown: readonly Matter[],
): Handoff['drifts'] =>
  drifts
    .filter((drift) => !shown.some((one) => one.is === 'drift' && one.drift === drift))
    .map((drift) => ({ ...drift, cluster }))

/** Growth that reaches the quota in a month is worth a line. */
const SPACE_MS = 30 * 86_400_000

const restSpace = ({ name, space }: HandedCluster, shown: readonly Matter[]): Handoff['spaces'] => {
  const isShown = shown.some((one) => one.is === 'space' && one.space === space)
  if (space === undefined || isShown || (space.timeToQuotaMs ?? Infinity) > SPACE_MS) return []
  return [{ ...space, cluster: name }]
}

type Handed = Omit<Handoff, 'kind' | 'severity'>

const kindOf = (handed: Handed): Handoff['kind'] => {
  const { clusters, start, watch, drifts, spaces, silences, maintenance, notes, outages } = handed
  if (clusters.every(({ sight }) => sight.seen === 0)) return 'unseen'
  const said = [start ?? [], watch, drifts, spaces, silences, maintenance, notes, outages].flat()
  const isSeen = clusters.every(({ sight }) => sight.gaps.length + sight.unread.length === 0)
  const isCalm = clusters.every(
    ({ counts }) => counts.storms + counts.watches === 0 && !counts.isFloor,
  )
  return said.length === 0 && isSeen && isCalm ? 'quiet' : 'eventful'
}

/** As of the end of the span: what is over is no alarm. */
const severityOf = ({ start, watch, rest }: Handed, kind: Handoff['kind']): Handoff['severity'] => {
  const all = [start ?? [], watch, rest].flat()
  if (all.some((one) => one.is === 'storm' && one.state !== 'watch')) return 'critical'
  if (kind === 'unseen' || all.some(isUnseen)) return 'unknown'
  return all.some(({ rank }) => rank >= START_RANK) ? 'warning' : 'ok'
}

const isUnseen = ({ is }: Matter): boolean =>
  is === 'unwatched' || is === 'unkept' || is === 'unreadable'
