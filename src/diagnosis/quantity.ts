/** Numbers as people read them. Units are those of the fields that go in. */

/** Bytes in binary units with three digits at most: 1.95 GiB, 812 KiB, 0 B. */
export const bytesText = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${digits(bytes / 1024 ** power)} ${units[power] ?? 'B'}`
}

/** Milliseconds: 0.4 ms, 12 ms, 1.5 s, 4 min, 3.2 h, 12 days. */
export const durationText = (ms: number): string => {
  if (ms < 1000) return `${digits(ms)} ms`
  // As rounded: 119.7 min is 2 h
  if (ms < 119.5 * 1000) return `${digits(ms / 1000)} s`
  if (ms < 119.5 * 60_000) return `${digits(ms / 60_000)} min`
  if (ms < 47.95 * 3_600_000) return `${digits(ms / 3_600_000)} h`
  return `${digits(ms / 86_400_000)} days`
}

/** 0 to 1 as a percentage. */
export const shareText = (share: number): string => `${digits(share * 100)} %`

/** 1 member, 3 members. */
export const countText = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`

/** a, b and c. */
export const listText = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`

/** An ISO 8601 time in UTC to the second: what every face shows beside a relative time. */
export const timeText = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')

const digits = (value: number): string => {
  if (Number.isInteger(value) || value >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)))
}
