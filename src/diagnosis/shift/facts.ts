import type { Baseline } from '../usual/baseline'
import type { State } from '../facts'
import type { Look } from '../window/look'
import type { Standing, Story } from '../storm/story'

/** Unix ms, both included. */
export type Span = { readonly from: number; readonly to: number }

/** Everything that a handoff is made from, as it was kept. Times are Unix ms. */
export type HandoffFacts = {
  /** When it is made. */
  readonly at: number
  readonly span: Span
  /** As long, right before it. */
  readonly before: Span
  /** Of any replica, in any order. */
  readonly outages: readonly Outage[]
  readonly clusters: readonly ClusterFacts[]
}

/** A time in which Stormwatch itself was without one of its parts. Unix ms. */
export type Outage = Span & { readonly of: 'Redis' | 'Slack' }

export type ClusterFacts = {
  readonly name: string
  readonly title: string
  /** Why nothing of it could be read; the rest is empty then. */
  readonly trouble: string | undefined
  /** As the watcher decided last. Undefined: it never looked, or the span is long over. */
  readonly standing: Standing | undefined
  /** All that are kept, up to the end of the span: 35 days. */
  readonly stories: readonly Story[]
  /** Where a storm's message can be read, by the id of its story. */
  readonly links: ReadonlyMap<string, string>
  readonly looks: readonly ShiftLook[]
  readonly looksBefore: readonly ShiftLook[]
  /** For how long it was looked at in the four weeks before the span, ms. */
  readonly watchedMs: number
  readonly baseline: Baseline | undefined
  /** Those that stand at the end of the span. */
  readonly silences: readonly HandedSilence[]
  /** Windows that are open, or that open in the next span. */
  readonly maintenance: readonly Window[]
  /** Of the span, in order of time. */
  readonly notes: readonly HandedNote[]
  /** Posts of the span that were given up: the channel was not told. */
  readonly undelivered: readonly { readonly at: number; readonly why: string }[]
  /** Posts that wait for Slack, and since when the oldest does. */
  readonly waiting: { readonly count: number; readonly since: number } | undefined
  /** Notices for office hours that were posted in the span. */
  readonly noticed: readonly { readonly about: string; readonly at: number }[]
}

/** A look, or the looks of five minutes as one. `learn`: calm enough to be called usual. */
export type ShiftLook = Look & { readonly learn?: boolean }

export type HandedSilence = {
  readonly cluster: string
  readonly until: number
  readonly by: string
  readonly reason: string
}

export type Window = { readonly from: number; readonly until: number; readonly reason: string }

export type HandedNote = {
  readonly cluster: string
  readonly at: number
  readonly by: string
  readonly text: string
}

/** States in which something goes on. */
export const OPEN_STATES: readonly State[] = ['watch', 'warning', 'leaderless']

export const lengthOf = ({ from, to }: Span): number => to - from
