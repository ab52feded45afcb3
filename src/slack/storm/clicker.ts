import type {
  AllMiddlewareArgs,
  BlockAction,
  ButtonAction,
  SlackActionMiddlewareArgs,
  types,
} from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import type { Message } from '../message/blocks'
import type { Asker } from '../asking/request'
import { deliver, refusedByClient, type Sent } from '../posting/sent'
import { responseVoice, type Voice } from '../asking/voice'
import { acknowledge, type AcknowledgeDeps } from './acknowledge'
import type { Click, Done } from './acting'

/** Who pressed, and how they are answered. */

type Body = {
  readonly user: { readonly id: string; readonly team_id?: string }
  readonly team: { readonly id: string; readonly enterprise_id?: string } | null
}

/** `team` is where the app is installed; the user's own is another one in a channel shared by Slack Connect. */
export const askerOf = (
  { teams }: { readonly teams: () => readonly string[] },
  { user, team }: Body,
  channel: unknown,
): Asker => {
  const home = user.team_id ?? team?.id
  return {
    user: user.id,
    team: team?.id,
    enterprise: team?.enterprise_id,
    channel: typeof channel === 'string' ? channel : '',
    outsider: home !== team?.id && !(home !== undefined && teams().includes(home)),
  }
}

export type ClickVoiceDeps = {
  readonly client: Pick<WebClient, 'chat'>
  readonly fetch: typeof fetch
  readonly callMs: number
  readonly pause: (ms: number) => Promise<void>
}

/**
 * An answer for whoever pressed; it never replaces the message that the button is on, so there is no progress. In Home
 * there is no message, and Slack gives no response_url: then the answer is a message to the person.
 */
export const clickVoice = (deps: ClickVoiceDeps, url: unknown, asker: Asker): Voice => {
  if (typeof url !== 'string' || url === '') return directVoice(deps, asker)
  return {
    ...responseVoice({
      fetch: deps.fetch,
      url,
      share: false,
      pause: deps.pause,
      timeoutMs: deps.callMs,
    }),
    progress: () => Promise.resolve(),
  }
}

/** A button that was pressed. */
export type Press<T> = {
  /** What its value says. */
  readonly pressed: T
  readonly action: ButtonAction
  readonly body: BlockAction
  readonly asker: Asker
  readonly voice: Voice
  readonly arrivedAt: number
}

type PressDeps = AcknowledgeDeps &
  ClickVoiceDeps & { readonly teams: () => readonly string[]; readonly now: () => number }

/** Acknowledges a press and reads it. Undefined: its value is not one of ours. */
export const takePress = async <T>(
  deps: PressDeps,
  { ack, action, body, context }: ButtonClick,
  read: (value: string | undefined) => T | undefined,
): Promise<Press<T> | undefined> => {
  const arrivedAt = deps.now()
  await acknowledge(deps, () => ack(), context)
  const pressed = read(action.value)
  if (pressed === undefined) {
    deps.logger.warn('A button of ours came without its value')
    return undefined
  }
  const asker = askerOf(deps, body, body.channel?.id ?? body.container?.['channel_id'])
  const voice = clickVoice(deps, body.response_url, asker)
  return { pressed, action, body, asker, voice, arrivedAt }
}

export type ButtonClick = SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs

/** The block's id is new with every edit: a click on what is shown now is another one than on what was shown before. */
export const clickOf = ({ asker, action, body }: Press<unknown>): Click => ({
  user: asker.user,
  messageTs: body.message?.ts ?? '',
  actionId: `${action.action_id} ${action.block_id}`,
})

const directVoice = ({ client, pause }: ClickVoiceDeps, { user }: Asker): Voice => {
  const send = (message: Message): Promise<Sent> =>
    deliver({
      message,
      send: (one) => sentBy(client.chat.postMessage({ channel: user, ...one, ...QUIET })),
      tries: 3,
      repeatable: false,
      pause,
    })
  return { audience: 'asker', progress: () => Promise.resolve(), answer: send, tell: send }
}

const QUIET = {
  unfurl_links: false,
  unfurl_media: false,
  link_names: false,
  parse: 'none',
} as const

/** For whoever sent a window: where they opened it, or to themselves. */
export const whisper = (
  { client }: Pick<ClickVoiceDeps, 'client'>,
  { channel, user }: Asker,
  { text }: Message,
): Promise<Sent> =>
  channel === ''
    ? sentBy(client.chat.postMessage({ channel: user, text, ...QUIET }))
    : sentBy(client.chat.postEphemeral({ channel, user, text, link_names: false, parse: 'none' }))

export const sentBy = async (call: Promise<unknown>): Promise<Sent> => {
  try {
    await call
    return { ok: true }
  } catch (error) {
    return refusedByClient(error)
  }
}

/** What a bot that only answers says to whoever wants to change something. */
export const NO_WATCH: Done = {
  ok: false,
  say: 'This Stormwatch only answers and does not watch: there is nothing to change.',
}

type Window = {
  readonly triggerId: string
  readonly view: types.View
  /** The command that does the same, for when Slack opens no window. */
  readonly typed: string
}

export const openWindow = async (
  { client }: { readonly client: Pick<WebClient, 'views'> },
  { triggerId, view, typed }: Window,
): Promise<Done> => {
  const opened = await sentBy(client.views.open({ trigger_id: triggerId, view }))
  if (opened.ok) return { ok: true, say: '' }
  return { ok: false, say: `Slack opened no window (${opened.why}). Type instead: ${typed}` }
}
