import type { Message } from './outbox'
import type { Json } from './stored'

/** The new content of a post. */
export type Edit = {
  /** Key of the post. */
  readonly of: string
  readonly payload: Json
  /** Only where the store has no content of this post: it lost it. */
  readonly ifMissing?: boolean
}

export type EditClaim = Edit & {
  readonly cluster: string
  readonly message: Message
  /** Which content this is: newer content that comes meanwhile stays due. */
  readonly revision: number
}

/** At most one edit of a message in this time. */
export const EDIT_EVERY_MS = 10_000

/**
 * Edits of posts, folded: while one waits the latest content takes its place. An edit may be repeated without harm, so
 * it has a lease and no fence. It waits for its post to be sent, and goes when that was given up.
 */
export type Edits = {
  readonly claim: (
    cluster: string,
    ask: { readonly now: number; readonly leaseMs: number },
  ) => Promise<EditClaim | undefined>
  /** Done, or refused for good: the message is gone. */
  readonly settle: (claim: EditClaim, now: number) => Promise<void>
  readonly postpone: (claim: EditClaim, afterMs: number, now: number) => Promise<void>
}
