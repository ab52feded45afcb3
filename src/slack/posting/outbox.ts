import type { WebClient } from '@slack/web-api'

/** What announcing needs of the store. Declared here because Slack needs it; main gives it. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Where a post stands in Slack. */
export type Place = { readonly channel: string; readonly ts: string }

/** A post that is ours to send until its lease ends. */
export type Claim = {
  readonly cluster: string
  readonly entry: {
    readonly key: string
    readonly channel: string
    readonly fallback?: string | undefined
    readonly parent?: string | undefined
    readonly payload: Json
  }
  /** The entry's channel, or its fallback. */
  readonly channel: string
  readonly parent: Place | undefined
  readonly fence: number
  readonly attempts: number
  /** Since it was decided, ms. */
  readonly ageMs: number
  readonly mustCheckHistory: boolean
  /** `tried`: an earlier try ended unknown. The others: it may have been posted without the store knowing. */
  readonly because: 'tried' | 'reconnected' | 'new-store' | 'no-redis' | undefined
}

export type Settled =
  | { readonly settled: true }
  | {
      readonly settled: false
      readonly why: 'stolen' | 'gone'
      readonly sent: Place | undefined
    }

export type Outbox = {
  /** Of posts and edits. */
  readonly pending: (cluster: string) => Promise<'due' | 'waits' | 'none'>
  readonly claim: (
    cluster: string,
    ask: {
      readonly now: number
      readonly leaseMs: number
      readonly skip?: readonly string[] | undefined
    },
  ) => Promise<Claim | undefined>
  readonly settle: (claim: Claim, message: Place, now: number) => Promise<Settled>
  readonly postpone: (claim: Claim, afterMs: number, now: number) => Promise<'postponed' | 'stolen'>
  readonly refuse: (
    claim: Claim,
    why: string,
    now: number,
  ) => Promise<'fallback' | 'dead' | 'stolen'>
  readonly waiting: (cluster: string) => Promise<readonly { readonly decidedAt: number }[]>
  readonly sentAs: (cluster: string, key: string) => Promise<Place | undefined>
}

export type EditClaim = {
  readonly cluster: string
  readonly of: string
  readonly payload: Json
  readonly message: Place
  readonly revision: number
}

export type Edits = {
  readonly claim: (
    cluster: string,
    ask: { readonly now: number; readonly leaseMs: number },
  ) => Promise<EditClaim | undefined>
  readonly settle: (claim: EditClaim, now: number) => Promise<void>
  readonly postpone: (claim: EditClaim, afterMs: number, now: number) => Promise<void>
}

/** Posts in a channel by all replicas together: 0 takes the next turn, else how long until there is one, ms. */
export type Slots = { readonly take: (channel: string, everyMs: number) => Promise<number> }

/** Of Slack's Web API. */
export type Client = Pick<WebClient, 'chat' | 'conversations'>

/** Says in a message's metadata which post it is. */
export const EVENT_TYPE = 'stormwatch_alert'
