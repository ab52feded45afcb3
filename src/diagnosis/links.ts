import type { History } from './elections'
import { sumOf } from './histogram'
import type { Gain } from './histogram'
import { isPrompt } from './lateness'
import type { Lateness } from './lateness'
import type { LinkGain, Look, MemberLook } from './look'
import type { Link } from './verdict'

/**
 * The link between two members over some looks. Only what a leader says to a follower is traffic that must flow, so a
 * silence counts only while one of the two leads, and only at looks at which both processes ran.
 */
export type LinkSignals = {
  readonly ends: Link
  /** Looks at which traffic had to flow and both ends were seen to run. */
  readonly watched: number
  /** Those at which one end received nothing from the other. */
  readonly silent: number
  /** Bytes between leader and follower, both ways, summed over the watched looks. */
  readonly bytes: number
  readonly sentFailures: number
  readonly disconnects: number
  /** Looks at which one end had no connection to the other while both ran. */
  readonly unconnected: number
  /** Of both ends, with neither process late. Smoothed by etcd: read it as a mean over half a minute. */
  readonly roundTrip: Gain | undefined
}

type Seen = {
  readonly looks: readonly Look[]
  readonly history: History
  readonly lateness: Lateness
}

/** Every pair of watched members, over the looks from `from` to `to`, both included. */
export const linksOf = (seen: Seen, from: number, to: number): readonly LinkSignals[] => {
  const endpoints = [...new Set(seen.looks.flatMap((look) => look.members.map((m) => m.endpoint)))]
  return endpoints.flatMap((a, i) =>
    endpoints.slice(i + 1).map((b) => linkOf([a, b], seen, { from, to })),
  )
}

type Span = { readonly from: number; readonly to: number }

const linkOf = (ends: Link, seen: Seen, { from, to }: Span): LinkSignals => {
  const readings = seen.looks
    .slice(from, to + 1)
    .map((look, i) => readLink(ends, look, { seen, index: from + i }))
    .filter((reading) => reading !== undefined)
  const flowing = readings.filter((reading) => reading.mustFlow)
  return {
    ends,
    watched: flowing.length,
    silent: flowing.filter((reading) => reading.silent).length,
    bytes: flowing.reduce((sum, reading) => sum + reading.bytes, 0),
    sentFailures: readings.reduce((sum, reading) => sum + reading.sentFailures, 0),
    disconnects: readings.reduce((sum, reading) => sum + reading.disconnects, 0),
    unconnected: readings.filter((reading) => reading.unconnected).length,
    roundTrip: sumOf(readings.map((reading) => reading.roundTrip)),
  }
}

type LinkReading = {
  readonly mustFlow: boolean
  readonly silent: boolean
  readonly bytes: number
  readonly sentFailures: number
  readonly disconnects: number
  readonly unconnected: boolean
  readonly roundTrip: Gain | undefined
}

type Place = { readonly seen: Seen; readonly index: number }

/** Undefined unless both ends ran now and were not restarted since the look before. */
const readLink = (ends: Link, look: Look, { seen, index }: Place): LinkReading | undefined => {
  const [a, b] = ends.map((endpoint) => look.members.find((one) => one.endpoint === endpoint))
  if (!a || !b || !isPrompt(a, seen.lateness) || !isPrompt(b, seen.lateness)) return undefined
  if (wasAway(ends, seen.looks, index)) return undefined
  const [atA, atB] = [gainFrom(a, b), gainFrom(b, a)]
  const leader = seen.history.leaders[index]?.endpoint
  const received = [atA?.receivedBytes, atB?.receivedBytes].filter((bytes) => bytes !== undefined)
  return {
    mustFlow: (leader === a.endpoint || leader === b.endpoint) && received.length > 0,
    silent: received.some((bytes) => bytes === 0),
    bytes: received.reduce((sum, bytes) => sum + bytes, 0),
    sentFailures: (atA?.sentFailures ?? 0) + (atB?.sentFailures ?? 0),
    disconnects: (atA?.disconnects ?? 0) + (atB?.disconnects ?? 0),
    unconnected: atA?.activeConnections === 0 || atB?.activeConnections === 0,
    roundTrip: sumOf([atA?.roundTrip, atB?.roundTrip]),
  }
}

/** A process that was away, now or at the two looks before, breaks its connections itself. */
const wasAway = (ends: Link, looks: readonly Look[], index: number): boolean =>
  looks
    .slice(Math.max(0, index - 2), index + 1)
    .some((look) =>
      look.members.some(
        (member) => ends.includes(member.endpoint) && (member.restarted || !member.page.came),
      ),
    )

const gainFrom = (member: MemberLook, other: MemberLook): LinkGain | undefined =>
  other.id === undefined ? undefined : member.gain?.links.get(other.id)

/**
 * Whether the words of a member that sees no leader reach others while its link to `except` is silent: a lone candidate asks
 * everyone for a vote. Share of what others could have received; undefined when nobody else was seen.
 */
export const heardShare = (
  endpoint: string,
  except: string,
  seen: Seen,
  { from, to }: Span,
): number | undefined => {
  const heard = seen.looks
    .slice(from, to + 1)
    .flatMap((look, i) => heardAt(look, [endpoint, except], { seen, index: from + i }))
  return heard.length === 0 ? undefined : heard.filter((bytes) => bytes > 0).length / heard.length
}

const heardAt = (look: Look, ends: Link, place: Place): readonly number[] => {
  const member = look.members.find((one) => one.endpoint === ends[0])
  if (member?.seesLeader !== false || readLink(ends, look, place)?.silent !== true) return []
  return look.members
    .filter((other) => !ends.includes(other.endpoint))
    .map((other) => gainFrom(other, member)?.receivedBytes)
    .filter((bytes) => bytes !== undefined)
}
