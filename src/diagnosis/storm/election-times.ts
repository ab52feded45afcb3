import type { Story } from './story'

/** Unix ms, both included. */
type Span = { readonly from: number; readonly to: number }

/** Times of looks and of what is told of them differ by so much. */
const SLACK_MS = 60_000

/** Some of it lies in the span. */
export const overlaps = ({ since, until }: Story, { from, to }: Span): boolean =>
  since <= to && (until === undefined || until >= from)

/** The elections are some of those that the storm counts. */
export const isPartOf = (story: Story, storm: Story): boolean =>
  story.kind === 'elections' &&
  storm.kind === 'storm' &&
  story.cluster === storm.cluster &&
  story.since >= storm.since - SLACK_MS &&
  (storm.until === undefined || story.since <= storm.until + SLACK_MS)

/** Without the elections that a storm among them counts. */
export const withoutParts = (stories: readonly Story[]): readonly Story[] => {
  const storms = stories.filter(({ kind }) => kind === 'storm')
  return stories.filter((story) => !storms.some((storm) => isPartOf(story, storm)))
}

export type ElectionsAt = {
  readonly at: number
  readonly unplanned: number
  readonly planned: number
}

/** Elections by time. What a storm counts beyond those whose time was kept stands at its begin. */
export const electionTimes = (stories: readonly Story[]): readonly ElectionsAt[] => {
  const single = stories.filter(({ kind }) => kind === 'elections')
  const rest = stories
    .filter(({ kind }) => kind === 'storm')
    .map((storm) => {
      const parts = single.filter((one) => isPartOf(one, storm))
      return {
        at: storm.since,
        unplanned: Math.max(0, storm.elections - sum(parts.map(({ elections }) => elections))),
        planned: Math.max(0, storm.planned - sum(parts.map(({ planned }) => planned))),
      }
    })
  return [
    ...single.map(({ since, elections, planned }) => ({
      at: since,
      unplanned: elections,
      planned,
    })),
    ...rest,
  ].filter(({ unplanned, planned }) => unplanned + planned > 0)
}

/** Unplanned ones within the span, in order of time. */
export const electionTimesIn = (
  stories: readonly Story[],
  { from, to }: Span,
): readonly ElectionsAt[] =>
  electionTimes(stories)
    .filter(({ at, unplanned }) => unplanned > 0 && at >= from && at <= to)
    .toSorted((a, b) => a.at - b.at)

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
