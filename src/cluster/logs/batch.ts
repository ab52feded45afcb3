import type { Failure } from '../../diagnosis/facts'

/** Lines that came from one file or pod. */
export type LineBatch = {
  readonly stream: string
  /** Undefined: no configuration and no address tells whose it is. */
  readonly endpoint: string | undefined
  readonly lines: readonly string[]
  /** The first reading brings what was written before anybody asked. */
  readonly isPast: boolean
  readonly skippedBytes: number
  readonly wasCut: boolean
}

/** A file or pod that could not be read. */
export type LogFailure = {
  readonly stream: string
  readonly endpoint: string | undefined
  readonly why: Failure
}

export type Lines = {
  readonly batches: readonly LineBatch[]
  readonly failures: readonly LogFailure[]
  /** Files or pods that there should be. As many failures mean that nothing was read. */
  readonly tried: number
}

export type LineReader = {
  /** What came since the last call; at the first, from about `since`. May reject: nothing could be read. */
  read(window: {
    readonly since: number
    readonly now: number
    readonly signal: AbortSignal
  }): Promise<Lines>
  close(): Promise<void>
}
