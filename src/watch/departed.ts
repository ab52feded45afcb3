import { newWatch } from '../diagnosis/storm/watcher'
import type { Outbox } from '../store/outbox'
import type { Decision, Storms } from '../store/storms'
import type { Watched } from '../store/watched'
import type { Announcement } from './announcement'
import { entryKey, fallbackOf, jsonOf, recordOf, rootKey } from './decide'
import { stateIn } from './state'
import type { Told, WatchState } from './state'
import { storyOf } from './told'

export type DepartedDeps = {
  readonly clusters: () => readonly { readonly name: string }[]
  readonly store: DepartedStore
  readonly fallbackChannel: () => string | undefined
  /** Unix ms. */
  readonly now: () => number
  /** Something of this cluster is to be sent. */
  readonly decided: (cluster: string) => void
  /** A check failed, for the most part because Redis is away: there is another one. */
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
  /** One look at who left. Rejects while Redis is away. */
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
  const { clusters, store, now, decided } = deps
  let leaving: readonly string[] = []
  let soon: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined
  const endOf = async (name: string): Promise<void> => {
    const { version, state } = await store.storms.read(name)
    const farewell = farewellOf(name, stateIn(state), {
      at: now(),
      channel: deps.fallbackChannel(),
    })
    if (farewell === undefined) return
    const { decided: isOurs } = await store.storms.decide(
      name,
      { expected: version, ...farewell },
      now(),
    )
    if (isOurs) decided(name) // else another was first
  }
  const check = async (): Promise<void> => {
    const ours = clusters().map(({ name }) => name)
    await store.watched.add(ours, now())
    const left = await store.watched.left(now() - LEFT_MS)
    leaving = left.filter((name) => !ours.includes(name))
    for (const name of leaving) {
      await endOf(name)
      if ((await store.outbox.pending(name)) === 'none') await store.watched.remove(name)
    }
  }
  return {
    check,
    names: () => leaving,
    start: () => {
      const checkNow = (): void => void check().catch(deps.fault)
      soon = setTimeout(checkNow, SOON_MS)
      timer = setInterval(checkNow, EVERY_MS)
    },
    stop: () => {
      clearTimeout(soon)
      clearInterval(timer)
    },
  }
}

type Now = { readonly at: number; readonly channel: string | undefined }

/** Undefined: nothing is open. */
const farewellOf = (
  cluster: string,
  state: WatchState | undefined,
  { at, channel }: Now,
): Omit<Decision, 'expected'> | undefined => {
  if (state?.told === undefined) return undefined
  const { told, held: _, ...rest } = state
  return {
    state: { ...rest, watch: newWatch(at), past: [...state.past, told.id].slice(-20) },
    storm: recordOf(storyOf(told, { cluster, until: state.lookedAt, quiet: undefined })),
    ...saidOf(cluster, told, { at, channel }),
  }
}

/** In the thread, and in place of what the root message says. Nothing where nothing was posted. */
const saidOf = (
  cluster: string,
  told: Told,
  now: Now,
): Pick<Decision, 'posts' | 'edits'> | undefined => {
  const { root, channel } = told
  if (root === undefined || channel === undefined) return undefined
  const key = rootKey(cluster, told.id)
  const news = leftOf(root, now.at)
  const entry = { channel, ...fallbackOf(now.channel, channel), parent: key }
  return {
    posts: [
      {
        ...entry,
        key: entryKey(cluster, told.id, 'left'),
        payload: jsonOf({ ...news, place: 'thread' }),
      },
    ],
    edits: [{ of: key, payload: jsonOf(news) }],
  }
}

const leftOf = (root: Announcement, at: number): Announcement => {
  const { mention: _, silenced: __, held: ___, ...kept } = root
  return {
    ...kept,
    at,
    reason: 'left',
    state: 'unknown',
    severity: 'unknown',
    headline: 'It left the configuration, and nobody looks at it: how this ended is not known',
    causes: [],
    evidence: [],
    unseen: [],
    action: { say: 'To have it watched, add it to the configuration again.' },
    buttons: [],
    members: [],
  }
}
