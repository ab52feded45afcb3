import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { metricsOfOurs, withMetrics } from '../ship/metrics-table'
import { withTable } from './readme'

/**
 * `npm run chart-files`: writes the chart's table of values and the list of metrics anew, and copies alerts and dashboard into
 * the chart, which packages no links. Tests say when that is due.
 */
const main = async (): Promise<void> => {
  const chart = 'helm/stormwatch'
  const values = read(`${chart}/values.yaml`)
  rewrite(`${chart}/README.md`, (text) => withTable(text, values))
  const metrics = await metricsOfOurs()
  rewrite('docs/metrics.md', (text) => withMetrics(text, metrics))
  for (const file of ['alerts.yaml', 'dashboard.json'])
    copyFileSync(join(packageRoot(), 'config', file), join(packageRoot(), chart, 'files', file))
}

const read = (file: string): string => readFileSync(join(packageRoot(), file), 'utf8')

const rewrite = (file: string, change: (text: string) => string): void =>
  writeFileSync(join(packageRoot(), file), change(read(file)))

void main()
