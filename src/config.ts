import type { ClusterSettings } from './diagnosis/facts'
import type { Limits } from './diagnosis/limits'

/** Everything that the files and the environment say, checked whole and frozen. Paths are absolute. */
export type Config = {
  readonly clusters: readonly ClusterConfig[]
  readonly slack: SlackConfig
  /** /healthz, /readyz and /metrics: never the port that Slack reaches. */
  readonly health: { readonly host: string; readonly port: number }
  /** Undefined: no store; history, replay protection across replicas and the watcher need one. */
  readonly redis: RedisConfig | undefined
  readonly watch: WatchConfig
  readonly handoffs: readonly HandoffConfig[]
}

/** Where Redis is, without its secrets. */
export type RedisConfig = {
  readonly place:
    /** REDIS_URL, or the file that REDIS_URL_FILE names. */
    | { readonly is: 'secret-url' }
    | { readonly is: 'url'; readonly url: string }
    | {
        readonly is: 'sentinels'
        readonly sentinels: readonly RedisAddress[]
        /** The master's name as the Sentinels know it. */
        readonly name: string
        readonly db: number | undefined
      }
    | { readonly is: 'cluster'; readonly nodes: readonly RedisAddress[] }
  readonly username: string | undefined
  readonly sentinelUsername: string | undefined
  /** PEM files, read once. All undefined: TLS with the system's authorities. */
  readonly tls: TlsFiles | undefined
}

export type RedisAddress = { readonly host: string; readonly port: number }

/** Handoffs are kept and announced beside clusters, under names that no cluster may have. */
export const HANDOFF_PREFIX = 'handoff.'

export const laneOf = (handoff: string): string => `${HANDOFF_PREFIX}${handoff}`

/** What Stormwatch says of its own watch: neither a cluster nor a handoff may be named so. */
export const WATCH_LANE = laneOf('.watch')

/** A shift that changes by a schedule, and who hands it over to whom. */
export type HandoffConfig = {
  readonly name: string
  /** When the shift changes. */
  readonly cron: string
  readonly timezone: string
  readonly channel: string
  /** Names. */
  readonly clusters: readonly string[]
  /** Slack user ids (U…, W…) or user groups (S…). Undefined: by the rota; without one nobody is named. */
  readonly from: readonly string[] | undefined
  readonly to: readonly string[] | undefined
  readonly rota: Rota | undefined
  /** How long before the change the draft goes out, until when it is to be accepted, and how long a report waits for Redis. */
  readonly draftMs: number
  readonly acceptMs: number
  readonly storeWaitMs: number
}

export type Weekday = 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | 'SUN'

/** Who is on call when: people in an order, each for a turn, or by the day of the week. */
export type Rota = {
  readonly timezone: string
  /** Unix ms; they do not overlap. */
  readonly overrides: readonly Override[]
} & (
  | {
      readonly people: readonly string[]
      /** When the first one begins, by the wall: Unix ms as if the zone were UTC. */
      readonly startWall: number
      readonly everyMs: number
    }
  /** Whoever a day names takes over at `atMs` of that day; a day without a name goes on as the day before. */
  | { readonly week: Readonly<Partial<Record<Weekday, string>>>; readonly atMs: number }
)

export type Override = { readonly who: string; readonly from: number; readonly until: number }

export type WatchConfig = {
  /** Between two looks at a calm cluster, ms: a part of a minute. */
  readonly everyMs: number
  /** Where warnings go that a cluster's own channel refuses, or that has none. */
  readonly fallbackChannel: string | undefined
  /** A Slack user group, mentioned once in a storm. */
  readonly oncall: string | undefined
  /** Of the private Redis, when REDIS_URL is not set. */
  readonly folder: string
}

export type ClusterConfig = {
  readonly name: string
  readonly title: string
  readonly endpoints: readonly EndpointConfig[]
  readonly tls: TlsFiles | undefined
  readonly auth: EtcdUser | undefined
  /** Who may read keys, for `writers` alone. Undefined: `auth`. */
  readonly writers?: EtcdUser | undefined
  /** Undefined: no log is read, and answers say what it would settle. */
  readonly logs: LogsConfig | undefined
  /** Deadline of each reading of each member, ms. */
  readonly readTimeoutMs: number
  readonly settings: ClusterSettings
  readonly limits: Limits
  readonly channel: string | undefined
  /** A Slack user group, mentioned once in a storm; undefined: that of `watch`. */
  readonly oncall?: string | undefined
  readonly maintenance: readonly MaintenanceWindow[]
  readonly access: Access
}

export type EndpointConfig = {
  /** scheme://host:port, as etcd3 takes it. */
  readonly url: string
  readonly metricsUrl: string
}

/** PEM files, read again when they change. */
export type TlsFiles = {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The name that the members' certificates carry, when it is not the endpoint's host. */
  readonly serverName: string | undefined
}

/** Where the members' logs are: files or pods. */
export type LogsConfig = {
  /** One path or pattern for all members, or one for each endpoint. */
  readonly file?: string | Readonly<Record<string, string>>
  readonly kubernetes?: PodLogs
  /** Of the members' hosts, for 3.4's text, which has no zone. Default 0. */
  readonly timezoneOffsetMinutes?: number
}

/** Pod logs through the Kubernetes API. */
export type PodLogs = {
  readonly namespace: string
  /** A label selector: `component=etcd` for kubeadm, `app=etcd` for OpenShift. */
  readonly selector: string
  /** Default: `etcd` where a pod has several. */
  readonly container?: string
  /** A file. Default: as kubectl finds it, and inside a cluster the pod's service account. */
  readonly kubeconfig?: string
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string
}

/** The password stands in a file or in an environment variable, never in the configuration. */
export type EtcdUser = {
  readonly username: string
  readonly password: { readonly file: string } | { readonly env: string }
}

/** Opens at each slot of the cron line, in the timezone, for the duration. */
export type MaintenanceWindow = {
  readonly cron: string
  readonly durationMs: number
  readonly timezone: string
  readonly reason: string
}

/** Slack user ids (U…, W…), user groups (S…) or channels (C…, G…); `*` is everyone. */
export type Access = {
  readonly viewers: readonly string[]
  readonly operators: readonly string[]
}

export type SlackConfig = {
  readonly mode: 'http' | 'socket'
  readonly host: string
  /** HTTP mode: where Slack's requests arrive. */
  readonly port: number
  /** The slash command, `/etcd`. */
  readonly command: string
  /** Workspaces that may speak to this app; empty: the one that the bot token belongs to. */
  readonly teams: readonly string[]
  /** Another Web API, for tests. Undefined: Slack's own. */
  readonly apiUrl: string | undefined
}
