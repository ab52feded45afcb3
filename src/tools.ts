import { setTimeout as sleep } from 'node:timers/promises'
import type { History, Tools } from '../commands/command'
import type { Journal } from './cluster/logs/journal'
import type { Observer } from './cluster/observe'
import type { Writers } from './cluster/writes/writers'
import type { Config } from './config'

export type ToolParts = {
  readonly config: () => Config
  readonly observe: Observer['observe']
  readonly journal: Journal
  readonly writers: Writers
  readonly version: string
  /** Undefined: there is no store. */
  readonly history?: History | undefined
}

/** What commands may use, with the real clock. Part of the composition root. */
export const toolsOf = ({
  config,
  observe,
  journal,
  writers,
  version,
  history,
}: ToolParts): Tools => ({
  config,
  observe: (cluster, signal) => observe(cluster, Date.now(), signal),
  logsSince: (cluster, look, atMs) => journal.since({ cluster, look, atMs, now: Date.now() }),
  writers: writers.watch,
  now: Date.now,
  wait: waitFor,
  version,
  ...(history !== undefined && { history }),
})

/** Resolves after so many ms, at once if there are none, and early when the signal is aborted. */
export const waitFor: Tools['wait'] = (ms, signal) =>
  ms <= 0 ? Promise.resolve() : sleep(ms, undefined, { signal }).catch(() => undefined)
