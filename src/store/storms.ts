import type { Edit } from './edits'
import type { Entry, Message } from './outbox'
import type { Json } from './stored'

/** A cluster's state as its watcher last decided it. Version 0, and no state, before the first time. */
export type Stored = { readonly version: number; readonly state: Json | undefined }

/** What one look decided: all of it happens, or nothing. */
export type Decision = {
  /** The version that was read. */
  readonly expected: number
  /** The next version is above this one too: what was decided before Redis lost it. */
  readonly above?: number
  /** Up to 120 KB of JSON. */
  readonly state: unknown
  readonly posts?: readonly (Entry & Filed)[]
  readonly edits?: readonly Edit[]
  /** Posts whose stored content is shown again: something else may have been written over it. */
  readonly again?: readonly string[]
  readonly storm?: StormNow
}

/** Written over the record of the same id; `ifMissing`: only where there is none. */
export type StormNow = {
  readonly id: string
  readonly since: number
  readonly record: unknown
  readonly ifMissing?: boolean
}

/** How far a post has come already, where that was without Redis. `afterMs`: a try is under way until then. */
export type Filed = {
  readonly tried?: boolean
  readonly sent?: Message | undefined
  readonly afterMs?: number
}

export type Decided =
  /** `filed`: keys of the posts that are due now; one that was filed or sent before is not filed again. */
  | { readonly decided: true; readonly version: number; readonly filed: readonly string[] }
  /** Another replica was first: judge again from its state. */
  | { readonly decided: false; readonly now: Stored }

export type StormRecord = { readonly id: string; readonly since: number; readonly record: Json }

/** States and history of storms. */
export type Storms = {
  readonly read: (cluster: string) => Promise<Stored>
  readonly decide: (cluster: string, decision: Decision, now: number) => Promise<Decided>
  /** Storms that began in the span, in order of time. Kept 35 days, at most 500 of a cluster. */
  readonly history: (
    cluster: string,
    span: { readonly from: number; readonly to: number },
  ) => Promise<readonly StormRecord[]>
}

/** What tells that Redis may have lost something since we were last told: another life of the store, or of our connection. */
export type Lives = { readonly life: (cluster: string) => Promise<string> }

export const MAX_STORMS = 500
