import { setTimeout as sleep } from 'node:timers/promises'
import type {
  AllMiddlewareArgs,
  App,
  SlackCommandMiddlewareArgs,
  SlackEventMiddlewareArgs,
} from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import { acknowledge, type AcknowledgeDeps } from '../storm/acknowledge'
import type { Delivery } from './answering'
import { afterMention, wordsOf, type Asker } from './request'
import { responseVoice, threadVoice } from './voice'

export type ListenDeps = AcknowledgeDeps & {
  readonly answer: (delivery: Delivery) => Promise<void>
  /** For threads. */
  readonly client: Pick<WebClient, 'chat'>
  /** For response_urls. */
  readonly fetch: typeof fetch
  /** Workspaces that may ask: who is of none of them is an outsider. */
  readonly teams: () => readonly string[]
  readonly now: () => number
  /** Aborted when the bot has no time left: nothing waits any more. */
  readonly ended: AbortSignal
  readonly callMs: number
}

/** Slash commands and mentions, acknowledged and handed on as deliveries. */
export const listen = (deps: ListenDeps, app: App): void => {
  // One listener for every command: behind one that matches nothing, Bolt would not even acknowledge.
  app.command(/^/, (request) => onCommand(deps, request))
  app.event('app_mention', (request) => onMention(deps, request))
}

type CommandRequest = SlackCommandMiddlewareArgs & AllMiddlewareArgs

const onCommand = async (
  deps: ListenDeps,
  { ack, command, context }: CommandRequest,
): Promise<void> => {
  const arrivedAt = deps.now()
  await acknowledge(deps, ack, context)
  const { words, share } = wordsOf(command.text ?? '')
  const voice = responseVoice({
    fetch: deps.fetch,
    url: command.response_url,
    share,
    pause: pauseOf(deps),
    timeoutMs: deps.callMs,
  })
  const asker: Asker = {
    user: command.user_id,
    team: command.team_id,
    enterprise: command.enterprise_id,
    channel: command.channel_id,
    outsider: false, // Slack takes no command of ours from another workspace
  }
  void deps.answer({
    key: `command:${command.trigger_id ?? context['deliveryKey']}`,
    face: 'command',
    arrivedAt,
    request: { asker, words, share },
    voice,
  }) // never rejects
}

type MentionRequest = SlackEventMiddlewareArgs<'app_mention'> & AllMiddlewareArgs

/** Bolt has acknowledged it. */
const onMention = async (
  deps: ListenDeps,
  { event, body, context }: MentionRequest,
): Promise<void> => {
  if (event.bot_id !== undefined || event.user === undefined) return // two bots could talk for ever
  const { words } = wordsOf(afterMention(event.text, context.botUserId))
  void deps.answer({
    key: `event:${body.event_id ?? context['deliveryKey']}`,
    face: 'mention',
    arrivedAt: deps.now(),
    request: { asker: mentionerOf(deps, event, body), words, share: false },
    voice: threadVoice({
      client: deps.client,
      channel: event.channel,
      thread: event.thread_ts ?? event.ts,
      pause: pauseOf(deps),
    }),
  }) // never rejects
}

/** `team_id` is where the app is installed; the event names the workspace of whoever speaks. */
const mentionerOf = (
  deps: ListenDeps,
  event: MentionRequest['event'],
  { team_id, enterprise_id }: MentionRequest['body'],
): Asker => {
  const home = event.user_team ?? event.source_team ?? event.team ?? team_id
  return {
    user: event.user ?? '',
    team: team_id,
    enterprise: enterprise_id,
    channel: event.channel,
    outsider: home !== team_id && !deps.teams().includes(home),
  }
}

/** Ends at once when the bot has no time left. */
const pauseOf =
  ({ ended }: ListenDeps) =>
  (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: ended }).catch(() => undefined)
