import { readPosted, type HistoryDeps, type Posted } from './channel-history'
import { reasonOf, type Log } from '../log'
import type { Outbox } from './outbox'

export type SweepDeps = HistoryDeps & {
  readonly sentAs: Outbox['sentAs']
  readonly clusters: () => readonly string[]
  readonly now: () => number
  readonly log: Log
  readonly redact: (text: string) => string
  /** So old must all copies be where the store does not know which one it holds: a try may be under way. */
  readonly restMs: number
}

export type Swept = {
  readonly deleted: number
  /** Copies that are left for the next time, or a channel that could not be read whole. */
  readonly isDone: boolean
}

/**
 * Deletes what a channel holds twice: of messages of one key the one that the store knows stays, else the oldest.
 * Rejects only when the store does.
 */
export const sweep = async (deps: SweepDeps, channel: string, sinceMs: number): Promise<Swept> => {
  const { posted, isWhole } = await allPosted(deps, channel, sinceMs)
  const results = []
  for (const copies of copiesIn(posted)) results.push(await sweepCopies(deps, copies))
  return {
    deleted: results.reduce((sum, { deleted }) => sum + deleted, 0),
    isDone: isWhole && results.every(({ isDone }) => isDone),
  }
}

type All = { readonly posted: readonly Posted[]; readonly isWhole: boolean }

/** The channel, and the threads below our own messages in which something was said since. */
const allPosted = async (deps: SweepDeps, channel: string, sinceMs: number): Promise<All> => {
  const roots = await readPosted(deps, { channel, sinceMs })
  if (!roots.read) return { posted: [], isWhole: roots.kind === 'forbidden' }
  const posted = new Map(roots.posted.map((one) => [one.ts, one]))
  let isWhole = true
  for (const { ts, lastReplyTs } of roots.posted) {
    if (lastReplyTs === undefined || Number(lastReplyTs) * 1000 < sinceMs) continue
    const replies = await readPosted(deps, { channel, thread: ts, sinceMs })
    if (!replies.read) isWhole = false
    else for (const one of replies.posted) posted.set(one.ts, one)
  }
  return { posted: [...posted.values()], isWhole }
}

const copiesIn = (posted: readonly Posted[]): readonly (readonly Posted[])[] => {
  const byKey = new Map<string, Posted[]>()
  for (const one of posted) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one])
  return [...byKey.values()].filter((copies) => copies.length > 1)
}

const sweepCopies = async (deps: SweepDeps, copies: readonly Posted[]): Promise<Swept> => {
  const kept = await keptOf(deps, copies)
  if (kept === undefined) return { deleted: 0, isDone: false }
  const results = []
  for (const one of copies) if (one !== kept) results.push(await remove(deps, one))
  return {
    deleted: results.filter((result) => result === 'deleted').length,
    isDone: !results.includes('failed'),
  }
}

/** Undefined: it is too early to say. */
const keptOf = async (
  { sentAs, clusters, now, restMs }: SweepDeps,
  copies: readonly Posted[],
): Promise<Posted | undefined> => {
  const [oldest] = copies.toSorted((a, b) => Number(a.ts) - Number(b.ts))
  const newestMs = Math.max(...copies.map(({ ts }) => Number(ts) * 1000))
  if (oldest === undefined || !clusters().includes(oldest.cluster)) return undefined
  const known = await sentAs(oldest.cluster, oldest.key)
  const kept = copies.find(({ ts, channel }) => known?.ts === ts && known.channel === channel)
  return kept ?? (now() - newestMs >= restMs ? oldest : undefined)
}

/** `gone`: another replica was first. */
type Removed = 'deleted' | 'gone' | 'failed'

const remove = async (
  { client, log, redact }: SweepDeps,
  { channel, ts, key, cluster }: Posted,
): Promise<Removed> => {
  try {
    await client.chat.delete({ channel, ts })
    log.warn({ event: 'swept', cluster, key, channel, ts }, 'A second copy of a post was deleted')
    return 'deleted'
  } catch (error) {
    const why = redact(reasonOf(error))
    if (why.includes('message_not_found')) return 'gone'
    log.warn({ event: 'sweep', why }, 'A second copy was not deleted')
    return 'failed'
  }
}
