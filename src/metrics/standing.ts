import { Counter, Gauge, type Registry } from 'prom-client'

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

/** What is told of the moment in which the page is read. */
export const standingMetrics = (registers: Registry[]): ((how: Standing) => void) => {
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
