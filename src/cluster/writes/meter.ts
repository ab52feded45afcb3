import type { Branch } from '../../diagnosis/writes/writes'
import { pathOf } from '../../diagnosis/writes/path'
import { growTree } from '../../diagnosis/writes/tree'
import type { Write } from './decoder'

/** Of one second. */
export type Budget = { readonly events: number; readonly bytes: number }

/** Counts writes, and says when a period has brought as many as it may. */
export type Meter = {
  readonly take: (write: Write) => void
  /** A period begins. `onFull` is called when its budget is used, at most once. */
  readonly begin: (onFull: () => void) => void
  /** A period is over: it lasted `lastedMs`, of which writes were watched for `watchedMs`. */
  readonly settle: (watchedMs: number, lastedMs: number) => void
  /** The sums are those of so many revisions, by etcd's own count: time alone misjudges writes that come in bursts. */
  readonly calibrate: (revisions: number) => void
  /** From now on writes count as revisions only. */
  readonly stop: () => void
  readonly seen: () => number
  readonly watchedMs: () => number
  /** Different revisions. */
  readonly revisions: () => number
  readonly tree: () => Branch
}

export const createMeter = (budget: Budget): Meter => {
  const tree = growTree()
  const whole = { seen: 0, watchedMs: 0, revisions: 0, lastRevision: 0 }
  let left = budget
  let onFull: (() => void) | undefined
  let stopped = false
  const spend = (bytes: number): void => {
    left = { events: left.events - 1, bytes: left.bytes - bytes }
    if (left.events > 0 && left.bytes > 0) return
    onFull?.()
    onFull = undefined
  }
  return {
    take: ({ key, kind, bytes, revision }) => {
      if (revision !== whole.lastRevision) whole.revisions++
      whole.lastRevision = revision
      if (stopped) return
      whole.seen++
      tree.add(pathOf(key.toString('latin1')), kind, bytes)
      spend(bytes)
    },
    begin: (full) => {
      left = budget
      onFull = full
    },
    settle: (watchedMs, lastedMs) => {
      whole.watchedMs += watchedMs
      tree.settle(watchedMs > 0 ? lastedMs / watchedMs : 1)
    },
    calibrate: (revisions) => {
      const { creates, updates, deletes } = tree.root.counts
      const sum = creates + updates + deletes
      if (sum > 0) tree.scale((revisions * whole.seen) / whole.revisions / sum)
    },
    stop: () => {
      stopped = true
    },
    seen: () => whole.seen,
    watchedMs: () => whole.watchedMs,
    revisions: () => whole.revisions,
    tree: () => tree.root,
  }
}
