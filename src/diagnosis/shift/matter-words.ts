import type { DriftSignal } from './drift'
import { line, link, person } from '../line'
import type { Line } from '../line'
import type { Matter } from './matter'
import { bytesText, countText, durationText, listText, shareText } from '../quantity'
import { causeText } from '../storm/story'
import type { Story } from '../storm/story'

/** How times are told, and since when. */
export type Telling = {
  /** `06:12`, or with its day where that is not clear. */
  readonly when: (at: number) => string
  /** The end of the span, Unix ms, and whether it is about now. */
  readonly to: number
  readonly isCurrent: boolean
  /** The first is told whole; of the others, what they are and whose. */
  readonly isShort?: boolean
}

/** One sentence or two: what it is, and why it may page. */
export const matterLine = (matter: Matter, telling: Telling): Line => {
  const { cluster } = matter
  const { when, to } = telling
  switch (matter.is) {
    case 'storm':
      return stormLine(matter, telling)
    case 'unreadable':
      return line(
        `${cluster} has not been readable since ${when(matter.since)}: nobody knows how it is.`,
        link(matter.link),
      )
    case 'unwatched':
      return matter.since === undefined
        ? line(`Stormwatch has not looked at ${cluster} in this shift or the one before.`)
        : line(`Stormwatch has not looked at ${cluster} since ${when(matter.since)}.`)
    case 'unkept':
      return line(`What was kept of ${cluster} cannot be read: ${matter.why}.`)
    case 'away':
      return line(`${cluster}: ${listText(matter.names)} ${awayText(matter)}.`)
    case 'unsettled':
      return matter.state === 'leaderless'
        ? line(`${cluster} has had no leader since ${when(matter.since)}.`)
        : line(
            `${cluster} has been unsettled since ${when(matter.since)}: single elections, no storm.`,
          )
    case 'space':
      return line(`${cluster}: ${spaceText(matter.space)}.`)
    case 'recurring':
      return recurringLine(matter, telling)
    case 'elections':
      return line(
        `${cluster} had ${countText(matter.count, 'election')} without a storm; usual ${rateText(matter.usual)}.`,
      )
    case 'drift':
      return line(`${cluster}: ${driftText(matter.drift)}.`)
    case 'undelivered':
      return line(
        `${countText(matter.count, 'post')} about ${cluster} never reached the channel: ${matter.why.slice(0, 60)}.`,
      )
    case 'waiting':
      return line(
        `${countText(matter.count, 'post')} about ${cluster} ${matter.count === 1 ? 'waits' : 'wait'} for Slack, for ${durationText(Math.max(0, to - matter.since))} now.`,
      )
    case 'notice':
      return line(`${cluster}: ${noticeText(matter.about)}, told at ${when(matter.at)}.`)
  }
}

type Of<Kind extends Matter['is']> = Extract<Matter, { readonly is: Kind }>

/** What to type next. Undefined: it says so itself. */
export const nextOf = (matter: Matter): string | undefined => {
  const { cluster } = matter
  switch (matter.is) {
    case 'storm':
    case 'unsettled':
      return `diagnose ${cluster}`
    case 'unreadable':
    case 'unwatched':
    case 'away':
      return `status ${cluster}`
    case 'space':
      return `writers ${cluster}`
    case 'elections':
    case 'recurring':
      return `storms ${cluster}`
    case 'drift':
      return `baseline ${cluster}`
    case 'unkept':
    case 'undelivered':
    case 'waiting':
    case 'notice':
      return undefined
  }
}

const stormLine = (
  { cluster, story, state, link: url, asOf, silence }: Of<'storm'>,
  { when, to, isCurrent, isShort = false }: Telling,
): Line => {
  const { acknowledged, untold, since } = story
  const about = isShort ? whyText(story) : ` (${shortText(story, asOf ?? to)})`
  const what = state === 'watch' ? 'on storm watch' : 'in a storm'
  const stood =
    asOf !== undefined
      ? `was ${what} at the last look, ${when(asOf)},`
      : isCurrent
        ? `has been ${what}`
        : `was ${what} at the end,`
  const isTaken = acknowledged !== undefined && acknowledged.at <= to
  return line(
    `${cluster} ${stood} since ${when(since)}${about}; `,
    ...(isTaken
      ? ['taken by ', person(acknowledged.by), isShort ? '' : ` at ${when(acknowledged.at)}`]
      : [isCurrent ? 'nobody has taken it' : 'nobody had taken it']),
    untold === undefined ? '' : `; not posted: ${untold}`,
    silence === undefined ? '' : `; silenced until ${when(silence.until)}`,
    '.',
    link(url),
  )
}

const whyText = ({ cause, where }: Story): string =>
  cause === 'none' ? '' : ` (${causeText(cause, where)})`

const recurringLine = (
  { cluster, times, last, link: url }: Of<'recurring'>,
  { when, to }: Telling,
): Line => {
  const { until = to, cause, where, worst } = last
  const what = worst === 'warning' ? 'storm' : 'storm watch'
  if (times === 1)
    return line(
      `${cluster} had a ${what} until ${when(until)} (${shortText(last, to)}): over, but its cause may still be there.`,
      link(url),
    )
  const why =
    cause === 'none' || cause === 'unknown' ? 'no cause told' : `each ${causeText(cause, where)}`
  return line(
    `${cluster} had ${countText(times, what).replace('watchs', 'watches')}, ${why}, the last until ${when(until)}: expect another.`,
    link(url),
  )
}

/** `23 min, 12 elections, disk on m1`; a storm that nobody wins has no election. */
const shortText = ({ since, until, elections, cause, where }: Story, to: number): string =>
  [
    durationText(Math.max(0, Math.min(until ?? to, to) - since)),
    ...(elections > 0 ? [countText(elections, 'election')] : []),
    ...(cause === 'none' ? [] : [causeText(cause, where)]),
  ].join(', ')

const awayText = ({ names, members }: Of<'away'>): string => {
  const verb = names.length === 1 ? 'does' : 'do'
  const spare = members - names.length - (Math.floor(members / 2) + 1)
  const risk =
    spare < 0
      ? 'too few are left for a quorum'
      : spare === 0
        ? 'one more and there is no quorum'
        : `${countText(spare, 'more member')} can be lost`
  return `${verb} not answer; ${risk}`
}

export const spaceText = (space: Of<'space'>['space']): string => {
  const { member, share, quotaBytes, timeToQuotaMs, growthBytesPerHour, confidence } = space
  const size = `${member}’s database takes ${shareText(share)} of ${bytesText(quotaBytes)}`
  if (timeToQuotaMs === undefined) return `${size}; when full, writes are refused`
  const pace =
    growthBytesPerHour === undefined ? '' : `, growing ${bytesText(growthBytesPerHour)} an hour`
  const doubt = confidence === 'good' ? '' : ', by little seen'
  return `${size}${pace}: full in about ${aboutText(timeToQuotaMs)}${doubt}`
}

/** A forecast to the minute would promise too much. */
export const aboutText = (ms: number): string => {
  const unit = ms < 7_200_000 ? 300_000 : ms < 172_800_000 ? 3_600_000 : 86_400_000
  return durationText(Math.max(1, Math.round(ms / unit)) * unit)
}

const SIGNAL_TEXTS: Readonly<Record<DriftSignal, string>> = {
  fsyncMs: 'fsync',
  commitMs: 'backend commit',
  roundTripMs: 'round trip',
  cpuCores: 'CPU',
  commitsPerSecond: 'commits',
}

export const driftText = ({ signal, members, now, usual }: Of<'drift'>['drift']): string =>
  `${SIGNAL_TEXTS[signal]} of ${members.length > 3 ? countText(members.length, 'member') : listText(members)} ${valueText(signal, now)}, usually ${valueText(signal, usual)}`

const valueText = (signal: DriftSignal, value: number): string => {
  if (signal === 'cpuCores') return countText(Number(value.toPrecision(2)), 'core')
  if (signal === 'commitsPerSecond') return `${Number(value.toPrecision(2))}/s`
  return durationText(value)
}

/** 0.4 → `0.4`, 12.3 → `12`, 0.01 → `almost none`. */
export const rateText = (count: number): string =>
  count < 0.05 ? 'almost none' : String(Number(count.toPrecision(count < 10 ? 1 : 2)))

const noticeText = (about: string): string => {
  if (about === 'certificates') return 'a certificate ends within 30 days'
  const [, version] = /^end-of-life (.*)$/.exec(about) ?? []
  return version === undefined ? about : `etcd ${version} gets no more fixes`
}
