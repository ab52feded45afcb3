import type { types } from '@slack/bolt'
import { cut, plain } from '../message/escape'
import type { HandoffNews } from './news'

/** What a button knows of its handoff. It comes back with the click, signed by Slack. */
export type PressedHandoff = { readonly handoff: string; readonly change: number }

export const HANDOFF_PREFIX = 'handoff_'
export const NOTE_VIEW = 'handoff_note_view'
export const NOTE_SHORTCUT = 'add_to_handoff'

/** A draft takes notes; a report is accepted too, until it is. */
export const handoffButtons = (news: HandoffNews): types.ActionsBlock[] => {
  const isOpen = news.place === 'report' && news.accepted === undefined && news.to.length > 0
  const elements = [
    ...(isOpen ? [button(news, 'accept', 'Accept')] : []),
    button(news, 'note', 'Add a note'),
  ]
  const id = `handoff ${news.handoff} ${news.change} ${news.place} ${news.accepted?.at ?? 0}`
  return [{ type: 'actions', block_id: cut(id, 255), elements }]
}

const button = (news: HandoffNews, action: 'accept' | 'note', label: string): types.Button => ({
  type: 'button',
  action_id: `${HANDOFF_PREFIX}${action}`,
  text: { type: 'plain_text', text: label, emoji: false },
  value: JSON.stringify({ h: cut(news.handoff, 63), t: news.change }),
  accessibility_label: plain(cut(`${label}: handoff ${news.handoff}`, 75)),
  ...(action === 'accept' ? { style: 'primary' as const } : {}),
})

/** Undefined: it is not one of ours. */
export const pressedHandoffOf = (value: unknown): PressedHandoff | undefined => {
  const { h: handoff, t: change } = fieldsOf(value)
  return typeof handoff === 'string' && typeof change === 'number' ? { handoff, change } : undefined
}

// --- the window of a note ---

/** Where it was asked for: it is told there, and a note on a report goes into its thread. */
export type Noting = {
  readonly channel: string
  readonly messageTs: string
  readonly pressed?: PressedHandoff
}

export type NoteChoice = {
  /** Names of clusters on which the asker may note. */
  readonly clusters: readonly string[]
  /** One of them that is meant most likely. */
  readonly guess?: string | undefined
  readonly text?: string
}

/** A handoff is read aloud; a typed note has no more either. */
export const NOTE_CHARACTERS = 500
const MOST_OPTIONS = 100

export const noteView = (
  noting: Noting,
  { clusters, guess, text = '' }: NoteChoice,
): types.ModalView => ({
  type: 'modal',
  callback_id: NOTE_VIEW,
  private_metadata: JSON.stringify(noting),
  title: words('Note for the handoff'),
  submit: words('Add'),
  close: words('Cancel'),
  blocks: [
    {
      type: 'input',
      block_id: 'cluster',
      label: words('Cluster'),
      element: {
        type: 'static_select',
        action_id: 'cluster',
        placeholder: words('Which cluster is it about?'),
        ...optionsOf(clusters),
        ...initialOf(clusters, guess),
      },
    },
    {
      type: 'input',
      block_id: 'text',
      label: words('Note'),
      hint: words(
        'What the next person must know: what was tried, who is asked, what to leave alone.',
      ),
      element: {
        type: 'plain_text_input',
        action_id: 'text',
        multiline: true,
        max_length: NOTE_CHARACTERS,
        ...(text === '' ? {} : { initial_value: cut(text, NOTE_CHARACTERS) }),
      },
    },
  ],
})

const words = (text: string): types.PlainTextElement => ({ type: 'plain_text', text, emoji: false })

const optionOf = (name: string): types.PlainTextOption => ({
  text: words(plain(name)),
  value: name,
})

/** Slack takes 100 options, and 100 groups of them. */
const optionsOf = (clusters: readonly string[]) => {
  if (clusters.length <= MOST_OPTIONS) return { options: clusters.map(optionOf) }
  const groups = Array.from({ length: Math.ceil(clusters.length / MOST_OPTIONS) }, (_, i) =>
    clusters.slice(i * MOST_OPTIONS, (i + 1) * MOST_OPTIONS),
  )
  return {
    option_groups: groups.slice(0, MOST_OPTIONS).map((names) => ({
      label: words(cut(`${names[0] ?? ''} to ${names.at(-1) ?? ''}`, 75)),
      options: names.map(optionOf),
    })),
  }
}

const initialOf = (clusters: readonly string[], guess: string | undefined) => {
  const only = clusters.length === 1 ? clusters[0] : undefined
  const name = clusters.find((one) => one === guess) ?? only
  return name === undefined ? {} : { initial_option: optionOf(name) }
}

export type SubmittedNote = Noting & { readonly cluster: string; readonly text: string }

type View = {
  readonly private_metadata: string
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
}

/** Undefined: it is not one of ours, or has no text. */
export const submittedNoteOf = ({ private_metadata, state }: View): SubmittedNote | undefined => {
  const { channel, messageTs, pressed } = fieldsOf(private_metadata)
  const option = fieldIn(state.values['cluster']?.['cluster'], 'selected_option')
  const cluster = fieldIn(option, 'value')
  const text = fieldIn(state.values['text']?.['text'], 'value')
  if (typeof channel !== 'string' || typeof messageTs !== 'string') return undefined
  if (typeof cluster !== 'string' || typeof text !== 'string' || text.trim() === '')
    return undefined
  const { handoff, change } = (pressed ?? {}) as Partial<PressedHandoff>
  return {
    channel,
    messageTs,
    cluster,
    text: cut(text.trim(), NOTE_CHARACTERS),
    ...(typeof handoff === 'string' &&
      typeof change === 'number' && { pressed: { handoff, change } }),
  }
}

const fieldIn = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

const fieldsOf = (value: unknown): Record<string, unknown> => {
  try {
    const fields: unknown = JSON.parse(String(value))
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
