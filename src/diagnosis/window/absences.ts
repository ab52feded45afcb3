import { isRefused, majorityOf } from '../status/leader'
import { isLost } from './lateness'
import type { History } from './elections'
import type { Look, MemberLook, Rows } from './look'
import type { Signals } from './signals'

/** A stretch without a member's process, or without an answer from it or a word to its peers. Times in Unix ms. */
export type Absence = {
  readonly endpoint: string
  /** Nothing listens there, or it answers nobody. */
  readonly kind: 'refused' | 'silent'
  /** The first look that missed it, and when it came back, or the last look. */
  readonly from: number
  readonly to: number
  readonly isOver: boolean
  /** A restart ended it that a signal asked for. */
  readonly asked: boolean
  readonly looks: number
}

type Seen = { readonly looks: readonly Look[]; readonly rows: Rows; readonly history: History }

/** All of them in the window, short ones too. */
export const absencesOf = ({ looks, rows, history }: Seen): readonly Absence[] =>
  [...rows].flatMap(([endpoint, row]) => {
    const away = row.map((member, i) => member !== undefined && isAway(member, rows, i))
    return runsOfTrue(away).map(([first, after]) =>
      absenceOf(endpoint, { first, after, looks, row, history }),
    )
  })

/** First index of each run, and the first one after it. */
const runsOfTrue = (flags: readonly boolean[]): readonly (readonly [number, number])[] => {
  const runs: [number, number][] = []
  flags.forEach((flag, i) => {
    const last = runs.at(-1)
    if (!flag) return
    if (last?.[1] === i) last[1] = i + 1
    else runs.push([i, i + 1])
  })
  return runs
}

type Run = {
  readonly first: number
  readonly after: number
  readonly looks: readonly Look[]
  readonly row: readonly (MemberLook | undefined)[]
  readonly history: History
}

const absenceOf = (endpoint: string, { first, after, looks, row, history }: Run): Absence => {
  const from = looks[first]?.at ?? 0
  const back = looks[after]
  const restart = history.restarts.find((one) => one.endpoint === endpoint && one.missedAt === from)
  return {
    endpoint,
    kind: row.slice(first, after).some((member) => member && isRefused(member))
      ? 'refused'
      : 'silent',
    from,
    // The new process began before the look that found it; without its start, what is sure ends with the last miss
    to: back && restart ? Math.max(from, restart.startedAt) : (looks[after - 1]?.at ?? from),
    isOver: back !== undefined,
    asked: restart?.asked === true,
    looks: after - first,
  }
}

/** Refused, or lost on both ways while the peers hear nothing of it either. */
const isAway = (member: MemberLook, rows: Rows, index: number): boolean => {
  if (isRefused(member)) return !member.status.came && !member.page.came
  return isLost(member.status) && isLost(member.page) && heardBytes(member, rows, index) === 0
}

/** What running peers received from it since their page before; undefined when none was read. A leader hears followers. */
const heardBytes = (
  { id, endpoint }: MemberLook,
  rows: Rows,
  index: number,
): number | undefined => {
  if (id === undefined) return undefined
  const heard = [...rows]
    .filter(([other]) => other !== endpoint)
    .map(([, row]) => row[index]?.gain?.links.get(id)?.receivedBytes)
    .filter((bytes) => bytes !== undefined)
  return heard.length === 0 ? undefined : heard.reduce((sum, bytes) => sum + bytes, 0)
}

/** The most members that were away at one time. */
export const mostAway = (absences: readonly Absence[]): number =>
  Math.max(
    0,
    ...absences.map(
      (one) => absences.filter((other) => other.from <= one.from && other.to >= one.from).length,
    ),
  )

export const majorityIn = (signals: Signals): number => {
  const last = signals.looks.at(-1)
  return last === undefined ? 1 : majorityOf(last)
}

export const votersIn = (signals: Signals): number =>
  Math.max(0, ...signals.looks.map((look) => look.voters))

/** Beyond a restart's time and a look; at looks far apart the time between the first miss and the new process counts. */
export const isLong = (absence: Absence, { limits }: Signals): boolean =>
  absence.to - absence.from >= limits.memberDownMs &&
  (absence.kind === 'refused' || absence.looks >= 3)

/** Most members, each restarted once, one after the other: a rollout, also where each takes its time. */
export const isRolling = (signals: Signals): boolean => {
  const { absences, history } = signals
  const { restarts } = history
  const members = new Set(restarts.map((restart) => restart.endpoint))
  return (
    members.size > signals.members.length / 2 &&
    members.size === restarts.length &&
    mostAway(absences) <= 1 &&
    absences.every((absence) => absence.isOver)
  )
}
