import type { Gain } from '../../src/diagnosis/histogram'
import type { LinkGain, Look, MemberLook } from '../../src/diagnosis/window/look'

/** Looks at a cluster that writes, as real ones vary: counts by chance around a load that follows the day. */

/** A small generator, so that a run can be repeated (mulberry32). */
export const chance = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Weather = {
  readonly random: () => number
  /** Commits a second. */
  readonly load: number
  readonly everySeconds: number
  /** Times the usual duration of an fsync. */
  readonly slow: number
}

const edgesFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => first * 2 ** i)

const DISK_EDGES = edgesFrom(0.001, 14)
const TRIP_EDGES = edgesFrom(0.0001, 16)

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Poisson by its normal limit. */
const around = (mean: number, random: () => number): number =>
  Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))

/** `count` durations around `median` seconds, a tenth of which are thrown: the rest scales. */
const durations = (
  edges: readonly number[],
  { count, median, random }: { count: number; median: number; random: () => number },
): Gain => {
  const sample = Math.min(count, 60)
  const buckets = edges.map(() => 0)
  let over = 0
  let sum = 0
  for (let i = 0; i < sample; i++) {
    const took = median * Math.exp(0.7 * normal(random))
    const bucket = edges.findIndex((edge) => took <= edge)
    const weight = Math.round((count * (i + 1)) / sample) - Math.round((count * i) / sample)
    sum += took * weight
    if (bucket < 0) over += weight
    else buckets[bucket] = (buckets[bucket] ?? 0) + weight
  }
  let total = 0
  const counts = buckets.map((bucket) => (total += bucket))
  return { edges, counts, count: total + over, sum }
}

export const endpointOf = (i: number): string => `http://etcd-${i}.etcd.svc.cluster.local:2379`
const idOf = (i: number): string => (0x8e9e05c52164694dn + BigInt(i * 7919)).toString(16)

const memberLook = (
  i: number,
  { members, at, weather }: { members: number; at: number; weather: Weather },
): MemberLook => {
  const { random, load, everySeconds, slow } = weather
  const commits = around(load * everySeconds, random)
  const fsyncs = around(load * everySeconds * 0.8, random)
  const links = new Map<string, LinkGain>()
  for (let j = 0; j < members; j++)
    if (j !== i) links.set(idOf(j), linkGain(i === 0 || j === 0, weather))
  return {
    endpoint: endpointOf(i),
    name: `etcd-${i}`,
    id: idOf(i),
    version: '3.5.30',
    isLearner: false,
    status: { came: true, tookMs: 1.5 * Math.exp(0.4 * normal(random)) },
    page: { came: true, tookMs: 12 * Math.exp(0.3 * normal(random)) },
    seesLeader: true,
    isLeader: i === 0,
    leaderId: idOf(0),
    term: 7,
    errors: [],
    processStartSeconds: 1_795_328_951.35,
    restarted: false,
    quotaShare: 0.21,
    dbSizeBytes: 450_000_000 + Math.floor(at / 3_600_000) * 4096,
    // Kubernetes compacts every five minutes; to a quarter of a MiB, as looks have it
    dbInUseBytes: Math.ceil((300_000_000 + load * 900 * ((at / 1000) % 300)) / 262_144) * 262_144,
    raftIndex: Math.floor((at / 1000) * load),
    pending: random() < 0.1 ? 1 : 0,
    goroutines: 240 + Math.floor(random() * 10),
    gcPauseMaxSeconds: 0.0004 * Math.exp(0.5 * normal(random)),
    defragsInFlight: 0,
    snapshotsApplying: 0,
    gain: {
      seconds: everySeconds + 0.01 * normal(random),
      walFsync: durations(DISK_EDGES, { count: fsyncs, median: 0.002 * slow, random }),
      backendCommit: durations(DISK_EDGES, {
        count: around(10 * everySeconds * 0.9, random),
        median: 0.005 * slow,
        random,
      }),
      spill: durations(DISK_EDGES, {
        count: around(10 * everySeconds * 0.9, random),
        median: 0.0003,
        random,
      }),
      defrags: 0,
      compactionPauses: durations(edgesFrom(1, 13), { count: 0, median: 1, random }),
      dbSnapshot: durations(edgesFrom(0.01, 11), { count: 0, median: 1, random }),
      heartbeatFailures: 0,
      leaderChanges: 0,
      committed: commits,
      proposalsFailed: 0,
      slowApplies: random() < 0.02 ? 1 : 0,
      slowReadIndexes: 0,
      puts: commits,
      ranges: around(load * 3 * everySeconds, random),
      clientReceivedBytes: around(load * everySeconds, random) * 900,
      clientSentBytes: around(load * 3 * everySeconds, random) * 2000,
      cpuSeconds: everySeconds * 0.08 * (1 + 0.1 * normal(random)),
      gcPauseSeconds: random() < 0.5 ? 0.0003 * random() : 0,
      gcCycles: random() < 0.5 ? 1 : 0,
      compactedKeys: 0,
      links,
    },
  }
}

const linkGain = (leads: boolean, { random, load, everySeconds }: Weather): LinkGain => ({
  receivedBytes:
    around(leads ? load * everySeconds : everySeconds, random) * 600 + Math.floor(random() * 100),
  sentBytes:
    around(leads ? load * everySeconds : everySeconds, random) * 700 + Math.floor(random() * 100),
  sentFailures: 0,
  receivedFailures: 0,
  disconnects: 0,
  activeConnections: 3,
  roundTrip: durations(TRIP_EDGES, {
    count: random() < everySeconds / 30 ? 2 : 0,
    median: 0.0008,
    random,
  }),
})

export type Scene = {
  readonly from: number
  readonly looks: number
  readonly members?: number
  readonly everySeconds?: number
  readonly seed?: number
  readonly load?: number
  readonly slow?: number
}

export const looksAt = ({
  from,
  looks,
  members = 3,
  everySeconds = 15,
  seed = 1,
  load = 60,
  slow = 1,
}: Scene): readonly Look[] => {
  const random = chance(seed)
  return Array.from({ length: looks }, (_, n) => {
    const at = from + n * everySeconds * 1000
    const day = 1 + 0.5 * Math.sin((2 * Math.PI * at) / 86_400_000)
    const weather = { random, everySeconds, slow, load: load * day }
    return {
      at,
      voters: members,
      logs: undefined,
      members: Array.from({ length: members }, (__, i) => memberLook(i, { members, at, weather })),
    }
  })
}
