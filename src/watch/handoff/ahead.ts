import { createTask, parse } from 'node-cron'
import type { MaintenanceWindow } from '../../config'
import type { Window } from '../../diagnosis/shift/facts'

const MINUTE_MS = 60_000
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
  for (let at = first; at <= to; at += MINUTE_MS)
    if (task.match(new Date(at))) found.push({ from: at, until: at + durationMs, reason })
  return found
}
