import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'

/** A page of the documentation. `name` is its path from the root: `docs/slack.md`. */
export type Page = { readonly name: string; readonly text: string }

/** What people read: README, everything in docs/, and what stands elsewhere. */
export const pages = (): readonly Page[] =>
  [
    ...[
      'README.md',
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'helm/stormwatch/README.md',
    ],
    ...readdirSync(join(packageRoot(), 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((name) => ({ name, text: readFileSync(join(packageRoot(), name), 'utf8') }))

/** A page with the part between `<!-- NAME: … -->` and `<!-- /NAME -->` replaced. Throws when the page has no such part. */
export const withPart = (text: string, name: string, part: string): string => {
  const between = new RegExp(`(<!-- ${name}:[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!between.test(text))
    throw new Error(`want a part <!-- ${name}: … --> … <!-- /${name} -->, have none`)
  return text.replace(between, (_, begin: string, end: string) => `${begin}\n${part}\n\n${end}`)
}
