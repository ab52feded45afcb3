import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchema } from '../../src/config/load'
import { packageRoot } from '../../src/package'
import { withConfig } from '../chart/values-schema'

/** `npm run schema`: writes config/config.schema.json and the chart's part of it anew. A test says when that is due. */
const write = (file: string, json: unknown): void =>
  writeFileSync(join(packageRoot(), file), `${JSON.stringify(json, undefined, 2)}\n`)

const values = 'helm/stormwatch/values.schema.json'

write('config/config.schema.json', jsonSchema())
write(
  values,
  withConfig(JSON.parse(readFileSync(join(packageRoot(), values), 'utf8')), jsonSchema()),
)
