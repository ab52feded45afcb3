import type { Action, Finding, Severity, State } from './facts'

/**
 * What every command returns, for any face: Slack's blocks, the terminal's text and `--json` are three renderings of it.
 * Texts are plain: no markup, nothing escaped. A face escapes what it must.
 */
export type Answer = {
  /** Unix ms of the reading that it speaks of. */
  readonly at: number
  readonly state: State | undefined
  /** `unknown` when too little was seen to say: exit code 3, never shown as fine. */
  readonly severity: Severity | 'unknown'
  /** One sentence: the worst thing first. */
  readonly headline: string
  readonly facts: readonly string[]
  readonly tables: readonly Table[]
  /** Absent: nothing to draw. What a chart tells stands in the facts or tables too: not every face can draw. */
  readonly charts?: readonly Chart[]
  readonly findings: readonly Finding[]
  /** What could not be seen, a sentence each. */
  readonly unseen: readonly string[]
  readonly action: Action | undefined
  /** The command's documented JSON. */
  readonly json: unknown
}

export type Table = {
  readonly title: string
  readonly columns: readonly Column[]
  /** Worst rows first, so that a face with little room cuts the least telling. As many cells as columns. */
  readonly rows: readonly (readonly Cell[])[]
}

export type Column = {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** A few numbers over time or over kinds. */
export type Chart = {
  readonly title: string
  readonly kind: 'line' | 'bar' | 'area'
  readonly xTitle?: string
  /** With its unit. */
  readonly yTitle?: string
  /** Of the points, in order, each once; at most 20, which is what Slack draws. */
  readonly labels: readonly string[]
  /** As many finite values as labels; what was not seen is a label left out, never zero. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
}

/** `value` sorts where a face can sort. An empty text means that it was not seen. */
export type Cell = {
  readonly text: string
  readonly value?: number
  readonly severity?: Severity
  /** An https page that tells more of it. */
  readonly link?: string
  /** `text` is somebody as the face that they used knows them: a Slack user id, a login name. */
  readonly isPerson?: boolean
}
