import { lengthOf } from './facts'
import type { Span } from './facts'
import { isPartOf, overlaps } from '../storm/election-times'
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
      !whole.some((storm) => isPartOf(story, storm)),
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

export const stormsOf = (stories: readonly Story[]): readonly Story[] =>
  stories.filter(({ kind }) => kind === 'storm')

/** It had not ended at that time. */
export const isOpenAt = ({ since, until }: Story, at: number): boolean =>
  since <= at && (until === undefined || until > at)

const isIn = (at: number, { from, to }: Span): boolean => at >= from && at <= to

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
