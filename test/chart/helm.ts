import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { packageRoot } from '../../src/package'

/** The real helm over our chart. test/chart/tools.sh brings it. */

export const CHART = join(packageRoot(), 'helm', 'stormwatch')
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'stormwatch')

const HELM = process.env['STORMWATCH_HELM'] ?? join(CACHE, 'bin', 'helm')
const KUBERNETES = ['--kube-version', '1.36.3', '--namespace', 'watch']

/** Any object of Kubernetes. */
export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [key: string]: unknown
}

/** What a case is rendered with: files of helm/stormwatch, in their order. */
export const CASES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  readdirSync(join(CHART, 'ci')).map((file) => {
    const name = file.replace('-values.yaml', '')
    return [name, [...(name === 'kubeadm' ? ['presets/kubeadm.yaml'] : []), `ci/${file}`]]
  }),
)

const filesOf = (name: string): readonly string[] =>
  (CASES[name] ?? []).flatMap((file) => ['-f', join(CHART, file)])

/** Runs helm, and says what it said when it fails. */
export const helm = (...args: readonly string[]): string =>
  execFileSync(HELM, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })

/** `helm template` of a case, with more values on top, as text. Throws an error with helm's words. */
export const rendered = (name: string, more: object = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), 'storm chart '))
  try {
    const values = join(folder, 'more.yaml')
    writeFileSync(values, stringify(more))
    const args = ['template', 'release', CHART, ...KUBERNETES, ...filesOf(name), '-f', values]
    const run = spawnSync(HELM, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (run.status !== 0) throw new Error(run.stderr || String(run.error))
    return run.stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** As rendered, read as Kubernetes reads it: YAML 1.1. */
export const manifests = (name: string, more: object = {}): readonly Manifest[] =>
  parseAllDocuments(rendered(name, more), { version: '1.1' })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)

/** `helm lint --strict` of a case. Throws with its words. */
export const lint = (name: string): string => helm('lint', '--strict', CHART, ...filesOf(name))

export const ofKind = (all: readonly Manifest[], kind: string): readonly Manifest[] =>
  all.filter((manifest) => manifest.kind === kind)
