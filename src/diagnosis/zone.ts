/** Times as people of a timezone read them. Zones are IANA names: `Europe/Zurich`, `UTC`. */

/** `08:00` */
export const clockText = (at: number, zone: string): string => {
  const { hour, minute } = partsOf(at, zone)
  return `${hour}:${minute}`
}

/** `Sun 22 Nov 08:00` */
export const dayText = (at: number, zone: string): string => {
  const { weekday, day, month, hour, minute } = partsOf(at, zone)
  return `${weekday} ${day} ${month} ${hour}:${minute}`
}

/** `Sat 21 Nov 20:00 to Sun 22 Nov 08:00 CET`; the day once where both are the same, both names where the clock is set. */
export const spanText = (from: number, to: number, zone: string): string => {
  const [a, b] = [partsOf(from, zone), partsOf(to, zone)]
  const isSameDay = a.day === b.day && a.month === b.month && to - from < 86_400_000
  const first = `${dayText(from, zone)}${a.name === b.name ? '' : ` ${a.name}`}`
  return `${first} to ${isSameDay ? clockText(to, zone) : dayText(to, zone)} ${b.name}`
}

type Parts = Readonly<Record<'weekday' | 'day' | 'month' | 'hour' | 'minute' | 'name', string>>

const partsOf = (at: number, zone: string): Parts => {
  const parts = formatOf(zone).formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? ''
  return {
    weekday: part('weekday'),
    day: part('day'),
    month: part('month'),
    hour: part('hour'),
    minute: part('minute'),
    name: part('timeZoneName'),
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  formats.set(timeZone, made)
  return made
}
