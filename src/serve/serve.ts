import { createJournal } from '../cluster/logs/journal'
import { createObserver } from '../cluster/observe'
import { createWriters } from '../cluster/writes/writers'
import { startHealth } from '../health'
import { keepHeapSmall } from '../heap'
import { createHeartbeat, type Heartbeat } from '../heartbeat'
import { createLog } from '../log'
import { createMetrics } from '../metrics/metrics'
import { readinessOf } from '../readiness'
import { optionalSecret, secretsIn } from '../secrets'
import { slackFace } from './answering'
import { follow } from './following'
import { openKept, redisNow } from './kept'
import type { Parts } from './parts'
import { stopSignal } from './stopping'
import { announce, handOver, noteOutages, seeOff, watch } from './watching'

export type ServeOptions = {
  readonly configFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/** Each from NAME or from the file that NAME_FILE names. */
const SECRETS = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'REDIS_SENTINEL_PASSWORD',
  'HEARTBEAT_URL',
]
/** Kubernetes kills after 30 s; the rest is for closing. */
const GRACE_MS = 20_000

/**
 * Runs the bot until SIGTERM or SIGINT. Resolves to the exit code: 0 when told to stop, 1 when it left because Socket Mode
 * went deaf. Rejects, with what to do, when it cannot start; Slack and Redis may both be away at start.
 */
export const serve = async ({ configFile, env, version }: ServeOptions): Promise<number> => {
  keepHeapSmall()
  refuseBlindTls(env)
  const log = createLog(secretsIn(SECRETS, env))
  const metrics = createMetrics(version)
  const observer = createObserver()
  const journal = createJournal()
  const writers = createWriters()
  const following = follow(configFile, { env, log, metrics, observer, journal })
  const heartbeat = openHeartbeat(env, { log, metrics })
  const stop = stopSignal(log)
  const kept = await openKept(following.config(), env, log)
  const { store } = kept
  const closing: (() => Promise<void> | void)[] = [
    () => following.close(),
    () => observer.close(),
    () => journal.close(),
    () => writers.close(),
    () => store.close(),
  ]
  try {
    const departed = seeOff({ store, following, log, wake: (cluster) => announcer.wake(cluster) })
    const announcer = announce({
      ...{ log, metrics, env, following, store },
      departed: departed.names,
    })
    const read = { observer, journal, writers }
    const parts: Parts = { env, version, log, metrics, ...read, following, store, announcer }
    const watching = watch({
      ...parts,
      // What nobody hears is no good round
      passed: () => slack.state().connected && heartbeat?.beat(),
    })
    const handing = handOver(parts)
    const slack = slackFace({ ...parts, onDeaf: stop.deaf })
    const outages = noteOutages({
      store,
      redis: kept.away,
      slack: () => slack.state().why ?? announcer.away(),
    })
    const ready = readinessOf({
      slack: slack.state,
      redis: kept.trouble,
      watch: () => [...watching.status().troubles, ...handing.troubles()],
      posts: () => [
        ...following.troubles(),
        ...(slack.state().connected ? silenceOf(announcer) : []),
        ...announcer.troubles(),
      ],
    })
    const health = await startHealth({
      ...following.config().health,
      ...ready,
      page: () => {
        const { owned, sincePassSeconds } = watching.status()
        metrics.watch.stands(owned, sincePassSeconds)
        metrics.slackConnected(slack.state().connected)
        metrics.stands({
          isReady: ready.readiness().length === 0,
          refusals: announcer.troubles().length,
          redis: redisNow(kept),
        })
        return metrics.page()
      },
      contentType: metrics.contentType,
    })
    closing.push(() => health.close())
    await slack.start()
    announcer.start()
    watching.start()
    handing.start()
    outages.start()
    if (kept.hasRedis) departed.start()
    log.info(
      {
        event: 'started',
        version,
        clusters: following.config().clusters.length,
        healthPort: health.port,
        slackPort: slack.port(),
      },
      'Stormwatch runs',
    )
    const code = await stop.asked
    departed.stop()
    const [unanswered] = await Promise.all([
      slack.stop(GRACE_MS),
      writers.close(), // what they have seen is answered within the grace
      watching.stop(),
      handing.stop(),
      outages.stop(),
      announcer.stop(GRACE_MS),
      heartbeat?.close(),
    ])
    log.info({ event: 'stopped', unanswered }, 'Stormwatch has stopped')
    return code
  } finally {
    await Promise.all(closing.map(async (close) => close()))
  }
}

/** A bot that Slack refuses has an answer, which its troubles tell. */
const silenceOf = ({ away, barred }: Parts['announcer']): readonly string[] => {
  const why = barred() === undefined ? away() : undefined
  return why === undefined ? [] : [`Slack does not answer: ${why}`]
}

/** fetch obeys it and gRPC does not: half of what is read would be read from anyone. */
const refuseBlindTls = (env: ServeOptions['env']): void => {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    throw new Error(
      'Cannot start with NODE_TLS_REJECT_UNAUTHORIZED=0: unset it, and name the right tls.ca for the cluster instead',
    )
}

/** Undefined: no URL is given. */
const openHeartbeat = (
  env: Parts['env'],
  { log, metrics }: Pick<Parts, 'log' | 'metrics'>,
): Heartbeat | undefined => {
  const url = optionalSecret('HEARTBEAT_URL', env)
  if (url === undefined) return undefined
  const onTrouble = (why: string): void =>
    log.warn({ event: 'heartbeat-failed', why }, 'the heartbeat URL was called in vain')
  return createHeartbeat({ url, report: metrics.heartbeat, onTrouble })
}
