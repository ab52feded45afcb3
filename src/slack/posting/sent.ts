import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import type { Message } from '../message/blocks'
import { reasonOf } from '../log'
import { simplerOf } from '../message/simpler'

/** What became of a message. `posted: 'unknown'`: Slack may have it, so repeating may double it. */
export type Sent =
  | { readonly ok: true; readonly ts?: string }
  | {
      readonly ok: false
      readonly posted: 'no' | 'unknown'
      readonly why: string
      readonly retryAfterMs?: number
      /** Slack refused the blocks: the same words may pass without. */
      readonly blocksRefused?: boolean
    }

export type Refused = Extract<Sent, { ok: false }>

const BLOCK_REFUSALS: readonly string[] = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
]

/** Codes of Slack after which nothing is known: part may have happened. */
const UNSURE: readonly string[] = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
]

/** Errors of the network that come before a request was sent. */
const NEVER_SENT: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
]

/** A refusal by one of Slack's error codes. */
export const refusedBy = (code: string): Refused => ({
  ok: false,
  // An HTML page of a proxy arrives as an error code too.
  posted: UNSURE.includes(code) || !/^\w+$/.test(code) ? 'unknown' : 'no',
  why: code,
  blocksRefused: BLOCK_REFUSALS.includes(code),
})

/** A refusal by an HTTP status other than 200. */
export const refusedWith = (
  status: number,
  code: string | undefined,
  retryAfter: string | null,
): Refused => {
  if (status === 429) return rateLimited(Number(retryAfter))
  if (code !== undefined) return refusedBy(code)
  return { ok: false, posted: status >= 500 ? 'unknown' : 'no', why: `HTTP ${status}` }
}

const rateLimited = (seconds: number): Refused => ({
  ok: false,
  posted: 'no',
  why: 'rate limited',
  retryAfterMs: Number.isFinite(seconds) ? Math.max(1, seconds) * 1000 : 30_000,
})

/** No answer came: refused connections are sure, a timeout or a reset is not. */
export const lost = (error: unknown): Refused => ({
  ok: false,
  posted: NEVER_SENT.includes(networkCode(error) ?? '') ? 'no' : 'unknown',
  why: reasonOf(error),
})

const networkCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && NEVER_SENT.includes(error.code))
    return error.code
  return networkCode(error.cause)
}

/** What an error of the WebClient says of a message that it should have sent. */
export const refusedByClient = (error: unknown): Refused => {
  if (error instanceof WebAPIRateLimitedError) return rateLimited(error.retryAfter)
  if (error instanceof WebAPIPlatformError) return refusedBy(error.data.error)
  if (error instanceof WebAPIHTTPError) return refusedWith(error.statusCode, undefined, null)
  if (error instanceof WebAPIRequestError) return lost(error.original)
  return lost(error)
}

/** A message on its way. */
export type Parcel = {
  readonly message: Message
  readonly send: (message: Message) => Promise<Sent>
  /** Tries in all. */
  readonly tries: number
  /** Whether a second copy does no harm: an edit, or what only one person sees. */
  readonly repeatable: boolean
  readonly pause: (ms: number) => Promise<void>
}

/** The one place that retries: with simpler blocks and then none when those were refused, after the wait that Slack names. */
export const deliver = async (parcel: Parcel): Promise<Sent> => {
  const sent = await parcel.send(parcel.message)
  if (sent.ok || parcel.tries <= 1) return sent
  const next = { ...parcel, tries: parcel.tries - 1 }
  const simpler = sent.blocksRefused === true ? simplerOf(parcel.message) : undefined
  if (simpler !== undefined) return deliver({ ...next, message: simpler })
  const waitMs = waitOf(sent, parcel.repeatable)
  if (waitMs === undefined) return sent
  await parcel.pause(waitMs)
  return deliver(next)
}

const RETRY_MS = 500
const LONGEST_WAIT_MS = 10_000

/** Undefined: do not try again. A refusal with a code stays one. */
const waitOf = (sent: Refused, repeatable: boolean): number | undefined => {
  if (sent.retryAfterMs !== undefined)
    return sent.retryAfterMs <= LONGEST_WAIT_MS ? sent.retryAfterMs : undefined
  if (sent.posted === 'unknown') return repeatable ? RETRY_MS : undefined
  return NEVER_SENT.some((code) => sent.why.includes(code)) ? RETRY_MS : undefined
}
