import { laneOf, WATCH_LANE } from '../../config'
import type { Config } from '../../config'
import { createAnnouncer, TIMING, type AnnounceDeps, type Announcer } from './announce'
import { createClient } from '../client'
import { boltLogger, redactorOf, type SlackSecrets } from '../log'

export type AnnouncingDeps = Pick<
  AnnounceDeps,
  'outbox' | 'edits' | 'slots' | 'now' | 'log' | 'report' | 'timing'
> & {
  /** Read at each turn, but slack.apiUrl only once. */
  readonly config: () => Config
  readonly secrets: SlackSecrets
}

/** The announcer of this process, with a Slack client of its own. */
export const createAnnouncing = ({ config, secrets, ...deps }: AnnouncingDeps): Announcer => {
  const redact = redactorOf(secrets)
  return createAnnouncer({
    ...deps,
    redact,
    client: createClient(secrets.botToken, {
      apiUrl: config().slack.apiUrl,
      logger: boltLogger(deps.log, redact),
      callMs: deps.timing?.callMs ?? TIMING.callMs,
    }),
    command: () => config().slack.command,
    clusters: () => clustersOf(config()),
    monotonicMs: () => performance.now(),
  })
}

/** Handoffs, and the watch itself, have lanes of their own, like a cluster. */
const clustersOf = ({ clusters, handoffs, watch }: Config) => [
  ...clusters.map(({ name, channel }) => ({ name, channel: channel ?? watch.fallbackChannel })),
  ...handoffs.map(({ name, channel }) => ({ name: laneOf(name), channel })),
  { name: WATCH_LANE, channel: watch.fallbackChannel },
]
