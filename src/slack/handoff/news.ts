import type { Answer } from '../../diagnosis/answer'
import type { Line } from '../../diagnosis/line'
import { lineOf } from '../message/line'

/**
 * What a post of a handoff says. Plain JSON, made by the watch and kept in the outbox; it comes from a store, so it is
 * checked before it is shown. Texts are plain and foreign. Times are Unix ms.
 */
export type HandoffNews = {
  readonly v: 1
  readonly kind: 'handoff'
  /** A draft goes to one person, a report to the channel, everything else into the report's thread. */
  readonly place: 'draft' | 'report' | 'details' | 'reminder' | 'note'
  /** The name that the store keeps it under, and the handoff's own. */
  readonly lane: string
  readonly handoff: string
  /** When the shift changes: with the name it says which handoff this is. */
  readonly change: number
  /** `Mon 23 Nov 08:00`, in the handoff's time zone. */
  readonly changeText: string
  /** Slack user ids and user groups; empty: nobody is named. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** The report, worst first; at most 12. */
  readonly lines: readonly Line[]
  /** Why it comes late, or without its history: a sentence each. */
  readonly remarks: readonly string[]
  readonly accepted?: { readonly by: string; readonly at: number }
  /** Of the details. */
  readonly answer?: Answer
  /** Of a note that came after the report. */
  readonly note?: { readonly by: string; readonly cluster: string; readonly text: string }
  /** Of the reminder: for how long nobody accepted, ms. */
  readonly waitedMs?: number
}

const PLACES: readonly unknown[] = [
  'draft',
  'report',
  'details',
  'reminder',
  'note',
] satisfies readonly HandoffNews['place'][]

const MOST_LINES = 12

/** Undefined: it is no handoff of version 1, or not whole. */
export const handoffNewsOf = (payload: unknown): HandoffNews | undefined => {
  if (!isObject(payload) || payload['v'] !== 1 || payload['kind'] !== 'handoff') return undefined
  const { place, lane, handoff, change, changeText, accepted, answer, note, waitedMs } = payload
  const isWhole =
    PLACES.includes(place) &&
    [lane, handoff, changeText].every((text) => typeof text === 'string') &&
    isTime(change)
  if (!isWhole) return undefined
  return {
    v: 1,
    kind: 'handoff',
    ...({ place, lane, handoff, change, changeText } as Pick<
      HandoffNews,
      'place' | 'lane' | 'handoff' | 'change' | 'changeText'
    >),
    from: textsOf(payload['from']),
    to: textsOf(payload['to']),
    lines: linesIn(payload['lines']),
    remarks: textsOf(payload['remarks']),
    ...(isAccepted(accepted) && { accepted }),
    ...(isAnswer(answer) && { answer }),
    ...(isNote(note) && { note }),
    ...(isTime(waitedMs) && { waitedMs }),
  }
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= 8.64e15

const isAccepted = (value: unknown): value is NonNullable<HandoffNews['accepted']> =>
  isObject(value) && typeof value['by'] === 'string' && isTime(value['at'])

const isNote = (value: unknown): value is NonNullable<HandoffNews['note']> =>
  isObject(value) && ['by', 'cluster', 'text'].every((field) => typeof value[field] === 'string')

const isAnswer = (value: unknown): value is Answer =>
  isObject(value) &&
  typeof value['headline'] === 'string' &&
  isTime(value['at']) &&
  ['facts', 'tables', 'findings', 'unseen'].every((field) => Array.isArray(value[field])) &&
  (value['charts'] === undefined || Array.isArray(value['charts']))

const linesIn = (value: unknown): readonly Line[] =>
  Array.isArray(value) ? value.slice(0, MOST_LINES).map(lineOf) : []

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string').slice(0, 20)
    : []
