import { traceHeader, traceLook } from '../cluster/trace/writer'
import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'

export type RecordDeps = {
  /** One look, and the metrics pages that it read, by endpoint. */
  readonly observe: (signal: AbortSignal) => Promise<{
    readonly look: Observation
    readonly pages: ReadonlyMap<string, string>
  }>
  /** Takes text of the trace; resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>
  readonly now: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly onLook: (looks: number) => void
}

export type Recording = {
  readonly cluster: ClusterConfig
  readonly forMs: number
  readonly everyMs: number
  /** Ends the recording early; what was recorded is whole. */
  readonly signal: AbortSignal
}

/** Writes a trace of a cluster. Resolves to how many looks are in it. */
export const record = async (
  { cluster, forMs, everyMs, signal }: Recording,
  { observe, write, now, wait, onLook }: RecordDeps,
): Promise<number> => {
  const from = now()
  let looks = 0
  await write(traceHeader(cluster))
  while (!signal.aborted && now() - from < forMs) {
    const { look, pages } = await observe(signal)
    if (signal.aborted) break // half a look would say that members were silent
    await write(traceLook(look, pages))
    looks++
    onLook(looks)
    await wait(from + looks * everyMs - now(), signal)
  }
  return looks
}
