import type { Limits } from '../diagnosis/limits'
import type { Quiet } from '../diagnosis/storm/speech'
import type { Storm } from '../diagnosis/storm/storm'
import type { Story } from '../diagnosis/storm/story'
import type { Verdict } from '../diagnosis/verdict'
import type { Judged } from './round'
import type { Told } from './state'

const HOUR_MS = 3_600_000
const LEAD_MS = 15 * 60_000

export type Telling = {
  /** For what begins now. */
  readonly id: string
  readonly at: number
  readonly judged: Judged
  /** The weather before this look. */
  readonly before: Storm | undefined
  readonly limits: Limits
}

/** What is to be told of the storm after one more look. */
export const toldAfter = (open: Told | undefined, telling: Telling): Told => {
  const { judged, at, before } = telling
  const { storm } = judged.watch
  const told = open ?? begun(telling)
  const left = (before?.elections ?? []).filter(
    (time) => time >= told.since && time <= at - HOUR_MS,
  ).length
  const passed = told.passed + left
  const isOver = storm.openedAt === undefined
  const counted = storm.elections.filter((time) => time >= told.since).length
  return {
    ...told,
    kind: storm.openedAt === undefined ? told.kind : 'storm',
    worst: storm.worst ?? told.worst,
    passed,
    elections: isOver ? told.elections : passed + counted,
    planned: judged.elections.filter(({ planned }) => planned !== undefined).length,
    ...namedBy(told, telling),
  }
}

const begun = ({ id, at, judged, limits }: Telling): Told => {
  const { storm } = judged.watch
  return {
    id,
    kind: storm.openedAt === undefined ? 'unknown' : 'storm',
    since: sinceOf(storm, at, limits),
    worst: storm.state,
    passed: 0,
    elections: 0,
    planned: 0,
    cause: 'none',
    entries: {},
    isMentioned: false,
    reason: 'first',
    shown: '',
    shownElections: 0,
    shownAt: at,
  }
}

/** A storm began with the first election that made it one. */
const sinceOf = (storm: Storm, at: number, limits: Limits): number => {
  if (storm.openedAt === undefined) return storm.state === 'unknown' ? storm.since : at
  const from = storm.openedAt - LEAD_MS
  const first = storm.elections.find((time) => time > from)
  const made = storm.elections.length >= limits.watchElectionsHour ? storm.elections[0] : first
  return Math.min(storm.openedAt, made ?? storm.openedAt)
}

type Named = Pick<Told, 'cause' | 'member' | 'link'>

/** A name stands until another one holds: at the end of a storm nothing wants an explanation any more. */
const namedBy = (told: Told, { judged, limits }: Telling): Named | undefined => {
  if (judged.isQuiet) return undefined
  const { cause } = judged.watch
  const isNamed = told.cause !== 'none' && told.cause !== 'unknown'
  if (cause === 'none' || (cause === 'unknown' && isNamed)) return undefined
  const holds = judged.post !== undefined || judged.watch.causeLooks >= limits.causeHoldLooks
  if (isNamed && cause !== told.cause && !holds) return undefined
  return { cause, member: undefined, link: undefined, ...placeOf(judged.verdict()) }
}

/** Names as shown. */
export const placeOf = ({ member, link, names }: Verdict): Pick<Named, 'member' | 'link'> => {
  const nameOf = (endpoint: string): string => names.get(endpoint) ?? endpoint
  if (link !== undefined) return { link: [nameOf(link[0]), nameOf(link[1])] }
  return member === undefined ? {} : { member: nameOf(member) }
}

type Kept = {
  readonly cluster: string
  readonly until?: number
  readonly quiet: Quiet | undefined
}

/** What the history keeps of it. */
export const storyOf = (told: Told, { cluster, until, quiet }: Kept): Story => {
  const where = told.link?.join(' – ') ?? told.member
  return {
    id: told.id,
    cluster,
    kind: told.kind,
    since: told.since,
    ...(until !== undefined && { until }),
    worst: told.worst,
    elections: told.elections,
    planned: told.planned,
    cause: told.cause,
    ...(where !== undefined && { where }),
    ...(told.acknowledged !== undefined && { acknowledged: told.acknowledged }),
    ...(told.channel === undefined && quiet !== undefined && { untold: quiet.what }),
  }
}
