import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot, packageVersion } from '../../src/package'
import { startCluster, type LabCluster } from '../lab/cluster'
import { BARE } from './bare'

const folder = mkdtempSync(join(tmpdir(), 'storm package '))
let lab: LabCluster
let packed: { readonly filename: string; readonly files: readonly { readonly path: string }[] }

/** The sources as they are, without what was built before: `npm pack` builds. */
const source = join(folder, 'source')
const SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'commands', 'config']
const PAPERS = ['docs', 'README.md', 'LICENSE', 'CHANGELOG.md']

const npm = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('npm', args, { cwd, env: BARE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(async () => {
  mkdirSync(source)
  for (const name of [...SOURCES, ...PAPERS])
    cpSync(join(packageRoot(), name), join(source, name), { recursive: true })
  symlinkSync(join(packageRoot(), 'node_modules'), join(source, 'node_modules'))
  ;[packed] = JSON.parse(npm(source, 'pack', '--json', '--silent')) as [typeof packed]
  mkdirSync(join(folder, 'empty'))
  npm(
    join(folder, 'empty'),
    'install',
    '--global',
    '--prefix',
    join(folder, 'prefix'),
    '--ignore-scripts',
    join(source, packed.filename),
  )
  lab = await startCluster({ members: 1 })
}, 300_000)

afterAll(async () => {
  await lab.close()
  rmSync(folder, { recursive: true })
})

test('the package holds the program, its configuration and its papers, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path)
  const tops = new Set(paths.map((path) => path.split('/')[0] ?? ''))
  expect([...tops].toSorted()).toEqual([
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'config', 'dist', 'docs', 'package.json'],
  ])
  expect(paths).toEqual(
    expect.arrayContaining([
      'dist/src/main.js',
      'dist/commands/status.js',
      'config/limits.yaml',
      'config/clusters.example.yaml',
      'config/config.schema.json',
      'config/manifest.socket.yaml',
    ]),
  )
  expect(paths.filter((path) => /\.(map|ts)$|\.built|test/.test(path))).toEqual([])
})

const installed = (...args: readonly string[]) =>
  spawnSync(join(folder, 'prefix', 'bin', 'stormwatch'), args, {
    cwd: join(folder, 'empty'),
    env: BARE,
    encoding: 'utf8',
  })

test('installed from the tarball, it tells its version', () => {
  expect(installed('--version').stdout.trim()).toContain(packageVersion())
})

test('installed from the tarball, it tells the state of a real etcd', () => {
  writeFileSync(
    join(folder, 'empty', 'clusters.yaml'),
    `clusters: { prod: { endpoints: ['${lab.endpoints[0]}'] } }\n`,
  )
  const { status, stdout, stderr } = installed('status')
  expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('prod is well'), ''])
})

test('npm sbom lists every production dependency, and no tool of the tests', () => {
  const bom = JSON.parse(
    npm(packageRoot(), 'sbom', '--omit=dev', '--sbom-format=cyclonedx', '--package-lock-only'),
  ) as { components: { name: string; version: string; licenses?: unknown[] }[] }
  const names = bom.components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['etcd3', 'ioredis', '@slack/bolt']))
  expect(names).not.toContain('jest')
  expect(bom.components.filter(({ licenses }) => (licenses ?? []).length === 0)).toEqual([])
})
