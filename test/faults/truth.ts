import { alertKey } from '../../src/store/outbox'

/** What happens to the clusters, as every replica sees it: storms that begin, get worse and end. */
export type Storm = {
  readonly id: string
  readonly cluster: string
  readonly channel: string
  /** How far it has come: 1 to 3 of `PHASES`. */
  readonly phase: number
}

export const PHASES = ['first', 'worse', 'all clear'] as const

/** The key of each of its posts; the first is the root. */
export const keysOf = ({ cluster, id }: Pick<Storm, 'cluster' | 'id'>): readonly string[] =>
  PHASES.map((phase) => alertKey(cluster, phase, id))

export const CLUSTERS = ['red', 'blue', 'green', 'grey', 'pink']

export const channelOf = (cluster: string): string => `C${CLUSTERS.indexOf(cluster)}`

/** ms, all shortened alike: a real lease is 15 s, a real call 5 s. */
export const TIMING = {
  callMs: 1500,
  leaseMs: 6000,
  lagMs: 800,
  busyEveryMs: 200,
  idleEveryMs: 500,
  busyForMs: 20_000,
  depthEveryMs: 60_000,
  paceMs: 200,
  sweepEveryMs: 4000,
  sweepBackMs: 3_600_000,
  restMs: 15_000,
}

/** A sequence of chances in [0, 1) by a seed (mulberry32). */
export const chancesOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
