import { randomUUID } from 'node:crypto'
import type { History } from '../commands/command'
import type { Config } from './config'
import { permalinkOf } from './slack/posting/permalink'
import { openStore } from './store/store'
import { waitFor } from './tools'
import { createHistory } from './watch/history'
import { findPrivateRedis } from './watch/private-redis'
import { whereRedis } from './where-redis'

/** What a bot of ours has kept, for the terminal. `history` is undefined where there is none. */
export type Past = { readonly history: History | undefined; readonly close: () => Promise<void> }

const READY_MS = 3000
const NEVER = new AbortController().signal

/** The Redis that is named, else the private one of a bot that runs on this machine. Waits until it answers, 3 s at most. */
export const openPast = async (
  { redis, watch: { folder } }: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Past> => {
  const where = redis === undefined ? await findPrivateRedis(folder) : whereRedis(redis, env)
  if (where === undefined) return { history: undefined, close: () => Promise.resolve() }
  const store = openStore(where, { replica: randomUUID(), now: Date.now })
  const end = performance.now() + READY_MS
  while (store.trouble() !== undefined && performance.now() < end) await waitFor(20, NEVER)
  const history = createHistory(store, { now: Date.now, linkOf: permalinkOf })
  return { history, close: store.close }
}
