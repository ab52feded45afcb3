import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observation } from './diagnosis/facts'

/** Our own Prometheus metrics, all defined here. Labels are bounded: a cluster's name, never a member's or a user's. */
export type Metrics = {
  /** The text page, for /metrics. */
  readonly page: () => Promise<string>
  readonly contentType: string
  readonly commandAnswered: (command: Answered) => void
  readonly looked: (cluster: string, look: Observation, tookMs: number) => void
  readonly slackConnected: (connected: boolean) => void
  readonly configRead: (outcome: 'taken' | 'refused', clusters: readonly string[]) => void
  readonly watch: WatchMetrics
  readonly announce: AnnounceMetrics
  /** A draft, report, late report or reminder was decided, a shift accepted, a note taken. */
  readonly handoff: (what: string) => void
  /** How the bot stands, when the page is read. */
  readonly stands: (how: Standing) => void
  readonly heartbeat: (outcome: string) => void
  /** From a request of Slack to its acknowledgement, ms. */
  readonly slackAcknowledged: (tookMs: number) => void
}

export type WatchMetrics = {
  /** A turn began so long after it was due. */
  readonly late: (ms: number) => void
  readonly missed: (periods: number) => void
  readonly restarted: () => void
  readonly judged: (look: JudgedLook) => void
  /** Clusters that this replica looks at, and how long ago all were looked at. */
  readonly stands: (owned: readonly string[], sincePassSeconds: number) => void
  /** These clusters are configured no more. */
  readonly forget: (clusters: readonly string[]) => void
}

export type JudgedLook = {
  readonly cluster: string
  readonly outcome: string
  /** Of a look that was judged. */
  readonly state?: string | undefined
  readonly cause?: string | undefined
  /** Why the channel was told something. */
  readonly reason?: string | undefined
  /** Unix ms. */
  readonly at: number
}

export type Standing = {
  readonly isReady: boolean
  /** Why posts do not reach their channels, one each. */
  readonly refusals: number
  readonly redis: {
    /** Undefined: there is none, and there should be none. */
    readonly isUp: boolean | undefined
    /** Writes that wait in memory for Redis, and those that were given up. */
    readonly waiting: number
    readonly dropped: number
    /** Stored values that were not what we write, by kind. */
    readonly poisoned: ReadonlyMap<string, number>
    readonly replicas: number
  }
}

export type AnnounceMetrics = {
  readonly post: (outcome: string, reason: string) => void
  readonly edit: (outcome: string) => void
  readonly swept: (deleted: number) => void
  readonly limited: (method: string) => void
  readonly depth: (
    cluster: string,
    depth: { readonly count: number; readonly oldestMs: number },
  ) => void
  /** These clusters are configured no more. */
  readonly forget: (clusters: readonly string[]) => void
}

export type Answered = {
  readonly command: string
  readonly face: 'slack' | 'terminal'
  readonly outcome: string
  readonly tookMs: number
}

/** One registry an app: two apps in one process (tests) do not share numbers. */
export const createMetrics = (version: string): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'stormwatch_' })
  const commands = new Counter({
    name: 'stormwatch_commands_total',
    help: 'Commands by subcommand, face and outcome.',
    labelNames: ['command', 'face', 'outcome'],
    registers,
  })
  const commandSeconds = new Histogram({
    name: 'stormwatch_command_duration_seconds',
    help: 'Time from a command to its answer.',
    labelNames: ['command'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const looks = new Counter({
    name: 'stormwatch_looks_total',
    help: 'Looks at a cluster: whole (every part of every member read), partial, or blind (nothing read).',
    labelNames: ['cluster', 'outcome'],
    registers,
  })
  const lookSeconds = new Histogram({
    name: 'stormwatch_look_duration_seconds',
    help: 'Time that a look at all members of a cluster took.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5],
    registers,
  })
  const failures = new Counter({
    name: 'stormwatch_read_failures_total',
    help: 'Readings of a member that failed, by part (status, metrics) and kind of failure.',
    labelNames: ['cluster', 'part', 'reason'],
    registers,
  })
  const slack = new Gauge({
    name: 'stormwatch_slack_connected',
    help: '1 while Slack accepts our token (and, in Socket Mode, the socket is open).',
    registers,
  })
  const configs = new Counter({
    name: 'stormwatch_config_reads_total',
    help: 'Readings of the configuration: taken, or refused (the old one stays).',
    labelNames: ['outcome'],
    registers,
  })
  const known = new Gauge({
    name: 'stormwatch_clusters',
    help: 'Clusters in the configuration in force.',
    registers,
  })
  new Gauge({
    name: 'stormwatch_build_info',
    help: '1, with the version.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)
  const watch = watchMetrics(registers)
  const announce = announceMetrics(registers)
  const acknowledged = new Histogram({
    name: 'stormwatch_slack_ack_seconds',
    help: 'From a request of Slack to its acknowledgement. Slack gives up after 3 s.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
    registers,
  })
  const handoffs = new Counter({
    name: 'stormwatch_handoffs_total',
    help: 'Handoffs by what was done: draft, report, late report, reminder, accepted, note.',
    labelNames: ['what'],
    registers,
  })
  const beats = new Counter({
    name: 'stormwatch_heartbeats_total',
    help: "Calls of the dead man's switch: done, refused (no 2xx), failed.",
    labelNames: ['outcome'],
    registers,
  })
  const stands = standingMetrics(registers)
  let names: readonly string[] = []

  return {
    watch,
    announce,
    handoff: (what) => handoffs.inc({ what }),
    stands,
    heartbeat: (outcome) => beats.inc({ outcome }),
    slackAcknowledged: (tookMs) => acknowledged.observe(tookMs / 1000),
    page: () => registry.metrics(),
    contentType: registry.contentType,
    commandAnswered: ({ command, face, outcome, tookMs }) => {
      commands.inc({ command, face, outcome })
      commandSeconds.observe({ command }, tookMs / 1000)
    },
    looked: (cluster, look, tookMs) => {
      looks.inc({ cluster, outcome: outcomeOf(look) })
      lookSeconds.observe(tookMs / 1000)
      for (const { status, scrape } of look.members) {
        if (!status.ok) failures.inc({ cluster, part: 'status', reason: status.why.kind })
        if (!scrape.ok) failures.inc({ cluster, part: 'metrics', reason: scrape.why.kind })
      }
    },
    slackConnected: (connected) => slack.set(connected ? 1 : 0),
    configRead: (outcome, clusters) => {
      configs.inc({ outcome })
      if (outcome === 'refused') return
      const gone = names.filter((name) => !clusters.includes(name))
      for (const cluster of gone)
        for (const outcome of ['whole', 'partial', 'blind']) looks.remove({ cluster, outcome })
      watch.forget(gone)
      announce.forget(gone)
      names = clusters
      known.set(clusters.length)
    },
  }
}

const standingMetrics = (registers: Registry[]): Metrics['stands'] => {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers })
  const ready = gauge('stormwatch_ready', '1 while /readyz answers 200.')
  const refusals = gauge(
    'stormwatch_slack_refusals',
    'Channels that refuse our posts, and 1 more while Slack takes none at all; /readyz says which and why.',
  )
  const up = gauge('stormwatch_redis_up', '1 while Redis can be used. Absent: none is configured.')
  up.remove() // a gauge without labels begins at 0
  const waiting = gauge('stormwatch_redis_waiting_writes', 'Writes that wait for Redis in memory.')
  const replicas = gauge(
    'stormwatch_replicas',
    'Replicas that Redis knows of, this one among them.',
  )
  const dropped = new Counter({
    name: 'stormwatch_redis_dropped_writes_total',
    help: 'Writes of history that were given up because too many waited for Redis. Alerts are never among them.',
    registers,
  })
  const poisoned = new Counter({
    name: 'stormwatch_redis_unreadable_values_total',
    help: 'Values in Redis that were not what Stormwatch writes, by kind. They count as missing.',
    labelNames: ['kind'],
    registers,
  })
  return ({ isReady, refusals: count, redis }) => {
    ready.set(isReady ? 1 : 0)
    refusals.set(count)
    waiting.set(redis.waiting)
    replicas.set(redis.replicas)
    dropped.reset()
    dropped.inc(redis.dropped)
    poisoned.reset()
    for (const [kind, times] of redis.poisoned) poisoned.inc({ kind }, times)
    if (redis.isUp === undefined) up.remove()
    else up.set(redis.isUp ? 1 : 0)
  }
}

const watchMetrics = (registers: Registry[]): WatchMetrics => {
  const late = new Histogram({
    name: 'stormwatch_watch_lateness_seconds',
    help: 'From when a cluster was due for a look to when its turn began.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers,
  })
  const missed = new Counter({
    name: 'stormwatch_watch_missed_total',
    help: 'Turns that were left out: the process stood still, or the look before was not over.',
    registers,
  })
  const restarts = new Counter({
    name: 'stormwatch_watch_restarts_total',
    help: 'Times that the ticking stood still and was started anew.',
    registers,
  })
  const judged = new Counter({
    name: 'stormwatch_watch_looks_total',
    help: 'Looks of the watch: judged, cut (too long), other (another replica had looked), contended.',
    labelNames: ['outcome'],
    registers,
  })
  const spoken = new Counter({
    name: 'stormwatch_posts_decided_total',
    help: 'Posts that were decided, by reason; sending them is another matter.',
    labelNames: ['reason'],
    registers,
  })
  const verdicts = new Counter({
    name: 'stormwatch_verdicts_total',
    help: 'Verdicts that a channel was told, by cause; unknown is "cannot tell", none is no trouble.',
    labelNames: ['cause'],
    registers,
  })
  const states = new Gauge({
    name: 'stormwatch_cluster_state',
    help: '1 for the state of each cluster that this replica looks at: calm, unsettled, watch, warning, leaderless or unknown.',
    labelNames: ['cluster', 'state'],
    registers,
  })
  const lookedAt = new Gauge({
    name: 'stormwatch_cluster_last_look_timestamp_seconds',
    help: 'When a cluster that this replica looks at was last judged, Unix time.',
    labelNames: ['cluster'],
    registers,
  })
  const shown = new Map<string, string>()
  const leave = (cluster: string): void => {
    const state = shown.get(cluster)
    if (state !== undefined) states.remove({ cluster, state })
    lookedAt.remove({ cluster })
    shown.delete(cluster)
  }
  const owned = new Gauge({
    name: 'stormwatch_watch_clusters',
    help: 'Clusters that this replica looks at.',
    registers,
  })
  const pass = new Gauge({
    name: 'stormwatch_watch_seconds_since_pass',
    help: 'Since the last period in which every cluster had its turn.',
    registers,
  })
  return {
    late: (ms) => late.observe(ms / 1000),
    missed: (periods) => missed.inc(periods),
    restarted: () => restarts.inc(),
    judged: ({ cluster, outcome, state, cause, reason, at }) => {
      judged.inc({ outcome })
      if (reason !== undefined) {
        spoken.inc({ reason })
        verdicts.inc({ cause: cause ?? 'none' })
      }
      if (state === undefined) return
      if (shown.get(cluster) !== state) leave(cluster)
      shown.set(cluster, state)
      states.set({ cluster, state }, 1)
      lookedAt.set({ cluster }, at / 1000)
    },
    stands: (clusters, seconds) => {
      // Another replica tells of what is not ours any more
      for (const cluster of shown.keys()) if (!clusters.includes(cluster)) leave(cluster)
      owned.set(clusters.length)
      pass.set(seconds)
    },
    forget: (clusters) => clusters.forEach(leave),
  }
}

const announceMetrics = (registers: Registry[]): AnnounceMetrics => {
  const posts = new Counter({
    name: 'stormwatch_posts_total',
    help: 'Tries to post, by outcome and by the reason of the post.',
    labelNames: ['outcome', 'reason'],
    registers,
  })
  const edits = new Counter({
    name: 'stormwatch_post_edits_total',
    help: 'Tries to edit a post, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const sweeps = new Counter({
    name: 'stormwatch_sweeps_total',
    help: 'Channels that were read for second copies of posts.',
    registers,
  })
  const swept = new Counter({
    name: 'stormwatch_swept_posts_total',
    help: 'Second copies of posts that were deleted.',
    registers,
  })
  const limited = new Counter({
    name: 'stormwatch_slack_rate_limited_total',
    help: 'Answers of Slack that said to wait, by method.',
    labelNames: ['method'],
    registers,
  })
  const waiting = new Gauge({
    name: 'stormwatch_outbox_posts',
    help: 'Posts of a cluster that were decided and are not in their channel yet.',
    labelNames: ['cluster'],
    registers,
  })
  const age = new Gauge({
    name: 'stormwatch_outbox_oldest_seconds',
    help: 'Age of the oldest of them.',
    labelNames: ['cluster'],
    registers,
  })
  return {
    post: (outcome, reason) => posts.inc({ outcome, reason }),
    edit: (outcome) => edits.inc({ outcome }),
    swept: (deleted) => {
      sweeps.inc()
      swept.inc(deleted)
    },
    limited: (method) => limited.inc({ method }),
    depth: (cluster, { count, oldestMs }) => {
      waiting.set({ cluster }, count)
      age.set({ cluster }, oldestMs / 1000)
    },
    forget: (clusters) => {
      for (const cluster of clusters) {
        waiting.remove({ cluster })
        age.remove({ cluster })
      }
    },
  }
}

const outcomeOf = ({ members }: Observation): 'whole' | 'partial' | 'blind' => {
  const parts = members.flatMap(({ status, scrape }) => [status.ok, scrape.ok])
  if (parts.every(Boolean)) return 'whole'
  return parts.some(Boolean) ? 'partial' : 'blind'
}
