import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { z } from 'zod'
import type {
  Access,
  ClusterConfig,
  Config,
  EndpointConfig,
  EtcdUser,
  LogsConfig,
  PodLogs,
  TlsFiles,
  WatchConfig,
} from '../config'
import type { ClusterSettings } from '../diagnosis/facts'
import type { Limits } from '../diagnosis/limits'
import { packageRoot } from '../package'
import { handoffMistakes, handoffsOf } from './handoffs'
import { limitMistakes, loadLimits } from './limits'
import { configError, mistakesOf, mistakeText, type Mistake } from './mistakes'
import { durationMs, sizeBytes } from './quantities'
import { redisMistakes, redisOf } from './redis'
import { schema, type Written, type WrittenCluster } from './schema'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Reads a configuration file whole: YAML, `${ENV}` in any value, checked against the schema. Paths in it are relative to
 * the file. Throws one error that names every mistake with its place, the want and the have.
 */
export const loadConfig = (file: string, env: Env): Config => {
  const document = parse(file)
  const unset: Mistake[] = []
  const raw = withEnv(document.toJS({ maxAliasCount: 100 }), env, [], unset)
  const read = schema.safeParse(raw)
  const wrong = read.success
    ? crossChecks(read.data, { folder: dirname(resolve(file)), env })
    : mistakesOf(read.error.issues, raw, keysAt)
  const mistakes = [...unset, ...wrong].map((mistake) => mistakeText(mistake, document))
  if (!read.success || mistakes.length > 0) throw configError(file, mistakes)
  return freeze(configOf(read.data, { folder: dirname(resolve(file)), env }))
}

/** config/limits.yaml as it ships. */
export const defaultLimits = (): Limits => loadLimits(limitsFile())

const limitsFile = (): string => join(packageRoot(), 'config', 'limits.yaml')

/** The JSON schema that editors complete from: config/config.schema.json is this, and a test says so. */
export const jsonSchema = (): unknown => ({
  ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  title: 'Stormwatch configuration',
})

const parse = (file: string): Document => {
  const lineCounter = new LineCounter()
  const document = Object.assign(parseDocument(readText(file), { lineCounter }), { lineCounter })
  if (document.errors.length === 0) return document
  throw configError(
    file,
    document.errors.map((error) => `is not YAML: ${error.message.split('\n', 1)[0] ?? ''}`),
  )
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const example = join(packageRoot(), 'config', 'clusters.example.yaml')
    throw new Error(
      `Cannot read the configuration ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unreadable'}. ` +
        `Name it with --config FILE or STORMWATCH_CONFIG; ${example} shows every key.`,
      { cause },
    )
  }
}

/** Puts the environment into every text. A variable that is not set is a mistake, never an empty text. */
const withEnv = (
  value: unknown,
  env: Env,
  path: readonly (string | number)[],
  unset: Mistake[],
): unknown => {
  if (typeof value === 'string') return filled(value, env, path, unset)
  if (Array.isArray(value)) return value.map((one, i) => withEnv(one, env, [...path, i], unset))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    ([key, one]) => [key, withEnv(one, env, [...path, key], unset)] as const,
  )
  return Object.fromEntries(entries)
}

const filled = (
  text: string,
  env: Env,
  path: readonly (string | number)[],
  unset: Mistake[],
): string =>
  text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name]
    if (value === undefined)
      unset.push({ path, text: `need the environment variable ${name}, it is not set` })
    return value ?? ''
  })

type Json = {
  readonly properties?: Record<string, Json>
  readonly additionalProperties?: Json | boolean
  readonly items?: Json
}

/** The keys that the schema knows at a place. */
const keysAt = (path: readonly (string | number)[]): readonly string[] => {
  const place = path.reduce<Json | undefined>((json, key) => {
    if (typeof key === 'number') return json?.items
    const open = json?.additionalProperties
    return json?.properties?.[key] ?? (typeof open === 'object' ? open : undefined)
  }, jsonSchema() as Json)
  return Object.keys(place?.properties ?? {})
}

/** What the schema cannot say: keys that depend on one another, and files that must be there. */
const crossChecks = (written: Written, context: Context): readonly Mistake[] => [
  ...Object.entries(written.clusters).flatMap(([name, cluster]) =>
    [...clusterChecks(cluster, context.folder), ...limitMistakes(limitsFile(), cluster.limits)].map(
      ({ path, text }) => ({ path: ['clusters', name, ...path], text }),
    ),
  ),
  ...limitMistakes(limitsFile(), written.limits),
  ...redisMistakes(written.redis, context),
  ...handoffMistakes(written),
]

const clusterChecks = (cluster: WrittenCluster, folder: string): readonly Mistake[] => {
  const { endpoints, metrics, tls, auth, writers } = cluster
  const plain = endpoints.filter((endpoint) => bare(endpoint).startsWith('http://'))
  const heartbeat = durationMs(cluster.heartbeat ?? 100) ?? 100
  const election = durationMs(cluster.election ?? 1000) ?? 1000
  const files: readonly (readonly [path: readonly string[], file: string | undefined])[] = [
    [['tls', 'ca'], tls?.ca],
    [['tls', 'cert'], tls?.cert],
    [['tls', 'key'], tls?.key],
    [['auth', 'passwordFile'], auth?.passwordFile],
    [['writers', 'passwordFile'], writers?.passwordFile],
  ]
  return [
    ...check(
      new Set(endpoints.map(bare)).size === endpoints.length,
      ['endpoints'],
      'need each endpoint once, have one twice',
    ),
    ...check(
      plain.length === 0 || plain.length === endpoints.length,
      ['endpoints'],
      `need http or https for all, have both`,
    ),
    ...check(
      !Array.isArray(metrics) || metrics.length === endpoints.length,
      ['metrics'],
      `need one URL for each of the ${endpoints.length} endpoints, have ${Array.isArray(metrics) ? metrics.length : 1}`,
    ),
    ...(['auth', 'writers'] as const).flatMap((user) =>
      check(
        cluster[user] === undefined || plain.length === 0,
        [user],
        'need https endpoints: a password over http can be read by anyone on the way',
      ),
    ),
    ...check(
      tls === undefined || plain.length === 0,
      ['tls'],
      'need https endpoints: tls does nothing for http',
    ),
    ...check(
      (tls?.cert === undefined) === (tls?.key === undefined),
      ['tls'],
      'need cert and key together, have one of them',
    ),
    ...check(
      election >= 5 * heartbeat,
      ['election'],
      `need at least 5 × the heartbeat (etcd refuses to start below), have ${election} ms with a heartbeat of ${heartbeat} ms`,
    ),
    ...strangers(cluster).map((endpoint) => ({
      path: ['logs', 'file', endpoint],
      text: `need one of the cluster's endpoints, have ${JSON.stringify(endpoint)}`,
    })),
    ...files.flatMap(([path, file]) =>
      check(
        file === undefined || existsSync(resolve(folder, file)),
        path,
        `need a file that is there, have ${JSON.stringify(file)}`,
      ),
    ),
  ]
}

/** Endpoints that have a log and are none of the cluster's. */
const strangers = ({ logs, endpoints }: WrittenCluster): readonly string[] => {
  const file = logs?.file
  if (file === undefined || typeof file === 'string') return []
  const known = new Set(endpoints.map(bare))
  return Object.keys(file).filter((endpoint) => !known.has(bare(endpoint)))
}

const check = (holds: boolean, path: readonly string[], text: string): readonly Mistake[] =>
  holds ? [] : [{ path, text }]

type Context = { readonly folder: string; readonly env: Env }

const configOf = (written: Written, context: Context): Config => {
  const limits = {
    ...defaultLimits(),
    ...set(written.limits),
  }
  const clusters = Object.entries(written.clusters).map(([name, cluster]) =>
    clusterOf(name, cluster, { ...context, limits, access: written.access }),
  )
  return {
    clusters,
    slack: { ...written.slack, apiUrl: written.slack.apiUrl },
    health: written.health,
    redis: redisOf(written.redis, context),
    watch: watchOf(written.watch, context.folder),
    handoffs: handoffsOf(written, limits),
  }
}

const watchOf = (
  { every, fallbackChannel, oncall, folder }: Written['watch'],
  beside: string,
): WatchConfig => ({
  everyMs: durationMs(every) ?? 15_000,
  fallbackChannel,
  oncall,
  folder: resolve(beside, folder),
})

type Defaults = Context & { readonly limits: Limits; readonly access: Access }

const clusterOf = (name: string, cluster: WrittenCluster, defaults: Defaults): ClusterConfig => ({
  name,
  title: cluster.title ?? name,
  endpoints: cluster.endpoints.map((url, i) =>
    endpointOf(bare(url), metricsAt(cluster.metrics, i)),
  ),
  tls: tlsOf(cluster.tls, defaults.folder),
  auth: userOf(cluster.auth, defaults.folder),
  writers: userOf(cluster.writers, defaults.folder),
  logs: logsOf(cluster.logs, defaults.folder),
  readTimeoutMs: durationMs(cluster.readTimeout) ?? 2000,
  settings: settingsOf(name, cluster),
  limits: { ...defaults.limits, ...set(cluster.limits) },
  channel: cluster.channel,
  oncall: cluster.oncall,
  maintenance: cluster.maintenance.map(({ cron, duration, timezone, reason }) => ({
    cron,
    durationMs: durationMs(duration) ?? 0,
    timezone,
    reason,
  })),
  access: cluster.access ?? defaults.access,
})

/** Limits that are written down; zod leaves the others undefined. */
const set = (limits: Readonly<Record<string, number | undefined>> | undefined): Partial<Limits> =>
  Object.fromEntries(Object.entries(limits ?? {}).filter(([, value]) => value !== undefined))

const settingsOf = (name: string, cluster: WrittenCluster): ClusterSettings => ({
  name,
  heartbeatMs: durationMs(cluster.heartbeat ?? 100) ?? 100,
  electionMs: durationMs(cluster.election ?? 1000) ?? 1000,
  timeoutsFrom:
    cluster.heartbeat === undefined && cluster.election === undefined ? 'default' : 'config',
  quotaBytes: cluster.quota === undefined ? undefined : sizeBytes(cluster.quota),
})

/** etcd3 refuses a trailing slash only at the call, and takes HTTPS:// for a name. */
const bare = (url: string): string =>
  url.replace(/\/$/, '').replace(/^https?:/i, (scheme) => scheme.toLowerCase())

const metricsAt = (
  metrics: string | readonly string[] | undefined,
  i: number,
): string | undefined => (typeof metrics === 'string' ? metrics : metrics?.[i])

const endpointOf = (url: string, metrics: string | undefined): EndpointConfig => ({
  url,
  metricsUrl:
    metrics === undefined ? `${url}/metrics` : metrics.replaceAll('{host}', new URL(url).hostname),
})

const tlsOf = (tls: WrittenCluster['tls'], folder: string): TlsFiles | undefined =>
  tls === undefined
    ? undefined
    : {
        ca: pathOf(tls.ca, folder),
        cert: pathOf(tls.cert, folder),
        key: pathOf(tls.key, folder),
        serverName: tls.serverName,
      }

const pathOf = (file: string | undefined, folder: string): string | undefined =>
  file === undefined ? undefined : resolve(folder, file)

const logsOf = (logs: WrittenCluster['logs'], folder: string): LogsConfig | undefined => {
  if (logs === undefined) return undefined
  const { file, kubernetes, timezoneOffsetMinutes } = logs
  return {
    timezoneOffsetMinutes,
    ...(file === undefined ? {} : { file: filesOf(file, folder) }),
    ...(kubernetes === undefined ? {} : { kubernetes: podsOf(kubernetes, folder) }),
  }
}

const filesOf = (file: string | Readonly<Record<string, string>>, folder: string) =>
  typeof file === 'string'
    ? resolve(folder, file)
    : Object.fromEntries(
        Object.entries(file).map(([endpoint, path]) => [bare(endpoint), resolve(folder, path)]),
      )

type WrittenPods = NonNullable<NonNullable<WrittenCluster['logs']>['kubernetes']>

/** Keys that were not written are left out: the reader tells absent from undefined. */
const podsOf = (pods: WrittenPods, folder: string): PodLogs => ({
  namespace: pods.namespace,
  selector: pods.selector,
  ...(pods.container === undefined ? {} : { container: pods.container }),
  ...(pods.kubeconfig === undefined ? {} : { kubeconfig: resolve(folder, pods.kubeconfig) }),
  ...(pods.context === undefined ? {} : { context: pods.context }),
})

const userOf = (auth: WrittenCluster['auth'], folder: string): EtcdUser | undefined => {
  if (auth === undefined) return undefined
  const { username, passwordFile, passwordEnv } = auth
  if (passwordFile !== undefined)
    return { username, password: { file: resolve(folder, passwordFile) } }
  return { username, password: { env: passwordEnv ?? '' } }
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}
