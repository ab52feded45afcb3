/**
 * Real faults, watched live and kept as traces, so that how right the diagnosis is can be measured again and again: the live
 * part of `npm run lab -- accuracy`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Graded, TraceTruth } from './accuracy'
import { runScenario, type RunRecord } from './run'
import type { Scenario } from './scenario'
import { traceOf } from './trace-of'

/** What is true of a live run: what `accuracy` knows of any trace, and where the fault was. */
export type LiveTruth = TraceTruth & {
  readonly severity: Scenario['severity']
  readonly where?: 'member' | 'link'
  /** Endpoints of all members that were hit. */
  readonly hit: readonly string[]
  readonly faultFrom: number
  readonly faultTo: number
  readonly electionMs: number
}

type Say = (text: string) => void

/**
 * Runs scenarios one after the other, each into `FOLDER/NAME.ndjson.br` with its truth in `FOLDER/truth.json`. Those whose
 * trace is there are not run again. A run that fails is said and left out. Answers how many failed.
 */
export const recordRuns = async (
  scenarios: readonly Scenario[],
  folder: string,
  say: Say,
): Promise<number> => {
  mkdirSync(folder, { recursive: true })
  let failed = 0
  for (const scenario of scenarios)
    if (!isRecorded(folder, scenario.name) && !(await recordRun(scenario, folder, say))) failed++
  return failed
}

const fileOf = (folder: string, name: string): string => join(folder, `${name}.ndjson.br`)

const isRecorded = (folder: string, name: string): boolean =>
  existsSync(fileOf(folder, name)) && truthsIn(folder)[name] !== undefined

const recordRun = async (scenario: Scenario, folder: string, say: Say): Promise<boolean> => {
  const { name } = scenario
  try {
    const record = await runScenario(scenario, traceOf, {
      onStage: (stage) => say(`${name}: ${stage}`),
    })
    writeWhole(fileOf(folder, name), record.seen)
    const truths = { ...truthsIn(folder), [name]: truthOf(scenario, record) }
    writeWhole(join(folder, 'truth.json'), `${JSON.stringify(truths, undefined, 1)}\n`)
    return true
  } catch (error) {
    say(`${name}: failed: ${String(error)}`)
    return false
  }
}

const truthsIn = (folder: string): Readonly<Record<string, Partial<LiveTruth>>> => {
  const file = join(folder, 'truth.json')
  if (!existsSync(file)) return {}
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Partial<LiveTruth>>
}

/** A run that is ended in the middle leaves no half file under the name. */
const writeWhole = (file: string, content: string | Buffer): void => {
  writeFileSync(`${file}.part`, content)
  renameSync(`${file}.part`, file)
}

export const truthOf = (scenario: Scenario, record: RunRecord<unknown>): LiveTruth => {
  const { cluster, faults, severity, truth } = scenario
  const [endpoint] = record.hit
  const follows = faults.some((fault) => 'on' in fault && fault.on === 'each-leader')
  return {
    ...truth,
    severity,
    ...(truth.where === 'member' && endpoint !== undefined && { endpoint }),
    hit: record.hit,
    electionsWon: record.electionsBefore + record.elections.length,
    faultFrom: record.faultFrom,
    faultTo: record.faultTo,
    electionMs: cluster.electionMs ?? 1000,
    note: follows ? 'follows the leader' : '',
  }
}

// --- figures that need to know where the fault was ---

/** A line a run and cadence, then the figures of live runs. */
export const liveReport = (graded: readonly Graded[], folder: string): string => {
  const truths = truthsIn(folder)
  return [runTable(graded), whereFigure(graded, truths), ...stormFigures(graded, truths)].join('\n')
}

const CADENCES = [2, 6, 14] as const

/** Verdicts at each cadence, without logs behind the bar; several where the first look of the cadence decides. */
const runTable = (graded: readonly Graded[]): string =>
  [...new Set(graded.map(({ trace }) => trace))]
    .map((trace) => {
      const own = graded.filter((one) => one.trace === trace)
      const cells = CADENCES.map((every) => {
        const said = [true, false].map((logs) => causesOf(own, every, logs))
        return `${every} s: ${said.join(' | ')}`.padEnd(34)
      })
      return `${trace.padEnd(30)} ${(own[0]?.truth.cause ?? '').padEnd(12)} ${cells.join(' ')}`
    })
    .join('\n')

const causesOf = (graded: readonly Graded[], every: number, logs: boolean): string => {
  const said = graded.filter((one) => one.everySeconds === every && one.logs === logs)
  return [...new Set(said.map(({ replay }) => replay.cause))].join('/')
}

type Truths = Readonly<Record<string, Partial<LiveTruth>>>

const whereFigure = (graded: readonly Graded[], truths: Truths): string => {
  const told = graded
    .map((one) => ({ one, is: isWhereRight(one, truths[one.trace]) }))
    .filter(({ is }) => is !== undefined)
  const wrong = told
    .filter(({ is }) => is === false)
    .map(
      ({ one: { everySeconds, logs, replay, trace } }) =>
        `\n  ELSEWHERE ${trace} at ${everySeconds} s ${logs ? 'with' : 'without'} logs: ${replay.link?.join(' – ') ?? replay.member ?? 'nowhere'}, was ${truths[trace]?.hit?.join(' ')}`,
    )
  return `member or link right: ${told.length - wrong.length} of ${told.length}${wrong.join('')}`
}

/** Undefined: nothing to be right about, since the cause is not named, or is about no member. */
const isWhereRight = (
  { replay: { cause, link, member }, truth }: Graded,
  live: Partial<LiveTruth> | undefined,
): boolean | undefined => {
  const hit = live?.hit ?? []
  if (cause !== truth.cause || cause === 'planned' || cause === 'none') return undefined
  if (live?.where === 'link')
    return link !== undefined && hit.every((endpoint) => link.includes(endpoint))
  if (live?.where === 'member') return member === truth.endpoint
  return member === undefined || hit.length === 0 ? undefined : hit.includes(member)
}

const stormFigures = (graded: readonly Graded[], truths: Truths): readonly string[] => {
  const benign = graded.filter(({ trace }) => truths[trace]?.severity === 'benign')
  const storms = benign.filter(({ replay: { states } }) =>
    states.some(({ state }) => state === 'warning' || state === 'leaderless'),
  )
  const severe = graded.filter(({ trace }) => truths[trace]?.severity === 'severe')
  const missed = severe.filter(({ replay }) => replay.cause === 'none')
  return [
    `benign called a storm: ${namesOf(storms)} of ${benign.length}`,
    `severe called nothing: ${namesOf(missed)} of ${severe.length}`,
  ]
}

const namesOf = (graded: readonly Graded[]): string => {
  const names = [...new Set(graded.map(({ trace }) => trace))].join(', ')
  return graded.length === 0 ? '0' : `${graded.length} (${names})`
}
