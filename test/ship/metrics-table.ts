import { createMetrics } from '../../src/metrics/metrics'

/** The metrics that a registry holds, told by its own page. */
export type Metric = { readonly name: string; readonly type: string; readonly help: string }

export const metricsOfOurs = async (): Promise<readonly Metric[]> => {
  const page = await createMetrics('0').page()
  const helps = [...page.matchAll(/^# HELP (\S+) (.*)$/gm)]
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, a, b]) => [a, b]))
  return helps
    .map(([, name = '', help = '']) => ({ name, help, type: types.get(name) ?? '' }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every name that a series of ours may have: a histogram has three. */
export const seriesOf = (metrics: readonly Metric[]): ReadonlySet<string> =>
  new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )

const MARK = /(<!-- metrics:[^\n]*-->\n)[\s\S]*$/
const isProcess = ({ name }: Metric): boolean => /^stormwatch_(process|nodejs)_/.test(name)

/** docs/metrics.md with its tables made anew. */
export const withMetrics = (text: string, metrics: readonly Metric[]): string => {
  if (!MARK.test(text)) throw new Error('docs/metrics.md has no line <!-- metrics: … -->')
  const table = (some: readonly Metric[]): string =>
    ['| metric | type | |', '|---|---|---|', ...some.map(rowOf)].join('\n')
  const ours = metrics.filter((metric) => !isProcess(metric))
  const process = metrics.filter(isProcess)
  return text.replace(
    MARK,
    `$1\n## What Stormwatch counts\n\n${table(ours)}\n\n## The process\n\n${table(process)}\n`,
  )
}

const rowOf = ({ name, type, help }: Metric): string =>
  `| \`${name}\` | ${type} | ${help.replaceAll('|', '\\|')} |`
