import { Cluster, Redis } from 'ioredis'
import { createClock } from './clock'
import { evaluate } from './script'
import type { Script } from './script'
import { createTrouble } from './trouble'
import type { Absence } from './trouble'

/** Where Redis is. Secrets are texts that were read from the environment or a file, never from a flag. */
export type StoreConfig = Place & {
  readonly user?: { readonly username?: string; readonly password: string } | undefined
  readonly tls?: StoreTls | undefined
}

export type Place =
  | { readonly url: string } // redis:// or rediss://, or a socket's path
  | {
      readonly sentinels: readonly Address[]
      /** The master's name as the Sentinels know it. */
      readonly name: string
      readonly sentinelUser?: { readonly username?: string; readonly password: string } | undefined
      readonly db?: number | undefined
    }
  | { readonly nodes: readonly Address[] } // of a Redis Cluster, some of them

export type Address = { readonly host: string; readonly port: number }

/** PEM texts. An empty object: TLS with the system's authorities. */
export type StoreTls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
}

/** The connection that all of store/ shares. Nothing outside this folder knows Redis. */
export type Connection = {
  readonly redis: Redis
  /** One command. Rejects with an error that holds no command, 500 ms later at the latest. */
  readonly ask: <T>(command: (redis: Redis) => Promise<T>) => Promise<T>
  /**
   * One script: whole or not at all, and not after its 500 ms have passed, however long Redis was paused. Rejects as
   * `ask` does: then it may have been carried out, and its answer lost.
   */
  readonly run: (script: Script, keys: readonly string[], args: readonly Arg[]) => Promise<Reply>
  /** Why Redis cannot be used now, or undefined when it can. */
  readonly trouble: () => string | undefined
  /** The same, but for a Redis that answers and is full. */
  readonly away: () => string | undefined
  /** How long this connection has lived without a break, ms. What is older may have been lost with a Redis. */
  readonly unbrokenMs: () => number
  /** How often it was connected: what Redis held before the last time may be lost. */
  readonly lives: () => number
  /** The last time longer than this in which nothing of ours reached Redis. */
  readonly absence: (leastMs: number) => Absence | undefined
  /** Counts a stored value that was not what we write: it is treated as missing. */
  readonly poisoned: (kind: string) => void
  readonly poisonedCounts: () => ReadonlyMap<string, number>
  readonly close: () => Promise<void>
}

export type Arg = string | number | Buffer
export type Reply = readonly unknown[]

export const COMMAND_TIMEOUT_MS = 500

/**
 * Opens a Redis, the master behind Sentinels, or a Redis Cluster. Never rejects and never waits: while Redis is away each
 * command rejects at once, and the caller goes on without. Nothing is sent twice here, because a command that timed out
 * may still have been carried out.
 */
export const connect = (where: string | StoreConfig): Connection => {
  const config = typeof where === 'string' ? { url: where } : where
  const redis = open(config)
  const trouble = createTrouble(redis)
  const letGo = keepOpen(redis)
  const ask = <T>(command: (redis: Redis) => Promise<T>): Promise<T> =>
    trouble.watch(() => command(redis))
  const clock = createClock(() => ask((open) => open.time()))
  redis.on('ready', clock.forget)
  const poisoned = new Map<string, number>()
  return {
    redis,
    ask,
    run: (script, keys, args) => runInTime({ script, keys, args }, { clock, ask }),
    trouble: trouble.now,
    away: trouble.away,
    unbrokenMs: trouble.unbrokenMs,
    lives: trouble.lives,
    absence: trouble.absence,
    poisoned: (kind) => poisoned.set(kind, (poisoned.get(kind) ?? 0) + 1),
    poisonedCounts: () => poisoned,
    close: async () => {
      letGo()
      const hasQuit = await redis.quit().then(
        () => true,
        () => false, // it was not ready
      )
      // Leaving leaves the connections to the Sentinels open
      if (!hasQuit || 'sentinels' in config) redis.disconnect()
    },
  }
}

/**
 * A failover that Sentinel tells of while ioredis is connecting ends its client for good, against its retryStrategy.
 * Returns what lets it end.
 */
const keepOpen = (redis: Redis): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  const again = () => void redis.connect().catch(() => undefined) // its reason comes as an event
  const onEnd = () => (timer = setTimeout(again, retryStrategy(1)))
  redis.on('end', onEnd)
  return () => {
    redis.off('end', onEnd)
    clearTimeout(timer)
  }
}

type Call = {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly Arg[]
}
type Means = { readonly clock: ReturnType<typeof createClock>; readonly ask: Connection['ask'] }

/** A script that finds itself late does nothing and says Redis' time: a clock that jumped is set and asked once more. */
const runInTime = async (call: Call, { clock, ask }: Means): Promise<Reply> => {
  for (let tries = 0; tries < 2; tries++) {
    const deadline = await clock.in(COMMAND_TIMEOUT_MS)
    const reply = await ask((redis) => evaluate(redis, call, deadline))
    if (reply[0] !== 'late') return reply
    clock.set(Number(reply[1]))
  }
  throw new Error('Cannot write to the store: Redis carries out commands too late')
}

/** Cluster has the commands of Redis: the same type is told, so that each call is written once. */
const open = (config: StoreConfig): Redis => {
  if ('nodes' in config)
    return new Cluster([...config.nodes], clusterOptions(config)) as unknown as Redis
  if ('sentinels' in config)
    return new Redis({ ...optionsOf(config), ...ALONE, ...sentinelOptions(config) })
  return new Redis(config.url, { ...optionsOf(config), ...ALONE })
}

const retryStrategy = (tries: number): number =>
  Math.min(tries * 200, 2000) + Math.floor(Math.random() * 200)

/** Where all keys are in one place. Commands of one turn of the event loop go out as one: a write for each costs more than the rest of it. */
const ALONE = { retryStrategy, enableOfflineQueue: false, enableAutoPipelining: true }

const optionsOf = ({ user, tls }: StoreConfig) => ({
  protocol: 2 as const, // HELLO needs Redis 6, and replies keep one shape
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: 2000,
  socketTimeout: 5000,
  disconnectTimeout: 200, // closed while Redis is away, a timer of 2 s would keep the process
  enableReadyCheck: false, // an ACL user may lack INFO
  disableClientInfo: true, // an ACL user may lack CLIENT
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? (2 as const) : false), // a master that was demoted
  ...(user && { password: user.password }),
  ...(user?.username !== undefined && { username: user.username }),
  ...(tls && { tls: tlsOptions(tls) }),
})

const tlsOptions = ({ serverName, ...pem }: StoreTls) => ({
  ...pem,
  ...(serverName !== undefined && { servername: serverName }),
})

type Sentinels = Extract<StoreConfig, { sentinels: unknown }>

const sentinelOptions = (config: Sentinels) => ({
  sentinels: [...config.sentinels],
  name: config.name,
  sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
  failoverDetector: true,
  sentinelRetryStrategy: retryStrategy,
  ...(config.db !== undefined && { db: config.db }),
  ...(config.sentinelUser && { sentinelPassword: config.sentinelUser.password }),
  ...(config.sentinelUser?.username !== undefined && {
    sentinelUsername: config.sentinelUser.username,
  }),
  ...(config.tls && {
    enableTLSForSentinelMode: true,
    sentinelTLS: tlsOptions(config.tls),
  }),
})

/** Delays of 0 switch off what would send a command again after its connection broke. */
const clusterOptions = (config: StoreConfig) => ({
  enableOfflineQueue: false,
  enableReadyCheck: false,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  clusterRetryStrategy: retryStrategy,
  slotsRefreshTimeout: 2000,
  slotsRefreshInterval: 5000,
  redisOptions: optionsOf(config),
})
