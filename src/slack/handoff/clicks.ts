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
import type { Config } from '../../config'
import type { Roles } from '../asking/access'
import { acknowledge, type AcknowledgeDeps } from '../storm/acknowledge'
import type { Action, Deeds, Done, HandoffDeeds, Refusal } from '../storm/acting'
import {
  askerOf,
  clickOf,
  clickVoice,
  NO_WATCH,
  openWindow,
  takePress,
  whisper,
  type ButtonClick,
  type ClickVoiceDeps,
} from '../storm/clicker'
import { textOf } from '../storm/clicks'
import { mayAccept, notableBy } from './access'
import {
  HANDOFF_PREFIX,
  NOTE_SHORTCUT,
  NOTE_VIEW,
  noteView,
  pressedHandoffOf,
  submittedNoteOf,
  type Noting,
  type PressedHandoff,
} from './buttons'
import { clusterIn } from '../storm/message-cluster'
import type { Asker } from '../asking/request'

export type HandoffClickDeps = AcknowledgeDeps &
  ClickVoiceDeps & {
    readonly config: () => Config
    readonly act: (action: Action) => Promise<void>
    /** Undefined: this bot answers only. */
    readonly deeds?: Deeds | undefined
    readonly client: Pick<WebClient, 'views' | 'chat'>
    readonly teams: () => readonly string[]
    readonly now: () => number
    readonly command: () => string
  }

/** The buttons of drafts and reports, the window of a note, and the shortcut that makes a note of a message. */
export const listenHandoffs = (deps: HandoffClickDeps, app: App): void => {
  app.action<BlockAction<ButtonAction>>(new RegExp(`^${HANDOFF_PREFIX}`), (click) =>
    onButton(deps, click),
  )
  app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: NOTE_VIEW }, (view) =>
    onNote(deps, view),
  )
  app.shortcut<MessageShortcut>(
    { type: 'message_action', callback_id: NOTE_SHORTCUT },
    (shortcut) => onShortcut(deps, shortcut),
  )
}

// --- buttons ---

const onButton = async (deps: HandoffClickDeps, click: ButtonClick): Promise<void> => {
  const pressing = await takePress(deps, click, pressedHandoffOf)
  if (pressing === undefined) return
  const { pressed, action, body, asker, voice, arrivedAt } = pressing
  const base = {
    key: `click:${body.trigger_id}`,
    asker,
    cluster: '',
    role: 'operator' as const,
    words: [action.action_id, pressed.handoff, new Date(pressed.change).toISOString()],
    arrivedAt,
    voice,
  }
  if (action.action_id === `${HANDOFF_PREFIX}accept`) {
    return void deps.act({
      ...base,
      command: 'accept',
      click: clickOf(pressing),
      refuse: (roles) => refusedAcceptance(deps, pressed, roles),
      run: async () =>
        (await deps.deeds?.handoffs?.accept({ ...pressed, who: asker.user, at: arrivedAt })) ??
        NO_WATCH,
    }) // never rejects
  }
  const noting = { channel: asker.channel, messageTs: body.message?.ts ?? '', pressed }
  void deps.act({
    ...base,
    command: 'note',
    ...openingNote(deps, { noting, triggerId: body.trigger_id, of: pressed.handoff }),
  }) // never rejects
}

const refusedAcceptance = async (
  { config, deeds }: HandoffClickDeps,
  pressed: PressedHandoff,
  roles: Roles,
): Promise<Refusal | undefined> => {
  if (deeds?.handoffs === undefined) return { why: NO_WATCH.say }
  const receivers = (await deeds.handoffs.receivers(pressed)) ?? []
  if (mayAccept(config(), roles, { handoff: pressed.handoff, receivers })) return undefined
  const why = 'Only an operator of one of its clusters may accept this handoff, or who takes over.'
  return { why, who: receivers }
}

// --- the window of a note ---

type Opening = {
  readonly noting: Noting
  readonly triggerId: string
  /** Only clusters of this handoff. */
  readonly of?: string
  readonly guess?: string | undefined
  readonly text?: string
}

/** Slack's trigger dies after 3 s, so the window comes before anything slow but the right to it. */
const openingNote = (
  deps: HandoffClickDeps,
  { noting, triggerId, of, guess, text = '' }: Opening,
): Pick<Action, 'refuse' | 'run'> => {
  let clusters: readonly string[] = []
  return {
    refuse: async (roles) => {
      const config = deps.config()
      const among = config.handoffs.find(({ name }) => name === of)?.clusters
      clusters = notableBy(config, roles)
        .map(({ name }) => name)
        .filter((name) => among === undefined || among.includes(name))
      return clusters.length === 0 ? NOT_NOTABLE : undefined
    },
    run: async () => {
      const view = noteView(noting, { clusters, guess, text })
      const typed = `${deps.command()} note ${clusters[0] ?? 'CLUSTER'} TEXT`
      return openWindow(deps, { triggerId, view, typed })
    },
  }
}

const NOT_NOTABLE: Refusal = {
  why: 'You may not add notes here: it takes the operator role on the cluster, or being named in a handoff.',
}

type Submission = SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs

const onNote = async (
  deps: HandoffClickDeps,
  { ack, body, view, context }: Submission,
): Promise<void> => {
  const arrivedAt = deps.now()
  const submitted = submittedNoteOf(view)
  await acknowledge(deps, () => (submitted === undefined ? ack(EMPTY_NOTE) : ack()), context)
  if (submitted === undefined) return
  const { cluster, text, channel, messageTs, pressed } = submitted
  const asker = askerOf(deps, body, channel)
  void deps.act({
    key: `view:${view.id}:${body.trigger_id ?? view.hash}`,
    asker,
    cluster,
    role: 'operator',
    command: 'note',
    words: ['note', cluster, text],
    arrivedAt,
    click: { user: asker.user, messageTs, actionId: `${NOTE_VIEW} ${view.id}` },
    voice: { tell: (message) => whisper(deps, asker, message) },
    refuse: async (roles) =>
      notableBy(deps.config(), roles).some(({ name }) => name === cluster)
        ? undefined
        : NOT_NOTABLE,
    run: async () =>
      (await noteOf(deps.deeds?.handoffs, { cluster, text, asker, arrivedAt, pressed })) ??
      NO_WATCH,
  }) // never rejects
}

const EMPTY_NOTE = {
  response_action: 'errors' as const,
  errors: { text: 'Write what the next person must know, or cancel.' },
}

type NoteAsked = {
  readonly cluster: string
  readonly text: string
  readonly asker: Asker
  readonly arrivedAt: number
  readonly pressed: PressedHandoff | undefined
}

const noteOf = (
  deeds: HandoffDeeds | undefined,
  { cluster, text, asker, arrivedAt, pressed }: NoteAsked,
): Promise<Done> | undefined =>
  deeds?.note({ cluster, text, who: asker.user, at: arrivedAt, pressed })

// --- the shortcut ---

type Shortcut = SlackShortcutMiddlewareArgs<MessageShortcut> & AllMiddlewareArgs

const onShortcut = async (
  deps: HandoffClickDeps,
  { ack, shortcut, context }: Shortcut,
): Promise<void> => {
  const arrivedAt = deps.now()
  await acknowledge(deps, () => ack(), context)
  const { channel, message, trigger_id } = shortcut
  const asker = askerOf(deps, shortcut, channel.id)
  const guess = clusterIn(message, { channel: channel.id, clusters: deps.config().clusters })
  void deps.act({
    key: `shortcut:${trigger_id}`,
    asker,
    cluster: '',
    role: 'operator',
    face: 'shortcut',
    command: 'note',
    words: [NOTE_SHORTCUT, guess ?? ''],
    arrivedAt,
    voice: clickVoice(deps, shortcut.response_url, asker),
    ...openingNote(deps, {
      noting: { channel: channel.id, messageTs: shortcut.message_ts },
      triggerId: trigger_id,
      guess,
      text: textOf(message),
    }),
  }) // never rejects
}
