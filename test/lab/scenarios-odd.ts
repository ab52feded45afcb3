import { BIG_VALUES, BUSY, PROXY, mild, severe, type Scenario } from './scenario'

const DISK = { kind: 'slow-disk', on: 'each-leader', delayMs: 1500 } as const
const PAUSE = { kind: 'pause', on: 'each-leader', pauseMs: 2500, everyMs: 10_000 } as const
const CPU = { kind: 'cpu-limit', on: 'each-leader', percent: 1 } as const
const ROOMY = { quotaBytes: 8 * 2 ** 30 } as const
const FIVE = { members: 5 } as const

/** Two faults at once: either name is right. */
export const FAULT_PAIRS: readonly Scenario[] = [
  severe('pair-disk-cpu', {
    faults: [DISK, { ...CPU, percent: 3 }],
    truth: { cause: 'disk', or: 'cpu' },
  }),
  severe('pair-overload-slow-disk', {
    cluster: ROOMY,
    faults: [BIG_VALUES, { kind: 'slow-disk', on: 'all', delayMs: 60 }],
    truth: { cause: 'overload', or: 'disk' },
  }),
  severe('pair-disk-net-flap', {
    cluster: PROXY,
    faults: [
      { ...DISK, on: 'leader' },
      { kind: 'flap', on: 'follower', silentMs: 2500, everyMs: 10_000 },
    ],
    truth: { cause: 'disk', or: 'network' },
  }),
]

/** Other sizes, timeouts and wires than the usual three members at 100/1000 ms. */
export const OTHER_CLUSTERS: readonly Scenario[] = [
  severe('net-rtt-2500-of-5', {
    cluster: { ...PROXY, ...FIVE },
    faults: [{ kind: 'delay', on: 'all', roundTripMs: 2500 }],
    holdMs: 60_000,
    truth: { cause: 'network' },
  }),
  severe('cpu-leader-1-of-5', { cluster: FIVE, faults: [CPU], truth: { cause: 'cpu' } }),
  severe('pause-leader-of-5-looks-5s', {
    cluster: FIVE,
    everyMs: 5000,
    faults: [{ ...PAUSE, pauseMs: 2000 }],
    truth: { cause: 'pauses' },
  }),
  severe('net-flap-of-5-looks-5s', {
    cluster: { ...PROXY, ...FIVE },
    everyMs: 5000,
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  mild('disk-follower-of-5', {
    cluster: FIVE,
    load: BUSY,
    faults: [{ kind: 'slow-disk', on: 'follower', delayMs: 1000 }],
    truth: { cause: 'disk', where: 'member' },
  }),
  severe('disk-at-500-5000', {
    cluster: { heartbeatMs: 500, electionMs: 5000 },
    faults: [{ ...DISK, delayMs: 7000 }],
    holdMs: 60_000,
    truth: { cause: 'disk' },
  }),
  severe('pause-at-500-5000', {
    cluster: { heartbeatMs: 500, electionMs: 5000 },
    faults: [{ ...PAUSE, pauseMs: 11_000, everyMs: 22_000 }],
    holdMs: 60_000,
    truth: { cause: 'pauses' },
  }),
  severe('net-flap-at-500-5000', {
    cluster: { ...PROXY, heartbeatMs: 500, electionMs: 5000 },
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 11_000, everyMs: 22_000 }],
    holdMs: 60_000,
    truth: { cause: 'network' },
  }),
  mild('disk-at-20-100', {
    cluster: { heartbeatMs: 20, electionMs: 100 },
    faults: [{ ...DISK, delayMs: 400 }],
    truth: { cause: 'disk', or: 'timeouts' },
  }),
  mild('pause-at-20-100', {
    cluster: { heartbeatMs: 20, electionMs: 100 },
    faults: [{ ...PAUSE, pauseMs: 400, everyMs: 4000 }],
    truth: { cause: 'pauses', or: 'timeouts' },
  }),
  severe('disk-tls', {
    cluster: { tls: true },
    load: undefined,
    faults: [DISK],
    truth: { cause: 'disk' },
  }),
  severe('net-partition-tls', {
    cluster: { ...PROXY, tls: true },
    load: undefined,
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('disk-of-1', {
    cluster: { members: 1 },
    faults: [{ ...DISK, on: 'leader' }],
    truth: { cause: 'disk' },
  }),
  mild('pause-of-1', {
    cluster: { members: 1 },
    faults: [{ ...PAUSE, on: 'leader' }],
    truth: { cause: 'pauses' },
  }),
  severe('member-down-of-2', {
    cluster: { members: 2 },
    faults: [{ kind: 'kill', on: 'follower' }],
    truth: { cause: 'quorum-lost', or: 'member-down' },
  }),
  severe('net-cut-of-2', {
    cluster: { ...PROXY, members: 2 },
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', or: 'quorum-lost' },
  }),
  severe('net-mute-leader', {
    cluster: PROXY,
    faults: [{ kind: 'mute', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  mild('net-mute-follower', {
    cluster: PROXY,
    faults: [{ kind: 'mute', on: 'follower' }],
    truth: { cause: 'network', where: 'member' },
  }),
  severe('disk-leader-3.5.16', {
    cluster: { version: '3.5.16' },
    faults: [{ ...DISK, delayMs: 2000 }],
    truth: { cause: 'disk' },
  }),
]

const CALM_AFTER = { healthyMs: 20_000, recoverMs: 45_000 } as const
const NO_CALM = { healthyMs: 500, recoverMs: 5000 } as const

/** Short faults with a long calm behind them, and faults that were there before the first look. */
export const SHORT_FAULTS: readonly Scenario[] = [
  severe('short-disk', {
    times: CALM_AFTER,
    holdMs: 14_000,
    faults: [DISK],
    truth: { cause: 'disk' },
  }),
  severe('short-partition', {
    cluster: PROXY,
    times: CALM_AFTER,
    holdMs: 12_000,
    faults: [{ kind: 'cut', on: 'leader' }],
    truth: { cause: 'network', where: 'member' },
  }),
  severe('short-cpu', {
    times: CALM_AFTER,
    holdMs: 14_000,
    faults: [CPU],
    truth: { cause: 'cpu' },
  }),
  severe('short-pauses', {
    times: CALM_AFTER,
    holdMs: 14_000,
    faults: [{ ...PAUSE, everyMs: 6000 }],
    truth: { cause: 'pauses' },
  }),
  severe('before-disk', { times: NO_CALM, faults: [DISK], truth: { cause: 'disk' } }),
  severe('before-cpu', { times: NO_CALM, faults: [CPU], truth: { cause: 'cpu' } }),
  severe('before-pauses', { times: NO_CALM, faults: [PAUSE], truth: { cause: 'pauses' } }),
  severe('before-flap', {
    cluster: PROXY,
    times: NO_CALM,
    faults: [{ kind: 'flap', on: 'each-leader', silentMs: 2500, everyMs: 10_000 }],
    truth: { cause: 'network' },
  }),
  severe('before-overload', {
    cluster: ROOMY,
    times: NO_CALM,
    faults: [BIG_VALUES],
    truth: { cause: 'overload' },
  }),
]
