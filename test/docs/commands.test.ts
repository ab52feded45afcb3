import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { COMMANDS } from '../../commands/list'
import { consolesIn, shellLinesIn, slashesIn } from './console'
import { pages } from './page'
import { startDocsStage, type DocsStage, type Ran } from './stage'

const PAGES = pages()
const CONSOLES = PAGES.flatMap(consolesIn)
const SHELL_LINES = [...new Set(PAGES.flatMap(shellLinesIn))]
const SLASHES = [...new Set(PAGES.flatMap(slashesIn))]
const CANNOT = 3

let stage: DocsStage
beforeAll(async () => {
  stage = await startDocsStage()
}, 120_000)
afterAll(() => stage.close())

test('every subcommand is shown with an answer', () => {
  const shown = CONSOLES.map(({ command }) => command.split(' ')[1])
  expect(shown).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)))
})

// In their order: a silence is there before it is listed
describe('a command of the documentation', () => {
  test.each(CONSOLES.map(({ command, output }) => ({ command, output })))(
    'is answered: $command',
    async ({ command, output }) => {
      const ran = await stage.run(command)
      expect(complaintIn(ran)).toBeUndefined()
      expect(tablesIn(ran.output)).toEqual(tablesIn(output))
    },
    60_000,
  )

  test.each(SLASHES)(
    'is known in Slack: /etcd %s',
    async (words) => {
      // As long as it takes to know that the words are understood
      expect(await stage.slack.complaint(shortened(words))).toBeUndefined()
    },
    60_000,
  )
})

const shortened = (words: string): string =>
  words.replace(/^diagnose prod( 10s)?$/, 'diagnose prod 2s').replace(/^writers prod$/, '$& 1')

/** What the program says when it cannot do what it was asked. */
const complaintIn = ({ code, output }: Ran): string | undefined =>
  code === CANNOT && /^stormwatch: |There is no|takes a|Which |What is |what is “/m.test(output)
    ? output
    : undefined

/** The first titles of tables: what an answer has, whatever its numbers. Columns come and go with what was seen. */
const tablesIn = (output: string): readonly string[] =>
  [...output.matchAll(/^(Member|Cause|Began|Signal|Since|Cluster|\| Cluster|\| Began) /gm)].map(
    ([, title = '']) => title,
  )

test.each(SHELL_LINES)(
  'a line for a shell can be run: %s',
  async (line) => {
    expect(await tryLine(line)).toBe('runs')
  },
  60_000,
)

/** By what the line begins with. A line of another program is a line that nobody has tried. */
const tryLine = async (line: string): Promise<string> => {
  const [program = '', first = ''] = line.split(/\s+/)
  switch (program) {
    case 'export':
      return isVariable(first) ? 'runs' : `nobody reads ${first}`
    case 'etcdctl':
      return runEtcdctl(line)
    case 'stormwatch':
      return runHere(line)
    default:
      return `no test knows how to try ${program}`
  }
}

/** It would ask for a password. */
const runEtcdctl = async (line: string): Promise<string> => {
  const { code, output } = await stage.run(line.replace(/(?<= user add \S+)$/, ':secret'))
  return code === 0 ? 'runs' : output
}

const VARIABLES = /^(SLACK_(BOT_TOKEN|APP_TOKEN|SIGNING_SECRET)|REDIS_URL)(_FILE)?=\S+$/

const isVariable = (assignment: string): boolean => VARIABLES.test(assignment)

/** `serve` is started by test/serve.test.ts; here its options are read. A recording is made short. */
const runHere = async (line: string): Promise<string> => {
  if (line.startsWith('stormwatch serve')) return 'runs'
  return complaintIn(await stage.run(line.replace(/--for \w+/, '--for 3s'))) ?? 'runs'
}
