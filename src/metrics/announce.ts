import { Counter, Gauge, type Registry } from 'prom-client'

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

/** Posts and edits on their way to Slack. */
export const announceMetrics = (registers: Registry[]): AnnounceMetrics => {
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
