import { expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonSchema, loadConfig } from '../../src/config/load'
import { loadLimits } from '../../src/config/limits'
import { LIMIT_NAMES } from '../../src/diagnosis/limits'
import type { LabCluster } from '../lab/cluster'
import { ALL_CLEAR_SECONDS, writeConfig } from '../lab/stage-config'

const example = 'config/clusters.example.yaml'

const written = (text: string, env: Record<string, string> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'storm config '))
  const file = join(folder, 'clusters.yaml')
  writeFileSync(file, text)
  try {
    return loadConfig(file, env)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const mistakesIn = (text: string, env: Record<string, string> = {}): string => {
  try {
    written(text, env)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the configuration was accepted')
}

const one = (lines: string): string => `clusters:\n  a:\n${lines.replace(/^/gm, '    ')}\n`
const endpoints = 'endpoints: [http://127.0.0.1:2379]'

test('the example is accepted', () => {
  const config = loadConfig(example, {})
  expect(config.clusters.map((cluster) => cluster.name)).toEqual(['prod'])
  expect(config.clusters[0]?.endpoints[1]?.metricsUrl).toBe(
    'https://etcd-2.example.com:2379/metrics',
  )
  expect(config.clusters[0]?.limits.spaceWarningShare).toBe(0.7)
  expect(config.clusters[0]?.maintenance[0]?.durationMs).toBe(7_200_000)
})

test("the demo's configuration is accepted", () => {
  const folder = mkdtempSync(join(tmpdir(), 'storm demo '))
  const members = [{ endpoint: 'http://127.0.0.1:1', logFile: join(folder, 'log') }]
  const file = writeConfig(
    { folder, members, options: {} } as unknown as LabCluster,
    'http://127.0.0.1:2/api/',
  )
  const [demo] = loadConfig(file, {}).clusters
  expect(demo?.limits.allClearMs).toBe(ALL_CLEAR_SECONDS * 1000)
  rmSync(folder, { recursive: true })
})

test('the example names every key that the schema knows', () => {
  const text = readFileSync(example, 'utf8')
  const keys = new Set<string>()
  const walk = (json: unknown): void => {
    if (typeof json !== 'object' || json === null) return
    const { properties } = json as { properties?: Record<string, unknown> }
    for (const key of Object.keys(properties ?? {})) keys.add(key)
    Object.values(json).forEach(walk)
  }
  walk(jsonSchema())
  for (const name of LIMIT_NAMES) keys.delete(name)
  const missing = [...keys].filter((key) => !new RegExp(`^[ #-]*${key}:`, 'm').test(text))
  expect(missing).toEqual([])
})

test('config.schema.json is current', () => {
  const file: unknown = JSON.parse(readFileSync('config/config.schema.json', 'utf8'))
  expect(file).toEqual(jsonSchema())
})

test('every limit has a number, a unit and a source', () => {
  const limits = loadLimits('config/limits.yaml')
  expect(Object.keys(limits).toSorted()).toEqual([...LIMIT_NAMES].toSorted())
})

test('what is not said takes the documented default', () => {
  const [cluster] = written(one(endpoints)).clusters
  expect(cluster).toMatchObject({
    title: 'a',
    readTimeoutMs: 2000,
    endpoints: [{ url: 'http://127.0.0.1:2379', metricsUrl: 'http://127.0.0.1:2379/metrics' }],
    settings: { heartbeatMs: 100, electionMs: 1000, timeoutsFrom: 'default' },
    access: { viewers: ['*'], operators: [] },
  })
})

test('a configuration cannot be changed after it was read', () => {
  const config = written(one(endpoints))
  expect(Object.isFrozen(config.clusters[0]?.settings)).toBe(true)
})

test('every mistake is named at once, each with its place, the want and the have', () => {
  const text = mistakesIn(
    'clusters:\n  a:\n    endpoint: [x]\n    endpoints: []\n    heartbeat: soon\n  B:\n    endpoints: [ftp://h:1]\nslack:\n  mode: pigeon\n',
  )
  expect(text).toContain(
    'clusters.a.endpoint (line 3): is not a key that Stormwatch knows; the nearest is endpoints',
  )
  expect(text).toContain(
    'clusters.a.endpoints (line 4): need at least 1 entries, have an empty list',
  )
  expect(text).toContain('clusters.a.heartbeat (line 5): need a duration such as 250ms')
  expect(text).toContain('have "soon"')
  expect(text).toContain('clusters.B (line 7): need a name of lower-case letters')
  expect(text).toContain('slack.mode (line 9): need one of socket, http, have "pigeon"')
})

test.each([
  ['https://h:2379/', 'https://h:2379'],
  ['http://127.0.0.1:2379', 'http://127.0.0.1:2379'],
  ['https://[::1]:2379', 'https://[::1]:2379'],
  ['HTTPS://h:2379', 'https://h:2379'],
])('the endpoint %s is taken', (given, taken) => {
  expect(written(one(`endpoints: ['${given}']`)).clusters[0]?.endpoints[0]?.url).toBe(taken)
})

test.each([
  'h:2379',
  'unix:///tmp/x',
  'https://user:pw@h:2379',
  'https://h:2379/path',
  'https://h',
  'dns://h:2379',
  'https://h:2379?x=1',
])('the endpoint %s is refused', (given) => {
  expect(mistakesIn(one(`endpoints: ['${given}']`))).toContain('need scheme://host:port')
})

test.each(['hunter2', 'a/hunter2', 'a@hunter2', 'hunter2@b', 'a hunter2', 'hunter2#b'])(
  'a password in a URL is not repeated: %s',
  (password) => {
    const text = mistakesIn(one(`endpoints: ['https://user:${password}@h:2379']`))
    expect(text).toContain('need scheme://host:port')
    expect(text).not.toContain('hunter2')
  },
)

test.each([
  [`${endpoints}\nauth: { username: u, passwordEnv: P }`, 'auth', 'need https endpoints'],
  [
    'endpoints: [HTTP://h:1]\nauth: { username: u, passwordEnv: P }',
    'auth',
    'need https endpoints',
  ],
  [`${endpoints}\ntls: { ca: x }`, 'tls.ca', 'need a file that is there'],
  ['endpoints: [https://h:1]\ntls: { cert: c }', 'tls', 'need cert and key together'],
  ['endpoints: [https://h:1]\nauth: { username: u }', 'auth', 'exactly one of passwordFile'],
  ['endpoints: [https://h:1, http://i:1]', 'endpoints', 'need http or https for all'],
  [`${endpoints}\nchannel: '#ops'`, 'channel', 'need a channel id (C…), not its name'],
  ['endpoints: [https://h:1, https://h:1/]', 'endpoints', 'need each endpoint once'],
  [
    `${endpoints}\nmetrics: [http://a/metrics, http://b/metrics]`,
    'metrics',
    'need one URL for each of the 1',
  ],
  [
    `${endpoints}\nheartbeat: 100ms\nelection: 400ms`,
    'election',
    'need at least 5 × the heartbeat',
  ],
  [
    `${endpoints}\nmaintenance: [{ cron: whenever, duration: 1h }]`,
    'maintenance.0.cron',
    'need a cron line',
  ],
  [
    `${endpoints}\nmaintenance: [{ cron: 0 3 * * *, duration: 1h, timezone: Mars }]`,
    'maintenance.0.timezone',
    'need an IANA time zone',
  ],
  [`${endpoints}\naccess: { operators: [bob] }`, 'access.operators.0', 'need *, a user id'],
  [
    `${endpoints}\nlimits: { spaceWarnShare: 1 }`,
    'limits.spaceWarnShare',
    'the nearest is spaceWarningShare',
  ],
  [
    `${endpoints}\nlimits: { unwatchedPeriods: 0 }`,
    'limits.unwatchedPeriods',
    'need at least 3 (periods without a look by any replica until it is posted), have 0',
  ],
  [`${endpoints}\nlimits: { statusSlowMs: -1 }`, 'limits.statusSlowMs', 'need at least 0 (ms)'],
])('%j is refused at %s', (lines, path, want) => {
  const text = mistakesIn(one(lines))
  expect(text).toContain(`clusters.a.${path}`)
  expect(text).toContain(want)
})

test('the environment fills a value, and a variable that is not set is a mistake', () => {
  const text = one('endpoints: ["http://${HOST}:2379"]')
  expect(written(text, { HOST: 'etcd-1' }).clusters[0]?.endpoints[0]?.url).toBe(
    'http://etcd-1:2379',
  )
  expect(mistakesIn(text)).toContain('need the environment variable HOST, it is not set')
})

test('a file that is not YAML or not there is one clear error', () => {
  expect(mistakesIn('clusters: [')).toContain('is not YAML')
  expect(() => loadConfig('/nowhere/clusters.yaml', {})).toThrow('Name it with --config FILE')
})

test('the host stands in for {host} in the metrics URL', () => {
  const [cluster] = written(
    one('endpoints: [https://10.0.0.1:2379]\nmetrics: http://{host}:2381/metrics'),
  ).clusters
  expect(cluster?.endpoints[0]?.metricsUrl).toBe('http://10.0.0.1:2381/metrics')
})

test.each([
  ['url: redis://cache:6379', { is: 'url', url: 'redis://cache:6379' }],
  [
    "sentinels: [s1:26379, '[::1]:26379']\n  name: mymaster",
    {
      is: 'sentinels',
      sentinels: [
        { host: 's1', port: 26379 },
        { host: '::1', port: 26379 },
      ],
      name: 'mymaster',
    },
  ],
  ['nodes: [r1:6379]', { is: 'cluster', nodes: [{ host: 'r1', port: 6379 }] }],
])('redis may be named by %j', (lines, place) => {
  expect(written(`${one(endpoints)}redis:\n  ${lines}\n`).redis?.place).toMatchObject(place)
})

test.each([
  ['url: redis://:hunter2@cache:6379', 'REDIS_PASSWORD'],
  ['url: cache:6379', 'need redis://host:port'],
  ['sentinels: [s1:26379]', 'need sentinels and name together'],
  ['sentinels: [s1]\n  name: m', 'need host:port'],
  ['nodes: [a:65536]', 'need host:port'],
  ['nodes: [a:0]', 'need host:port'],
  ['url: redis://a:1\n  nodes: [b:1]', 'need at most one of url, sentinels and nodes'],
  ['url: redis://a:1\n  db: 1', 'db goes with sentinels'],
  ['url: rediss://a:1\n  tls: { ca: nowhere.crt }', 'need a file that is there'],
  ['url: rediss://a:1\n  tls: { cert: c }', 'need cert and key together'],
])('redis with %j is refused: %s', (lines, want) => {
  const text = mistakesIn(`${one(endpoints)}redis:\n  ${lines}\n`)
  expect(text).toContain(want)
  expect(text).not.toContain('hunter2')
})

test('a Redis in the environment is taken, and one in both places is a mistake', () => {
  const env = { REDIS_URL_FILE: '/run/secrets/redis-url' }
  expect(written(one(endpoints), env).redis?.place).toEqual({ is: 'secret-url' })
  expect(written(one(endpoints)).redis).toBeUndefined()
  expect(mistakesIn(`${one(endpoints)}redis: { url: redis://a:1 }\n`, env)).toContain(
    'have both: unset REDIS_URL',
  )
})
