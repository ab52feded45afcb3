import { NO_OUTLOOK } from '../src/diagnosis/usual/outlook'
import type { Outlook } from '../src/diagnosis/usual/outlook'
import type { Tools } from './command'
import { historyIn } from './words'

/** What is known of a cluster beyond what is seen now; `unseen` says why there is none where a store is meant to tell. */
export type Known = { readonly outlook: Outlook; readonly unseen: readonly string[] }

const NOTHING: Known = { outlook: NO_OUTLOOK, unseen: [] }

/** An answer about now does not wait for the past. */
const PATIENCE_MS = 400

/** Without a store nothing, and nothing is said of it. Never rejects. */
export const outlookIn = async (
  cluster: string,
  tools: Tools,
  signal: AbortSignal,
): Promise<Known> => {
  if (tools.history === undefined) return NOTHING
  const kept = historyIn(tools)
  if (!kept.ok) return missing(kept.why)
  const read = kept.history
    .outlook(cluster, tools.now())
    .then(found, () => missing('the store did not answer'))
  const late = tools
    .wait(PATIENCE_MS, signal)
    .then(() => missing('the store did not answer in time'))
  return Promise.race([read, late])
}

const found = (outlook: Outlook): Known => {
  if (outlook.usual.size === 0) return { outlook, unseen: [] }
  const isLearned = [...outlook.usual.values()].some((member) => Object.keys(member).length > 0)
  return {
    outlook,
    unseen: isLearned ? [] : ['what is usual: a day of calm looks is needed to tell'],
  }
}

const missing = (why: string): Known => ({
  outlook: NO_OUTLOOK,
  unseen: [`what is usual, and when the quota is reached: ${why}`],
})
