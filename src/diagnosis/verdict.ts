import type { Election } from './window/elections'
import type { Action, Evidence, Severity, State } from './facts'

/** Names of causes as every `--json` spells them. */
export const CAUSE_NAMES = [
  'disk',
  'network',
  'cpu',
  'overload',
  'timeouts',
  'pauses',
  'space',
  'maintenance',
  'member-down',
  'quorum-lost',
  'planned',
  'version',
] as const

export type CauseName = (typeof CAUSE_NAMES)[number]

export type Standing = 'likely' | 'possible' | 'ruled-out' | 'cannot-tell'

/** Two members and what lies between them, by endpoint. */
export type Link = readonly [string, string]

/** One cause, judged on its own: what speaks for it, what against it, what could not be seen. */
export type Hypothesis = {
  readonly cause: CauseName
  readonly standing: Standing
  /** One sentence for people. Names members as they are shown. */
  readonly summary: string
  /** Endpoint of the member at fault, where one is. */
  readonly member?: string
  readonly link?: Link
  readonly supports: readonly Evidence[]
  readonly refutes: readonly Evidence[]
  /** What was not seen and would settle it, a sentence each. */
  readonly unseen: readonly string[]
  /** The one next step if this is the cause. */
  readonly action: Action
}

/** What the window says. The only thing that faces need of the diagnosis. */
export type Verdict = {
  /** The last look, Unix ms. */
  readonly at: number
  readonly since: number
  readonly looks: number
  readonly state: State
  /** `unknown`: too little was seen to say. */
  readonly severity: Severity | 'unknown'
  /** One sentence: the worst thing first. */
  readonly headline: string
  /** `none`: nothing to explain. `unknown`: something to explain, and nothing explains it alone. */
  readonly cause: CauseName | 'none' | 'unknown'
  /** Endpoint; its shown name is in `names`. */
  readonly member?: string
  readonly link?: Link
  /** All of them, the most likely first. */
  readonly causes: readonly Hypothesis[]
  /** Won in the window, planned ones too, in order of time. */
  readonly elections: readonly Election[]
  /** How many of `elections` nothing explains, and how many a restart or a transfer does. */
  readonly unplanned: number
  readonly planned: number
  /** Signals that have been far above what was learned, a sentence each. */
  readonly unusual?: readonly string[]
  /** What could not be seen, a sentence each. */
  readonly unseen: readonly string[]
  readonly action: Action
  /** Endpoint → name as shown. */
  readonly names: ReadonlyMap<string, string>
}
