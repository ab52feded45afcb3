import { defaultLimits } from '../../src/config/load'
import { gradeFolder, type Graded } from '../lab/accuracy'

const GRADES = ['right', 'honest', 'wrong'] as const

/** Truth by verdict over the recordings of a folder, and the sum, as Markdown. Deterministic. */
export const accuracyTable = async (folder: string): Promise<string> => {
  const graded = await gradeFolder(folder, defaultLimits())
  return `${matrixOf(graded)}\n\n${sumOf(graded)}`
}

const matrixOf = (graded: readonly Graded[]): string => {
  const causes = [...new Set(graded.map(({ truth }) => truth.cause))].toSorted()
  const said = [...new Set([...causes, ...graded.map(({ replay }) => replay.cause)])].toSorted()
  const countOf = (truth: string, verdict: string): number =>
    graded.filter((one) => one.truth.cause === truth && one.replay.cause === verdict).length
  return [
    ['truth ↓ said →', ...said],
    ['---', ...said.map(() => '--:')],
    ...causes.map((cause) => [cause, ...said.map((one) => String(countOf(cause, one) || '·'))]),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

const sumOf = (graded: readonly Graded[]): string => {
  const recordings = new Set(graded.map(({ trace }) => trace)).size
  const sums = GRADES.map(
    (grade) => `${graded.filter((one) => one.grade === grade).length} ${grade}`,
  )
  const about = graded.filter(({ isMemberRight }) => isMemberRight !== undefined)
  const rightMember = about.filter(({ isMemberRight }) => isMemberRight).length
  return (
    `${recordings} recordings, ${graded.length} runs: ${sums.join(', ')}. ` +
    `The member is right in ${rightMember} of the ${about.length} runs where the fault was on one member and its cause was named.`
  )
}
