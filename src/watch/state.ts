import type { State } from '../diagnosis/facts'
import type { Quiet } from '../diagnosis/storm/speech'
import type { Standing } from '../diagnosis/storm/story'
import type { Verdict } from '../diagnosis/verdict'
import type { Watch } from '../diagnosis/storm/watcher'
import type { Acknowledged, Announcement, SpokenReason } from './announcement'

/** Everything that a watcher of a cluster must know to go on where another stopped. Plain JSON, kept by the store. */
export type WatchState = {
  readonly v: 1
  /** The last look that was judged, Unix ms. */
  readonly lookedAt: number
  readonly watch: Watch
  /** What is told, or withheld, of what is open now: a storm, or looks that could not be read. */
  readonly told?: Told
  readonly held?: Quiet
  /** The term when last nothing was counted: before the first election of what may become a storm. */
  readonly calmTerm?: number
  /** Ids of the last storms, so that none is used twice. */
  readonly past: readonly string[]
  readonly standing: Omit<Standing, 'storm'>
  /** When each notice for office hours was last posted. */
  readonly noticed: Readonly<Record<string, number>>
}

export type Told = {
  readonly id: string
  readonly kind: 'storm' | 'unknown'
  readonly since: number
  /** The worst that it was. */
  readonly worst: State
  /** Unplanned elections that are older than an hour, and all of them. */
  readonly passed: number
  readonly elections: number
  readonly planned: number
  /** As named when it was last told, or held for some looks. */
  readonly cause: Verdict['cause']
  readonly member?: string | undefined
  readonly link?: readonly [string, string] | undefined
  /** Where its root message goes. Undefined: nothing was posted of it. */
  readonly channel?: string
  /** How many entries its thread has, by reason. */
  readonly entries: Readonly<Record<string, number>>
  readonly isMentioned: boolean
  readonly reason: SpokenReason
  readonly remindedAt?: number
  readonly acknowledged?: Acknowledged
  /** What its root message says, made short, and since when. */
  readonly shown: string
  readonly shownElections: number
  readonly shownAt: number
  /** Its root message as it was told last. */
  readonly root?: Announcement
}

/** Undefined: nothing was kept, or it is not ours. A watcher then begins anew: that is learning, never a storm. */
export const stateIn = (value: unknown): WatchState | undefined => {
  if (!isObject(value) || value['v'] !== 1 || !isObject(value['watch'])) return undefined
  const { lookedAt, watch, past, standing, noticed, told } = value
  const sound =
    isTime(lookedAt) &&
    isStorm(watch['storm']) &&
    typeof watch['cause'] === 'string' &&
    isTime(watch['causeLooks']) &&
    (watch['notice'] === undefined || isNotice(watch['notice'])) &&
    Array.isArray(past) &&
    past.every((id) => typeof id === 'string') &&
    isObject(standing) &&
    isObject(noticed) &&
    (told === undefined || isTold(told))
  return sound ? (value as unknown as WatchState) : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)

const STATES: readonly unknown[] = [
  'calm',
  'unsettled',
  'leaderless',
  'watch',
  'warning',
  'all-clear',
  'unknown',
] satisfies readonly State[]

const isStorm = (value: unknown): boolean =>
  isObject(value) &&
  STATES.includes(value['state']) &&
  isTime(value['since']) &&
  Array.isArray(value['elections']) &&
  value['elections'].every(isTime) &&
  [value['leaderlessLooks'], value['unreadableLooks'], value['precursorLooks']].every(isTime) &&
  [
    value['openedAt'],
    value['troubledAt'],
    value['clearedAt'],
    value['precursorSince'],
    value['precursorAt'],
    value['lookedAt'],
  ].every((time) => time === undefined || isTime(time)) &&
  (value['unseen'] === undefined || isSpan(value['unseen']))

const isSpan = (value: unknown): boolean =>
  isObject(value) && isTime(value['from']) && isTime(value['until'])

const isNotice = (value: unknown): boolean =>
  isObject(value) && isTime(value['at']) && STATES.includes(value['state'])

const isTold = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  isTime(value['since']) &&
  isTime(value['passed']) &&
  isTime(value['elections']) &&
  isObject(value['entries'])
