import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { CHART, rendered } from './helm'

type Values = { readonly [key: string]: unknown }

const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Values

const isBlock = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every value by its path. `config` is the program's own and is tested by the program. */
const leaves = (values: Values, path: readonly string[] = []): readonly (readonly string[])[] =>
  Object.entries(values).flatMap(([key, value]) => {
    const at = [...path, key]
    if (at[0] === 'config') return []
    return isBlock(value) && Object.keys(value).length > 0 ? leaves(value, at) : [at]
  })

const at = (values: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isBlock(value) ? value[key] : undefined), values)

/** Where another value of the same kind would be refused, or says nothing. */
const SPECIAL: Readonly<Record<string, unknown>> = {
  'image.digest': `sha256:${'a'.repeat(64)}`,
  'image.pullPolicy': 'Never',
  imagePullSecrets: [{ name: 'other' }],
  'slack.trial.botToken': 'xoxb-other',
  'slack.trial.appToken': 'xapp-other',
  secretMounts: [{ name: 'other', secretName: 'other' }],
  topologySpreadConstraints: [],
  extraEnv: [{ name: 'OTHER', value: 'other' }],
  'service.type': 'NodePort',
  'serviceMonitor.interval': '99s',
  'podDisruptionBudget.minAvailable': '50%',
}

const otherThan = (path: readonly string[]): unknown => {
  const name = path.join('.')
  if (name in SPECIAL) return SPECIAL[name]
  const value = at(defaults, path)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 7
  if (Array.isArray(value))
    return name.includes('networkPolicy.') && name.endsWith('ports') ? [7] : [{ other: 'other' }]
  if (isBlock(value)) return { other: 'other' }
  return 'other'
}

const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object

const CASES = ['everything-on', 'sentinel', 'one-replica', 'socket', 'tls', 'http']
const TRIAL_HTTP = { config: { slack: { mode: 'http' } }, slack: { trial: { signingSecret: 's' } } }
const untouched = new Map(CASES.map((name) => [name, rendered(name)]))

const changes = (path: readonly string[]): boolean =>
  CASES.some((name) => {
    try {
      return rendered(name, nested(path, otherThan(path))) !== untouched.get(name)
    } catch (error) {
      // It was used, and refused by our own check
      return /stormwatch\/templates/.test((error as Error).message)
    }
  })

const HTTP_ONLY = 'slack.trial.signingSecret'
const names = leaves(defaults).filter((path) => path.join('.') !== HTTP_ONLY)

test.each(names.map((path) => [path.join('.'), path] as const))(
  'the value %s changes what is rendered',
  (_, path) => {
    expect(changes(path)).toBe(true)
  },
)

test(`the value ${HTTP_ONLY} is the secret of a trial in HTTP mode`, () => {
  expect(rendered('one-replica', TRIAL_HTTP)).toContain('signing-secret: "s"')
})
