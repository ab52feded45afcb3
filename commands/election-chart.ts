import type { Chart } from '../src/diagnosis/answer'
import { electionTimes } from '../src/diagnosis/storm/election-times'
import { durationText } from '../src/diagnosis/quantity'
import type { Story } from '../src/diagnosis/storm/story'
import type { Span } from './command'

/** Elections over a span in equal steps, planned ones apart. Undefined: there was none. */
export const electionChart = (stories: readonly Story[], { from, to }: Span): Chart | undefined => {
  const stepMs = stepOf(to - from)
  const first = Math.floor(from / stepMs)
  const count = Math.floor(to / stepMs) - first + 1
  const unplanned = Array.from({ length: count }, () => 0)
  const planned = Array.from({ length: count }, () => 0)
  for (const time of electionTimes(stories)) {
    const slot = Math.floor(Math.max(from, time.at) / stepMs) - first
    if (slot >= count) continue
    unplanned[slot] = (unplanned[slot] ?? 0) + time.unplanned
    planned[slot] = (planned[slot] ?? 0) + time.planned
  }
  const series = [
    { name: 'unplanned', values: unplanned },
    ...(planned.some((value) => value > 0) ? [{ name: 'planned', values: planned }] : []),
  ]
  if (!series.some(({ values }) => values.some((value) => value > 0))) return undefined
  return {
    title: `Elections every ${stepText(stepMs)}`,
    kind: 'bar',
    xTitle: 'UTC',
    yTitle: 'elections',
    labels: unplanned.map((_, slot) => labelOf((first + slot) * stepMs, stepMs, to - from)),
    series,
  }
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const STEPS = [
  ...[5, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7].map((days) => days * DAY_MS),
]
/** Slack draws 20; where a span begins within a step there is one more. */
const MOST_STEPS = 19

const stepOf = (spanMs: number): number =>
  STEPS.find((stepMs) => spanMs / stepMs <= MOST_STEPS) ?? 7 * DAY_MS

const stepText = (stepMs: number): string =>
  stepMs === DAY_MS ? 'day' : stepMs === HOUR_MS ? 'hour' : durationText(stepMs)

/** `11-22`, `11-22 12:00`, and within half a day `12:00`. */
const labelOf = (at: number, stepMs: number, spanMs: number): string => {
  const [, day = '', time = ''] =
    /^\d+-(\d\d-\d\d)T(\d\d:\d\d)/.exec(new Date(at).toISOString()) ?? []
  if (stepMs >= DAY_MS) return day
  return spanMs <= DAY_MS / 2 ? time : `${day} ${time}`
}
