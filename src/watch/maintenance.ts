import { createTask, parse } from 'node-cron'
import type { MaintenanceWindow } from '../config'
import type { Quiet } from '../diagnosis/storm/speech'

/** The maintenance window that is open at a time (Unix ms), the one that ends last; undefined: none is. */
export type Maintenance = (windows: readonly MaintenanceWindow[], at: number) => Quiet | undefined

const MINUTE_MS = 60_000

/** Each window remembers how far it was read, so that a look costs one step a minute. */
export const createMaintenance = (): Maintenance => {
  const openings = new Map<string, Opening>()
  const openingOf = (window: MaintenanceWindow): Opening => {
    const name = JSON.stringify([window.cron, window.timezone, window.durationMs])
    const known = openings.get(name) ?? createOpening(window)
    openings.set(name, known)
    return known
  }
  return (windows, at) =>
    windows
      .flatMap((window) => {
        const from = openingOf(window)(at)
        return from === undefined ? [] : [quietOf(window, from)]
      })
      .toSorted((a, b) => b.until - a.until)[0]
}

const quietOf = ({ durationMs, reason }: MaintenanceWindow, from: number): Quiet => ({
  what: 'maintenance',
  from,
  until: from + durationMs,
  reason,
})

/** When the window that is open at a time was opened. */
type Opening = (at: number) => number | undefined

const createOpening = ({ cron, timezone, durationMs }: MaintenanceWindow): Opening => {
  const task = createTask(cron, () => undefined, { timezone })
  const secondMs = (parse(cron).second[0] ?? 0) * 1000
  let read = -Infinity
  let opened: number | undefined
  return (at) => {
    if (at < read) [read, opened] = [-Infinity, undefined] // the clock was set back
    const from = Math.max(read + 1, at - durationMs)
    const first = Math.ceil((from - secondMs) / MINUTE_MS) * MINUTE_MS + secondMs
    for (let slot = first; slot <= at; slot += MINUTE_MS)
      if (task.match(new Date(slot))) opened = slot
    read = at
    return opened !== undefined && at < opened + durationMs ? opened : undefined
  }
}
