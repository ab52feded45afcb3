import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'

/** What each production dependency is for: a package without a line here is refused, and a line without a use too. */
export const PURPOSE: Readonly<Record<string, string>> = {
  '@kubernetes/client-node':
    'reads the logs of etcd pods (list pods, get pods/log); loaded only with `logs.kubernetes`',
  '@slack/bolt': 'hears Slack: commands, buttons, events, in Socket Mode and by signed requests',
  '@slack/web-api': 'speaks to Slack: posts, edits, history',
  'cli-table3': 'tables in the terminal',
  cockatiel: 'the policies by which etcd3 is told never to retry',
  etcd3: 'reads etcd: Status, MemberList and Authenticate over gRPC',
  'fastest-levenshtein': 'the nearest name, when a key or a cluster is misspelt',
  ioredis: 'the store: Redis, Sentinel, Redis Cluster',
  'node-cron': 'periods, maintenance windows and shifts',
  pino: 'the log, a JSON line an event',
  'prom-client': 'metrics of our own',
  yaml: 'the configuration, with the line of a mistake',
  zod: 'checks the configuration and writes its JSON schema',
}

/** Licences that oblige to no more than naming them. Another one is looked at by a person first. */
const FREE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]

type Locked = { readonly version: string; readonly license?: string; readonly dev?: boolean }
type Package = { readonly name: string; readonly version: string; readonly license: string }

const json = (file: string): unknown => JSON.parse(readFileSync(join(packageRoot(), file), 'utf8'))

/** Everything that an installation brings, from the lock file. */
export const production = (): readonly Package[] => {
  const { packages } = json('package-lock.json') as { packages: Record<string, Locked> }
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version, license = 'unknown' }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    }))
}

export const direct = (): readonly string[] =>
  Object.keys((json('package.json') as { dependencies: object }).dependencies)

/** Packages that the code imports. */
export const used = (): readonly string[] => {
  const files = ['src', 'commands'].flatMap((folder) =>
    readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(packageRoot(), folder, name), 'utf8')),
  )
  const IMPORT = /(?:from|import\() ?'((?:@[\w.-]+\/)?[\w-]+(?:\.[\w-]+)*)(?:\/[^']*)?'/g
  const names = files.flatMap((text) => [...text.matchAll(IMPORT)].map(([, name = '']) => name))
  return [...new Set(names)].filter((name) => name !== 'node').toSorted()
}

/** What is wrong with the dependencies, a sentence each. */
export const mistakes = (): readonly string[] => [
  ...direct()
    .filter((name) => !used().includes(name))
    .map((name) => `${name}: no code uses it`),
  ...direct()
    .filter((name) => !(name in PURPOSE))
    .map((name) => `${name}: what is it for? (test/ship/dependencies.ts)`),
  ...Object.keys(PURPOSE)
    .filter((name) => !direct().includes(name))
    .map((name) => `${name}: explained, and not a dependency`),
  ...used()
    .filter((name) => !direct().includes(name))
    .map((name) => `${name}: used, and not a dependency in package.json`),
  ...production()
    .filter(({ license }) => !FREE.includes(license))
    .map(({ name, license }) => `${name}: the licence ${license} is to be looked at`),
]

const MARK = /(<!-- dependencies:[^\n]*-->\n)[\s\S]*$/

/** docs/dependencies.md with its lists made anew. Versions stand in the lock file and the SBOM. */
export const withDependencies = (text: string): string => {
  if (!MARK.test(text)) throw new Error('docs/dependencies.md has no line <!-- dependencies: … -->')
  const all = production()
  const licenceOf = (name: string): string =>
    all.find((one) => one.name === name)?.license ?? 'unknown'
  const rows = direct().map((name) => `| ${name} | ${PURPOSE[name] ?? ''} | ${licenceOf(name)} |`)
  const licences = [...new Set(all.map(({ license }) => license))].toSorted()
  const lists = licences.map((licence) => `**${licence}**: ${namesUnder(licence, all)}`)
  return text.replace(
    MARK,
    `$1\n| package | what it is for | licence |\n|---|---|---|\n${rows.join('\n')}\n\n## Every package, by licence\n\n${lists.join('\n\n')}\n`,
  )
}

const namesUnder = (licence: string, all: readonly Package[]): string =>
  [...new Set(all.filter(({ license }) => license === licence).map(({ name }) => name))]
    .toSorted()
    .join(', ')
