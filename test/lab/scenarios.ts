import { BIG_VALUES, BUSY, PROXY, benign, lossy, mild, severe, type Scenario } from './scenario'
import { EVERYDAY } from './scenarios-everyday'
import { FAULT_PAIRS, OTHER_CLUSTERS, SHORT_FAULTS } from './scenarios-odd'

const DISK: readonly Scenario[] = [
  severe('disk-leader-1500', {
    faults: [{ kind: 'slow-disk', on: 'each-leader', delayMs: 1500 }],
    truth: { cause: 'disk' },
  }),
  severe('disk-leader-1500-3.4', {
    cluster: { version: '3.4' },
    faults: [{ kind: 'slow-disk', on: 'each-leader', delayMs: 1500 }],
    truth: { cause: 'disk' },
  }),
  mild('disk-leader-400', {
    faults: [{ kind: 'slow-disk', on: 'leader', delayMs: 400 }],
    truth: { cause: 'disk', where: 'member' },
  }),
  mild('disk-follower-1500', {
    faults: [{ kind: 'slow-disk', on: 'follower', delayMs: 1500 }],
    truth: { cause: 'disk', where: 'member' },
  }),
]

const CPU: readonly Scenario[] = [
  severe('cpu-leader-1', {
    faults: [{ kind: 'cpu-limit', on: 'each-leader', percent: 1 }],
    truth: { cause: 'cpu' },
  }),
  severe('cpu-all-1', {
    faults: [{ kind: 'cpu-limit', on: 'all', percent: 1 }],
    truth: { cause: 'cpu' },
  }),
  mild('cpu-leader-4', {
    faults: [{ kind: 'cpu-limit', on: 'leader', percent: 4 }],
    truth: { cause: 'cpu', where: 'member' },
  }),
]

const PAUSES: readonly Scenario[] = [
  severe('pause-leader-2500', {
    faults: [{ kind: 'pause', on: 'each-leader', pauseMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'pauses' },
  }),
  severe('pause-leader-2500-3.4', {
    cluster: { version: '3.4' },
    faults: [{ kind: 'pause', on: 'each-leader', pauseMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'pauses' },
  }),
  mild('pause-leader-700', {
    faults: [{ kind: 'pause', on: 'leader', pauseMs: 700, everyMs: 5000 }],
    truth: { cause: 'pauses', where: 'member' },
  }),
]

const NETWORK: readonly Scenario[] = [
  severe('net-partition-leader', {
    cluster: PROXY,
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  severe('net-flap-leader', {
    cluster: PROXY,
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  severe('net-flap-leader-3.4', {
    cluster: { ...PROXY, version: '3.4' },
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  severe('net-flap-leader-of-5', {
    cluster: { ...PROXY, members: 5 },
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  severe('net-rtt-2500', {
    cluster: PROXY,
    faults: [{ kind: 'delay', on: 'all', roundTripMs: 2500 }],
    holdMs: 80_000,
    truth: { cause: 'network' },
  }),
  mild('net-flap-leader-600', {
    cluster: PROXY,
    faults: [{ kind: 'flap', on: 'leader', silentMs: 600, everyMs: 5000 }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('net-one-link', {
    cluster: PROXY,
    faults: [{ kind: 'cut-link' }],
    truth: { cause: 'network', where: 'link' },
  }),
  mild('net-resets-leader', {
    cluster: PROXY,
    faults: [{ kind: 'resets', on: 'leader', everyMs: 3000 }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('net-rtt-300', {
    cluster: PROXY,
    faults: [{ kind: 'delay', on: 'all', roundTripMs: 300 }],
    truth: { cause: 'network' },
  }),
  mild('net-loss', {
    cluster: PROXY,
    faults: lossy(0.01),
    truth: { cause: 'none', or: 'network' },
  }),
]

const TIMEOUTS: readonly Scenario[] = [
  severe('timeouts-20-100-loss', {
    cluster: { ...PROXY, heartbeatMs: 20, electionMs: 100 },
    faults: lossy(0.02),
    truth: { cause: 'timeouts' },
  }),
  mild('timeouts-50-250-loss', {
    cluster: { ...PROXY, heartbeatMs: 50, electionMs: 250 },
    faults: lossy(0.01),
    truth: { cause: 'timeouts' },
  }),
]

const OVERLOAD: readonly Scenario[] = [
  severe('overload-big-values', {
    // Room for what is written, so that it stays a matter of load.
    cluster: { quotaBytes: 8 * 2 ** 30 },
    faults: [BIG_VALUES],
    truth: { cause: 'overload' },
  }),
  // More than any small host carries, whatever else it has to do.
  severe('overload-flood', {
    cluster: { quotaBytes: 8 * 2 ** 30 },
    faults: [{ ...BIG_VALUES, workers: 48, perSecond: 400 }],
    truth: { cause: 'overload' },
  }),
  mild('overload-lists', {
    faults: [
      {
        kind: 'load',
        does: 'lists',
        workers: 12,
        valueBytes: 4096,
        keys: 1000,
        prefix: '/registry/pods/',
      },
    ],
    truth: { cause: 'overload' },
  }),
  mild('overload-small-values', {
    faults: [
      { kind: 'load', does: 'puts', workers: 64, valueBytes: 1024, prefix: '/registry/leases/' },
    ],
    truth: { cause: 'overload' },
  }),
]

const SPACE: readonly Scenario[] = [
  severe('space-nospace', {
    cluster: { quotaBytes: 32 << 20 },
    faults: [{ kind: 'fill-database', valueBytes: 100_000 }],
    holdMs: 35_000,
    truth: { cause: 'space' },
  }),
  mild('space-nearly-full', {
    cluster: { quotaBytes: 32 << 20 },
    faults: [
      {
        kind: 'load',
        does: 'puts',
        workers: 1,
        valueBytes: 100_000,
        perSecond: 20,
        keys: 5000,
        // To 96 % of the quota.
        most: 307,
      },
    ],
    truth: { cause: 'space' },
  }),
]

/** About 200 MB that a defrag must copy. */
const BIG = { kind: 'puts', workers: 8, valueBytes: 200_000, keys: 1000, most: 1000 } as const

const MAINTENANCE: readonly Scenario[] = [
  severe('defrag-each-leader', {
    prefill: BIG,
    faults: [{ kind: 'defrag', on: 'each-leader', everyMs: 8000 }],
    truth: { cause: 'maintenance' },
  }),
  mild('defrag-all-small', {
    prefill: { ...BIG, most: 100 },
    faults: [{ kind: 'defrag', on: 'all', everyMs: 15_000 }],
    truth: { cause: 'maintenance', or: 'none' },
  }),
]

const MEMBERS: readonly Scenario[] = [
  severe('member-down-leader', {
    faults: [{ kind: 'kill', on: 'leader' }],
    truth: { cause: 'member-down', where: 'member' },
  }),
  mild('member-down-follower', {
    faults: [{ kind: 'kill', on: 'follower' }],
    truth: { cause: 'member-down', where: 'member' },
  }),
  severe('crash-loop-leader', {
    faults: [{ kind: 'crash-loop', on: 'each-leader', everyMs: 10_000 }],
    truth: { cause: 'member-down' },
  }),
  mild('crash-loop-follower', {
    faults: [{ kind: 'crash-loop', on: 'follower', everyMs: 10_000 }],
    truth: { cause: 'member-down', where: 'member' },
  }),
  severe('quorum-lost', {
    faults: [{ kind: 'kill-quorum' }],
    holdMs: 35_000,
    truth: { cause: 'quorum-lost' },
  }),
  severe('quorum-lost-of-5', {
    cluster: { members: 5 },
    faults: [{ kind: 'kill-quorum' }],
    holdMs: 35_000,
    truth: { cause: 'quorum-lost' },
  }),
]

/** Without pre-vote a follower that comes back topples a sound leader; with it the same flaps are harmless. */
const VERSION: readonly Scenario[] = [
  severe('version-3.4-flap-follower', {
    cluster: { ...PROXY, version: '3.4' },
    faults: [{ kind: 'flap', on: 'follower', silentMs: 4000, everyMs: 10_000 }],
    truth: { cause: 'version', or: 'network' },
  }),
  mild('version-mixed', {
    cluster: { versions: ['3.4', '3.5', '3.5'] },
    faults: [],
    truth: { cause: 'none', or: 'version' },
  }),
]

const BENIGN: readonly Scenario[] = [
  benign('healthy', { faults: [], truth: { cause: 'none' } }),
  benign('healthy-3.4', { cluster: { version: '3.4' }, faults: [], truth: { cause: 'none' } }),
  benign('loaded', { load: BUSY, faults: [], truth: { cause: 'none' } }),
  benign('move-leader', {
    faults: [{ kind: 'move-leader', times: 1, everyMs: 10_000 }],
    holdMs: 20_000,
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('move-leader-twice', {
    faults: [{ kind: 'move-leader', times: 2, everyMs: 15_000 }],
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('rolling-restart', {
    faults: [{ kind: 'rolling-restart', downMs: 2000, everyMs: 12_000 }],
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('rtt-50', {
    cluster: PROXY,
    faults: [{ kind: 'delay', on: 'all', roundTripMs: 50 }],
    truth: { cause: 'none' },
  }),
]

const DISK_1500 = { kind: 'slow-disk', on: 'each-leader', delayMs: 1500 } as const
const PAUSE_2500 = { kind: 'pause', on: 'each-leader', pauseMs: 2500, everyMs: 10_000 } as const
const THIN = { healthyMs: 5000 } as const
const LONG = { healthyMs: 70_000 } as const

/** The same faults seen otherwise: little calm before them, much of it, looks further apart, more members, more load. */
const VARIATIONS: readonly Scenario[] = [
  severe('disk-leader-thin-calm', { times: THIN, faults: [DISK_1500], truth: { cause: 'disk' } }),
  severe('pause-leader-thin-calm', {
    times: THIN,
    faults: [PAUSE_2500],
    truth: { cause: 'pauses' },
  }),
  severe('net-partition-thin-calm', {
    times: THIN,
    cluster: PROXY,
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  severe('cpu-leader-thin-calm', {
    times: THIN,
    faults: [{ kind: 'cpu-limit', on: 'each-leader', percent: 1 }],
    truth: { cause: 'cpu' },
  }),
  severe('pause-leader-long-calm', {
    times: LONG,
    faults: [PAUSE_2500],
    truth: { cause: 'pauses' },
  }),
  severe('net-flap-long-calm', {
    times: LONG,
    cluster: PROXY,
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  severe('disk-leader-looks-5s', {
    everyMs: 5000,
    faults: [DISK_1500],
    truth: { cause: 'disk' },
  }),
  severe('pause-leader-looks-5s', {
    everyMs: 5000,
    faults: [PAUSE_2500],
    truth: { cause: 'pauses' },
  }),
  severe('disk-leader-of-5', {
    cluster: { members: 5 },
    faults: [DISK_1500],
    truth: { cause: 'disk' },
  }),
  severe('pause-leader-of-5', {
    cluster: { members: 5 },
    faults: [PAUSE_2500],
    truth: { cause: 'pauses' },
  }),
  severe('net-partition-leader-of-5', {
    cluster: { ...PROXY, members: 5 },
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  severe('disk-leader-loaded', { load: BUSY, faults: [DISK_1500], truth: { cause: 'disk' } }),
  severe('pause-leader-loaded', { load: BUSY, faults: [PAUSE_2500], truth: { cause: 'pauses' } }),
  severe('net-partition-loaded', {
    load: BUSY,
    cluster: PROXY,
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('disk-follower-loaded', {
    load: BUSY,
    faults: [{ kind: 'slow-disk', on: 'follower', delayMs: 1500 }],
    truth: { cause: 'disk', where: 'member' },
  }),
]

const FLAP_2500 = { kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 } as const
const OLD = { version: '3.4' } as const

/** The same on 3.4, which has no pre-vote, fewer metrics and other words in its logs. */
const OLD_VERSION: readonly Scenario[] = [
  severe('cpu-leader-1-3.4', {
    cluster: OLD,
    faults: [{ kind: 'cpu-limit', on: 'each-leader', percent: 1 }],
    truth: { cause: 'cpu' },
  }),
  severe('net-partition-leader-3.4', {
    cluster: { ...PROXY, ...OLD },
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('net-one-link-3.4', {
    cluster: { ...PROXY, ...OLD },
    faults: [{ kind: 'cut-link' }],
    truth: { cause: 'network', or: 'version', where: 'link' },
  }),
  severe('member-down-leader-3.4', {
    cluster: OLD,
    faults: [{ kind: 'kill', on: 'leader' }],
    truth: { cause: 'member-down', where: 'member' },
  }),
  severe('overload-big-values-3.4', {
    cluster: { ...OLD, quotaBytes: 8 * 2 ** 30 },
    faults: [BIG_VALUES],
    truth: { cause: 'overload' },
  }),
  severe('quorum-lost-3.4', {
    cluster: OLD,
    faults: [{ kind: 'kill-quorum' }],
    holdMs: 35_000,
    truth: { cause: 'quorum-lost' },
  }),
  benign('rolling-restart-3.4', {
    cluster: OLD,
    faults: [{ kind: 'rolling-restart', downMs: 2000, everyMs: 12_000 }],
    truth: { cause: 'planned', or: 'none' },
  }),
]

/** Other sizes, and members that do not lead: no election, and yet their clients suffer. */
const SIZES: readonly Scenario[] = [
  severe('disk-leader-2500', {
    faults: [{ ...DISK_1500, delayMs: 2500 }],
    truth: { cause: 'disk' },
  }),
  mild('disk-all-700', {
    faults: [{ kind: 'slow-disk', on: 'all', delayMs: 700 }],
    truth: { cause: 'disk' },
  }),
  severe('pause-leader-1600', {
    faults: [{ ...PAUSE_2500, pauseMs: 1600, everyMs: 7000 }],
    truth: { cause: 'pauses' },
  }),
  mild('pause-follower-2500', {
    faults: [{ ...PAUSE_2500, on: 'follower' }],
    truth: { cause: 'pauses', where: 'member' },
  }),
  mild('cpu-follower-1', {
    faults: [{ kind: 'cpu-limit', on: 'follower', percent: 1 }],
    truth: { cause: 'cpu', where: 'member' },
  }),
  severe('net-flap-leader-1600', {
    cluster: PROXY,
    faults: [{ ...FLAP_2500, silentMs: 1600, everyMs: 7000 }],
    truth: { cause: 'network' },
  }),
  mild('net-partition-follower', {
    cluster: PROXY,
    faults: [{ kind: 'cut', on: 'follower' }],
    truth: { cause: 'network', where: 'member' },
  }),
  benign('rolling-restart-of-5', {
    cluster: { members: 5 },
    faults: [{ kind: 'rolling-restart', downMs: 2000, everyMs: 7000 }],
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('compaction-busy', {
    load: BUSY,
    faults: [{ kind: 'compact', everyMs: 5000 }],
    truth: { cause: 'none' },
  }),
]

export const SCENARIOS: readonly Scenario[] = [
  ...DISK,
  ...CPU,
  ...PAUSES,
  ...NETWORK,
  ...TIMEOUTS,
  ...OVERLOAD,
  ...SPACE,
  ...MAINTENANCE,
  ...MEMBERS,
  ...VERSION,
  ...BENIGN,
  ...VARIATIONS,
  ...OLD_VERSION,
  ...SIZES,
  ...FAULT_PAIRS,
  ...OTHER_CLUSTERS,
  ...SHORT_FAULTS,
  ...EVERYDAY,
]
