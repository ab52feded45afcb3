/**
 * How often the diagnosis is right: `node --import tsx test/lab/accuracy.ts [FOLDER]` replays recorded faults at looks of
 * 2, 6 and 14 s, with and without log lines, and prints truth by verdict and three figures: right, honest, wrong.
 */
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLimits } from '../../src/config/load'
import { readTrace, type Trace } from '../../src/cluster/trace/trace'
import type { LogEvent, Observation } from '../../src/diagnosis/facts'
import type { Limits } from '../../src/diagnosis/limits'
import { replay, type Replay } from '../../src/watch/replay'

/** What is true of one recording, as `truth.json` spells it. */
export type TraceTruth = {
  readonly cause: string
  /** Another name that is right as well. */
  readonly or?: string
  /** The member that was hit; where the fault follows the leader, whoever led is right. */
  readonly endpoint?: string
  readonly electionsWon: number
  readonly note?: string
}

export type Grade = 'right' | 'honest' | 'wrong'

export type Graded = {
  readonly trace: string
  readonly everySeconds: number
  readonly logs: boolean
  readonly truth: TraceTruth
  readonly replay: Replay
  readonly grade: Grade
  /** Whether the member is right; undefined: it is not about one, or the cause is not named. */
  readonly isMemberRight: boolean | undefined
}

/** Every so many looks of a recording that was taken at 2 s, from each possible first one. */
const THINNINGS = [1, 3, 7] as const
const RECORDED_SECONDS = 2

/** All recordings of a folder, at all cadences, with and without their log lines. */
export const gradeFolder = async (folder: string, limits: Limits): Promise<readonly Graded[]> => {
  const graded: Graded[] = []
  for (const [name, truth] of truthsOf(folder)) {
    const trace = await readTrace(createReadStream(join(folder, `${name}.ndjson.br`)))
    for (const every of THINNINGS)
      for (let offset = 0; offset < every; offset++)
        for (const logs of [true, false])
          graded.push(gradeOne({ name, trace, truth, every, offset, logs }, limits))
  }
  return graded
}

export const truthsOf = (folder: string): readonly (readonly [string, TraceTruth])[] => {
  const truths = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<
    string,
    TraceTruth
  >
  const files = new Set(readdirSync(folder))
  return Object.entries(truths).filter(([name]) => files.has(`${name}.ndjson.br`))
}

type Case = {
  readonly name: string
  readonly trace: Trace
  readonly truth: TraceTruth
  readonly every: number
  readonly offset: number
  readonly logs: boolean
}

const gradeOne = ({ name, trace, truth, every, offset, logs }: Case, limits: Limits): Graded => {
  const thinned = thin(trace, every, offset)
  const said = replay(logs ? thinned : withoutLogs(thinned), limits).replay
  return {
    trace: name,
    everySeconds: every * RECORDED_SECONDS,
    logs,
    truth,
    replay: said,
    grade: gradeOf(said, truth),
    isMemberRight: memberGrade(said, truth),
  }
}

/** `unknown` is honest; so is `none`, where nothing was lost by it. */
export const gradeOf = ({ cause }: Pick<Replay, 'cause'>, truth: TraceTruth): Grade => {
  if (cause === truth.cause || cause === truth.or) return 'right'
  return cause === 'unknown' || cause === 'none' ? 'honest' : 'wrong'
}

const memberGrade = (said: Replay, { cause, endpoint, note }: TraceTruth): boolean | undefined => {
  const isAboutOne = endpoint !== undefined && cause !== 'planned' && !note?.includes('follows')
  return isAboutOne && said.cause === cause ? said.member === endpoint : undefined
}

/** Every n-th look; log lines wait for the look that is kept. */
export const thin = (trace: Trace, every: number, offset: number): Trace => {
  const looks: Observation[] = []
  let waiting: LogEvent[] = []
  trace.looks.forEach((look, i) => {
    waiting.push(...(look.logs ?? []))
    if (i % every !== offset) return
    looks.push(look.logs === undefined ? look : { ...look, logs: waiting })
    waiting = []
  })
  return { ...trace, looks }
}

export const withoutLogs = (trace: Trace): Trace => ({
  ...trace,
  looks: trace.looks.map(({ at, members, roster }) => ({ at, members, roster })),
})

const NAMES = ['right', 'honest', 'wrong'] as const

/** Truth by verdict, then the figures of each cadence, then what is wrong, a line each. */
export const report = (graded: readonly Graded[]): string =>
  [matrix(graded), figures(graded), elections(graded), mistakes(graded)]
    .filter(Boolean)
    .join('\n\n')

const matrix = (graded: readonly Graded[]): string => {
  const said = [...new Set(graded.map(({ replay: { cause } }) => cause))].toSorted()
  const causes = [...new Set(graded.map(({ truth }) => truth.cause))].toSorted()
  const row = (name: string, cells: readonly string[]): string =>
    name.padEnd(12) + cells.map((cell) => cell.padStart(12)).join('')
  const rows = causes.map((cause) =>
    row(
      cause,
      said.map((one) => countOf(graded, cause, one)),
    ),
  )
  return [row('truth', said), ...rows].join('\n')
}

const countOf = (graded: readonly Graded[], cause: string, said: string): string => {
  const count = graded.filter(
    (one) => one.truth.cause === cause && one.replay.cause === said,
  ).length
  return count === 0 ? '.' : String(count)
}

const figures = (graded: readonly Graded[]): string => {
  const seconds = [...new Set(graded.map(({ everySeconds }) => everySeconds))].toSorted(
    (a, b) => a - b,
  )
  return seconds
    .flatMap((every) =>
      [true, false].map((logs) =>
        figure(
          graded.filter((one) => one.everySeconds === every && one.logs === logs),
          every,
          logs,
        ),
      ),
    )
    .join('\n')
}

const figure = (graded: readonly Graded[], every: number, logs: boolean): string => {
  const counts = NAMES.map(
    (name) => `${name} ${graded.filter(({ grade }) => grade === name).length}`,
  )
  const members = graded.filter(({ isMemberRight }) => isMemberRight !== undefined)
  const right = members.filter(({ isMemberRight }) => isMemberRight).length
  return `looks of ${String(every).padStart(2)} s ${logs ? 'with   ' : 'without'} logs: ${counts.join(', ')}; member right ${right} of ${members.length}`
}

const elections = (graded: readonly Graded[]): string => {
  const off = graded.filter(
    ({ truth, replay: { elections: unplanned, planned } }) =>
      unplanned + planned !== truth.electionsWon,
  )
  return `elections seen as the logs tell them: ${graded.length - off.length} of ${graded.length}`
}

const mistakes = (graded: readonly Graded[]): string =>
  graded
    .filter(({ grade, isMemberRight }) => grade === 'wrong' || isMemberRight === false)
    .map(
      ({ trace, everySeconds, logs, truth, replay: { cause, member } }) =>
        `WRONG ${trace} at ${everySeconds} s ${logs ? 'with' : 'without'} logs: ${truth.cause} ${truth.endpoint ?? ''} called ${cause} ${member ?? ''}`,
    )
    .join('\n')

const main = async (folder: string): Promise<number> => {
  const graded = await gradeFolder(folder, defaultLimits())
  console.log(report(graded))
  return graded.some(({ grade }) => grade === 'wrong') ? 1 : 0
}

if (require.main === module)
  void main(process.argv[2] ?? join(__dirname, '../traces')).then(
    (code) => (process.exitCode = code),
  )
