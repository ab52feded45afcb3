import { createTask, parse } from 'node-cron'
import { instantOf, wallOf } from '../../diagnosis/wallclock'

/** When shifts change by a cron line in a time zone. Unix ms. Undefined: in 12 years it never does. */
export type Schedule = {
  /** The first change after a time. */
  readonly next: (after: number) => number | undefined
  /** The last change at a time or before it. */
  readonly last: (at: number) => number | undefined
}

const DAY_MS = 86_400_000
/** 29 February is 8 years apart around 2100. */
const MOST_DAYS = 12 * 366

/**
 * node-cron says which days and times a line names; the wall clock says when those are. A time that daylight saving leaves
 * out or brings twice is one change: node-cron itself leaves the first out, and fires twice at the second.
 */
export const createSchedule = (cron: string, timezone: string): Schedule => {
  const line = createTask(cron, () => undefined, { timezone: 'UTC' })
  const times = timesIn(cron)
  const first = times[0] ?? 0
  /** Changes on the day that begins at a wall time, in order. */
  const changesOn = (day: number): readonly number[] =>
    line.match(new Date(day + first))
      ? times.map((time) => instantOf(day + time, timezone)).toSorted((a, b) => a - b)
      : []
  const dayOf = (at: number): number => Math.floor(wallOf(at, timezone) / DAY_MS) * DAY_MS
  const search = (at: number, step: number, isIt: (change: number) => boolean) => {
    // A change may be of the day before by the wall, where the clock is set at midnight
    const from = dayOf(at) - step * DAY_MS
    for (let days = 0; days < MOST_DAYS; days++) {
      const changes = changesOn(from + step * days * DAY_MS).filter(isIt)
      if (changes.length > 0) return step > 0 ? changes[0] : changes.at(-1)
    }
    return undefined
  }
  // Asked every few seconds: what was found holds until the next change
  let known: Span | undefined
  const around = (at: number): Span => {
    if (known !== undefined && known.last <= at && at < known.next) return known
    const last = search(at, -1, (change) => change <= at) ?? -Infinity
    known = { last, next: search(at, 1, (change) => change > at) ?? Infinity }
    return known
  }
  return {
    next: (after) => finite(around(after).next),
    last: (at) => finite(around(at).last),
  }
}

type Span = { readonly last: number; readonly next: number }

const finite = (at: number): number | undefined => (Number.isFinite(at) ? at : undefined)

/** ms of the day, in order. */
const timesIn = (cron: string): readonly number[] => {
  const { hour, minute, second } = parse(cron)
  return hour.flatMap((h) =>
    minute.flatMap((m) => second.map((s) => ((h * 60 + m) * 60 + s) * 1000)),
  )
}
