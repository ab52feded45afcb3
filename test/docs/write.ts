/** Writes what the documentation takes from the program: `npm run docs`. The tests beside it say when that is due. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { accuracyTable } from './accuracy-table'
import { withPart } from './page'
import { warningPicture } from './warning'

export const PICTURE = 'docs/warning.svg'
export const VERDICT = 'docs/verdict.md'

const main = async (): Promise<void> => {
  const at = (name: string): string => join(packageRoot(), name)
  writeFileSync(at(PICTURE), await warningPicture())
  const table = await accuracyTable(at('test/traces'))
  writeFileSync(at(VERDICT), withPart(readFileSync(at(VERDICT), 'utf8'), 'accuracy', table))
}

if (require.main === module) void main()
