import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

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

/** Looks, their lateness, states and verdicts. */
export const watchMetrics = (registers: Registry[]): WatchMetrics => {
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
