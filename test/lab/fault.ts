import type { LabCluster } from './cluster'
import type { LoadPlan } from './load-plan'
import type { Undo } from './rounds'

/**
 * Whom a fault hits: the leader when it begins, whoever leads at each time (`each-leader`, as with storage that follows
 * it), a follower when it begins, or all.
 */
export type Target = 'leader' | 'each-leader' | 'follower' | 'all'

/** A real fault, as plain data. Times in ms. Network faults need a cluster started with `peerProxy`. */
export type Fault =
  | { readonly kind: 'slow-disk'; readonly on: Target; readonly delayMs: number }
  /** Percent of one core, at least 1. */
  | { readonly kind: 'cpu-limit'; readonly on: Target; readonly percent: number }
  /** Once, or again every `everyMs`. */
  | {
      readonly kind: 'pause'
      readonly on: Target
      readonly pauseMs: number
      readonly everyMs?: number
    }
  /** Silent: nothing gets through, nobody is told. */
  | { readonly kind: 'cut'; readonly on: Target }
  /** What it sends is lost silently; what its peers send still comes. */
  | { readonly kind: 'mute'; readonly on: Target }
  /** Silent, between the leader and one follower only. */
  | { readonly kind: 'cut-link' }
  | {
      readonly kind: 'flap'
      readonly on: Target
      readonly silentMs: number
      readonly everyMs: number
    }
  /** Connections are broken, and may be made anew at once. */
  | { readonly kind: 'resets'; readonly on: Target; readonly everyMs: number }
  | { readonly kind: 'delay'; readonly on: Target; readonly roundTripMs: number }
  /** A share (0–1) of chunks waits for TCP's retransmission, 200 ms and more. */
  | { readonly kind: 'loss'; readonly on: Target; readonly share: number }
  | { readonly kind: 'kill'; readonly on: Target }
  /** Kills as many members as it takes, the leader among them. */
  | { readonly kind: 'kill-quorum' }
  /** SIGTERM, and started again after `downMs`; once. */
  | { readonly kind: 'restart'; readonly on: Target; readonly downMs: number }
  | {
      readonly kind: 'crash-loop'
      readonly on: Target
      readonly everyMs: number
    }
  | ({ readonly kind: 'load' } & Omit<LoadPlan, 'kind' | 'forMs'> & {
        readonly does: LoadPlan['kind']
      })
  /** Writes until etcd refuses; start the cluster with a small `quotaBytes`. Undone by compaction, defrag and disarming. */
  | { readonly kind: 'fill-database'; readonly valueBytes: number }
  | { readonly kind: 'defrag'; readonly on: Target; readonly everyMs: number }
  | { readonly kind: 'compact'; readonly everyMs: number }
  /** A backup, written to the lab's folder. */
  | { readonly kind: 'snapshot'; readonly on: Target; readonly everyMs: number }
  /** A member joins that does not vote; it stays until the cluster closes. */
  | { readonly kind: 'add-learner' }
  | { readonly kind: 'move-leader'; readonly times: number; readonly everyMs: number }
  /** Each member once, followers first. */
  | { readonly kind: 'rolling-restart'; readonly downMs: number; readonly everyMs: number }

export type Injected = {
  /** The members that were hit so far, by index. */
  readonly members: readonly number[]
  readonly undo: Undo
}

/** Where a fault happens. */
export type Scene = {
  readonly cluster: LabCluster
  readonly forMs: number
  /** Notes that a member is hit. */
  readonly hit: (index: number) => void
}
