/**
 * `npm run lab -- list | run NAME… | accuracy`: real faults on real clusters, what the members' own logs say of them, and
 * what the diagnosis does.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultLimits } from '../../src/config/load'
import { printAnswer } from '../../src/terminal/print'
import { gradeFolder, report } from './accuracy'
import { liveReport, recordRuns } from './live'
import { verdictOf } from './live-verdict'
import { runScenario, type RunRecord } from './run'
import type { Scenario } from './scenario'
import { SCENARIOS } from './scenarios'
import { traceOf } from './trace-of'
import { watchedReport } from './watched'

const USAGE = `Usage: npm run lab -- COMMAND
  list         every scenario, its severity, and the true cause
  run NAME…    runs these scenarios one after the other and says what diagnose says of each at the end of the fault; a name
               may end in * for all that begin so
  accuracy [--live] [--only NAME]… [--into FOLDER] [--traces FOLDER]…
               how often the diagnosis is right. Replays recorded faults: those of --traces (default test/traces), and with
               --live those of scenarios that are run now, kept in --into (default a temporary folder). What is there
               already is not run again.`

const main = async ([command, ...words]: readonly string[]): Promise<number> => {
  if (command === 'list') return list()
  if (command === 'run') return run(words)
  if (command === 'accuracy') return accuracy(words)
  console.log(USAGE)
  return command === undefined || command === 'help' ? 0 : 3
}

const list = (): number => {
  for (const one of SCENARIOS) console.log(line(one))
  return 0
}

const line = ({ faults, name, severity, truth }: Scenario): string =>
  [
    name.padEnd(28),
    severity.padEnd(8),
    truth.cause.padEnd(12),
    faults.map(({ kind }) => kind).join(' + ') || 'no fault',
  ].join(' ')

const run = async (names: readonly string[]): Promise<number> => {
  const chosen = choose(names)
  if (chosen === undefined) return 3
  for (const scenario of chosen) await runOne(scenario)
  return 0
}

const choose = (names: readonly string[]): readonly Scenario[] | undefined => {
  const unknown = names.filter((name) => chosenBy(name).length === 0)
  if (names.length > 0 && unknown.length === 0) return [...new Set(names.flatMap(chosenBy))]
  console.error(`Cannot run ${unknown.join(', ') || 'nothing'}: see npm run lab -- list`)
  return undefined
}

const chosenBy = (name: string): readonly Scenario[] =>
  SCENARIOS.filter((one) =>
    name.endsWith('*') ? one.name.startsWith(name.slice(0, -1)) : one.name === name,
  )

const runOne = async (scenario: Scenario): Promise<void> => {
  const say = (text: string) => console.log(`${scenario.name}: ${text}`)
  const record = await runScenario(scenario, traceOf, { onStage: say })
  say(wordsOf(record))
  say(`the truth is ${scenario.truth.cause}; diagnose says:\n`)
  const { answer } = await verdictOf(scenario, record)
  console.log(printAnswer(answer, { colour: process.stdout.isTTY }))
}

const wordsOf = ({ elections, electionsBefore, faultFrom, faultTo, hit }: RunRecord<unknown>) =>
  [
    `${elections.length} elections won`,
    elections.length === 0
      ? ''
      : ` (${elections.map(({ member, term }) => `term ${term} ${member}`).join(', ')})`,
    ` in ${Math.round((faultTo - faultFrom) / 1000)} s of fault and after`,
    hit.length === 0 ? '' : `, hit ${hit.join(' ')}`,
    electionsBefore === 0 ? '' : `, ${electionsBefore} before it`,
  ].join('')

const ACCURACY_OPTIONS = {
  live: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  into: { type: 'string' },
  traces: { type: 'string', multiple: true },
} as const

/** Exit code 1: a verdict is wrong, or a run failed. */
const accuracy = async (words: readonly string[]): Promise<number> => {
  const { values } = parseArgs({ args: [...words], options: ACCURACY_OPTIONS })
  const { into, live, only = ['*'], traces = [join(__dirname, '../traces')] } = values
  const folder = into ?? join(tmpdir(), 'stormwatch-live-traces')
  const chosen = choose(only)
  if (chosen === undefined) return 3
  const failed = live ? await recordRuns(chosen, folder, (text) => console.log(text)) : 0
  const right: boolean[] = []
  for (const one of live ? [folder, ...traces] : traces) right.push(await gradeAll(one))
  return failed === 0 && right.every(Boolean) ? 0 : 1
}

/** Prints how right the diagnosis is on the traces of a folder; false when any verdict is wrong. */
const gradeAll = async (folder: string): Promise<boolean> => {
  const graded = await gradeFolder(folder, defaultLimits())
  console.log(
    `\n${folder}\n\n${report(graded)}\n\n${liveReport(graded, folder)}\n${await watchedReport(folder, defaultLimits())}`,
  )
  return graded.every(({ grade }) => grade !== 'wrong')
}

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 3
  },
)
