import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { validate } from 'dockerfile-utils'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot, packageVersion } from '../../src/package'
import { build, type Image } from './build'
import { bytesIn, copyContext, filesIn } from './context'

const folder = mkdtempSync(join(tmpdir(), 'storm-image-'))
const context = join(folder, 'context')
const text = readFileSync('Dockerfile', 'utf8')
let image: Image

beforeAll(() => {
  copyContext(packageRoot(), context)
  image = build(text, context, join(folder, 'stages'))
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true }))

test('the Dockerfile has nothing that its linter minds', () => {
  expect(
    validate(text).map(({ message, range }) => ({ line: range.start.line + 1, message })),
  ).toEqual([])
})

test('every base is named by a full tag or a digest, and none is the latest', () => {
  expect(image.bases).toHaveLength(3)
  for (const base of image.bases)
    expect(base).toMatch(
      /@sha256:|^node:\d+\.\d+\.\d+-[a-z]+-slim$|distroless\/nodejs24-debian12:nonroot$/,
    )
})

test('what is sent to the build is small and holds neither tests, history nor secrets', () => {
  expect(bytesIn(context)).toBeLessThan(4_000_000)
  const top = readdirSync(context).toSorted()
  expect(top).toEqual([
    ...['LICENSE', 'commands', 'config', 'package-lock.json', 'package.json', 'src'],
    'tsconfig.json',
  ])
})

test('the image runs as a user without name or rights, by exec and not by a shell', () => {
  expect(image.user).toBe('65532:65532')
  expect(image.entrypoint).toEqual(['/nodejs/bin/node', 'dist/src/main.js'])
  expect(image.cmd).toEqual(['serve'])
  expect(image.env).toMatchObject({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' })
})

test('the labels of OCI are there', () => {
  const labels = [...text.matchAll(/(org\.opencontainers\.image\.[\w.]+)=/g)].map(
    ([, name]) => name,
  )
  for (const name of ['title', 'description', 'licenses', 'version', 'revision'])
    expect(labels).toContain(`org.opencontainers.image.${name}`)
})

test('the image holds production dependencies, no compiler and no test', () => {
  const app = join(image.root, 'app')
  expect(readdirSync(app).toSorted()).toEqual(
    ['LICENSE', 'config', 'dist', 'node_modules', 'package.json'].toSorted(),
  )
  const names = readdirSync(join(app, 'node_modules'))
  for (const name of ['typescript', 'jest', 'emulate', 'prettier', 'tsx'])
    expect(names).not.toContain(name)
  expect(names).toContain('etcd3')
  expect(filesIn(join(app, 'dist')).filter((name) => name.endsWith('.map'))).toEqual([])
})

const bare = () => ({ ...image.env, HOME: folder })
const appOf = (): string => join(image.root, image.workdir)

test('the built program tells its version and tests a configuration, with nothing in its environment', () => {
  const run = (...args: readonly string[]): string =>
    execFileSync(process.execPath, [...image.entrypoint.slice(1), ...args], {
      cwd: appOf(),
      env: bare(),
      encoding: 'utf8',
    })
  expect(run('--version').trim()).toContain(packageVersion())
  expect(run('check-config', join(packageRoot(), 'config', 'clusters.example.yaml'))).toContain(
    'prod',
  )
})

const CONFIG = `clusters: { prod: { endpoints: [http://127.0.0.1:1] } }
slack: { mode: http, host: 127.0.0.1, port: 0, apiUrl: 'http://127.0.0.1:1/api/' }
health: { host: 127.0.0.1, port: 0 }
watch: { folder: ${join(folder, 'data')} }
`

const mayUnshare =
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' }).status ===
  0

test('as process 1 it hears SIGTERM and ends with 0', async () => {
  const config = join(folder, 'clusters.yaml')
  writeFileSync(config, CONFIG)
  const node = [process.execPath, ...image.entrypoint.slice(1), 'serve', '--config', config]
  if (!mayUnshare)
    process.stderr.write('image: no rights for a PID namespace, tried as any process\n')
  const [program = '', ...args] = mayUnshare
    ? ['unshare', '--pid', '--fork', '--kill-child=SIGTERM', '--mount-proc', ...node]
    : node
  const child = spawn(program, args, {
    cwd: appOf(),
    env: {
      ...bare(),
      PATH: process.env['PATH'],
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_SIGNING_SECRET: 'canary-0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const started = new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('"event":"started"')) resolve()
    }),
  )
  await started
  const inside = mayUnshare ? childOf(child.pid ?? 0) : (child.pid ?? 0)
  expect(mayUnshare ? innerPid(inside) : 1).toBe(1)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  process.kill(inside, 'SIGTERM')
  expect(await ended).toBe(0)
  expect(said).toContain('"signal":"SIGTERM"')
  expect(said).toContain('"event":"stopped"')
}, 60_000)

const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])

/** What the process is called in its own namespace. */
const innerPid = (pid: number): number =>
  Number(/^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
