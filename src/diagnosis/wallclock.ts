/**
 * Wall clocks of time zones. A wall time is what a clock on the wall shows, counted as Unix ms as if it were UTC: it has no
 * gaps and nothing twice, so that whole days can be added to it.
 */

/** What the clock of a zone shows at an instant (Unix ms). */
export const wallOf = (at: number, timezone: string): number => {
  const second = Math.floor(at / 1000) * 1000
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, seconds) + (at - second)
}

/**
 * When the clock of a zone shows a wall time, Unix ms. One that comes twice is its first time; one that is left out is
 * what the clock would show had it not been set: 02:30 is then 03:30.
 */
export const instantOf = (wall: number, timezone: string): number => {
  const before = wall - offsetAt(wall - DAY_MS, timezone)
  const after = wall - offsetAt(wall + DAY_MS, timezone)
  const real = [before, after].filter((at) => wallOf(at, timezone) === wall)
  return real.length === 0 ? before : Math.min(...real)
}

/** `2026-01-05T08:00`, a wall time without a zone. Undefined: it is none, or a day that no month has. */
export const wallIn = (text: string): number | undefined => {
  const [, year, month, day, hour, minute] =
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (hour === undefined || minute === undefined) return undefined
  const wall = Date.UTC(year, month - 1, day, hour, minute)
  const isReal = new Date(wall).toISOString().slice(0, 16) === text.replace(' ', 'T')
  return isReal ? wall : undefined
}

const DAY_MS = 86_400_000

const offsetAt = (at: number, timezone: string): number => wallOf(at, timezone) - at

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making one takes longer than using it a thousand times. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  formats.set(timeZone, format)
  return format
}
