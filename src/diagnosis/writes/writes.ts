import type { Failure } from '../facts'

/** What a watch on a cluster's keys saw: counts by where in the key space, never a value. */
export type Writes = {
  /** Of the member that was watched. */
  readonly endpoint: string
  /** From the first moment of the watch to the last, ms. */
  readonly forMs: number
  /** How long of it the watch was open: less where it sampled. */
  readonly watchedMs: number
  /** Writes that were seen; where it sampled, the counts of the tree are more: by etcd's own count of revisions, else by time. */
  readonly seen: number
  /** How far etcd's own count of all writes rose meanwhile; a transaction counts once. Undefined: not told. */
  readonly revisions: number | undefined
  /** Different revisions among what was seen. */
  readonly revisionsSeen: number
  readonly tree: Branch
  /** Why it ended before its time, or may lack its end. */
  readonly cut: string | undefined
}

/** Bytes are those of keys and values. */
export type Counts = {
  readonly creates: number
  readonly updates: number
  readonly deletes: number
  readonly bytes: number
}

/** A part of the key space, what lies below included. */
export type Branch = {
  readonly counts: Counts
  /** By the next part of the path: see `pathOf`. */
  readonly children: ReadonlyMap<string, Branch>
  /** Some of what lies below is counted here only, because there was too much of it to tell apart. */
  readonly folded: boolean
}

/** Writes so far, while a watch runs. */
export type WritesSoFar = {
  readonly seen: number
  readonly elapsedMs: number
  readonly sampled: boolean
}

/** How a watch of writes went. */
export type Watched =
  | { readonly kind: 'watched'; readonly writes: Writes }
  /** Another one runs on that cluster, for so long already and so long in all. */
  | { readonly kind: 'busy'; readonly sinceMs: number; readonly forMs: number }
  /** etcd knows the user (undefined: none was given) and refuses the keys. */
  | { readonly kind: 'denied'; readonly user: string | undefined; readonly why: Failure }
  /** No member could be watched; `tried` says why each. */
  | { readonly kind: 'failed'; readonly tried: readonly Tried[] }

export type Tried = { readonly endpoint: string; readonly why: Failure }

export const eventsOf = ({ creates, updates, deletes }: Counts): number =>
  creates + updates + deletes
