import type {
  ClusterSettings,
  Failure,
  MemberReading,
  MemberStatus,
  Observation,
  Roster,
  Scrape,
} from '../../src/diagnosis/facts'
import { loadLimits } from '../../src/config/limits'

/** Builders with defaults: a test states only what matters. A healthy 3-member cluster is what nothing said means. */

export const LIMITS = loadLimits('config/limits.yaml')
export const GIB = 1024 ** 3

export const settings = (over: Partial<ClusterSettings> = {}): ClusterSettings => ({
  name: 'prod',
  heartbeatMs: 100,
  electionMs: 1000,
  timeoutsFrom: 'default',
  quotaBytes: undefined,
  ...over,
})

export const status = (over: Partial<MemberStatus> = {}): MemberStatus => ({
  memberId: 'a1',
  clusterId: 'c',
  version: '3.5.33',
  leaderId: 'a1',
  raftTerm: 2,
  raftIndex: 100,
  raftAppliedIndex: 100,
  dbSizeBytes: 1_000_000,
  dbInUseBytes: 900_000,
  quotaBytes: undefined,
  isLearner: false,
  errors: [],
  ...over,
})

const NOTHING_SCRAPED: Scrape = {
  processStartSeconds: undefined,
  cpuSecondsTotal: undefined,
  openFds: undefined,
  maxFds: undefined,
  goroutines: undefined,
  gcPauseMaxSeconds: undefined,
  gcPauseSumSeconds: undefined,
  gcCount: undefined,
  memberId: undefined,
  version: undefined,
  hasLeader: undefined,
  isLeader: undefined,
  isLearner: undefined,
  leaderChangesTotal: undefined,
  heartbeatSendFailuresTotal: undefined,
  proposalsCommitted: undefined,
  proposalsApplied: undefined,
  proposalsPending: undefined,
  proposalsFailedTotal: undefined,
  slowAppliesTotal: undefined,
  slowReadIndexesTotal: undefined,
  dbSizeBytes: undefined,
  dbInUseBytes: undefined,
  quotaBytes: undefined,
  defragsInFlight: undefined,
  snapshotsApplying: undefined,
  compactionKeysTotal: undefined,
  putsTotal: undefined,
  rangesTotal: undefined,
  clientReceivedBytesTotal: undefined,
  clientSentBytesTotal: undefined,
  walFsync: undefined,
  backendCommit: undefined,
  commitSpill: undefined,
  defrag: undefined,
  dbSnapshot: undefined,
  compactionPauseMs: undefined,
  peers: new Map(),
}

/** A page as if it held only what is said, and a quota of 2 GiB. */
export const scrape = (over: Partial<Scrape> = {}): Scrape => ({
  ...NOTHING_SCRAPED,
  quotaBytes: 2 * GIB,
  ...over,
})

export const failed = (kind: Failure['kind'], text: string = kind, tookMs = 1) => ({
  ok: false as const,
  why: { kind, text },
  tookMs,
})

export const read = <T>(value: T, tookMs = 3) => ({ ok: true as const, value, tookMs })

type MemberOver = Partial<MemberStatus> & {
  readonly page?: Partial<Scrape>
  readonly statusMs?: number
  readonly pageMs?: number
  /** Neither part could be read, for this reason. */
  readonly lost?: Failure['kind']
  readonly pageLost?: Failure['kind']
  readonly statusLost?: Failure['kind']
}

/** Member number `n` of m1, m2, …, with the id a1, a2, …. */
export const member = (n: number, over: MemberOver = {}): MemberReading => {
  const { page, statusMs, pageMs, lost, pageLost, statusLost, ...fields } = over
  const statusFailure = lost ?? statusLost
  const pageFailure = lost ?? pageLost
  return {
    endpoint: `http://10.0.0.${n}:2379`,
    status:
      statusFailure === undefined
        ? read(status({ memberId: `a${n}`, ...fields }), statusMs)
        : failed(statusFailure),
    scrape:
      pageFailure === undefined
        ? read(scrape({ memberId: `a${n}`, ...page }), pageMs)
        : failed(pageFailure),
  }
}

export const roster = (count: number, over: Partial<Roster> = {}): Roster => ({
  answeredBy: 'http://10.0.0.1:2379',
  memberId: 'a1',
  raftTerm: 2,
  members: Array.from({ length: count }, (_, i) => ({
    id: `a${i + 1}`,
    name: `m${i + 1}`,
    peerUrls: [`http://10.0.0.${i + 1}:2380`],
    clientUrls: [`http://10.0.0.${i + 1}:2379`],
    isLearner: false,
  })),
  ...over,
})

/** One look at these members; the roster lists as many unless another is given. */
export const look = (
  members: readonly MemberReading[],
  over: Partial<Observation> = {},
): Observation => ({
  at: Date.UTC(2026, 10, 22, 3),
  members,
  roster: read(roster(members.length)),
  ...over,
})
