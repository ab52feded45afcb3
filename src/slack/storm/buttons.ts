import type { types } from '@slack/bolt'
import type { Answer } from '../../diagnosis/answer'
import { cut, plain } from '../message/escape'
import type { Button, CauseLine, News } from './news'
import { sizeOf } from '../message/pieces'

/** What a button knows of its storm. It comes back with the click, signed by Slack. */
export type Pressed = {
  readonly cluster: string
  readonly storm: string
  /** Of the details. */
  readonly causes: readonly CauseLine[]
}

/** All actions of ours begin so. */
export const ACTION_PREFIX = 'storm_'
export const SILENCE_VIEW = 'silence_storm'
export const EXPLAIN_SHORTCUT = 'explain_message'

const LABELS: Record<Button, string> = {
  acknowledge: 'Acknowledge',
  silence: 'Silence…',
  unsilence: 'End silence',
  diagnose: 'Diagnose',
  details: 'Details',
}

/** Of a button's value. */
const VALUE_CHARACTERS = 2000

/** Undefined where there is nothing to press. The id is new with every edit, so that a click on older content is told. */
export const buttonsBlock = (news: News): types.ActionsBlock[] => {
  if (news.buttons.length === 0) return []
  const elements = [...new Set(news.buttons)].map((button) => buttonOf(button, news))
  return [{ type: 'actions', block_id: cut(`storm ${news.stormId} ${news.at}`, 255), elements }]
}

const buttonOf = (button: Button, news: News): types.Button => ({
  type: 'button',
  action_id: `${ACTION_PREFIX}${button}`,
  text: { type: 'plain_text', text: LABELS[button], emoji: false },
  value: valueOf(news, button === 'details' ? news.causes : []),
  accessibility_label: plain(cut(`${LABELS[button]}: ${news.title}`, 75)),
  ...(button === 'acknowledge' ? { style: 'primary' as const } : {}),
})

/** As many causes as fit: the likeliest are first. */
const valueOf = (news: News, causes: readonly CauseLine[]): string => {
  const told = causes.map(({ cause, standing, where, summary }) =>
    [cause, standing, where ?? '', summary].map((text) => cut(text, 160)),
  )
  const value = { c: cut(news.cluster, 63), s: cut(news.stormId, 200), d: told }
  while (sizeOf(value) > VALUE_CHARACTERS && value.d.length > 0) value.d.pop()
  return JSON.stringify(value)
}

/** Undefined: it is not one of ours. */
export const pressedOf = (value: unknown): Pressed | undefined => {
  const fields = parsed(value)
  const { c: cluster, s: storm, d: told } = fields
  if (typeof cluster !== 'string' || typeof storm !== 'string') return undefined
  return { cluster, storm, causes: Array.isArray(told) ? told.flatMap(causeOf) : [] }
}

const parsed = (value: unknown): Record<string, unknown> => {
  try {
    const fields: unknown = JSON.parse(String(value))
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const causeOf = (told: unknown): CauseLine[] => {
  if (!Array.isArray(told) || !told.every((text) => typeof text === 'string')) return []
  const [cause = '', standing = '', where = '', summary = ''] = told as string[]
  return [{ cause, standing, summary, ...(where === '' ? {} : { where }) }]
}

/** What may be the cause, a line each, for whoever pressed Details. */
export const detailsOf = ({ cluster, causes }: Pressed, at: number): Answer => ({
  at,
  state: undefined,
  severity: 'unknown',
  headline:
    causes.length === 0
      ? `Nothing that was seen makes a cause of the storm on ${cluster} likely or possible.`
      : `What may cause the storm on ${cluster} by what its message knows, the likeliest first:`,
  facts: causes.map(causeLine),
  tables: [],
  findings: [],
  unseen: [],
  action: { say: 'See the evidence for and against each.', ask: `diagnose ${cluster}` },
  json: {},
})

/** `disk on m2, likely: its disk stalls`. */
const causeLine = ({ cause, standing, where, summary }: CauseLine): string => {
  const named = where === undefined ? cause : `${cause} on ${where}`
  return `${named}, ${standing}: ${summary}`
}

// --- the silence's modal ---

export type Silencing = Omit<Pressed, 'causes'> & {
  readonly channel: string
  readonly messageTs: string
}

const MINUTE_MS = 60_000

/** Every silence has an end. */
const PRESETS: readonly (readonly [string, number])[] = [
  ['30 min', 30],
  ['1 h', 60],
  ['2 h', 120],
  ['4 h', 240],
  ['8 h', 480],
  ['24 h', 1440],
]

const REASON_CHARACTERS = 200

export const silenceView = (silencing: Silencing): types.ModalView => {
  const options = PRESETS.map(([label, minutes]) => optionOf(label, minutes))
  const initial = optionOf('1 h', 60)
  return {
    type: 'modal',
    callback_id: SILENCE_VIEW,
    private_metadata: JSON.stringify(silencing),
    title: words('Silence'),
    submit: words('Silence'),
    close: words('Cancel'),
    blocks: [
      {
        type: 'section',
        text: words(plain(cut(`Nothing new is posted of ${silencing.cluster} until then.`, 300))),
      },
      {
        type: 'input',
        block_id: 'for',
        label: words('For'),
        element: { type: 'static_select', action_id: 'for', options, initial_option: initial },
      },
      {
        type: 'input',
        block_id: 'why',
        optional: true,
        label: words('Reason'),
        element: { type: 'plain_text_input', action_id: 'why', max_length: REASON_CHARACTERS },
      },
    ],
  }
}

const words = (text: string): types.PlainTextElement => ({
  type: 'plain_text',
  text,
  emoji: false,
})

const optionOf = (label: string, minutes: number): types.PlainTextOption => ({
  text: words(label),
  value: `${minutes}`,
})

export type Submitted = Silencing & { readonly forMs: number; readonly reason: string }

type View = {
  readonly private_metadata: string
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
}

/** Undefined: it is not one of ours, or has no end of ours. */
export const submittedOf = ({ private_metadata, state }: View): Submitted | undefined => {
  const { cluster, storm, channel, messageTs } = parsed(private_metadata)
  const texts = [cluster, storm, channel, messageTs]
  const minutes = Number(fieldOf(state.values['for']?.['for'], 'selected_option', 'value'))
  const isPreset = PRESETS.some(([, preset]) => preset === minutes)
  if (!texts.every((text) => typeof text === 'string') || !isPreset) return undefined
  const why = fieldOf(state.values['why']?.['why'], 'value')
  return {
    ...({ cluster, storm, channel, messageTs } as Silencing),
    forMs: minutes * MINUTE_MS,
    reason: typeof why === 'string' ? cut(why.trim(), REASON_CHARACTERS) : '',
  }
}

const fieldOf = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  )
