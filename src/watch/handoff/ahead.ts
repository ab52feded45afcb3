import { createTask, parse } from 'node-cron'
import type { MaintenanceWindow } from '../../config'
import type { Window } from '../../diagnosis/shift/facts'
import { wallOf } from '../../diagnosis/wallclock'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A report names a few; a window every minute would fill it. */
const MOST = 20

/** Windows that are open at `from`, or that open until `to` (Unix ms), in order of time. */
export const windowsAhead = (
  windows: readonly MaintenanceWindow[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly Window[] =>
  windows
    .flatMap((window) => openings(window, { from: from - window.durationMs, to }))
    .filter(({ until }) => until > from)
    .toSorted((a, b) => a.from - b.from)
    .slice(0, MOST)

const openings = (
  { cron, timezone, durationMs, reason }: MaintenanceWindow,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Window[] => {
  const task = createTask(cron, () => undefined, { timezone })
  const secondMs = (parse(cron).second[0] ?? 0) * 1000
  const first = Math.ceil((from - secondMs) / MINUTE_MS) * MINUTE_MS + secondMs
  const found: Window[] = []
  for (let day = first; day <= to; day += DAY_MS) {
    const last = Math.min(to, day + DAY_MS - MINUTE_MS)
    const mayOpen = filterOf(cron, timezone, { first: day, last })
    for (let at = day; at <= last && found.length <= MOST; at += MINUTE_MS)
      if (mayOpen(at) && task.match(new Date(at)))
        found.push({ from: at, until: at + durationMs, reason })
  }
  return found
}

/**
 * To match one minute takes 10 µs, and a week has 10,080: where the clock of the zone is not set between, its hour and
 * minute are known without asking.
 */
const filterOf = (
  cron: string,
  timezone: string,
  { first, last }: { readonly first: number; readonly last: number },
): ((at: number) => boolean) => {
  const aheadMs = wallOf(first, timezone) - first
  if (wallOf(last, timezone) - last !== aheadMs) return () => true
  const { hour, minute } = parse(cron)
  return (at) => {
    const wallMinute = Math.floor((at + aheadMs) / MINUTE_MS)
    return minute.includes(wallMinute % 60) && hour.includes(Math.floor(wallMinute / 60) % 24)
  }
}
