import { setTimeout as sleep } from 'node:timers/promises'
import type { Storms } from '../store/storms'
import type { Acknowledged, Announcement, Button } from './announcement'
import { entryKey, fallbackOf, jsonOf, rootKey } from './decide'
import { stateIn } from './state'
import type { Told, WatchState } from './state'

/** What came of it. `none`: there is no storm that was announced, or not that one. */
export type Acknowledgement =
  | {
      readonly outcome: 'acknowledged' | 'already'
      readonly by: Acknowledged
      readonly stormId: string
    }
  | { readonly outcome: 'none' | 'contended' }

export type Acknowledging = {
  readonly cluster: string
  /** Which storm; undefined: the one that is open. */
  readonly stormId?: string | undefined
  readonly by: string
  /** Unix ms. */
  readonly at: number
  readonly fallbackChannel?: string | undefined
}

/** Others decide once a look: who loses so often, with pauses of 3 s in all, is told so. */
const TRIES = 20
const PAUSE_MS = { least: 10, most: 200 }

const pauseMs = (tries: number): number =>
  Math.min(PAUSE_MS.most, PAUSE_MS.least * 2 ** tries) * (0.5 + Math.random() / 2)

/**
 * Somebody took a storm: kept with the post that says so in its thread, and with its root message. Any replica may do it,
 * whoever looks at the cluster. Tries again, for 3 s at most, while others are faster.
 */
export const acknowledge = async (
  storms: Pick<Storms, 'read' | 'decide'>,
  asked: Acknowledging,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<Acknowledgement> => {
  let stored = await storms.read(asked.cluster)
  for (let tries = 0; tries < TRIES; tries++) {
    const state = stateIn(stored.state)
    const told = state?.told
    if (state === undefined || told?.channel === undefined || told.root === undefined)
      return { outcome: 'none' }
    if (asked.stormId !== undefined && asked.stormId !== told.id) return { outcome: 'none' }
    if (told.acknowledged !== undefined)
      return { outcome: 'already', by: told.acknowledged, stormId: told.id }
    const decision = decisionOf({ state, told, root: told.root, channel: told.channel }, asked)
    const decided = await storms.decide(
      asked.cluster,
      { expected: stored.version, ...decision },
      asked.at,
    )
    if (decided.decided)
      return { outcome: 'acknowledged', by: { by: asked.by, at: asked.at }, stormId: told.id }
    stored = decided.now
    await pause(pauseMs(tries))
  }
  return { outcome: 'contended' }
}

type Open = {
  readonly state: WatchState
  readonly told: Told
  readonly root: Announcement
  readonly channel: string
}

const decisionOf = ({ state, told, root, channel }: Open, asked: Acknowledging) => {
  const { cluster, by, at } = asked
  const acknowledged = { by: by.slice(0, 200), at }
  const count = (told.entries['acknowledged'] ?? 0) + 1
  const buttons = root.buttons.filter((button: Button) => button !== 'acknowledge')
  // Why it was posted stays on the root: that somebody took it stands beside it
  const edited: Announcement = { ...root, at, acknowledged, buttons }
  const key = rootKey(cluster, told.id)
  const next: WatchState = {
    ...state,
    watch: { ...state.watch, notice: acknowledgedNotice(state, at) },
    told: {
      ...told,
      acknowledged,
      entries: { ...told.entries, acknowledged: count },
      root: edited,
    },
  }
  return {
    state: next,
    posts: [
      {
        key: entryKey(cluster, told.id, `acknowledged ${count}`),
        channel,
        ...fallbackOf(asked.fallbackChannel, channel),
        parent: key,
        payload: jsonOf({ ...edited, place: 'thread', reason: 'acknowledged', broadcast: false }),
      },
    ],
    edits: [{ of: key, payload: jsonOf(edited) }],
  }
}

const acknowledgedNotice = ({ watch }: WatchState, at: number): WatchState['watch']['notice'] =>
  watch.notice && { ...watch.notice, acknowledgedAt: at, isAcknowledgementPosted: true }
