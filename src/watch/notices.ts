import type { ClusterConfig } from '../config'
import type { Action } from '../diagnosis/facts'
import { alertKey } from '../store/outbox'
import type { Decision } from '../store/storms'
import type { Announcement } from './announcement'
import { fallbackOf, jsonOf } from './decide'
import type { WatchState } from './state'
import { cut } from './telling'

/** Something for office hours: once a week, `noticePostMs`, at most. */
export type Notice = {
  /** The same as long as it is the same matter: `end-of-life 3.4`. */
  readonly about: string
  readonly headline: string
  readonly action: Action
}

type Telling = {
  /** Unix ms. */
  readonly at: number
  readonly cluster: Pick<ClusterConfig, 'name' | 'title' | 'channel' | 'limits'>
  readonly fallbackChannel: string | undefined
}

type Told = { readonly state: WatchState; readonly posts: NonNullable<Decision['posts']> }

/** Those that were not posted within that time. Undefined: none, or nowhere to post. */
export const tellNotices = (
  state: WatchState,
  notices: readonly Notice[],
  { at, cluster, fallbackChannel }: Telling,
): Told | undefined => {
  const channel = cluster.channel ?? fallbackChannel
  const everyMs = cluster.limits.noticePostMs
  const due = notices.filter(({ about }) => at - (state.noticed[about] ?? -Infinity) >= everyMs)
  if (due.length === 0 || channel === undefined) return undefined
  const recent = Object.entries(state.noticed).filter(([, when]) => at - when < 2 * everyMs)
  return {
    state: {
      ...state,
      noticed: Object.fromEntries([...recent, ...due.map(({ about }) => [about, at] as const)]),
    },
    posts: due.map((notice) => {
      const key = alertKey(cluster.name, `notice ${notice.about}`, `${Math.floor(at / everyMs)}`)
      const payload = jsonOf(announcementOf(notice, { at, cluster, id: key }))
      return { key, channel, ...fallbackOf(fallbackChannel, channel), payload }
    }),
  }
}

const announcementOf = (
  { headline, action }: Notice,
  { at, cluster, id }: Pick<Telling, 'at' | 'cluster'> & { readonly id: string },
): Announcement => ({
  v: 1,
  kind: 'notice',
  place: 'root',
  reason: 'notice',
  broadcast: false,
  cluster: cluster.name,
  title: cut(cluster.title, 80),
  stormId: id,
  state: 'calm',
  severity: 'ok',
  headline: cut(headline, 400),
  cause: 'none',
  causes: [],
  evidence: [],
  action: {
    say: cut(action.say, 500),
    ...(action.run !== undefined && { run: cut(action.run, 500) }),
  },
  elections: 0,
  planned: 0,
  since: at,
  at,
  unseen: [],
  buttons: [],
  members: [],
})
