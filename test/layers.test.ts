import { expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/**
 * Who may know whom. A folder imports itself and the folders listed; what is not listed is refused. `src` stands for the
 * files that lie in src/ itself (the composition root and what it alone puts together).
 */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  'src/diagnosis': [],
  'src/config.ts': ['src/diagnosis'],
  'src/package.ts': [],
  'src/config': ['src/diagnosis', 'src/config.ts', 'src/package.ts'],
  'src/cluster': ['src/diagnosis', 'src/config.ts'],
  'src/store': ['src/diagnosis', 'src/config.ts'],
  'src/slack': ['src/diagnosis', 'src/config.ts'],
  'src/terminal': ['src/diagnosis', 'src/config.ts'],
  'src/metrics': ['src/diagnosis'],
  'src/health.ts': [],
  'src/secrets.ts': [],
  'src/heap.ts': [],
  'src/heartbeat.ts': [],
  'src/readiness.ts': [],
  'src/log.ts': [],
  commands: ['src/diagnosis', 'src/config.ts'],
  'src/watch': ['src/diagnosis', 'src/config.ts', 'src/cluster', 'src/store', 'src/slack'],
}

/** Who may use which package: one adapter a driver. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  etcd3: ['src/cluster'],
  '@grpc/grpc-js': ['src/cluster'],
  cockatiel: ['src/cluster'],
  '@kubernetes/client-node': ['src/cluster'],
  ioredis: ['src/store'],
  '@slack/bolt': ['src/slack'],
  '@slack/web-api': ['src/slack'],
  'prom-client': ['src/metrics'],
  pino: ['src/log.ts'],
  zod: ['src/config'],
  yaml: ['src/config'],
}

const root = resolve(__dirname, '..')

const sources = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))

const FILES = [...sources('src'), ...sources('commands')]

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].map(
    ([, name, lazy]) => name ?? lazy ?? '',
  )

const IMPORT = /^(?:import|export|\}) (?:[^'"=]* )?from '([^']+)'|\bimport\('([^']+)'\)/gm

/** The code alone: a comment may speak of a process, and a text of fetch(). */
const codeOf = (file: string): string =>
  readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''")
    .replace(/\/\/.*$/gm, '')

/** The place that a file belongs to: its own entry, else its folder's. Undefined: the composition root. */
const placeOf = (file: string): string | undefined =>
  file in MAY_KNOW
    ? file
    : Object.keys(MAY_KNOW).find((place) => !place.endsWith('.ts') && file.startsWith(`${place}/`))

const projectFile = (file: string, imported: string): string =>
  relative(root, resolve(root, dirname(file), imported))

const withExtension = (path: string): string => (FILES.includes(`${path}.ts`) ? `${path}.ts` : path)

test('no import goes against the order of the house', () => {
  const wrong = FILES.flatMap((file) => {
    const place = placeOf(file)
    if (place === undefined) return []
    return importsOf(file)
      .filter((imported) => imported.startsWith('.'))
      .map((imported) => withExtension(projectFile(file, imported)))
      .filter((target) => {
        const other = placeOf(target)
        return other !== place && !(other !== undefined && MAY_KNOW[place]?.includes(other))
      })
      .map((target) => `${file} imports ${target}`)
  })
  expect(wrong).toEqual([])
})

test('each driver is known to one folder', () => {
  const wrong = FILES.flatMap((file) =>
    importsOf(file)
      .filter((name) => name in ONLY_IN && !ONLY_IN[name]?.includes(placeOf(file) ?? ''))
      .map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('diagnosis knows no package, no clock and no chance', () => {
  const wrong = sources('src/diagnosis').flatMap((file) => {
    const text = codeOf(file)
    const packages = importsOf(file).filter((name) => !name.startsWith('.'))
    const impure = [
      ...text.matchAll(
        /\b(Date\.now|new Date\(\)|Math\.random|process\.|performance\.|setTimeout|fetch\()/g,
      ),
    ]
    return [...packages, ...impure.map(([name]) => name)].map((name) => `${file} uses ${name}`)
  })
  expect(wrong).toEqual([])
})

test('a file that is no composition root has a place in the order', () => {
  const roots = FILES.filter((file) => placeOf(file) === undefined)
  expect(roots.toSorted()).toEqual([
    'src/main.ts',
    'src/past.ts',
    'src/recording.ts',
    'src/serve/answering.ts',
    'src/serve/following.ts',
    'src/serve/kept.ts',
    'src/serve/parts.ts',
    'src/serve/reading.ts',
    'src/serve/serve.ts',
    'src/serve/slack-secrets.ts',
    'src/serve/stopping.ts',
    'src/serve/watching.ts',
    'src/tools.ts',
    'src/where-redis.ts',
  ])
})
