import { lengthOf } from './facts'
import type { Span } from './facts'
import type { Story } from '../storm/story'

/** What there was in a span. `isFloor`: a storm reaches beyond the span, and not all elections have a time. */
export type ShiftCounts = {
  readonly storms: number
  /** Storm watches that became no storm. */
  readonly watches: number
  readonly elections: number
  readonly planned: number
  readonly isFloor: boolean
}

/** What a span of this length had in the four weeks before, on average. */
export type UsualCounts = { readonly storms: number; readonly elections: number }

export const countsOf = (stories: readonly Story[], span: Span): ShiftCounts => {
  const storms = stormsOf(stories)
  const began = storms.filter(({ since }) => isIn(since, span))
  const whole = began.filter(({ until }) => until === undefined || until <= span.to)
  const single = stories.filter(
    (story) =>
      story.kind === 'elections' &&
      isIn(story.since, span) &&
      !whole.some((storm) => isWithin(story, storm)),
  )
  return {
    storms: began.filter(({ worst }) => worst === 'warning').length,
    watches: began.filter(({ worst }) => worst !== 'warning').length,
    elections: sum([...whole, ...single].map(({ elections }) => elections)),
    planned: sum([...whole, ...single].map(({ planned }) => planned)),
    isFloor: storms.some((storm) => overlaps(storm, span) && !whole.includes(storm)),
  }
}

/** Undefined: less than three spans were watched before. */
export const usualCountsOf = (
  stories: readonly Story[],
  span: Span,
  watchedMs: number,
): UsualCounts | undefined => {
  if (watchedMs < 3 * lengthOf(span)) return undefined
  const { storms, elections } = countsOf(stories, { from: span.from - USUAL_MS, to: span.from - 1 })
  const share = lengthOf(span) / watchedMs
  return { storms: storms * share, elections: elections * share }
}

/** Four weeks: each day of the week four times. */
export const USUAL_MS = 28 * 86_400_000

/** Elections by time; those of a storm that have no time of their own stand at its begin. */
export const electionTimes = (
  stories: readonly Story[],
  span: Span,
): readonly { readonly at: number; readonly count: number }[] => {
  const single = stories.filter(({ kind }) => kind === 'elections')
  const rest = stormsOf(stories).map((storm) => {
    const own = single.filter((story) => isWithin(story, storm))
    return { at: storm.since, count: storm.elections - sum(own.map(({ elections }) => elections)) }
  })
  return [...single.map(({ since, elections }) => ({ at: since, count: elections })), ...rest]
    .filter(({ at, count }) => count > 0 && isIn(at, span))
    .toSorted((a, b) => a.at - b.at)
}

export const stormsOf = (stories: readonly Story[]): readonly Story[] =>
  stories.filter(({ kind }) => kind === 'storm')

/** Some of it lies in the span. */
export const overlaps = ({ since, until }: Story, { from, to }: Span): boolean =>
  since <= to && (until === undefined || until >= from)

/** It had not ended at that time. */
export const isOpenAt = ({ since, until }: Story, at: number): boolean =>
  since <= at && (until === undefined || until > at)

const isIn = (at: number, { from, to }: Span): boolean => at >= from && at <= to

const isWithin = ({ since }: Story, storm: Story): boolean =>
  since >= storm.since && (storm.until === undefined || since <= storm.until)

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
