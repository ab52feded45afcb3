import type { Config, HandoffConfig } from '../../src/config'
import { createAnnouncing } from '../../src/slack/posting/announcing'
import type { AnnounceTiming } from '../../src/slack/posting/announce'
import { alertKey } from '../../src/store/outbox'
import { openStore, type Store } from '../../src/store/store'
import type { Announcement } from '../../src/watch/announcement'
import { logTo, type Lines } from './face'
import { announcementOf } from './news'
import { until } from './redis'

/** Announcers as a test has them: over a real Redis, with short times, all closed at the end. */

export const SHORT: AnnounceTiming = {
  callMs: 1000,
  leaseMs: 4000,
  lagMs: 300,
  busyEveryMs: 50,
  idleEveryMs: 100,
  busyForMs: 5000,
  depthEveryMs: 100,
  paceMs: 20,
  sweepEveryMs: 300,
  sweepBackMs: 3_600_000,
  restMs: 5000,
}

export type Announced = {
  readonly store: Store
  readonly posts: string[]
  readonly edits: string[]
  readonly limited: string[]
  readonly depths: number[]
  swept: number
  readonly lines: Lines
  readonly troubles: () => readonly string[]
  readonly wake: (cluster: string) => void
  readonly stop: () => Promise<void>
}

export type AnnouncedOptions = {
  readonly redisUrl: string
  readonly apiUrl: string
  readonly clusters?: readonly string[]
  readonly departed?: readonly string[]
  readonly handoffs?: readonly Pick<HandoffConfig, 'name' | 'channel'>[]
  readonly timing?: Partial<AnnounceTiming>
}

let replicas = 0
const open: Announced[] = []

export const announced = ({
  redisUrl,
  apiUrl,
  clusters = ['prod'],
  departed = [],
  handoffs = [],
  timing,
}: AnnouncedOptions): Announced => {
  const store = openStore(redisUrl, { replica: `r${(replicas += 1)}`, now: Date.now })
  const seen = { posts: [] as string[], edits: [] as string[], limited: [] as string[] }
  const depths: number[] = []
  const lines: Lines = []
  const announcer = createAnnouncing({
    departed: () => departed,
    config: () =>
      ({
        slack: { apiUrl, command: '/etcd' },
        watch: { fallbackChannel: 'CFALL' },
        clusters: clusters.map((name) => ({ name, channel: 'C1' })),
        handoffs,
      }) as unknown as Config,
    secrets: { botToken: 'xoxb-canary-bot-token', signingSecret: '', appToken: '' },
    outbox: store.outbox,
    edits: store.edits,
    slots: store.slots,
    now: Date.now,
    log: logTo(lines),
    timing: { ...SHORT, ...timing },
    report: {
      post: (outcome, reason) => void seen.posts.push(`${outcome} ${reason}`),
      edit: (outcome) => void seen.edits.push(outcome),
      swept: (deleted) => void (one.swept += deleted),
      limited: (method) => void seen.limited.push(method),
      depth: (_, { count }) => void depths.push(count),
    },
  })
  let stopping: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await announcer.stop(5000)
    await store.close()
  }
  const one: Announced = {
    ...seen,
    store,
    depths,
    lines,
    swept: 0,
    troubles: announcer.troubles,
    wake: announcer.wake,
    stop: () => (stopping ??= end()),
  }
  announcer.start()
  open.push(one)
  return one
}

export const stopAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((one) => one.stop()))
}

export type Filing = {
  readonly cluster?: string
  readonly kind?: string
  readonly parent?: string
  readonly channel?: string
  readonly fallback?: string
  readonly edit?: boolean
}

/** A post as it is filed. */
export const postOf = (
  parts: Partial<Announcement>,
  { cluster = 'prod', kind = 'storm' } = {},
) => ({
  key: alertKey(cluster, kind, 'prod-t7'),
  payload: JSON.parse(JSON.stringify(announcementOf({ cluster, ...parts }))) as null,
})

/** What no look decides in a test: a post is due, or the edit of one. Resolves to its key. */
export const file = async (
  store: Store,
  parts: Partial<Announcement>,
  { cluster = 'prod', kind = 'storm', edit = false, channel = 'C1', ...where }: Filing = {},
): Promise<string> => {
  await until(() => store.trouble() === undefined) // else it is decided without Redis, and waits for others
  const { key, payload } = postOf(parts, { cluster, kind })
  const { version } = await store.storms.read(cluster)
  const said = edit
    ? { edits: [{ of: key, payload }] }
    : { posts: [{ key, channel, payload, ...where }] }
  const decided = await store.storms.decide(
    cluster,
    { expected: version, state: { at: version }, ...said },
    Date.now(),
  )
  if (!decided.decided) return file(store, parts, { cluster, kind, edit, channel, ...where })
  return key
}

/** Makes the store look old: else all its posts are doubted as those of a new one. */
export const age = async (
  admin: { readonly set: (key: string, value: number) => Promise<unknown> },
  cluster = 'prod',
): Promise<void> =>
  void (await admin.set(`stormwatch:{${cluster}}:outbox:since`, Date.now() - 86_400_000))
