import type { WebClient } from '@slack/web-api'
import { sentence, type Message } from '../message/blocks'
import { deliver, lost, refusedBy, refusedByClient, refusedWith, type Sent } from '../posting/sent'

/** How one request is answered: by its response_url, or in its thread. */
export type Voice = {
  /** Who will see the answer. */
  readonly audience: 'asker' | 'channel' | 'thread'
  /** Shows a line until the answer replaces it. */
  readonly progress: (line: string) => Promise<void>
  readonly answer: (message: Message) => Promise<Sent>
  /** For the asker alone where that is possible: a refusal, a mistake in what was typed. */
  readonly tell: (message: Message) => Promise<Sent>
}

type Pause = (ms: number) => Promise<void>

// --- response_url ---

export type ResponseDeps = {
  readonly fetch: typeof fetch
  readonly url: string
  readonly share: boolean
  readonly pause: Pause
  readonly timeoutMs: number
}

/** Slack takes five posts by one response_url. */
const USES = 5
/** Kept for the answer: itself, a second try or itself without charts, and words without blocks. */
const KEPT = 3

/** Ephemeral unless shared. The line of progress is always ephemeral: a channel need not see it. */
export const responseVoice = (deps: ResponseDeps): Voice => {
  let uses = USES
  let placed = false
  const post = async (body: object): Promise<Sent> => {
    if (uses <= 0) return { ok: false, posted: 'no', why: 'the response_url is used up' }
    uses -= 1
    return postTo(deps, body)
  }
  const toAsker = (message: Message): Promise<Sent> =>
    post({ ...message, response_type: 'ephemeral', replace_original: placed })
  const toChannel = (message: Message): Promise<Sent> =>
    post({ ...message, response_type: 'in_channel', replace_original: false })
  const send = (message: Message, shared: boolean): Promise<Sent> =>
    deliver({
      message,
      send: shared ? toChannel : toAsker,
      tries: Math.min(KEPT, uses),
      repeatable: !shared,
      pause: deps.pause,
    })
  /** The channel's answer is a message of its own: an ephemeral one cannot become public. */
  const share = async (message: Message): Promise<Sent> => {
    const sent = await send(message, true)
    if (sent.ok && placed) await post({ delete_original: true }) // best effort
    return sent.ok ? sent : sayAlone(message, sent)
  }
  const sayAlone = async (message: Message, failed: Sent): Promise<Sent> => {
    const told = await send({ text: `${UNCONFIRMED}\n${message.text}`.slice(0, 4000) }, false)
    return told.ok ? told : failed
  }

  return {
    audience: deps.share ? 'channel' : 'asker',
    progress: async (line) => {
      if (uses <= (deps.share ? KEPT + 1 : KEPT)) return
      const sent = await toAsker(sentence(`⏳ ${line}`))
      placed ||= sent.ok || sent.posted === 'unknown'
    },
    answer: (message) => (deps.share ? share(message) : send(message, false)),
    tell: (message) => send(message, false),
  }
}

const UNCONFIRMED = 'Slack did not confirm that the channel got this answer. For you alone:'

const postTo = async (
  { fetch: request, url, timeoutMs }: ResponseDeps,
  body: object,
): Promise<Sent> => {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return sentOf(response, (await response.text()).slice(0, 2000))
  } catch (error) {
    return lost(error)
  }
}

const sentOf = (response: Response, said: string): Sent => {
  const code = codeOf(said)
  if (!response.ok) return refusedWith(response.status, code, response.headers.get('retry-after'))
  if (code !== undefined) return refusedBy(code)
  return /^\s*(ok|\{.*\}|)\s*$/is.test(said)
    ? { ok: true }
    : refusedBy('<a page that is not Slack’s>')
}

/** Slack says `{"ok":false,"error":"used_url"}` or just `invalid_blocks`. */
const codeOf = (said: string): string | undefined =>
  /"error"\s*:\s*"(\w+)"/.exec(said)?.[1] ?? /^\s*([a-z]+(?:_[a-z]+)+)\s*$/.exec(said)?.[1]

// --- thread ---

export type ThreadDeps = {
  readonly client: Pick<WebClient, 'chat'>
  readonly channel: string
  /** `ts` of the message that the thread hangs from. */
  readonly thread: string
  readonly pause: Pause
}

/** Answers where the bot was mentioned. The line of progress becomes the answer by an edit. */
export const threadVoice = ({ client, channel, thread, pause }: ThreadDeps): Voice => {
  let ts: string | undefined
  const post = (message: Message): Promise<Sent> =>
    sentBy(client.chat.postMessage({ ...message, channel, thread_ts: thread, ...QUIET }))
  const edit = (at: string, message: Message): Promise<Sent> =>
    // An edit without blocks keeps the old ones, unless they are emptied.
    sentBy(client.chat.update({ blocks: [], ...message, channel, ts: at, ...QUIET }))
  const say = (message: Message): Promise<Sent> =>
    ts === undefined ? post(message) : edit(ts, message)
  const send = (message: Message): Promise<Sent> =>
    deliver({ message, send: say, tries: 3, repeatable: ts !== undefined, pause })

  return {
    audience: 'thread',
    progress: async (line) => {
      const sent = await say(sentence(`⏳ ${line}`))
      if (sent.ok) ts ??= sent.ts
    },
    answer: send,
    tell: send,
  }
}

const QUIET = {
  unfurl_links: false,
  unfurl_media: false,
  link_names: false,
  parse: 'none',
} as const

const sentBy = async (call: Promise<{ readonly ts?: string }>): Promise<Sent> => {
  try {
    const { ts } = await call
    return { ok: true, ...(ts === undefined ? {} : { ts }) }
  } catch (error) {
    return refusedByClient(error)
  }
}
