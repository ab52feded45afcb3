import type {
  AllMiddlewareArgs,
  App,
  BlockAction,
  ButtonAction,
  MessageShortcut,
  SlackShortcutMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import { acknowledge, type AcknowledgeDeps } from './acknowledge'
import type { Action, Deeds, Done } from './acting'
import type { Delivery } from '../asking/answering'
import { isMistake } from '../asking/audit'
import { blocksOf, sentence } from '../message/blocks'
import {
  ACTION_PREFIX,
  detailsOf,
  EXPLAIN_SHORTCUT,
  pressedOf,
  SILENCE_VIEW,
  silenceView,
  submittedOf,
  type Pressed,
} from './buttons'
import {
  askerOf,
  clickOf,
  clickVoice,
  NO_WATCH,
  openWindow,
  takePress,
  whisper,
  type ButtonClick,
  type Press,
} from './clicker'
import { unescaped } from '../message/escape'
import type { Asker } from '../asking/request'
import type { Dispatch } from '../asking/running'

export type ClickDeps = AcknowledgeDeps & {
  readonly answer: (delivery: Delivery) => Promise<void>
  readonly act: (action: Action) => Promise<void>
  readonly dispatch: Dispatch
  /** Undefined: this bot answers only. */
  readonly deeds?: Deeds | undefined
  readonly client: Pick<WebClient, 'views' | 'chat'>
  /** For response_urls. */
  readonly fetch: typeof fetch
  readonly callMs: number
  readonly teams: () => readonly string[]
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly command: () => string
}

/** Buttons, the silence's modal and the message shortcut: acknowledged at once, then handed on. */
export const listenClicks = (deps: ClickDeps, app: App): void => {
  app.action<BlockAction<ButtonAction>>(new RegExp(`^${ACTION_PREFIX}`), (click) =>
    onButton(deps, click),
  )
  app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: SILENCE_VIEW }, (view) =>
    onSilence(deps, view),
  )
  app.shortcut<MessageShortcut>(
    { type: 'message_action', callback_id: EXPLAIN_SHORTCUT },
    (shortcut) => onExplain(deps, shortcut),
  )
}

// --- buttons ---

const onButton = async (deps: ClickDeps, click: ButtonClick): Promise<void> => {
  const pressing = await takePress(deps, click, pressedOf)
  if (pressing !== undefined) press(deps, pressing)
}

/** Nobody waits for these: they never reject. */
const press = (deps: ClickDeps, pressing: Press<Pressed>): void => {
  const { cluster } = pressing.pressed
  switch (pressing.action.action_id.slice(ACTION_PREFIX.length)) {
    case 'acknowledge':
      return void deps.act(acknowledging(deps, pressing))
    case 'unsilence':
      return void deps.act(unsilencing(deps, pressing))
    case 'silence':
      return void deps.act(openingModal(deps, pressing))
    case 'details':
      return void deps.act(showingDetails(deps, pressing))
    case 'diagnose':
      return void deps.answer({
        key: `click:${pressing.body.trigger_id}`,
        face: 'button',
        arrivedAt: pressing.arrivedAt,
        request: { asker: pressing.asker, words: ['diagnose', cluster], share: false },
        voice: pressing.voice,
      })
    default:
      return deps.logger.warn('A button came that is none of ours')
  }
}

const actionOf = (
  { pressed, body, asker, voice, arrivedAt, action }: Press<Pressed>,
  command: string,
): Omit<Action, 'role' | 'run'> => ({
  key: `click:${body.trigger_id}`,
  asker,
  cluster: pressed.cluster,
  command,
  words: [action.action_id, pressed.cluster, pressed.storm],
  arrivedAt,
  voice,
})

const acknowledging = (deps: ClickDeps, pressing: Press<Pressed>): Action => {
  const { pressed, asker, arrivedAt } = pressing
  const { cluster, storm } = pressed
  return {
    ...actionOf(pressing, 'acknowledge'),
    role: 'operator',
    click: clickOf(pressing),
    run: async () =>
      (await deps.deeds?.acknowledge({ cluster, storm, who: asker.user, at: arrivedAt })) ??
      NO_WATCH,
  }
}

const unsilencing = (deps: ClickDeps, pressing: Press<Pressed>): Action => ({
  ...actionOf(pressing, 'unsilence'),
  role: 'operator',
  click: clickOf(pressing),
  run: () => doneBy(deps, pressing.asker, ['unsilence', pressing.pressed.cluster]),
})

/** By the subcommand, so that a button and a typed command do the same. The right to it was checked. */
const doneBy = async (
  { dispatch, callMs }: ClickDeps,
  { user }: Asker,
  words: readonly string[],
): Promise<Done> => {
  const { answer } = await dispatch(words, {
    by: user,
    may: () => true,
    onProgress: () => undefined,
    signal: AbortSignal.timeout(callMs),
  })
  return { ok: !isMistake(answer), say: [answer.headline, ...answer.unseen].join(' ') }
}

/** Slack's trigger dies after 3 s, so the modal comes before anything slow but the right to it. */
const openingModal = (deps: ClickDeps, pressing: Press<Pressed>): Action => {
  const { pressed, body, asker } = pressing
  const view = silenceView({
    cluster: pressed.cluster,
    storm: pressed.storm,
    channel: asker.channel,
    messageTs: body.message?.ts ?? '',
  })
  return {
    ...actionOf(pressing, 'silence'),
    role: 'operator',
    run: async () => {
      const typed = `${deps.command()} silence ${pressed.cluster} 1h`
      return openWindow(deps, { triggerId: body.trigger_id, view, typed })
    },
  }
}

const showingDetails = (deps: ClickDeps, pressing: Press<Pressed>): Action => ({
  ...actionOf(pressing, 'details'),
  role: 'viewer',
  run: async () => {
    const { pressed, arrivedAt, voice } = pressing
    const told = await voice.tell(
      blocksOf(detailsOf(pressed, deps.now()), {
        tookMs: deps.now() - arrivedAt,
        audience: 'asker',
        command: deps.command(),
      }),
    )
    return told.ok ? { ok: true, say: '' } : { ok: false, say: `Not delivered: ${told.why}` }
  },
})

// --- the silence's modal ---

type Submission = SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs

const onSilence = async (
  deps: ClickDeps,
  { ack, body, view, context }: Submission,
): Promise<void> => {
  const arrivedAt = deps.now()
  await acknowledge(deps, () => ack(), context)
  const submitted = submittedOf(view)
  if (submitted === undefined) return deps.logger.warn('A silence came without its end')
  const { cluster, channel, messageTs, forMs, reason } = submitted
  const asker = askerOf(deps, body, channel)
  const words = ['silence', cluster, `${forMs / 60_000}m`, ...reason.split(/\s+/).filter(Boolean)]
  void deps.act({
    key: `view:${view.id}:${body.trigger_id ?? view.hash}`,
    asker,
    cluster,
    role: 'operator',
    command: 'silence',
    words,
    arrivedAt,
    click: { user: asker.user, messageTs, actionId: `${SILENCE_VIEW} ${view.id}` },
    voice: { tell: (message) => whisper(deps, asker, message) },
    run: () => doneBy(deps, asker, words),
  }) // never rejects
}

// --- the message shortcut ---

type Shortcut = SlackShortcutMiddlewareArgs<MessageShortcut> & AllMiddlewareArgs

const onExplain = async (deps: ClickDeps, { ack, shortcut, context }: Shortcut): Promise<void> => {
  const arrivedAt = deps.now()
  await acknowledge(deps, () => ack(), context)
  const asker = askerOf(deps, shortcut, shortcut.channel.id)
  const voice = clickVoice(deps, shortcut.response_url, asker)
  const text = textOf(shortcut.message)
  if (text === '')
    return void voice.tell(sentence('This message has no text that could be explained.'))
  void deps.answer({
    key: `shortcut:${shortcut.trigger_id}`,
    face: 'shortcut',
    arrivedAt,
    request: { asker, words: ['explain', text], share: false },
    voice,
  }) // never rejects
}

const MESSAGE_CHARACTERS = 12_000

/** Alerts of other bots keep their words in attachments, and leave the text empty. */
export const textOf = (message: MessageShortcut['message']): string => {
  const attachments: unknown = message['attachments']
  const parts = [
    message.text,
    ...(Array.isArray(attachments) ? attachments : []).flatMap((one: Record<string, unknown>) => [
      one['title'],
      one['text'],
      one['fallback'],
    ]),
  ]
  const texts = parts.filter((part): part is string => typeof part === 'string' && part !== '')
  return unescaped([...new Set(texts)].join('\n').slice(0, MESSAGE_CHARACTERS)).trim()
}
