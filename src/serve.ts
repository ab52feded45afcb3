import { randomUUID } from 'node:crypto'
import { dispatch } from '../commands/dispatch'
import { createJournal, type Journal } from './cluster/journal'
import { createObserver, type Observer } from './cluster/observe'
import { shareLooks } from './cluster/shared'
import { createWriters, type Writers } from './cluster/writers'
import type { Config } from './config'
import { loadConfig } from './config/load'
import { followConfig, type Reloading } from './config/reload'
import { startHealth } from './health'
import { keepHeapSmall } from './heap'
import { createHeartbeat, type Heartbeat } from './heartbeat'
import { createLog, type Log } from './log'
import { createMetrics, type Metrics, type Standing } from './metrics'
import { readinessOf } from './readiness'
import { optionalSecret, readSecret, secretsIn } from './secrets'
import { createSlackFace, type SlackFace } from './slack/app'
import type { Asked, Done } from './slack/storm/acting'
import { createAnnouncing } from './slack/posting/announcing'
import type { Announcer } from './slack/posting/announce'
import type { SlackSecrets } from './slack/log'
import { permalinkOf } from './slack/posting/permalink'
import { openStore, type Store } from './store/store'
import { toolsOf } from './tools'
import { acknowledge } from './watch/acknowledge'
import { createHandoffDeeds } from './watch/handoff/deeds'
import { createHanding, type Handing } from './watch/handoff/handing'
import { reportFrom } from './watch/handoff/report'
import { createHistory } from './watch/history'
import { homeFacts } from './watch/home'
import { openNowhere } from './watch/nowhere'
import { noticesFor } from './watch/office-hours'
import { startPrivateRedis } from './watch/private-redis'
import { createWatching, type Watching } from './watch/watch'
import { whereRedis } from './where-redis'

export type ServeOptions = {
  readonly configFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/** How often a mounted configuration is looked at for a change. */
const CONFIG_EVERY_MS = 2000
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
  const following = follow(configFile, env, { log, metrics, observer, journal })
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
    const announcer = announce({ log, metrics, env, following, store })
    const watching = watch({
      ...{ log, metrics, observer, journal, following, store, announcer },
      // What nobody hears is no good round
      passed: () => slack.state().connected && heartbeat?.beat(),
    })
    const handing = handOver({ log, metrics, following, store, announcer })
    const slack = slackFace({
      env,
      version,
      log,
      metrics,
      observer,
      journal,
      writers,
      following,
      store,
      announcer,
      onDeaf: stop.deaf,
    })
    const ready = readinessOf({
      slack: slack.state,
      redis: kept.trouble,
      watch: () => [...watching.status().troubles, ...handing.troubles()],
      posts: () => [...following.troubles(), ...announcer.troubles()],
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
    const [unanswered] = await Promise.all([
      slack.stop(GRACE_MS),
      writers.close(), // what they have seen is answered within the grace
      watching.stop(),
      handing.stop(),
      announcer.stop(GRACE_MS),
      heartbeat?.close(),
    ])
    log.info({ event: 'stopped', unanswered }, 'Stormwatch has stopped')
    return code
  } finally {
    await Promise.all(closing.map(async (close) => close()))
  }
}

/** fetch obeys it and gRPC does not: half of what is read would be read from anyone. */
const refuseBlindTls = (env: ServeOptions['env']): void => {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    throw new Error(
      'Cannot start with NODE_TLS_REJECT_UNAUTHORIZED=0: unset it, and name the right tls.ca for the cluster instead',
    )
}

type Parts = {
  readonly log: Log
  readonly metrics: Metrics
  readonly observer: Observer
  readonly journal: Journal
}

const follow = (
  file: string,
  env: ServeOptions['env'],
  { log, metrics, observer, journal }: Parts,
): Reloading => {
  const namesOf = ({ clusters }: Config): readonly string[] =>
    clusters.map((cluster) => cluster.name)
  const following = followConfig({
    file,
    load: (name) => loadConfig(name, env),
    everyMs: CONFIG_EVERY_MS,
    onTaken: (config, before) => {
      observer.keepOnly(config.clusters)
      journal.keepOnly(config.clusters)
      metrics.configRead('taken', namesOf(config))
      log.info(
        { event: 'config-taken', clusters: namesOf(config) },
        'a new configuration is in force',
      )
      if (needsRestart(config, before))
        log.warn(
          { event: 'config-needs-restart' },
          'slack, health and redis settings, watch.every and watch.folder take effect after a restart',
        )
    },
    onRefused: (error) => {
      metrics.configRead('refused', [])
      log.error(
        { event: 'config-refused', why: error.message },
        'the new configuration is refused, the old one stays',
      )
    },
  })
  metrics.configRead('taken', namesOf(following.config()))
  process.on('SIGHUP', following.reload)
  return { ...following, close: () => (process.off('SIGHUP', following.reload), following.close()) }
}

const needsRestart = (config: Config, before: Config): boolean =>
  JSON.stringify([
    config.slack,
    config.health,
    config.redis,
    config.watch.everyMs,
    config.watch.folder,
  ]) !==
  JSON.stringify([
    before.slack,
    before.health,
    before.redis,
    before.watch.everyMs,
    before.watch.folder,
  ])

/** The first signal asks to stop, a second one ends at once. A rejection that nobody handled ends with a line. */
const stopSignal = (log: Log): { asked: Promise<number>; deaf: (why: string) => void } => {
  let stop: (code: number) => void = () => undefined
  const asked = new Promise<number>((resolve) => (stop = resolve))
  const onSignal = (signal: string): void => {
    log.info({ event: 'stopping', signal }, 'finishing the work under way')
    process.once(signal, () => process.exit(1))
    stop(0)
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  process.on('unhandledRejection', (reason) => {
    log.fatal(
      { event: 'unhandled', why: reason instanceof Error ? reason.message : 'no error' },
      'this must not happen; leaving',
    )
    process.exit(1)
  })
  const deaf = (why: string): void => {
    log.error({ event: 'deaf', why }, 'Slack cannot be heard; leaving so that a restart heals it')
    stop(1)
  }
  return { asked, deaf }
}

/** Undefined: no URL is given. */
const openHeartbeat = (
  env: ServeOptions['env'],
  { log, metrics }: Pick<Parts, 'log' | 'metrics'>,
): Heartbeat | undefined => {
  const url = optionalSecret('HEARTBEAT_URL', env)
  if (url === undefined) return undefined
  const onTrouble = (why: string): void =>
    log.warn({ event: 'heartbeat-failed', why }, 'the heartbeat URL was called in vain')
  return createHeartbeat({ url, report: metrics.heartbeat, onTrouble })
}

/** `trouble` is that of a Redis which there should be. */
type Kept = {
  readonly store: Store
  /** There is one, or there should be. */
  readonly hasRedis: boolean
  readonly trouble: () => string | undefined
}

/** The Redis that is named; else one of our own on this machine; else none, and what to do is said. */
const openKept = async (
  { redis, watch: { folder }, handoffs }: Config,
  env: ServeOptions['env'],
  log: Log,
): Promise<Kept> => {
  const deps = { replica: randomUUID(), now: Date.now }
  if (redis !== undefined) return keptIn(openStore(whereRedis(redis, env), deps))
  const own = await startPrivateRedis(folder)
  if (!own.ok) {
    log.warn({ event: 'no-store', why: own.why }, 'nothing is kept beyond this process')
    if (handoffs.length > 0)
      log.warn({ event: 'no-handoffs' }, 'handoffs take Redis: without it none is posted')
    return { store: openNowhere(deps), hasRedis: false, trouble: () => undefined }
  }
  const { socket, isShared, close } = own
  log.info(
    { event: 'private-redis', folder, isShared },
    'no Redis is named: a private Redis keeps the history, for this machine only',
  )
  const store = openStore(socket, deps)
  return keptIn({ ...store, close: async () => (await store.close(), close()) })
}

const keptIn = (store: Store): Kept => ({ store, hasRedis: true, trouble: store.trouble })

const redisNow = ({ store, hasRedis, trouble }: Kept): Standing['redis'] => ({
  isUp: hasRedis ? trouble() === undefined : undefined,
  waiting: store.waiting(),
  dropped: store.dropped(),
  poisoned: store.poisoned(),
  replicas: store.replicas.count(),
})

type AnnounceParts = Pick<Parts, 'log' | 'metrics'> & {
  readonly env: ServeOptions['env']
  readonly following: Reloading
  readonly store: Store
}

const announce = ({ log, metrics, env, following, store }: AnnounceParts): Announcer =>
  createAnnouncing({
    config: following.config,
    secrets: slackSecrets(following.config().slack.mode, env),
    outbox: store.outbox,
    edits: store.edits,
    slots: store.slots,
    now: Date.now,
    log,
    report: metrics.announce,
  })

type WatchParts = Parts & {
  readonly following: Reloading
  readonly store: Store
  readonly announcer: Announcer
  /** Every cluster had its turn. */
  readonly passed: () => void
}

const watch = ({
  log,
  metrics,
  observer,
  journal,
  following,
  store,
  announcer,
  passed,
}: WatchParts): Watching => {
  const { config } = following
  return createWatching({
    store,
    clusters: () => config().clusters,
    posting: () => config().watch,
    observe: async (cluster, at, signal) => {
      const from = performance.now()
      const look = await observer.observe(cluster, at, signal)
      metrics.looked(cluster.name, look, performance.now() - from)
      return look
    },
    everyMs: config().watch.everyMs,
    logsSince: (cluster, look, atMs) => journal.since({ cluster, look, atMs, now: Date.now() }),
    now: Date.now,
    notices: (cluster, look) => noticesFor(cluster, look, Date.now()),
    report: {
      late: metrics.watch.late,
      missed: metrics.watch.missed,
      restarted: (silentMs) => {
        metrics.watch.restarted()
        log.error(
          { event: 'watch-stood-still', silentMs },
          'no pass over the clusters was completed; ticking anew',
        )
      },
      fault: (error) =>
        log.error(
          { event: 'watch-fault', why: error instanceof Error ? error.message : 'no error' },
          'a look failed by a fault of Stormwatch',
        ),
      passed,
      judged: (cluster, { outcome, ...looked }) => {
        const { spoken: reason, state, cause } = { ...NOT_JUDGED, ...looked }
        metrics.watch.judged({ cluster, outcome, state, cause, reason, at: Date.now() })
        if (reason === undefined) return
        log.info({ event: 'decided', cluster, reason }, 'the channel is told')
        announcer.wake(cluster)
      },
    },
  })
}

type HandParts = Omit<AnnounceParts, 'env'> & { readonly announcer: Announcer }

/** Shifts, by their schedules. */
const handOver = ({ log, metrics, following, store, announcer }: HandParts): Handing => {
  const { config } = following
  const history = createHistory(store, { now: Date.now, linkOf: permalinkOf })
  return createHanding({
    store,
    handoffs: () => config().handoffs,
    report: (handoff, span) => reportFrom(history, config().clusters, { handoff, span }),
    fallbackChannel: () => config().watch.fallbackChannel,
    now: Date.now,
    decided: (lane, what) => {
      metrics.handoff(what)
      log.info({ event: 'handed-over', lane, what }, 'a shift is handed over')
      announcer.wake(lane)
    },
    fault: (error) =>
      log.error(
        { event: 'handoff-fault', why: error instanceof Error ? error.message : 'no error' },
        'a handoff failed by a fault of Stormwatch; it is tried again',
      ),
  })
}

const NOT_JUDGED = { spoken: undefined, state: undefined, cause: undefined }

type SlackParts = Parts & {
  readonly writers: Writers
  readonly env: ServeOptions['env']
  readonly version: string
  readonly following: Reloading
  readonly store: Store
  readonly announcer: Announcer
  readonly onDeaf: (why: string) => void
}

const slackFace = ({
  env,
  version,
  log,
  metrics,
  observer,
  journal,
  writers,
  following,
  store,
  announcer,
  onDeaf,
}: SlackParts): SlackFace => {
  const observe = shareLooks(async (cluster, at, signal) => {
    const from = performance.now()
    const look = await observer.observe(cluster, at, signal)
    metrics.looked(cluster.name, look, performance.now() - from)
    return look
  })
  const tools = toolsOf({
    config: following.config,
    observe,
    journal,
    writers,
    version,
    history: createHistory(store, { now: Date.now, linkOf: permalinkOf }),
  })
  return createSlackFace({
    config: following.config,
    secrets: slackSecrets(following.config().slack.mode, env),
    dispatch: (words, ask) => dispatch(words, ask, tools),
    audit: (record) => {
      log.info({ event: 'audit', ...record }, 'a request was handled')
      void store.audit.keep(record) // never rejects: without Redis it waits
      metrics.commandAnswered({ ...record, face: 'slack' })
    },
    log,
    now: Date.now,
    onDeaf,
    memory: { seenBefore: store.seen },
    clicks: store.clicks,
    home: {
      facts: () => homeFacts(store, following.config(), Date.now()),
      claim: (user, forMs) => store.ticks.shouldRun(`home:${user}`, forMs),
    },
    acknowledged: metrics.slackAcknowledged,
    deeds: {
      acknowledge: async (asked) => {
        const done = await acknowledged(asked, { store, config: following.config })
        announcer.wake(asked.cluster)
        return done
      },
      handoffs: createHandoffDeeds({
        store,
        config: following.config,
        wake: announcer.wake,
        done: metrics.handoff,
      }),
    },
  })
}

type AcknowledgeParts = { readonly store: Store; readonly config: () => Config }

const acknowledged = async (asked: Asked, { store, config }: AcknowledgeParts): Promise<Done> => {
  const { cluster, storm: stormId, who: by, at } = asked
  const { fallbackChannel } = config().watch
  const taken = await acknowledge(store.storms, { cluster, stormId, by, at, fallbackChannel })
  switch (taken.outcome) {
    case 'acknowledged':
      return { ok: true, say: `You acknowledged the storm on ${cluster}. Its thread says so.` }
    case 'already':
      return { ok: true, say: `The storm on ${cluster} was acknowledged already.` }
    case 'none':
      return {
        ok: false,
        say: `This storm on ${cluster} is over: there is nothing to acknowledge.`,
      }
    case 'contended':
      return {
        ok: false,
        isUndone: true,
        say: `The state of ${cluster} changes too fast just now: nothing was kept. Press it again.`,
      }
  }
}

const slackSecrets = (mode: 'http' | 'socket', env: ServeOptions['env']): SlackSecrets => ({
  botToken: readSecret('SLACK_BOT_TOKEN', env),
  signingSecret: mode === 'http' ? readSecret('SLACK_SIGNING_SECRET', env) : '',
  appToken: mode === 'socket' ? readSecret('SLACK_APP_TOKEN', env) : '',
})
