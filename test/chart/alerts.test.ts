import { expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { packageRoot } from '../../src/package'
import { CACHE, manifests, ofKind } from './helm'

const PROMTOOL = process.env['STORMWATCH_PROMTOOL'] ?? join(CACHE, 'bin', 'promtool')

type Map = { readonly data: Readonly<Record<string, string>> }

const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, {
    cwd: packageRoot(),
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

test('promtool takes the alerts', () => {
  const { status, said } = promtool('check', 'rules', '--lint=all', 'config/alerts.yaml')
  expect([status, said]).toEqual([0, expect.stringContaining('SUCCESS: 12 rules found')])
})

test('each alert fires when it must and not before', () => {
  const { status, said } = promtool('test', 'rules', 'test/chart/alerts.promtool.yaml')
  expect([status, said]).toEqual([0, expect.stringContaining('SUCCESS')])
})

test('every alert is in a test', () => {
  const text = readFileSync('config/alerts.yaml', 'utf8')
  const names = [...text.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name)
  const tested = readFileSync('test/chart/alerts.promtool.yaml', 'utf8')
  const isTested = (name: string): boolean =>
    tested.includes(name) || (name.startsWith('StormwatchSlack') && tested.includes('Slack.*'))
  expect(names.filter((name) => !isTested(name))).toEqual([])
})

test('the chart’s PrometheusRule and dashboard are the files of config', () => {
  const all = manifests('everything-on')
  const [rule] = ofKind(all, 'PrometheusRule')
  expect(rule?.['spec']).toEqual(parse(readFileSync('config/alerts.yaml', 'utf8')))
  const maps = ofKind(all, 'ConfigMap') as unknown as readonly Map[]
  const dashboards = maps.map(({ data }) => data['stormwatch.json']).filter(Boolean)
  expect(dashboards).toHaveLength(1)
  expect(JSON.parse(dashboards[0] ?? '')).toEqual(
    JSON.parse(readFileSync('config/dashboard.json', 'utf8')),
  )
})
