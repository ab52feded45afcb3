import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { withTable } from './readme'

/** `npm run chart-readme`: writes the chart's table of values anew. A test says when that is due. */
const chart = join(packageRoot(), 'helm', 'stormwatch')
const read = (file: string): string => readFileSync(join(chart, file), 'utf8')

writeFileSync(join(chart, 'README.md'), withTable(read('README.md'), read('values.yaml')))
