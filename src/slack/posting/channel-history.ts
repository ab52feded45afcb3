import type { Client, Place } from './outbox'
import { EVENT_TYPE } from './outbox'
import { outcomeOf } from './outcome'
import type { Pace } from './pace'

/** A message of ours in a channel or thread. */
export type Posted = Place & {
  readonly key: string
  readonly cluster: string
  /** Answers below it, the last of them at. Undefined: it has none. */
  readonly lastReplyTs: string | undefined
}

export type Read =
  | { readonly read: true; readonly posted: readonly Posted[] }
  /** No right to look, until somebody gives it. */
  | { readonly read: false; readonly why: string; readonly kind: 'forbidden' }
  | {
      readonly read: false
      readonly why: string
      readonly kind: 'later'
      readonly waitMs: number
      /** The bot itself is refused, everywhere. */
      readonly isBarred: boolean
    }

export type Where = {
  readonly channel: string
  /** `ts` of a thread's root. */
  readonly thread?: string | undefined
  /** Unix ms; what is older is not read. */
  readonly sinceMs: number
}

export type HistoryDeps = { readonly client: Client; readonly pace: Pace }

const PAGE = 200
/** Beyond this a channel is too busy to be read at all. */
const MOST_PAGES = 25
const FAILED_MS = 4000
const LIMITED = { read: false, kind: 'later', why: 'rate limited', isBarred: false } as const

/** Our posts since then, the oldest first. A channel or thread that is not there has none. */
export const readPosted = async (deps: HistoryDeps, asked: Where): Promise<Read> => {
  const where = await placed(deps, asked)
  if ('read' in where) return where
  const posted: Posted[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const waitMs = deps.pace.take(methodOf(where), where.channel)
    if (waitMs > 0) return { ...LIMITED, waitMs }
    const got = await readPage(deps, where, cursor)
    if ('read' in got) return got
    posted.push(...got.posted)
    if (got.next === undefined) return { read: true, posted: inOrder(posted) }
    cursor = got.next
  }
  return { read: true, posted: inOrder(posted) }
}

/** A post to a person stands in a conversation that has an id of its own, which Slack tells with `im:write`. */
const placed = async ({ client, pace }: HistoryDeps, where: Where): Promise<Where | Read> => {
  if (!/^[UW]/.test(where.channel)) return where
  try {
    const { channel } = await client.conversations.open({ users: where.channel })
    return { ...where, channel: channel?.id ?? where.channel }
  } catch (error) {
    return failureOf(error, { pace, where })
  }
}

const methodOf = ({ thread }: Where): string =>
  thread === undefined ? 'conversations.history' : 'conversations.replies'

const inOrder = (posted: readonly Posted[]): readonly Posted[] =>
  posted.toSorted((a, b) => Number(a.ts) - Number(b.ts))

type Page = { readonly posted: readonly Posted[]; readonly next: string | undefined }

const readPage = async (
  { client, pace }: HistoryDeps,
  where: Where,
  cursor: string | undefined,
): Promise<Page | Read> => {
  const { channel, thread } = where
  const asked = {
    channel,
    limit: PAGE,
    include_all_metadata: true,
    oldest: (Math.max(0, where.sinceMs) / 1000).toFixed(6),
    ...(cursor === undefined ? {} : { cursor }),
  }
  try {
    const { messages, response_metadata } =
      thread === undefined
        ? await client.conversations.history(asked)
        : await client.conversations.replies({ ...asked, ts: thread })
    return {
      posted: (messages ?? []).flatMap((message) => postedOf(message, channel)),
      next: response_metadata?.next_cursor || undefined,
    }
  } catch (error) {
    return failureOf(error, { pace, where })
  }
}

type Message = {
  readonly ts?: string
  readonly latest_reply?: string
  readonly metadata?: unknown
}

const postedOf = (message: Message, channel: string): readonly Posted[] => {
  const { event_type, event_payload } = (message.metadata ?? {}) as {
    event_type?: unknown
    event_payload?: { key?: unknown; cluster?: unknown }
  }
  const { key, cluster } = event_payload ?? {}
  if (event_type !== EVENT_TYPE || typeof key !== 'string' || message.ts === undefined) return []
  return [
    {
      channel,
      ts: message.ts,
      key,
      cluster: typeof cluster === 'string' ? cluster : '',
      lastReplyTs: message.latest_reply,
    },
  ]
}

/** Codes by which Slack says that a bot may not read: the scopes are optional. */
const FORBIDDEN: readonly string[] = ['missing_scope', 'not_allowed_token_type', 'no_permission']
/** Nothing of ours can stand there; the post itself will be refused. */
const NOWHERE: readonly string[] = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'thread_not_found',
  'message_not_found',
]

const failureOf = (
  error: unknown,
  { pace, where }: { readonly pace: Pace; readonly where: Where },
): Read => {
  const failed = outcomeOf(error)
  const { why } = failed
  if (NOWHERE.includes(why)) return { read: true, posted: [] }
  if (FORBIDDEN.includes(why)) return { read: false, kind: 'forbidden', why }
  const waitMs = failed.outcome === 'later' ? failed.waitMs : FAILED_MS
  if (failed.outcome === 'later' && failed.kind === 'limited')
    pace.limit(methodOf(where), where.channel, waitMs)
  const isBarred = failed.outcome === 'later' && failed.kind === 'bot'
  return { read: false, kind: 'later', why, waitMs, isBarred }
}
