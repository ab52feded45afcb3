import { isRefused, majorityOf } from './leader'
import { isLost } from './lateness'
import type { Look, MemberLook } from './look'
import type { Restart } from './restarts'
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

/** All of them in the window, short ones too. */
export const absencesOf = ({ looks, history }: Signals): readonly Absence[] => {
  const endpoints = new Set(looks.flatMap((look) => look.members.map((member) => member.endpoint)))
  return [...endpoints].flatMap((endpoint) => absencesOfMember(endpoint, looks, history.restarts))
}

const absencesOfMember = (
  endpoint: string,
  looks: readonly Look[],
  restarts: readonly Restart[],
): readonly Absence[] => {
  const absences: Absence[] = []
  let gone: { readonly at: number; looks: number; refused: boolean } | undefined
  const close = (to: number, isOver: boolean): void => {
    if (gone === undefined) return
    const from = gone.at
    const restart = restarts.find((one) => one.endpoint === endpoint && one.missedAt === from)
    absences.push({
      endpoint,
      kind: gone.refused ? 'refused' : 'silent',
      from,
      // The new process began before the look that found it
      to: isOver && restart ? Math.max(from, restart.startedAt) : to,
      isOver,
      asked: restart?.asked === true,
      looks: gone.looks,
    })
    gone = undefined
  }
  looks.forEach((look, i) => {
    const member = look.members.find((one) => one.endpoint === endpoint)
    if (member !== undefined && isAway(member, looks, i)) {
      gone ??= { at: look.at, looks: 0, refused: false }
      gone = { at: gone.at, looks: gone.looks + 1, refused: gone.refused || isRefused(member) }
    } else close(look.at, true)
  })
  close(looks.at(-1)?.at ?? 0, false)
  return absences
}

/** Refused, or lost on both ways while the peers hear nothing of it either. */
const isAway = (member: MemberLook, looks: readonly Look[], index: number): boolean => {
  if (isRefused(member)) return !member.status.came && !member.page.came
  if (!isLost(member.status) || !isLost(member.page)) return false
  const heard = heardBytes(member, looks, index)
  return heard === 0
}

/** What running peers received from it since their page before; undefined when none was read. A leader hears followers. */
const heardBytes = (
  member: MemberLook,
  looks: readonly Look[],
  index: number,
): number | undefined => {
  const { id } = member
  const others = (looks[index]?.members ?? []).filter((other) => other.endpoint !== member.endpoint)
  if (id === undefined) return undefined
  const heard = others
    .map((other) => other.gain?.links.get(id)?.receivedBytes)
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
  const { restarts } = signals.history
  const absences = absencesOf(signals)
  const members = new Set(restarts.map((restart) => restart.endpoint))
  return (
    members.size > signals.members.length / 2 &&
    members.size === restarts.length &&
    mostAway(absences) <= 1 &&
    absences.every((absence) => absence.isOver)
  )
}
