import type { Drift } from './drift'
import type { ClusterFacts, HandedSilence, Span } from './facts'
import { OPEN_STATES } from './facts'
import { isOpenAt, stormsOf } from './counts'
import type { ShiftCounts, UsualCounts } from './counts'
import type { Sight } from './sight'
import type { SpaceAhead } from './space'
import type { State } from '../facts'
import type { Story } from '../storm/story'

/** Something that may page the next person. `rank`: 0 to 100, the most likely first. Times are Unix ms. */
export type Matter = { readonly cluster: string; readonly rank: number } & (
  | {
      readonly is: 'storm'
      readonly story: Story
      readonly state: State
      readonly link: string | undefined
      /** Its state is that of a look so long ago; undefined: it is as of the end of the span. */
      readonly asOf: number | undefined
      /** That keeps the channel quiet, and ends in the next shift. */
      readonly silence: HandedSilence | undefined
    }
  | { readonly is: 'unreadable'; readonly since: number; readonly link: string | undefined }
  | { readonly is: 'unwatched'; readonly since: number | undefined }
  | { readonly is: 'unkept'; readonly why: string }
  | { readonly is: 'away'; readonly names: readonly string[]; readonly members: number }
  | { readonly is: 'unsettled'; readonly state: State; readonly since: number }
  | { readonly is: 'space'; readonly space: SpaceAhead }
  | {
      readonly is: 'recurring'
      readonly times: number
      readonly last: Story
      readonly link: string | undefined
    }
  | { readonly is: 'elections'; readonly count: number; readonly usual: number }
  | { readonly is: 'drift'; readonly drift: Drift }
  | { readonly is: 'undelivered'; readonly count: number; readonly why: string }
  | { readonly is: 'waiting'; readonly count: number; readonly since: number }
  | { readonly is: 'notice'; readonly about: string; readonly at: number }
)

export type MattersOf = {
  readonly facts: ClusterFacts
  readonly span: Span
  readonly isCurrent: boolean
  readonly sight: Sight
  readonly counts: ShiftCounts
  readonly usual: UsualCounts | undefined
  readonly space: SpaceAhead | undefined
  readonly drifts: readonly Drift[]
}

/** Everything of a cluster that may page somebody, in no order. */
export const mattersOf = (all: MattersOf): readonly Matter[] => {
  const { facts } = all
  if (facts.trouble !== undefined)
    return [{ is: 'unkept', cluster: facts.name, rank: 97, why: facts.trouble }]
  const storms = stormMatters(all)
  return [
    ...watchMatters(all),
    ...storms,
    ...(storms.some(isNamed) ? [] : memberMatters(all)),
    ...spaceMatters(all),
    ...recurringMatters(all),
    ...electionMatters(all),
    ...all.drifts.filter(({ times }) => times >= FAR).map((drift) => driftMatter(drift, facts)),
    ...deliveryMatters(all),
  ]
}

/** What a cause explains is not told beside it. */
const isNamed = (matter: Matter): boolean =>
  matter.is === 'unreadable' ||
  (matter.is === 'storm' && matter.story.cause !== 'none' && matter.story.cause !== 'unknown')

/** A look this old is no look at now: twenty turns at a look every 15 s. */
const STALE_MS = 5 * 60_000

/** Nobody looks: worse than any storm that is seen, but one that nobody has taken. */
const watchMatters = ({ facts, span, isCurrent, sight }: MattersOf): readonly Matter[] => {
  const cluster = facts.name
  if (!isCurrent) return []
  const { standing } = facts
  const before = facts.looksBefore.at(-1)?.at ?? 0
  const lastAt = Math.max(standing?.lookedAt ?? 0, sight.lastAt ?? before)
  if (span.to - lastAt > STALE_MS)
    return [{ is: 'unwatched', cluster, rank: 95, since: lastAt > 0 ? lastAt : undefined }]
  if (standing?.state === 'unknown' && standing.storm === undefined)
    return [{ is: 'unreadable', cluster, rank: 90, since: standing.since, link: undefined }]
  if (standing?.state !== 'unsettled' && standing?.state !== 'leaderless') return []
  const { state, since } = standing
  return [{ is: 'unsettled', cluster, rank: state === 'leaderless' ? 85 : 45, state, since }]
}

const stormMatters = ({ facts, span, isCurrent }: MattersOf): readonly Matter[] => {
  const cluster = facts.name
  return openStories(facts, span, isCurrent).map((story) => {
    const link = facts.links.get(story.id)
    if (story.kind === 'unknown')
      return { is: 'unreadable', cluster, rank: 92, since: story.since, link }
    const stands = isCurrent ? facts.standing?.state : undefined
    const state = stands !== undefined && OPEN_STATES.includes(stands) ? stands : story.worst
    const silence = facts.silences[0]
    const asOf = isCurrent ? staleAt(facts, span) : undefined
    return {
      is: 'storm',
      cluster,
      rank: stormRank(story, state),
      story,
      state,
      link,
      asOf,
      silence,
    }
  })
}

const staleAt = ({ standing }: ClusterFacts, { to }: Span): number | undefined =>
  standing !== undefined && to - standing.lookedAt > STALE_MS ? standing.lookedAt : undefined

/** What goes on: the watcher's own word is newer than the history. */
const openStories = (
  { standing, stories }: ClusterFacts,
  { to }: Span,
  isCurrent: boolean,
): readonly Story[] => {
  if (isCurrent && standing !== undefined)
    return standing.storm === undefined ? [] : [standing.storm]
  return stories.filter((story) => story.kind !== 'elections' && isOpenAt(story, to)).slice(-1)
}

const stormRank = (story: Story, state: State): number => {
  const base = state === 'warning' || state === 'leaderless' ? 100 : 75
  return base - (story.acknowledged === undefined ? 0 : 15)
}

const memberMatters = ({ facts, isCurrent, sight }: MattersOf): readonly Matter[] => {
  const { away, members } = sight
  const isAll = away.length === members
  if (!isCurrent || away.length === 0 || isAll) return []
  return [{ is: 'away', cluster: facts.name, rank: 80, names: away, members }]
}

const DAY_MS = 86_400_000

const spaceMatters = ({ facts, space }: MattersOf): readonly Matter[] => {
  if (space === undefined) return []
  const { timeToQuotaMs = Infinity, share } = space
  const rank =
    share >= 0.95 || timeToQuotaMs <= DAY_MS / 2
      ? 88
      : timeToQuotaMs <= DAY_MS
        ? 70
        : timeToQuotaMs <= 3 * DAY_MS
          ? 50
          : timeToQuotaMs <= 7 * DAY_MS
            ? 35
            : 0
  return rank === 0 ? [] : [{ is: 'space', cluster: facts.name, rank, space }]
}

/** What came in this shift and is over may come again; what came twice will. */
const recurringMatters = ({ facts, span }: MattersOf): readonly Matter[] => {
  const over = stormsOf(facts.stories).filter(
    ({ since, until }) => since >= span.from && until !== undefined && until <= span.to,
  )
  const last = over.at(-1)
  if (last === undefined) return []
  const times = over.filter(({ cause }) => cause === last.cause).length
  const link = facts.links.get(last.id)
  const rank = last.cause === 'planned' ? 10 : times > 1 ? 65 : 48
  return [{ is: 'recurring', cluster: facts.name, rank, times, last, link }]
}

/** Elections that made no storm, but far more than usual. */
const electionMatters = ({ facts, counts, usual }: MattersOf): readonly Matter[] => {
  const { elections, storms, watches } = counts
  if (usual === undefined || storms + watches > 0) return []
  if (elections < 2 || elections < 4 * usual.elections) return []
  const count = elections
  return [{ is: 'elections', cluster: facts.name, rank: 42, count, usual: usual.elections }]
}

/** A signal at so many times its usual is worth a person's look. */
const FAR = 3

const driftMatter = (drift: Drift, { name }: ClusterFacts): Matter => ({
  is: 'drift',
  cluster: name,
  rank: drift.signal === 'commitsPerSecond' ? 30 : 40,
  drift,
})

/** Slack refuses, or has not taken, what the channel should know. */
const deliveryMatters = ({ facts, isCurrent }: MattersOf): readonly Matter[] => {
  const { name: cluster, undelivered, waiting, noticed } = facts
  const last = undelivered.at(0)
  return [
    ...(last === undefined
      ? []
      : [
          {
            is: 'undelivered' as const,
            cluster,
            rank: 72,
            count: undelivered.length,
            why: last.why,
          },
        ]),
    ...(waiting === undefined || !isCurrent
      ? []
      : [{ is: 'waiting' as const, cluster, rank: 82, ...waiting }]),
    ...noticed.map(({ about, at }) => ({ is: 'notice' as const, cluster, rank: 25, about, at })),
  ]
}
