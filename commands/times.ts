/**
 * `2026-11-21T08:00`, `2026-11-21`, also with seconds and a zone (`Z`, `+01:00`) → Unix ms. Without a zone it is UTC.
 * Undefined: not a time, or a day that no month has.
 */
export const timeIn = (word: string): number | undefined => {
  const [, day, clock, zone] = TIME.exec(word) ?? []
  if (day === undefined) return undefined
  const time = (clock ?? '00:00').length === 5 ? `${clock ?? '00:00'}:00` : clock
  const at = Date.parse(`${day}T${time}${zone?.toUpperCase() ?? 'Z'}`)
  if (!Number.isFinite(at)) return undefined
  // 2026-02-30 would become the second of March
  const isSameDay = new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().startsWith(day)
  return isSameDay ? at : undefined
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?))?(Z|z|[+-]\d{2}:\d{2})?$/

/** How to write one, for a sentence. */
export const TIME_FORM = 'a time such as 2026-11-21T08:00 (UTC) or 2026-11-21T08:00+01:00'
