import { WebAPIPlatformError } from '@slack/web-api'
import { refusedByClient } from './sent'

/** What became of a call that should change a channel, by what the error says of its delivery. */
export type Outcome =
  | { readonly outcome: 'done'; readonly channel: string | undefined; readonly ts: string }
  /** For sure not: later. `limited`: Slack said how long. `bot`: nothing of ours is taken anywhere. */
  | {
      readonly outcome: 'later'
      readonly why: string
      readonly waitMs: number
      readonly kind: 'limited' | 'away' | 'bot'
    }
  /** For sure not, and it never will be. */
  | {
      readonly outcome: 'refused'
      readonly why: string
      readonly over: 'place' | 'thread' | 'blocks' | 'content'
    }
  | { readonly outcome: 'unknown'; readonly why: string }

/** The channel or message is gone, closed, or not ours to write to. */
const PLACE: readonly string[] = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_thread_locked',
  'restricted_action_non_threadable_channel',
  'message_not_found',
  'cant_update_message',
  'cant_delete_message',
  'edit_window_closed',
  'messages_tab_disabled',
  'team_not_found',
  'user_not_found',
  'user_not_in_channel',
  'access_denied',
  'no_permission',
  'ekm_access_denied',
  'cannot_reply_to_message',
  'slack_connect_canvas_sharing_blocked',
  'slack_connect_file_link_sharing_blocked',
]

const THREAD: readonly string[] = ['thread_not_found', 'invalid_thread_ts', 'thread_locked']

const BLOCKS: readonly string[] = ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']

const CONTENT: readonly string[] = [
  'msg_too_long',
  'no_text',
  'invalid_arguments',
  'invalid_arg_name',
  'invalid_array_arg',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'metadata_too_large',
  'metadata_must_be_sent_from_app',
  'markdown_text_conflict',
  'too_many_attachments',
  'attachment_payload_limit_exceeded',
]

/** No channel takes anything of us until somebody repairs it. */
const BOT: readonly string[] = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'not_allowed_token_type',
  'org_login_required',
  'enterprise_is_restricted',
  'team_access_not_granted',
]

const LIMITED: readonly string[] = [
  'ratelimited',
  'rate_limited',
  'rate_limit_exceeded',
  'message_limit_exceeded',
]

const AWAY_MS = 3000
const BOT_MS = 30_000
const LIMITED_MS = 30_000

export const outcomeOf = (error: unknown): Exclude<Outcome, { outcome: 'done' }> => {
  if (error instanceof WebAPIPlatformError) return outcomeOfCode(error.data.error)
  const { why, posted, retryAfterMs } = refusedByClient(error)
  if (retryAfterMs !== undefined)
    return { outcome: 'later', why, waitMs: retryAfterMs, kind: 'limited' }
  return posted === 'no' && !why.startsWith('HTTP ')
    ? { outcome: 'later', why, waitMs: AWAY_MS, kind: 'away' }
    : { outcome: 'unknown', why }
}

/** A code that is not known to be a refusal may stand for part of a success. */
const outcomeOfCode = (code: string): Exclude<Outcome, { outcome: 'done' }> => {
  if (BLOCKS.includes(code)) return { outcome: 'refused', why: code, over: 'blocks' }
  if (PLACE.includes(code)) return { outcome: 'refused', why: code, over: 'place' }
  if (THREAD.includes(code)) return { outcome: 'refused', why: code, over: 'thread' }
  if (CONTENT.includes(code)) return { outcome: 'refused', why: code, over: 'content' }
  if (BOT.includes(code)) return { outcome: 'later', why: code, waitMs: BOT_MS, kind: 'bot' }
  if (LIMITED.includes(code))
    return { outcome: 'later', why: code, waitMs: LIMITED_MS, kind: 'limited' }
  return { outcome: 'unknown', why: code }
}
