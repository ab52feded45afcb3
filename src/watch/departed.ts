import { newWatch } from '../diagnosis/storm/watcher'
import type { Outbox } from '../store/outbox'
import type { Decision, Storms } from '../store/storms'
import type { Watched } from '../store/watched'
import type { Announcement } from './announcement'
import { entryKey, lastWord, recordOf, rootKey } from './decide'
import { pastWith } from './incident'
import { stateIn } from './state'
import type { WatchState } from './state'
import { storyOf } from './told'

export type DepartedDeps = {
  readonly clusters: () => readonly { readonly name: string }[]
  readonly store: DepartedStore
  readonly fallbackChannel: () => string | undefined
  /** Unix ms, and a clock that nobody sets. */
  readonly now: () => number
  readonly monotonicMs: () => number
  /** Something of this cluster is to be sent. */
  readonly decided: (cluster: string) => void
  /** A check failed after one that did not, for the most part because Redis is away: there is another one. */
  readonly fault: (error: unknown) => void
}

export type DepartedStore = {
  readonly watched: Watched
  readonly storms: Pick<Storms, 'read' | 'decide'>
  readonly outbox: Pick<Outbox, 'pending'>
}

export type Departed = {
  readonly start: () => void
  readonly stop: () => void
  /** One look at who left. Never rejects: while Redis is away nothing is known of it. */
  readonly check: () => Promise<void>
  /** Clusters that left, and of which something is still to be sent. */
  readonly names: () => readonly string[]
}

const EVERY_MS = 60_000
/** After a start: Redis is connected by then. */
const SOON_MS = 5000
/** Longer than a rolling update, in which replicas have different configurations. */
const LEFT_MS = 5 * EVERY_MS

/** Ends what is open of clusters that left the configuration of every replica: nobody would ever say that it is over. */
export const createDeparted = (deps: DepartedDeps): Departed => {
  const { clusters, store, now, monotonicMs, decided, fault } = deps
  let leaving: readonly string[] = []
  /** Our checks that succeeded without a break: before them the others may not have had Redis either, to say what they have. */
  let sound: { readonly since: number; at: number } | undefined
  let soon: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined
  const endOf = async (name: string): Promise<void> => {
    const { version, state } = await store.storms.read(name)
    const farewell = farewellOf(name, stateIn(state), deps.fallbackChannel())
    if (farewell === undefined) return
    const ended = await store.storms.decide(name, { expected: version, ...farewell }, now())
    if (ended.decided) decided(name) // else another was first
  }
  const seeOff = async (name: string): Promise<void> => {
    await endOf(name)
    if ((await store.outbox.pending(name)) === 'none') await store.watched.remove(name)
  }
  const check = async (): Promise<void> => {
    const ours = clusters().map(({ name }) => name)
    const left = await store.watched.say(ours, LEFT_MS)
    const at = monotonicMs()
    if (sound === undefined || at - sound.at > 2 * EVERY_MS) sound = { since: at, at }
    sound.at = at
    leaving = left.filter((name) => !ours.includes(name))
    if (at - sound.since >= LEFT_MS) for (const name of leaving) await seeOff(name).catch(fault)
  }
  const checkSafely = async (): Promise<void> => {
    try {
      await check()
    } catch (error) {
      if (sound !== undefined) fault(error)
      sound = undefined
    }
  }
  return {
    check: checkSafely,
    names: () => leaving,
    start: () => {
      soon = setTimeout(() => void checkSafely(), SOON_MS)
      timer = setInterval(() => void checkSafely(), EVERY_MS)
    },
    stop: () => {
      clearTimeout(soon)
      clearInterval(timer)
    },
  }
}

/** Undefined: nothing is open. What was never posted is ended in the history only. */
const farewellOf = (
  cluster: string,
  state: WatchState | undefined,
  fallback: string | undefined,
): Omit<Decision, 'expected'> | undefined => {
  if (state?.told === undefined) return undefined
  const { told, held: _, ...rest } = state
  const { lookedAt, past } = rest
  const { id, root, channel } = told
  const keys = { root: rootKey(cluster, id), key: entryKey(cluster, id, 'left') }
  return {
    state: { ...rest, watch: newWatch(lookedAt), past: pastWith(past, id) },
    storm: recordOf(storyOf(told, { cluster, until: lookedAt, quiet: undefined })),
    ...(root &&
      channel !== undefined &&
      lastWord(leftOf(root, lookedAt), { ...keys, channel, fallback })),
  }
}

/** As of the last look: what came after it nobody saw. */
const leftOf = (root: Announcement, at: number): Announcement => {
  const { mention: _, silenced: __, held: ___, ...kept } = root
  return {
    ...kept,
    at,
    reason: 'left',
    state: 'unknown',
    severity: 'unknown',
    headline:
      'No cluster of this name is in the configuration any more: how this ended was not seen',
    causes: [],
    evidence: [],
    unseen: [],
    action: { say: 'Add it to the configuration again, or look under its new name.' },
    buttons: [],
    members: [],
  }
}
