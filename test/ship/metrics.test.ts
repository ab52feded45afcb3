import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createMetrics } from '../../src/metrics/metrics'
import type { Standing } from '../../src/metrics/standing'
import { metricsOfOurs, seriesOf, withMetrics } from './metrics-table'

const read = (file: string): string => readFileSync(file, 'utf8')

/** Names of series in a text, the joined labels of an expression left out. */
const namedIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\bstormwatch_[a-z0-9_]+/g)].map(([name]) => name)),
]

test.each(['config/alerts.yaml', 'config/dashboard.json', 'docs/metrics.md'])(
  'every metric that %s names exists',
  async (file) => {
    const metrics = await metricsOfOurs()
    const known = new Set([...seriesOf(metrics), ...metrics.map(({ name }) => name)])
    const named = namedIn(read(file))
    expect(named.length).toBeGreaterThan(8)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  },
)

test('the documentation of the metrics is current (npm run chart-files)', async () => {
  const text = read('docs/metrics.md')
  expect(text).toBe(withMetrics(text, await metricsOfOurs()))
})

test('every metric of ours is on the dashboard', async () => {
  const named = namedIn(read('config/dashboard.json')).join(' ')
  const ours = (await metricsOfOurs()).filter(({ name }) => !/_(process|nodejs)_/.test(name))
  expect(ours.filter(({ name }) => !named.includes(name)).map(({ name }) => name)).toEqual([])
})

test.each(['alerts.yaml', 'dashboard.json'])('the chart ships %s as it is in config', (file) => {
  expect(read(`helm/stormwatch/files/${file}`)).toBe(read(`config/${file}`))
})

test('every alert has a severity, a summary and what to do', () => {
  const { groups } = parse(read('config/alerts.yaml')) as {
    groups: { rules: Record<string, Record<string, string>>[] }[]
  }
  for (const rule of groups.flatMap(({ rules }) => rules))
    expect(rule).toMatchObject({
      labels: { severity: expect.stringMatching(/^(warning|critical)$/) },
      annotations: { summary: expect.any(String), description: expect.any(String) },
    })
})

const judged = { cluster: 'prod', outcome: 'judged', at: 1_700_000_000_000 }

test('a replica tells of a cluster only while it looks at it', async () => {
  const metrics = createMetrics('1')
  metrics.watch.judged({ ...judged, state: 'watch', cause: 'disk', reason: 'first' })
  metrics.watch.judged({ ...judged, state: 'warning', cause: 'disk', reason: 'worse' })
  metrics.watch.stands(['prod'], 3)
  const mine = await metrics.page()
  expect(mine).toContain('stormwatch_cluster_state{cluster="prod",state="warning"} 1')
  expect(mine).not.toContain('state="watch"')
  expect(mine).toContain('stormwatch_verdicts_total{cause="disk"} 2')
  expect(mine).toContain('last_look_timestamp_seconds{cluster="prod"} 1700000000')
  metrics.watch.stands([], 3)
  expect(await metrics.page()).not.toContain('cluster="prod"')
})

test('a cluster that is configured no more leaves no series of its state behind', async () => {
  const metrics = createMetrics('1')
  metrics.configRead('taken', ['prod', 'dev'])
  metrics.watch.judged({ ...judged, state: 'calm' })
  metrics.announce.depth('prod', { count: 2, oldestMs: 1000 })
  metrics.configRead('taken', ['dev'])
  expect(await metrics.page()).not.toContain('cluster="prod"')
})

const redis: Standing['redis'] = {
  isUp: undefined,
  waiting: 1,
  dropped: 2,
  poisoned: new Map([['storm', 3]]),
  replicas: 2,
}

test('Redis is up, away, or not there at all', async () => {
  const metrics = createMetrics('1')
  const upAfter = async (isUp: boolean | undefined): Promise<string | undefined> => {
    metrics.stands({ isReady: true, refusals: 0, redis: { ...redis, isUp } })
    return /^stormwatch_redis_up (.*)$/m.exec(await metrics.page())?.[1]
  }
  expect(/^stormwatch_redis_up /m.test(await metrics.page())).toBe(false)
  expect(await upAfter(true)).toBe('1')
  expect(await upAfter(false)).toBe('0')
  expect(await upAfter(undefined)).toBeUndefined()
})

test('totals that the store counts are told, however often the page is read', async () => {
  const metrics = createMetrics('1')
  for (let i = 0; i < 3; i++) metrics.stands({ isReady: true, refusals: 0, redis })
  const page = await metrics.page()
  expect(page).toContain('stormwatch_redis_dropped_writes_total 2')
  expect(page).toContain('stormwatch_redis_unreadable_values_total{kind="storm"} 3')
})
