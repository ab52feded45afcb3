import { validate as isCron } from 'node-cron'
import { z } from 'zod'
import { LIMIT_NAMES } from '../diagnosis/limits'
import { channel, duration, timezone } from './fields'
import { handoff } from './handoff-schema'
import { durationMs, sizeBytes } from './quantities'
import { redis } from './redis'

/**
 * The configuration file as people write it. config/config.schema.json is generated from this, and editors complete from
 * that; keys that are not named here are refused.
 */

const size = z.union([z.number(), z.string()]).refine((value) => (sizeBytes(value) ?? -1) > 0, {
  error: 'need a size such as 8GiB or 8589934592',
})

const HOST_URL = 'need scheme://host:port with http or https, no path, no user'

/** dependencies.md §1, trap 14: gRPC takes a path, a user or another scheme without a word, and fails at the call. */
const isEndpoint = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false
  const bare = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return bare && /^https?:\/\/(\[[0-9a-f:.]+\]|[^/:@]+):\d+\/?$/i.test(text)
}

const METRICS_URL =
  'need an http or https URL without a user, in which {host} may stand for the endpoint’s host'

const isMetricsUrl = (text: string): boolean => {
  const url = URL.canParse(text.replaceAll('{host}', 'host'))
    ? new URL(text.replaceAll('{host}', 'host'))
    : undefined
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === ''
  )
}

const metricsUrl = z.string().refine(isMetricsUrl, { error: METRICS_URL })

const who = z.string().regex(/^(\*|[UWSCG][A-Z0-9]{2,})$/, {
  error: 'need *, a user id (U…), a user group id (S…) or a channel id (C…, G…)',
})

const access = z.strictObject({
  viewers: z.array(who).default(['*']).describe('Who may ask. Default: everyone in the workspace.'),
  operators: z
    .array(who)
    .default([])
    .describe('Who may acknowledge, silence and note. Default: nobody. Operators are viewers too.'),
})

const limits = z
  .strictObject(Object.fromEntries(LIMIT_NAMES.map((name) => [name, z.number().optional()])))
  .describe('Thresholds that differ from config/limits.yaml, by name.')

const tls = z.strictObject({
  ca: z
    .string()
    .optional()
    .describe('PEM file of the authority that signed the members’ certificates.'),
  cert: z.string().optional().describe('PEM file of the client certificate.'),
  key: z.string().optional().describe('PEM file of its key.'),
  serverName: z
    .string()
    .optional()
    .describe('The name in the members’ certificates, when it is not the endpoint’s host.'),
})

const user = z
  .strictObject({
    username: z.string().min(1),
    passwordFile: z.string().optional().describe('File that holds the password.'),
    passwordEnv: z.string().optional().describe('Environment variable that holds the password.'),
  })
  .refine((user) => (user.passwordFile === undefined) !== (user.passwordEnv === undefined), {
    error: 'need exactly one of passwordFile and passwordEnv',
  })

const logs = z
  .strictObject({
    file: z
      .union([z.string(), z.record(z.string(), z.string())])
      .optional()
      .describe(
        'A path or pattern for all members, or one for each endpoint. Rotation is followed.',
      ),
    kubernetes: z
      .strictObject({
        namespace: z.string().min(1),
        selector: z.string().min(1).describe('A label selector: component=etcd for kubeadm.'),
        container: z.string().optional().describe('Default: etcd where a pod has several.'),
        kubeconfig: z
          .string()
          .optional()
          .describe('Default: as kubectl finds it, or the pod’s service account.'),
        context: z.string().optional(),
      })
      .optional()
      .describe('Pod logs through the API: list on pods and get on pods/log.'),
    timezoneOffsetMinutes: z
      .int()
      .default(0)
      .describe('Of the members’ hosts; only 3.4’s text logs need it.'),
  })
  .refine((given) => (given.file === undefined) !== (given.kubernetes === undefined), {
    error: 'need exactly one of file and kubernetes',
  })

const maintenance = z.strictObject({
  cron: z
    .string()
    .refine(isCron, { error: 'need a cron line such as 0 3 * * SUN' })
    .describe('When it opens.'),
  duration: duration(),
  timezone: timezone.default('UTC'),
  reason: z.string().default('maintenance'),
})

const group = z
  .string()
  .regex(/^S[A-Z0-9]{2,}$/, { error: 'need a user group id (S…)' })
  .describe('A user group, mentioned once in a storm: with the first warning.')

/** node-cron tells parts of a minute. */
const isPeriod = (ms: number): boolean => ms >= 1000 && ms % 1000 === 0 && 60_000 % ms === 0

const period = z
  .union([z.number(), z.string()])
  .refine((value) => isPeriod(durationMs(value) ?? 0), {
    error: 'need whole seconds that divide a minute: 5s, 10s, 15s, 20s, 30s or 1m',
  })
  .default('15s')

const cluster = z.strictObject({
  title: z.string().min(1).max(80).optional().describe('How people call it. Default: its name.'),
  endpoints: z
    .array(z.string().refine(isEndpoint, { error: HOST_URL }))
    .min(1)
    .max(50)
    .describe('Every member’s client address.'),
  metrics: z
    .union([metricsUrl, z.array(metricsUrl)])
    .optional()
    .describe(
      'Where the metrics pages are: one URL with {host} for all, or one for each endpoint in their order. Default: each endpoint’s own /metrics.',
    ),
  tls: tls.optional(),
  auth: user.optional().describe('The etcd user that reads the members, where auth is on.'),
  writers: user
    .optional()
    .describe('The etcd user that may read keys, for the subcommand writers alone. Default: auth.'),
  logs: logs.optional(),
  readTimeout: duration('2s').describe('Deadline of each reading of each member.'),
  heartbeat: duration()
    .optional()
    .describe('--heartbeat-interval of the members. Default: etcd’s 100ms.'),
  election: duration()
    .optional()
    .describe('--election-timeout of the members. Default: etcd’s 1s.'),
  quota: size.optional().describe('Overrides the quota that the members tell.'),
  channel: channel.optional().describe('Slack channel for this cluster’s warnings, by its id.'),
  oncall: group.optional(),
  maintenance: z.array(maintenance).default([]),
  limits: limits.optional(),
  access: access.optional(),
})

const watch = z.strictObject({
  every: period.describe(
    'Between two looks at a calm cluster; a restless one is looked at every 2 s.',
  ),
  fallbackChannel: channel
    .optional()
    .describe(
      'Takes the warnings that a cluster’s own channel refuses, or of clusters without one.',
    ),
  oncall: group.optional(),
  folder: z
    .string()
    .default('stormwatch-data')
    .describe('Where the private Redis keeps its data, when REDIS_URL is not set.'),
})

const slack = z.strictObject({
  mode: z
    .enum(['socket', 'http'])
    .default('socket')
    .describe('socket needs no address that Slack can reach.'),
  host: z.string().default('0.0.0.0').describe('http mode: where Slack’s requests arrive.'),
  port: z.int().min(0).max(65535).default(3000),
  command: z
    .string()
    .regex(/^\/[a-z0-9_-]{1,31}$/, { error: 'need a slash command such as /etcd' })
    .default('/etcd'),
  teams: z
    .array(z.string().regex(/^[TE][A-Z0-9]+$/, { error: 'need a workspace id (T…)' }))
    .default([]),
  apiUrl: z.url().optional().describe('Another Web API, for tests.'),
})

export const schema = z.strictObject({
  clusters: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
        error: 'need a name of lower-case letters, digits, . _ -',
      }),
      cluster,
    )
    .refine((all) => Object.keys(all).length > 0, { error: 'need at least 1 cluster' }),
  slack: slack.prefault({}),
  redis: redis.optional().describe('Where Redis is, unless REDIS_URL or REDIS_URL_FILE says it.'),
  health: z
    .strictObject({
      host: z.string().default('0.0.0.0'),
      port: z.int().min(0).max(65535).default(9402),
    })
    .prefault({})
    .describe('/healthz, /readyz and /metrics: never the port that Slack reaches.'),
  watch: watch.prefault({}),
  handoffs: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, {
        error: 'need a name of at most 40 lower-case letters, digits, . _ -',
      }),
      handoff,
    )
    .default({})
    .describe('Shifts that are handed over by a schedule.'),
  access: access.prefault({}).describe('For every cluster that has no access of its own.'),
  limits: limits.optional(),
})

export type Written = z.output<typeof schema>
export type WrittenCluster = Written['clusters'][string]
