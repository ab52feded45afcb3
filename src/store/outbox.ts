import { createHash } from 'node:crypto'
import type { Json } from './stored'

/** A post that was decided. The text is made when it is sent, from `payload`. */
export type Entry = {
  /** From `alertKey`. It goes into the message's metadata, and says everywhere which post this is. */
  readonly key: string
  /** Slack's channel, and the one that takes its place when Slack refuses that. */
  readonly channel: string
  readonly fallback?: string | undefined
  /** Key of the post whose thread it goes into: it waits until that one is sent or given up. */
  readonly parent?: string | undefined
  readonly payload: Json
}

/** Where a post stands in Slack. */
export type Message = { readonly channel: string; readonly ts: string }

/** A post that is ours to send until the lease ends. */
export type Claim = {
  readonly cluster: string
  readonly entry: Entry
  /** Where to post: the entry's channel, or its fallback after that was refused. */
  readonly channel: string
  /** Where its parent stands. Undefined: it has none, or that was given up. */
  readonly parent: Message | undefined
  /** Proves to the store that the lease is still ours. */
  readonly fence: number
  /** This one included. */
  readonly attempts: number
  /** Since it was decided, ms. */
  readonly ageMs: number
  /** Read the channel's history for the key before posting: it may be there already. */
  readonly mustCheckHistory: boolean
  readonly because: Doubt | undefined
}

/**
 * Why a post may already be in the channel. `tried`: an earlier try ended unknown. `reconnected`: decided before our
 * connection to Redis stood, so that its settling may have been lost with a Redis. `new-store`: this store of the
 * cluster is younger than an hour: a first start, or Redis lost everything. `no-redis`: other replicas decide for
 * themselves.
 */
export type Doubt = 'tried' | 'reconnected' | 'new-store' | 'no-redis'

/**
 * `stolen`: the lease ran out and another has it. `gone`: another has settled it. In both cases the message that was just
 * posted is one too many when `sent` is another one: delete it.
 */
export type Settled =
  | { readonly settled: true }
  | { readonly settled: false; readonly why: 'stolen' | 'gone'; readonly sent: Message | undefined }

/** `fallback`: due again at once, for the fallback channel. `dead`: given up, kept in `dead`. */
export type Refused = 'fallback' | 'dead' | 'stolen'

/** `waits`: not yet. Without Redis what waits is `due`: replicas take turns, and a claim costs nothing. */
export type Pending = 'due' | 'waits' | 'none'

export type Waiting = {
  readonly key: string
  readonly channel: string
  readonly decidedAt: number
  /** The next try, or the end of the lease. */
  readonly dueAt: number
  readonly attempts: number
}

export type Dead = { readonly key: string; readonly why: string; readonly at: number }

export type Ask = {
  readonly now: number
  /** At least the HTTP timeout, twice, and 2 s. */
  readonly leaseMs: number
  /** Channels that are to be left alone now: paced, or told to wait by Slack. */
  readonly skip?: readonly string[] | undefined
}

/**
 * Posts from the decision to the confirmation: at least once, doubles rare and healed. Times are the store's own: Redis'
 * clock where there is a Redis, else `now`. What is due is filed by `decide` of storms.ts, in one change with the state.
 */
export type Outbox = {
  /** Asks at little cost whether a claim, of a post or an edit, is worth it. */
  readonly pending: (cluster: string) => Promise<Pending>
  /** The lowest due one of a cluster. Undefined: nothing is due. */
  readonly claim: (cluster: string, ask: Ask) => Promise<Claim | undefined>
  /** It is posted. */
  readonly settle: (claim: Claim, message: Message, now: number) => Promise<Settled>
  /**
   * It was not posted, for sure (429, connection refused): again later, and without a doubt that was not there. After 0 ms:
   * in its old place, before what was decided later.
   */
  readonly postpone: (claim: Claim, afterMs: number, now: number) => Promise<'postponed' | 'stolen'>
  /** Slack refused it, and will again. */
  readonly refuse: (claim: Claim, why: string, now: number) => Promise<Refused>
  readonly waiting: (cluster: string) => Promise<readonly Waiting[]>
  /** What was given up, the last first; at most 100. */
  readonly dead: (cluster: string) => Promise<readonly Dead[]>
  /** Kept 35 days. */
  readonly sentAs: (cluster: string, key: string) => Promise<Message | undefined>
}

/** Posts of a cluster that wait, at most. More means that Slack is away for hours: the oldest are given up. */
export const MAX_WAITING = 500
/** An alert that could not be sent for a day is history. */
export const TOO_OLD_MS = 86_400_000
/** No lease and no wait is longer: what is due later than this was filed before Redis' clock was set back. */
export const LONGEST_WAIT_MS = 900_000
/** How long a new store doubts itself. */
export const NEW_STORE_MS = 3_600_000

/**
 * The same on every replica, also without Redis: the incident's id must come from what was seen (its term or its start
 * in whole looks), never from chance. 32 hex digits.
 */
export const alertKey = (cluster: string, kind: string, incident: string): string =>
  createHash('sha256')
    .update(JSON.stringify([cluster, kind, incident]))
    .digest('hex')
    .slice(0, 32)
