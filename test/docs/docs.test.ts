import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadConfig } from '../../src/config/load'
import { packageRoot } from '../../src/package'
import { accuracyTable } from './accuracy-table'
import { handoffPosts } from './handoff-posts'
import { pages, withPart } from './page'
import { warningPicture } from './warning'
import { HANDOFFS, PICTURE, VERDICT } from './write'

const textOf = (name: string): string => readFileSync(join(packageRoot(), name), 'utf8')

test('the picture of a warning is what the watcher posts over its recording (else: npm run docs)', async () => {
  expect(textOf(PICTURE)).toBe(await warningPicture())
})

test('the accuracy that is told is the accuracy that is had (else: npm run docs)', async () => {
  const table = await accuracyTable(join(packageRoot(), 'test/traces'))
  expect(textOf(VERDICT)).toBe(withPart(textOf(VERDICT), 'accuracy', table))
}, 60_000)

test('the handoff that is shown is what is posted (else: npm run docs)', async () => {
  expect(textOf(HANDOFFS)).toBe(withPart(textOf(HANDOFFS), 'posts', await handoffPosts()))
})

describe.each(pages())('$name', ({ name, text }) => {
  test('links to files that are there, and to headings that they have', () => {
    expect(linksIn(text).filter((link) => !leadsSomewhere(link, name))).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm run (?:--\w+ )?([\w-]+)/g)].map(
      ([, script = '']) => script,
    )
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
  })
})

const linksIn = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target)

const leadsSomewhere = (target: string, from: string): boolean => {
  const [path = '', heading] = target.split('#')
  const file = path === '' ? from : normalize(join(dirname(from), path))
  if (!existsSync(join(packageRoot(), file))) return false
  return heading === undefined || headingsOf(textOf(file)).includes(heading)
}

/** As GitHub spells their anchors. */
const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  )

const CONFIGS = pages().flatMap(({ name, text }) =>
  [...text.matchAll(/^```yaml\n((?:clusters|handoffs):[\s\S]*?)^```$/gm)].map(
    ([, block = ''], i) => ({ name: `${name} ${i + 1}`, block }),
  ),
)

test.each(CONFIGS)('the configuration in $name is taken', ({ block }) => {
  const folder = mkdtempSync(join(tmpdir(), 'storm docs '))
  try {
    const pem = join(folder, 'pem')
    const file = join(folder, 'clusters.yaml')
    writeFileSync(pem, '')
    const clusters = block.startsWith('clusters:')
      ? ''
      : 'clusters: { prod: { endpoints: [http://h:1] } }\n'
    writeFileSync(
      file,
      clusters + block.replaceAll(/\b(ca|cert|key): [^\s,}]+/g, `$1: ${JSON.stringify(pem)}`),
    )
    expect(loadConfig(file, {}).clusters.map((one) => one.name)).toEqual(['prod'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
