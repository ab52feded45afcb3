/** Writes what the documentation takes from the program: `npm run docs`. The tests beside it say when that is due. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { accuracyTable } from './accuracy-table'
import { withOutputs } from './console'
import { handoffPosts } from './handoff-posts'
import { withPart } from './page'
import { startDocsStage } from './stage'
import { warningPicture } from './warning'

export const PICTURE = 'docs/warning.svg'
export const VERDICT = 'docs/verdict.md'
export const HANDOFFS = 'docs/handoffs.md'
const COMMANDS = 'docs/commands.md'

const main = async (): Promise<void> => {
  const at = (name: string): string => join(packageRoot(), name)
  const rewrite = async (name: string, change: (text: string) => Promise<string>): Promise<void> =>
    writeFileSync(at(name), await change(readFileSync(at(name), 'utf8')))
  writeFileSync(at(PICTURE), await warningPicture())
  const table = await accuracyTable(at('test/traces'))
  await rewrite(VERDICT, async (text) => withPart(text, 'accuracy', table))
  const posts = await handoffPosts()
  await rewrite(HANDOFFS, async (text) => withPart(text, 'posts', posts))
  const stage = await startDocsStage()
  try {
    await rewrite(COMMANDS, (text) =>
      withOutputs(text, async (command) => (await stage.run(command)).output),
    )
  } finally {
    await stage.close()
  }
}

if (require.main === module) void main()
