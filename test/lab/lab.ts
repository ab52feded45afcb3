/** `npm run lab -- list | run NAME…`: real faults on real clusters, and what the members' own logs say of them. */
import { runScenario, type RunRecord, type Watcher } from './run'
import { SCENARIOS, type Scenario } from './scenarios'

const USAGE = `Usage: npm run lab -- COMMAND
  list         every scenario, its severity, and the true cause
  run NAME…    runs these scenarios one after the other; a name may end in * for all that begin so`

const main = async ([command, ...words]: readonly string[]): Promise<number> => {
  if (command === 'list') return list()
  if (command === 'run') return run(words)
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
  const unknown = names.filter((name) => chosenBy(name).length === 0)
  if (names.length === 0 || unknown.length > 0) {
    console.error(`Cannot run ${unknown.join(', ') || 'nothing'}: see npm run lab -- list`)
    return 3
  }
  for (const scenario of names.flatMap(chosenBy)) await runOne(scenario)
  return 0
}

const chosenBy = (name: string): readonly Scenario[] =>
  SCENARIOS.filter((one) =>
    name.endsWith('*') ? one.name.startsWith(name.slice(0, -1)) : one.name === name,
  )

const runOne = async (scenario: Scenario): Promise<void> => {
  const say = (text: string) => console.log(`${scenario.name}: ${text}`)
  const record = await runScenario(scenario, nobody, { onStage: say })
  say(wordsOf(record))
}

/** The diagnosis will watch here. */
const nobody: Watcher<undefined> = () => Promise.resolve({ stop: () => Promise.resolve(undefined) })

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

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 3
  },
)
