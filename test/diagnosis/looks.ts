import type { Gain } from '../../src/diagnosis/histogram'
import type { LinkGain, Look, MemberGain, MemberLook } from '../../src/diagnosis/window/look'
import type { LogEvent } from '../../src/diagnosis/facts'
import type { Election } from '../../src/diagnosis/window/elections'

/** Builders of looks: a healthy member of 3 is what nothing said means. Members are m1, m2, m3 with ids a1, a2, a3. */

export const endpointOf = (n: number): string => `http://m${n}:2379`

const FSYNC_EDGES = Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i)
const TRIP_EDGES = Array.from({ length: 16 }, (_, i) => 0.0001 * 2 ** i)

/** A gain of these observations, in seconds. */
export const gainOfSeconds = (
  seconds: readonly number[],
  edges: readonly number[] = FSYNC_EDGES,
): Gain => ({
  edges,
  counts: edges.map((edge) => seconds.filter((one) => one <= edge).length),
  count: seconds.length,
  sum: seconds.reduce((sum, one) => sum + one, 0),
})

/** `count` fsyncs of `seconds` each. */
export const fsyncs = (count: number, seconds: number): Gain =>
  gainOfSeconds(Array.from({ length: count }, () => seconds))

export const roundTrips = (count: number, seconds: number): Gain =>
  gainOfSeconds(
    Array.from({ length: count }, () => seconds),
    TRIP_EDGES,
  )

const NO_GAIN: MemberGain = {
  seconds: 2,
  walFsync: fsyncs(40, 0.0005),
  backendCommit: fsyncs(20, 0.001),
  spill: fsyncs(20, 0.0005),
  defrags: 0,
  compactionPauses: undefined,
  dbSnapshot: undefined,
  heartbeatFailures: 0,
  leaderChanges: 0,
  committed: 40,
  proposalsFailed: 0,
  slowApplies: 0,
  slowReadIndexes: 0,
  puts: 40,
  ranges: 2,
  clientReceivedBytes: 8000,
  clientSentBytes: 4000,
  cpuSeconds: 0.08,
  gcPauseSeconds: 0,
  gcCycles: 0,
  compactedKeys: 0,
  links: new Map(),
}

export const gain = (over: Partial<MemberGain> = {}): MemberGain => ({ ...NO_GAIN, ...over })

export const link = (over: Partial<LinkGain> = {}): LinkGain => ({
  receivedBytes: 14_000,
  sentBytes: 28_000,
  sentFailures: 0,
  receivedFailures: 0,
  disconnects: 0,
  activeConnections: 1,
  roundTrip: undefined,
  ...over,
})

export const links = (
  ...all: readonly (readonly [number, Partial<LinkGain>])[]
): MemberGain['links'] => new Map(all.map(([n, over]) => [`a${n}`, link(over)]))

export const came = (tookMs: number) => ({ came: true, tookMs }) as const
export const lost = (why: 'deadline' | 'refused' | 'unasked', tookMs = 1900) =>
  ({ came: false, why, tookMs }) as const

export type MemberOver = Partial<MemberLook> & {
  /** Nothing listens there. */
  readonly refused?: true
  /** Neither part came in time. */
  readonly hung?: true
}

export const memberLook = (n: number, { refused, hung, ...over }: MemberOver = {}): MemberLook => ({
  endpoint: endpointOf(n),
  name: `m${n}`,
  id: `a${n}`,
  version: '3.5.30',
  isLearner: false,
  status: came(8),
  page: came(20),
  seesLeader: true,
  isLeader: n === 1,
  leaderId: 'a1',
  term: 2,
  errors: [],
  processStartSeconds: 1000,
  restarted: false,
  quotaShare: 0.01,
  dbSizeBytes: 1_000_000,
  raftIndex: 100,
  pending: 0,
  goroutines: 100,
  gcPauseMaxSeconds: 0.001,
  defragsInFlight: 0,
  snapshotsApplying: 0,
  gain: gain({ links: links(...[1, 2, 3].filter((m) => m !== n).map((m) => [m, {}] as const)) }),
  ...((refused ?? hung) && {
    status: lost(refused ? 'refused' : 'deadline'),
    page: lost(refused ? 'refused' : 'deadline'),
    seesLeader: undefined,
    isLeader: undefined,
    leaderId: undefined,
    term: undefined,
    processStartSeconds: undefined,
    gain: undefined,
  }),
  ...over,
})

/** A look at `seconds`, of three members, each changed by what is given under its number. */
export const lookAt = (
  seconds: number,
  over: Readonly<Record<number, MemberOver>> = {},
  logs?: readonly LogEvent[],
): Look => ({
  at: seconds * 1000,
  members: [1, 2, 3].map((n) => memberLook(n, over[n])),
  voters: 3,
  logs,
})

/** Healthy looks from `from` to `to` seconds, both included, `every` seconds apart. */
export const calm = (from: number, to: number, every = 2): readonly Look[] =>
  Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => lookAt(from + i * every))

/** m`n` leads in `term`, as everybody says. */
export const ledBy = (n: number, term: number): Readonly<Record<number, MemberOver>> =>
  Object.fromEntries([1, 2, 3].map((m) => [m, { leaderId: `a${n}`, term, isLeader: m === n }]))

export const merged = (
  ...overs: readonly Readonly<Record<number, MemberOver>>[]
): Readonly<Record<number, MemberOver>> =>
  Object.fromEntries(
    [1, 2, 3].map((n) => [
      n,
      Object.assign({}, ...overs.map((over) => over[n] ?? {})) as MemberOver,
    ]),
  )

export const election = (seconds: number, over: Partial<Election> = {}): Election => ({
  at: seconds * 1000,
  since: seconds * 1000 - 2000,
  term: undefined,
  from: endpointOf(1),
  to: endpointOf(2),
  seenIn: 'looks',
  planned: undefined,
  ...over,
})
