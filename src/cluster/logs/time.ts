/** How far the clock of a log's host is from UTC, and when the line was read: for times that lack a zone or a year. */
export type LogClock = {
  /** East of UTC is positive. 3.4's text and journald write local time without a zone. Default 0. */
  readonly timezoneOffsetMinutes?: number
  /** Unix ms. Gives journald's times their year, and a time to lines that carry none. */
  readonly seenAt?: number
}

/** A time read from a line. `zoned: false` was taken for the configured zone. */
export type LineTime = { readonly at: number; readonly zoned: boolean }

const DATE_TIME =
  /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)?/

/** RFC 3339 and its relatives: a space for the T, slashes, `+0100` without colon, no zone, up to nanoseconds. */
export const dateTimeOf = (text: string, clock: LogClock): LineTime | undefined => {
  const found = DATE_TIME.exec(text)
  if (found === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = found
  const midnight = midnightOf(Number(year), Number(month), Number(day))
  const ofDay = msOfDay(Number(hour), Number(minute), Number(second))
  if (midnight === undefined || ofDay === undefined) return undefined
  const local = midnight + ofDay + Math.floor(Number(`0.${fraction ?? 0}`) * 1000)
  return { at: local - offsetOf(zone, clock) * 60_000, zoned: zone !== undefined }
}

const SYSLOG = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? /
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Nov 22 07:07:09`: the latest year in which it is not after the reading. Undefined without a time of reading. */
export const syslogTimeOf = (text: string, clock: LogClock): LineTime | undefined => {
  const found = SYSLOG.exec(text)
  if (found === null || clock.seenAt === undefined) return undefined
  const [, name = '', day, hour, minute, second, fraction] = found
  const ofDay = msOfDay(Number(hour), Number(minute), Number(second))
  const month = MONTHS.indexOf(name) + 1
  if (ofDay === undefined || month === 0) return undefined
  const inDay = ofDay + Math.floor(Number(`0.${fraction ?? 0}`) * 1000)
  const inYear = (year: number): number =>
    (midnightOf(year, month, Number(day)) ?? NaN) + inDay - offsetOf(undefined, clock) * 60_000
  const year = new Date(clock.seenAt).getUTCFullYear() + 1
  const at = [year, year - 1, year - 2]
    .map(inYear)
    .find((one) => one <= (clock.seenAt ?? 0) + DAY_MS)
  return at === undefined ? undefined : { at, zoned: false }
}

const DAY_MS = 86_400_000

/** A number of zap's epoch encoders: seconds, or by its size ms, µs, ns. */
export const epochTimeOf = (value: number): LineTime | undefined => {
  if (!Number.isFinite(value) || value <= 0) return undefined
  const scale = EPOCH_SCALES.find(({ below }) => value < below)
  return scale && { at: Math.floor(value * scale.toMs), zoned: true }
}

// Seconds until the year 5138; the others begin in 1973.
const EPOCH_SCALES = [
  { below: 1e11, toMs: 1000 },
  { below: 1e14, toMs: 1 },
  { below: 1e17, toMs: 1e-3 },
  { below: 1e20, toMs: 1e-6 },
] as const

const DURATION = /^[+-]?(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|μs|ns))+$/
const DURATION_PART = /(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|μs|ns)/g
const MS_IN: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3, // U+00B5, what Go writes
  μs: 1e-3, // U+03BC, what Go also reads
  ns: 1e-6,
}

/** Go's duration in ms: `1.5s`, `250ms`, `1m2.5s`, `100µs`; a number is zap's seconds. Undefined for anything else. */
export const durationMsOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value * 1000 : undefined
  if (typeof value !== 'string' || value.length > 40) return undefined
  if (value === '0') return 0
  if (!DURATION.test(value)) return undefined
  const size = [...value.matchAll(DURATION_PART)].reduce(
    (total, [, amount, unit = '']) => total + Number(amount) * (MS_IN[unit] ?? NaN),
    0,
  )
  return value.startsWith('-') ? -size : size
}

const midnightOf = (year: number, month: number, day: number): number | undefined => {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return Date.UTC(year, month - 1, day)
}

const msOfDay = (hour: number, minute: number, second: number): number | undefined => {
  if (hour > 23 || minute > 59 || second > 60) return undefined
  return ((hour * 60 + minute) * 60 + second) * 1000
}

const offsetOf = (zone: string | undefined, clock: LogClock): number => {
  if (zone === undefined) return clock.timezoneOffsetMinutes ?? 0
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return zone.startsWith('-') ? -minutes : minutes
}
