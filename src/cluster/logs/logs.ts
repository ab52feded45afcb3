import type { LogsConfig } from '../../config'
import type { Failure, Part } from '../../diagnosis/facts'
import { startDeadline, timed, until, whyStopped } from '../deadline'
import { failureOf, type Result } from '../failure'
import type { LineReader, Lines } from './batch'
import { createFileReader } from './file'
import { createKeeper, type LogReading, type LogSourceOptions, type Window } from './keeper'
import { createPodReader } from './pods'

/** The logs of one cluster. Any number may ask: what was read is kept for a while, and nobody takes it from another. */
export type LogSource = {
  /**
   * Reads on and answers what came after `atMs` (arrived, not: was written; a line may be late). `now` is Unix ms. Never
   * rejects; fails only when no log at all could be read. Takes at most `READ_MS`.
   */
  since(atMs: number, now: number): Promise<Part<LogReading>>
  close(): Promise<void>
}

/** A slash answer does not wait longer for logs. */
const READ_MS = 2000

/** Throws for a configuration that names neither files nor Kubernetes. */
export const createLogSource = (config: LogsConfig, options: LogSourceOptions): LogSource => {
  const reader = readerOf(config, options)
  const keeper = createKeeper(config, options)
  let underWay: Promise<Result<Lines>> | undefined
  const readOnce = async (window: Window): Promise<Result<Lines>> => {
    const deadline = startDeadline(READ_MS)
    try {
      const lines = await reader.read({ ...window, signal: deadline.signal })
      keeper.keep(lines.batches, window)
      return { ok: true, value: lines }
    } catch (error) {
      const { signal } = deadline
      return { ok: false, why: signal.aborted ? whyStopped(signal) : failureOf(error) }
    } finally {
      deadline.clear()
      underWay = undefined
    }
  }
  return {
    since: async (since, now) => {
      // one reading at a time: who comes while one is under way gets that one's lines
      underWay ??= readOnce({ since, now })
      const read = await timed(() => waitFor(underWay))
      const why = read.ok ? failureIn(read.value) : read.why
      if (why !== undefined || !read.ok)
        return { ok: false, why: why ?? NO_LOG, tookMs: read.tookMs }
      return { ok: true, value: keeper.take(read.value, since), tookMs: read.tookMs }
    },
    close: async () => {
      await underWay
      await reader.close()
    },
  }
}

const readerOf = (config: LogsConfig, { endpoints }: LogSourceOptions): LineReader => {
  const { file, kubernetes } = config
  if (kubernetes !== undefined) return createPodReader(kubernetes, endpoints)
  if (typeof file === 'string') return createFileReader([{ path: file, endpoint: undefined }])
  if (file === undefined) throw new Error('Cannot read logs: need file or kubernetes, have neither')
  return createFileReader(Object.entries(file).map(([endpoint, path]) => ({ path, endpoint })))
}

/** A reading that outlasts its deadline goes on by itself: what it brings is kept for who asks next. */
const waitFor = async (reading: Promise<Result<Lines>> | undefined): Promise<Result<Lines>> => {
  const deadline = startDeadline(READ_MS)
  const result = await until<Lines>(deadline.signal, (settle) => {
    void reading?.then(settle) // never rejects
    return () => undefined
  })
  deadline.clear()
  return result
}

const NO_LOG: Failure = { kind: 'other', text: 'no log could be read' }

/** Nothing of all that there should be could be read. */
const failureIn = ({ failures, tried }: Lines): Failure | undefined =>
  tried > 0 && failures.length >= tried ? (failures[0]?.why ?? NO_LOG) : undefined
