import { laneOf, WATCH_LANE } from '../../config'
import type { Config } from '../../config'
import { createAnnouncer, TIMING, type AnnounceDeps, type Announcer } from './announce'
import { createClient } from '../client'
import { createReach } from './reach'
import { boltLogger, redactorOf, type SlackSecrets } from '../log'

export type AnnouncingDeps = Pick<
  AnnounceDeps,
  'outbox' | 'edits' | 'slots' | 'now' | 'log' | 'report' | 'timing'
> & {
  /** Read at each turn, but slack.apiUrl only once. */
  readonly config: () => Config
  /** Clusters that are not in it any more, and of which something is to be sent. */
  readonly departed: () => readonly string[]
  readonly secrets: SlackSecrets
}

/** `away`: why Slack takes nothing of ours now; undefined: it answers. */
export type Announcing = Announcer & { readonly away: () => string | undefined }

/** The announcer of this process, with a Slack client of its own. */
export const createAnnouncing = ({
  config,
  departed,
  secrets,
  ...deps
}: AnnouncingDeps): Announcing => {
  const redact = redactorOf(secrets)
  const reach = createReach(() => performance.now())
  const announcer = createAnnouncer({
    ...deps,
    report: {
      ...deps.report,
      depth: (cluster, depth) => {
        if (!departed().includes(cluster)) deps.report.depth(cluster, depth)
      },
    },
    redact,
    client: createClient(secrets.botToken, {
      apiUrl: config().slack.apiUrl,
      logger: boltLogger(deps.log, redact),
      callMs: deps.timing?.callMs ?? TIMING.callMs,
      fetch: reach.fetch,
    }),
    command: () => config().slack.command,
    clusters: () => clustersOf(config(), departed()),
    monotonicMs: () => performance.now(),
  })
  const away = (): string | undefined => {
    const why = reach.trouble()
    return why && redact(why)
  }
  return { ...announcer, away: () => away() ?? announcer.barred() }
}

/** Handoffs, and the watch itself, have lanes of their own, like a cluster. */
const clustersOf = ({ clusters, handoffs, watch }: Config, departed: readonly string[]) => [
  ...clusters.map(({ name, channel }) => ({ name, channel: channel ?? watch.fallbackChannel })),
  ...handoffs.map(({ name, channel }) => ({ name: laneOf(name), channel })),
  ...[WATCH_LANE, ...departed].map((name) => ({ name, channel: watch.fallbackChannel })),
]
