import type { ClusterOptions } from './cluster'
import type { Fault } from './fault'
import type { LoadPlan } from './load-plan'
import type { RunTimes } from './run'

/** A fault at work on a real cluster, and what is true about it: plain data. */
export type Scenario = {
  readonly name: string
  /** Mild ones may be too weak to unsettle; benign ones are no fault at all. */
  readonly severity: 'severe' | 'mild' | 'benign'
  readonly cluster: ClusterOptions
  /** Done once, before the healthy time. */
  readonly prefill?: Omit<LoadPlan, 'forMs'>
  /** From the healthy time to the end. None where clients would have to speak TLS. */
  readonly load?: Omit<LoadPlan, 'forMs'> | undefined
  /** All at once. None for a cluster that is well. */
  readonly faults: readonly Fault[]
  /** How long the faults stay. */
  readonly holdMs: number
  /** Where they differ from the usual ones of a run. */
  readonly times?: Partial<RunTimes>
  /** Between two looks, ms; default 2000. */
  readonly everyMs?: number
  readonly truth: Truth
}

export type Truth = {
  readonly cause: string
  /** Another name that is right as well. */
  readonly or?: string
  /** Which of the members that were hit an answer must name; absent: it is not about one. */
  readonly where?: 'member' | 'link'
}

export const QUIET = { kind: 'puts', workers: 2, valueBytes: 512, perSecond: 20 } as const
export const BUSY = { kind: 'puts', workers: 8, valueBytes: 1024, perSecond: 200 } as const
export const PROXY = { peerProxy: true } as const
/** One lost segment is one stall of TCP's retransmission. */
export const lossy = (share: number): readonly Fault[] => [
  { kind: 'delay', on: 'all', roundTripMs: 20 },
  { kind: 'loss', on: 'all', share },
]

type Rest = Omit<Scenario, 'name' | 'severity' | 'cluster' | 'holdMs'> & {
  readonly cluster?: ClusterOptions
  readonly holdMs?: number
}

const scenario =
  (severity: Scenario['severity']) =>
  (name: string, rest: Rest): Scenario => ({
    ...{ name, severity, cluster: {}, holdMs: 45_000, load: QUIET },
    ...rest,
  })

export const severe = scenario('severe')
export const mild = scenario('mild')
export const benign = scenario('benign')

/** 32 MB a second, asked of any member. */
export const BIG_VALUES = {
  kind: 'load',
  does: 'puts',
  workers: 24,
  perSecond: 80,
  valueBytes: 400_000,
  prefix: '/registry/events/',
} as const
