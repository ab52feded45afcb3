import type { Action, Evidence, Severity, State } from '../../diagnosis/facts'

/**
 * What a post of the outbox says: the watcher's announcement, as far as Slack shows it. It comes from a store, so it is
 * checked before it is shown. Texts are plain and foreign. Times are Unix ms.
 */
export type News = {
  readonly kind: 'storm' | 'unknown' | 'notice' | 'watch'
  readonly place: 'root' | 'thread'
  readonly reason: Reason
  readonly broadcast: boolean
  /** A user group. */
  readonly mention?: string
  readonly cluster: string
  readonly title: string
  readonly stormId: string
  readonly state: State
  readonly severity: Severity | 'unknown'
  readonly headline: string
  readonly cause: string
  readonly member?: string
  readonly link?: readonly [string, string]
  readonly causes: readonly CauseLine[]
  readonly evidence: readonly Evidence[]
  readonly action: Action
  readonly elections: number
  readonly planned: number
  readonly since: number
  readonly at: number
  readonly until?: number
  readonly unseen: readonly string[]
  readonly acknowledged?: { readonly by: string; readonly at: number }
  readonly silenced?: { readonly by: string; readonly until: number; readonly reason?: string }
  readonly held?: Held
  readonly buttons: readonly Button[]
  readonly members: readonly MemberLine[]
}

export type Held = {
  readonly what: 'silence' | 'maintenance'
  readonly from: number
  readonly until: number
  readonly reason?: string
}

export type CauseLine = {
  readonly cause: string
  readonly standing: string
  readonly where?: string
  readonly summary: string
}

export type MemberLine = {
  readonly name: string
  readonly endpoint: string
  readonly role: string
  readonly seesLeader?: boolean
  readonly term?: number
  readonly status: Reading
  readonly page: Reading
  readonly quotaShare?: number
}

export type Reading = { readonly came: boolean; readonly tookMs: number; readonly why?: string }

export const REASONS = [
  'first',
  'worse',
  'new cause',
  'still',
  'acknowledged',
  'reminder',
  'all clear',
  'unknown',
  'left',
  'notice',
] as const

export type Reason = (typeof REASONS)[number]

export const BUTTONS = ['acknowledge', 'silence', 'unsilence', 'diagnose', 'details'] as const

export type Button = (typeof BUTTONS)[number]

/** Undefined: it is not of version 1, or not whole. Parts of lists that are not whole are left out. */
export const newsOf = (payload: unknown): News | undefined => {
  if (!isObject(payload) || payload['v'] !== 1 || !hasFrame(payload)) return undefined
  const { mention, member, link, until, acknowledged, silenced, held, ...frame } = payload
  return {
    ...frame,
    ...(isText(mention) && { mention }),
    ...(isText(member) && { member }),
    ...(isLink(link) && { link }),
    ...(isTime(until) && { until }),
    ...(isObject(acknowledged) && isAcknowledged(acknowledged) && { acknowledged }),
    ...(isObject(silenced) && isSilenced(silenced) && { silenced }),
    ...(isObject(held) && isHeld(held) && { held }),
    causes: listOf(payload['causes'], isCause),
    evidence: listOf(payload['evidence'], isEvidence),
    unseen: textsOf(payload['unseen']),
    buttons: textsOf(payload['buttons']).filter((button) => BUTTONS.includes(button as Button)),
    members: listOf(payload['members'], isMember),
  } as unknown as News
}

type Fields = Readonly<Record<string, unknown>>

const STATES: readonly unknown[] = [
  'calm',
  'unsettled',
  'leaderless',
  'watch',
  'warning',
  'all-clear',
  'unknown',
] satisfies readonly State[]

const hasFrame = (fields: Fields): boolean => {
  const { kind, place, reason, state, severity, action } = fields
  const { cluster, title, stormId, headline, cause, elections, planned, since, at } = fields
  return (
    ['storm', 'unknown', 'notice', 'watch'].includes(kind as string) &&
    ['root', 'thread'].includes(place as string) &&
    REASONS.includes(reason as Reason) &&
    STATES.includes(state) &&
    ['ok', 'warning', 'critical', 'unknown'].includes(severity as string) &&
    [cluster, title, stormId, headline, cause].every(isText) &&
    [elections, planned, since, at].every(isTime) &&
    isObject(action) &&
    isText(action['say'])
  )
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string'

/** A number that a Date takes. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= 8.64e15

const isLink = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isText)

const isAcknowledged = ({ by, at }: Fields): boolean => isText(by) && isTime(at)
const isSilenced = ({ by, until }: Fields): boolean => isText(by) && isTime(until)
const isHeld = ({ what, from, until }: Fields): boolean =>
  isText(what) && isTime(from) && isTime(until)

const isCause = ({ cause, standing, summary }: Fields): boolean =>
  [cause, standing, summary].every(isText)

const isEvidence = ({ name, value, unit }: Fields): boolean =>
  isText(name) && isText(unit) && (isText(value) || typeof value === 'number')

const isMember = ({ name, endpoint, role, status, page }: Fields): boolean =>
  [name, endpoint, role].every(isText) && isReading(status) && isReading(page)

const isReading = (value: unknown): boolean =>
  isObject(value) && typeof value['came'] === 'boolean' && typeof value['tookMs'] === 'number'

const listOf = (value: unknown, isWhole: (fields: Fields) => boolean): readonly Fields[] =>
  Array.isArray(value) ? value.filter((one) => isObject(one) && isWhole(one)).slice(0, 20) : []

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(isText).slice(0, 20) : []
