import { afterAll, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../src/package'
import { CASES, manifests, ofKind } from './helm'

const folder = mkdtempSync(join(tmpdir(), 'storm chart config '))
afterAll(() => rmSync(folder, { recursive: true }))

type ConfigMap = { readonly data: Readonly<Record<string, string>> }

/** The file as it is mounted, with a folder of ours in place of /etc/stormwatch and every file that it names. */
const mounted = (name: string): string => {
  const [map] = ofKind(manifests(name), 'ConfigMap') as unknown as readonly [ConfigMap]
  const written = map.data['clusters.yaml'] ?? ''
  const text = written.replaceAll('/etc/stormwatch', join(folder, name))
  for (const file of text.match(new RegExp(`${join(folder, name)}\\S+`, 'g')) ?? []) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'x')
  }
  const path = join(folder, `${name}.yaml`)
  writeFileSync(path, text)
  return path
}

test.each(Object.keys(CASES))('the configuration of %s is accepted by the program', (name) => {
  const program = join(packageRoot(), 'dist', 'src', 'main.js')
  const said = execFileSync(process.execPath, [program, 'check-config', mounted(name)], {
    encoding: 'utf8',
    env: {},
  })
  expect(said).toContain('cluster')
})
