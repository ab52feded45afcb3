import type { History } from './elections'
import { sumOf } from '../histogram'
import type { Gain } from '../histogram'
import { isPrompt, isStatusSlow } from './lateness'
import type { Lateness } from './lateness'
import type { LinkGain, MemberLook, Rows } from './look'
import type { Link } from '../verdict'

/**
 * The link between two members over some looks. Only what a leader says to a follower is traffic that must flow, so a
 * silence counts only while one of the two leads, and only at looks at which both processes ran.
 */
export type LinkSignals = {
  readonly ends: Link
  /** Looks at which traffic had to flow and both ends were seen to run. */
  readonly watched: number
  /** Those at which one end received nothing from the other, and neither waited in Raft's own loop, as for its disk. */
  readonly silent: number
  /** How long the gains of the silent looks reach, added up. */
  readonly silentMs: number
  /** Bytes between leader and follower, both ways, summed over the watched looks. */
  readonly bytes: number
  readonly sentFailures: number
  readonly disconnects: number
  /** Looks at which a connection broke or a message could not be sent. */
  readonly broken: number
  /** Looks at which one end had no connection to the other while both ran. */
  readonly unconnected: number
  /** Of both ends, with neither process late. Smoothed by etcd: read it as a mean over half a minute. */
  readonly roundTrip: Gain | undefined
}

type Seen = {
  readonly rows: Rows
  readonly history: History
  readonly lateness: Lateness
}

type Span = { readonly from: number; readonly to: number }

/** Every pair of watched members, over the looks from `from` to `to`, both included. */
export const linksOf = (seen: Seen, span: Span): readonly LinkSignals[] => {
  const runs = new Map(
    [...seen.rows].map(([endpoint, row]) => [endpoint, runsOf(row, seen.lateness)]),
  )
  const endpoints = [...seen.rows.keys()]
  return endpoints.flatMap((a, i) =>
    endpoints.slice(i + 1).map((b) => linkOf([a, b], { seen, runs }, span)),
  )
}

type Runs = ReadonlyMap<string, readonly boolean[]>

/** At which looks a member ran, and was not away at the two before: a process that was breaks its connections itself. */
const runsOf = (
  row: readonly (MemberLook | undefined)[],
  lateness: Lateness,
): readonly boolean[] => {
  const stood = row.map((member) => member?.page.came === true && !member.restarted)
  return row.map(
    (member, i) =>
      member !== undefined &&
      stood[i] === true &&
      stood[i - 1] !== false &&
      stood[i - 2] !== false &&
      isPrompt(member, lateness),
  )
}

type Scene = { readonly seen: Seen; readonly runs: Runs }

const linkOf = (ends: Link, scene: Scene, { from, to }: Span): LinkSignals => {
  const readings: LinkReading[] = []
  for (let i = from; i <= to; i++) {
    const reading = readLink(ends, scene, i)
    if (reading !== undefined) readings.push(reading)
  }
  const flowing = readings.filter((reading) => reading.mustFlow)
  return {
    ends,
    watched: flowing.length,
    silent: flowing.filter((reading) => reading.silent).length,
    silentMs: flowing.reduce((sum, { ms, silent }) => sum + (silent ? ms : 0), 0),
    bytes: flowing.reduce((sum, reading) => sum + reading.bytes, 0),
    sentFailures: readings.reduce((sum, reading) => sum + reading.sentFailures, 0),
    disconnects: readings.reduce((sum, reading) => sum + reading.disconnects, 0),
    broken: readings.filter((reading) => reading.sentFailures + reading.disconnects > 0).length,
    unconnected: readings.filter((reading) => reading.unconnected).length,
    roundTrip: sumOf(readings.flatMap((reading) => reading.roundTrips)),
  }
}

type LinkReading = {
  readonly mustFlow: boolean
  readonly silent: boolean
  readonly ms: number
  readonly bytes: number
  readonly sentFailures: number
  readonly disconnects: number
  readonly unconnected: boolean
  readonly roundTrips: readonly (Gain | undefined)[]
}

/** Undefined unless both ends ran. */
const readLink = ([a, b]: Link, { seen, runs }: Scene, index: number): LinkReading | undefined => {
  if (runs.get(a)?.[index] !== true || runs.get(b)?.[index] !== true) return undefined
  const [lookA, lookB] = [seen.rows.get(a)?.[index], seen.rows.get(b)?.[index]]
  if (lookA === undefined || lookB === undefined) return undefined
  const [atA, atB] = [gainFrom(lookA, lookB), gainFrom(lookB, lookA)]
  const leader = seen.history.leaders[index]?.endpoint
  // One that stepped down says nothing to anybody
  const leads = [lookA, lookB].some((one) => one.endpoint === leader && one.seesLeader !== false)
  const received = [atA?.receivedBytes, atB?.receivedBytes].filter((bytes) => bytes !== undefined)
  return {
    mustFlow: leads && received.length > 0,
    silent: received.includes(0) && ![lookA, lookB].some((one) => isStatusSlow(one, seen.lateness)),
    ms: 1000 * Math.min(lookA.gain?.seconds ?? 0, lookB.gain?.seconds ?? 0),
    bytes: received.reduce((sum, bytes) => sum + bytes, 0),
    sentFailures: (atA?.sentFailures ?? 0) + (atB?.sentFailures ?? 0),
    disconnects: (atA?.disconnects ?? 0) + (atB?.disconnects ?? 0),
    unconnected: atA?.activeConnections === 0 || atB?.activeConnections === 0,
    roundTrips: [atA?.roundTrip, atB?.roundTrip],
  }
}

const gainFrom = (member: MemberLook, other: MemberLook): LinkGain | undefined =>
  other.id === undefined ? undefined : member.gain?.links.get(other.id)

/**
 * Whether the words of a member that sees no leader reach others while its link to `except` is silent: a lone candidate asks
 * everyone for a vote. Share of what others could have received; undefined when nobody else was seen.
 */
export const heardShare = (
  [endpoint, except]: Link,
  seen: Seen,
  { from, to }: Span,
): number | undefined => {
  const heard: number[] = []
  for (let i = from; i <= to; i++) heard.push(...heardAt([endpoint, except], seen, i))
  return heard.length === 0 ? undefined : heard.filter((bytes) => bytes > 0).length / heard.length
}

const heardAt = (ends: Link, seen: Seen, index: number): readonly number[] => {
  const [member, other] = ends.map((endpoint) => seen.rows.get(endpoint)?.[index])
  if (member?.seesLeader !== false || other === undefined) return []
  const silent = [gainFrom(member, other), gainFrom(other, member)].some(
    (gain) => gain?.receivedBytes === 0,
  )
  if (!silent) return []
  return [...seen.rows]
    .filter(([endpoint]) => !ends.includes(endpoint))
    .map(([, row]) => row[index] && gainFrom(row[index], member)?.receivedBytes)
    .filter((bytes) => bytes !== undefined)
}
