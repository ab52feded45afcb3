import { fakeSlack, type Call, type Reply } from './fake-slack'

/** A message as Slack keeps it. */
export type Kept = {
  readonly channel: string
  readonly ts: string
  readonly thread: string | undefined
  readonly broadcast: boolean
  readonly metadata: Metadata | undefined
  text: string
  blocks: unknown
  edits: number
  deleted: boolean
  readonly at: number
}

type Metadata = {
  readonly event_type: string
  readonly event_payload: Readonly<Record<string, unknown>>
}

/** `accepted`: Slack does what was asked, and the answer is lost. */
export type Spoil = { readonly accepted: boolean; readonly reply: Reply }

export type WorkspaceOptions = {
  readonly spoil?: (call: Call, nth: number) => Spoil | undefined
  /** So late the history shows a message, ms. */
  readonly lagMs?: number
  /** Messages of one page, whatever was asked for. */
  readonly page?: number
  /** Default: any free one. */
  readonly port?: number
}

/** A fake Slack that keeps what is posted: posts, threads, edits, deletions, histories with metadata. */
export const slackWorkspace = async (options: WorkspaceOptions = {}) => {
  const { spoil = () => undefined, lagMs = 0, page = 200, port } = options
  const messages: Kept[] = []
  let last = 0
  const nextTs = (): string => {
    last = Math.max(last + 1, Date.now() * 1000)
    return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`
  }
  const find = (channel: unknown, ts: unknown): Kept | undefined =>
    messages.find((one) => one.channel === channel && one.ts === ts && !one.deleted)
  const post = ({ body }: Call): object => {
    const message: Kept = {
      channel: conversationOf(String(body['channel'])),
      ts: nextTs(),
      thread: typeof body['thread_ts'] === 'string' ? body['thread_ts'] : undefined,
      broadcast: body['reply_broadcast'] === 'true',
      metadata: body['metadata'] as Metadata | undefined,
      text: String(body['text']),
      blocks: body['blocks'],
      edits: 0,
      deleted: false,
      at: Date.now(),
    }
    messages.push(message)
    return { ok: true, channel: message.channel, ts: message.ts }
  }
  const update = ({ body }: Call): object => {
    const message = find(body['channel'], body['ts'])
    if (message === undefined) return { ok: false, error: 'message_not_found' }
    Object.assign(message, { text: String(body['text']), blocks: body['blocks'] })
    message.edits += 1
    return { ok: true, channel: message.channel, ts: message.ts }
  }
  const remove = ({ body }: Call): object => {
    const message = find(body['channel'], body['ts'])
    if (message === undefined) return { ok: false, error: 'message_not_found' }
    message.deleted = true
    return { ok: true }
  }
  const read = ({ body }: Call, shown: (one: Kept) => boolean): object => {
    const { channel, oldest = '0', cursor = '0', include_all_metadata } = body
    const all = messages
      .filter((one) => one.channel === channel && !one.deleted && shown(one))
      .filter((one) => Number(one.ts) > Number(oldest) && one.at <= Date.now() - lagMs)
      .toReversed()
    const from = Number(cursor)
    const next = from + page < all.length ? String(from + page) : ''
    return {
      ok: true,
      messages: all.slice(from, from + page).map((one) => ({
        ts: one.ts,
        text: one.text,
        ...(include_all_metadata === 'true' ? { metadata: one.metadata } : {}),
        ...(lastReply(one) === undefined ? {} : { latest_reply: lastReply(one) }),
      })),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    }
  }
  const lastReply = ({ ts, channel }: Kept): string | undefined =>
    messages.findLast((one) => one.channel === channel && one.thread === ts && !one.deleted)?.ts
  const perform = (call: Call): object | undefined => {
    switch (call.name) {
      case 'chat.postMessage':
        return post(call)
      case 'chat.update':
        return update(call)
      case 'chat.delete':
        return remove(call)
      case 'conversations.open':
        return { ok: true, channel: { id: conversationOf(String(call.body['users'])) } }
      case 'conversations.history':
        return read(call, ({ thread, broadcast }) => thread === undefined || broadcast)
      case 'conversations.replies':
        return read(call, ({ thread, ts }) => thread === call.body['ts'] || ts === call.body['ts'])
      default:
        return undefined
    }
  }
  const fake = await fakeSlack((call, nth) => {
    const spoilt = spoil(call, nth)
    if (spoilt !== undefined) {
      if (spoilt.accepted) perform(call)
      return spoilt.reply
    }
    const json = perform(call)
    return json === undefined ? undefined : { json }
  }, port)
  return {
    ...fake,
    messages,
    /** Those that stand now. */
    shown: (): Kept[] => messages.filter(({ deleted }) => !deleted),
    keysOf: (): string[] => messages.filter(({ deleted }) => !deleted).map(keyIn),
    post: (fields: Record<string, unknown>): object =>
      post({ name: 'chat.postMessage', body: fields, at: Date.now() }),
  }
}

/** A post to a person opens a conversation with an id of its own; by the person's id nothing can be read. */
const conversationOf = (id: string): string => id.replace(/^U/, 'D')

export type SlackWorkspace = Awaited<ReturnType<typeof slackWorkspace>>

export const keyIn = ({ metadata }: Kept): string => {
  const key = metadata?.event_payload['key']
  return typeof key === 'string' ? key : ''
}
