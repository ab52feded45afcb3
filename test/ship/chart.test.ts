import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { jsonSchema } from '../../src/config/load'
import { packageVersion } from '../../src/package'
import { withTable } from '../chart/readme'
import { withConfig } from '../chart/values-schema'

const read = (file: string): string => readFileSync(file, 'utf8')

test('the chart ships the version of the package', () => {
  const chart = parse(read('helm/stormwatch/Chart.yaml')) as { appVersion: string }
  expect(chart.appVersion).toBe(packageVersion())
})

test('the README of the chart and its values agree (npm run chart-files)', () => {
  const readme = read('helm/stormwatch/README.md')
  expect(readme).toBe(withTable(readme, read('helm/stormwatch/values.yaml')))
})

test('a value without a comment is found', () => {
  expect(() => withTable('<!-- values: x -->\n', 'a: 1\n# -- said\nb: 2\n')).toThrow('for a')
})

test('config in the chart takes what the configuration file takes (npm run schema)', () => {
  const schema: unknown = JSON.parse(read('helm/stormwatch/values.schema.json'))
  expect(schema).toEqual(withConfig(schema, jsonSchema()))
})

type Schema = {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
}

test('every block of values refuses a key that it does not know', () => {
  const open = (schema: Schema, path: string): readonly string[] => [
    ...(schema.properties !== undefined && schema.additionalProperties !== false ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => open(one, `${path}.${key}`)),
  ]
  expect(open(JSON.parse(read('helm/stormwatch/values.schema.json')) as Schema, 'values')).toEqual(
    [],
  )
})
