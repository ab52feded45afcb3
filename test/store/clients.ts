import { createAlerts } from '../../src/store/alerts'
import type { Alerts, RedisAlerts } from '../../src/store/alerts'
import { createBacklog } from '../../src/store/backlog'
import { createRedisEdits } from '../../src/store/redis-edits'
import { createRedisOutbox } from '../../src/store/redis-outbox'
import { createRedisStorms } from '../../src/store/redis-storms'
import { connect } from '../../src/store/redis'
import type { Connection, StoreConfig } from '../../src/store/redis'
import { until } from '../support/redis'

/** Replicas as a test has them: each with a connection of its own, all closed at the end. */
export type Replica = {
  readonly connection: Connection
  readonly redis: RedisAlerts
  readonly alerts: Alerts
  readonly backlog: ReturnType<typeof createBacklog>
}

const open: Connection[] = []

export const connected = async (where: string | StoreConfig): Promise<Connection> => {
  const connection = connect(where)
  open.push(connection)
  await until(() => connection.trouble() === undefined)
  return connection
}

export const replica = async (
  where: string | StoreConfig,
  waitMs = 0,
  isOurTurn: (at: number) => boolean = () => true,
): Promise<Replica> => {
  const connection = await connected(where)
  const redis = redisAlerts(connection)
  const alerts = createAlerts({ redis, now: Date.now, waitMs: () => waitMs, isOurTurn })
  return { connection, redis, alerts, backlog: createBacklog() }
}

export const redisAlerts = (connection: Connection): RedisAlerts => ({
  storms: createRedisStorms(connection),
  outbox: createRedisOutbox(connection),
  edits: createRedisEdits(connection),
})

export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((connection) => connection.close()))
}

let names = 0
/** A cluster that no other test has. */
export const freshCluster = (): string => `c${++names}`
