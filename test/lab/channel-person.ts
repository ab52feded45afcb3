import type { Kept } from '../support/slack-workspace'
import { commandBody, freshId, interactionBody, signed } from '../support/slack'
import { CHANNEL, type Channel } from './channel'
import { buttonsOf, type Said, type ShownButton } from './channel-blocks'
import { isProgress } from './channel-view'

/** Somebody in the channel. Both resolve to the bot's answer, and reject when none comes. */
export type Person = {
  /** `/etcd TEXT`. */
  readonly ask: (text: string) => Promise<Said>
  readonly press: (message: Kept, button: ShownButton) => Promise<Said>
}

export type PersonDeps = {
  readonly channel: Channel
  /** Where the bot takes Slack's requests. */
  readonly port: number
  readonly signingSecret: string
}

const USER = 'U0DEMO'
const TEAM = 'T1'
/** A diagnosis looks for some 30 s. */
const ANSWER_WITHIN_MS = 130_000

/** Speaks to the bot as Slack does: by signed requests. */
export const createPerson = ({ channel, port, signingSecret }: PersonDeps): Person => {
  const waiting = new Map<string, (said: Said) => void>()
  channel.follow((happening) => {
    if (happening.what !== 'answer' || isProgress(happening.said)) return
    waiting.get(happening.id)?.(happening.said)
  })
  const send = async (bodyOf: (responseUrl: string) => string): Promise<Said> => {
    const id = freshId('answer')
    const answer = answerIn(waiting, id)
    try {
      const url = `http://127.0.0.1:${port}/slack/events`
      const request = signed(bodyOf(channel.responseUrl(id)), { secret: signingSecret })
      const { status } = await fetch(url, request)
      if (status !== 200) throw new Error(`The bot refused the request with HTTP ${status}`)
      return await answer.said
    } finally {
      answer.forget()
    }
  }
  return {
    ask: (text) => send((responseUrl) => commandOf(text, responseUrl)),
    press: (message, button) => send((responseUrl) => pressOf(message, button, responseUrl)),
  }
}

const answerIn = (waiting: Map<string, (said: Said) => void>, id: string) => {
  let timer: NodeJS.Timeout | undefined
  const said = new Promise<Said>((resolve, reject) => {
    waiting.set(id, resolve)
    const late = new Error(`The bot did not answer within ${ANSWER_WITHIN_MS / 1000} s`)
    timer = setTimeout(() => reject(late), ANSWER_WITHIN_MS)
    timer.unref()
  })
  said.catch(() => {}) // Told to whoever awaits it; the request itself may have failed before
  const forget = (): void => {
    clearTimeout(timer)
    waiting.delete(id)
  }
  return { said, forget }
}

const commandOf = (text: string, responseUrl: string): string =>
  commandBody({
    text,
    response_url: responseUrl,
    user_id: USER,
    team_id: TEAM,
    channel_id: CHANNEL.id,
  })

/** A block_actions payload, as Slack sends it. */
const pressOf = (message: Kept, button: ShownButton, responseUrl: string): string => {
  const { actionId, blockId, value, label } = button
  return interactionBody({
    type: 'block_actions',
    user: { id: USER, username: 'you', name: 'you', team_id: TEAM },
    team: { id: TEAM, domain: 'acme' },
    api_app_id: 'A1',
    token: 'deprecated',
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
    channel: { id: message.channel, name: CHANNEL.name.slice(1) },
    message: { type: 'message', ts: message.ts, text: message.text, blocks: message.blocks },
    trigger_id: freshId('trigger'),
    response_url: responseUrl,
    actions: [
      {
        type: 'button',
        action_id: actionId,
        block_id: blockId,
        value,
        text: { type: 'plain_text', text: label, emoji: false },
        action_ts: String(Date.now() / 1000),
      },
    ],
  })
}

/** The newest message that still has this button (`storm_acknowledge`). */
export const newestWith = (
  channel: Channel,
  actionId: string,
): { readonly message: Kept; readonly button: ShownButton } | undefined => {
  for (const message of channel.roots().toReversed()) {
    const button = buttonsOf(message).find((one) => one.actionId === actionId)
    if (button !== undefined) return { message, button }
  }
  return undefined
}
