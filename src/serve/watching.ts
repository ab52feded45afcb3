import { whyOf } from '../log'
import { createAnnouncing, type Announcing } from '../slack/posting/announcing'
import { permalinkOf } from '../slack/posting/permalink'
import { createDeparted, type Departed } from '../watch/departed'
import { createHanding, type Handing } from '../watch/handoff/handing'
import { reportFrom } from '../watch/handoff/report'
import { createHistory } from '../watch/history'
import { createOutageBook, type OutageBook } from '../watch/outages'
import { noticesFor } from '../watch/office-hours'
import { createWatching, type Watching } from '../watch/watch'
import type { Parts } from './parts'
import { countedLooks } from './reading'
import { slackSecrets } from './slack-secrets'

type AnnounceParts = Pick<Parts, 'log' | 'metrics' | 'env' | 'following' | 'store'> & {
  readonly departed: () => readonly string[]
}

/** Brings what is decided into the channels. */
export const announce = ({
  log,
  metrics,
  env,
  following,
  store,
  departed,
}: AnnounceParts): Announcing =>
  createAnnouncing({
    config: following.config,
    departed,
    secrets: slackSecrets(following.config().slack.mode, env),
    outbox: store.outbox,
    edits: store.edits,
    slots: store.slots,
    now: Date.now,
    log,
    report: metrics.announce,
  })

type WatchParts = Pick<
  Parts,
  'log' | 'metrics' | 'observer' | 'journal' | 'following' | 'store' | 'announcer'
> & {
  /** Every cluster had its turn. */
  readonly passed: () => void
}

/** Looks at the clusters, and decides what is said. */
export const watch = ({
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
    observe: countedLooks({ observer, metrics }),
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
          { event: 'watch-fault', why: whyOf(error) },
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

const NOT_JUDGED = { spoken: undefined, state: undefined, cause: undefined }

type HandParts = Pick<Parts, 'log' | 'metrics' | 'following' | 'store' | 'announcer'>

/** Shifts, by their schedules. */
export const handOver = ({ log, metrics, following, store, announcer }: HandParts): Handing => {
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
        { event: 'handoff-fault', why: whyOf(error) },
        'a handoff failed by a fault of Stormwatch; it is tried again',
      ),
  })
}

type OutageParts = Pick<Parts, 'store'> &
  Readonly<Record<'redis' | 'slack', () => string | undefined>>

/** Our own, for the handoffs. */
export const noteOutages = ({ store, redis, slack }: OutageParts): OutageBook =>
  createOutageBook({
    troubles: { Redis: redis, Slack: slack },
    keep: store.outages.keep,
    now: Date.now,
  })

type DepartParts = Pick<Parts, 'store' | 'following' | 'log'> & {
  readonly wake: (cluster: string) => void
}

/** Ends what is open of clusters that left the configuration. */
export const seeOff = ({ store, following, log, wake }: DepartParts): Departed =>
  createDeparted({
    store,
    clusters: () => following.config().clusters,
    fallbackChannel: () => following.config().watch.fallbackChannel,
    now: Date.now,
    monotonicMs: () => performance.now(),
    decided: wake,
    fault: (error) =>
      log.warn(
        { event: 'departed-fault', why: whyOf(error) },
        'who left the configuration could not be told; it is tried again',
      ),
  })
