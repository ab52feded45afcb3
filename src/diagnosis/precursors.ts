import { stallLimitSeconds } from './depositions'
import type { ClusterSettings } from './facts'
import { countOver } from './histogram'
import { isPageLate, isPrompt } from './lateness'
import type { Lateness } from './lateness'
import { isLeaderless, isRefused } from './leader'
import type { Limits } from './limits'
import type { Look, MemberLook } from './look'

/** Conditions under which a storm is near, or the next failure is one too many. */
export type Precursor =
  | 'late-heartbeats'
  | 'stall' // an fsync, or a process that did not run, near the election timeout
  | 'far' // round trips above a tenth of the election timeout
  | 'alone' // a member that runs sees no leader while others do
  | 'member-down'
  | 'space'

type Scene = {
  readonly looks: readonly Look[]
  readonly lateness: Lateness
  readonly settings: ClusterSettings
  readonly limits: Limits
}

/** What holds at the last look. */
export const precursorsOf = (scene: Scene): readonly Precursor[] => {
  const now = scene.looks.at(-1)
  if (now === undefined) return []
  const holds: readonly (readonly [Precursor, boolean])[] = [
    ['late-heartbeats', now.members.some(({ gain }) => (gain?.heartbeatFailures ?? 0) > 0)],
    ['stall', now.members.some((member) => hasStalled(member, scene))],
    ['far', isFar(scene)],
    [
      'alone',
      !isLeaderless(now) &&
        now.members.some((m) => m.seesLeader === false && isPrompt(m, scene.lateness)),
    ],
    [
      'member-down',
      now.members.some((member) => isDown(member, scene) || isLooping(member, scene)),
    ],
    ['space', now.members.some((member) => isFull(member, scene.limits))],
  ]
  return holds.filter(([, is]) => is).map(([name]) => name)
}

const hasStalled = (member: MemberLook, { lateness, limits, settings }: Scene): boolean =>
  isPageLate(member, lateness) ||
  countOver(member.gain?.walFsync, stallLimitSeconds(settings, limits)) > 0

/** etcd stores round trips every 30 s: the last sample holds until the next. */
const SAMPLE_HOLDS_MS = 60_000

const isFar = ({ looks, limits, settings }: Scene): boolean => {
  const now = looks.at(-1)
  const limitMs = Math.max(limits.farFloorMs, limits.farShare * settings.electionMs)
  const recent = looks.filter((look) => (now?.at ?? 0) - look.at <= SAMPLE_HOLDS_MS)
  return (now?.members ?? []).some(({ endpoint }) => {
    const own = recent.map((look) => look.members.find((one) => one.endpoint === endpoint))
    const last = own.findLast((one) =>
      [...(one?.gain?.links.values() ?? [])].some((link) => (link.roundTrip?.count ?? 0) > 0),
    )
    return [...(last?.gain?.links.values() ?? [])].some(
      ({ roundTrip }) =>
        roundTrip !== undefined &&
        roundTrip.count > 0 &&
        (1000 * roundTrip.sum) / roundTrip.count > limitMs,
    )
  })
}

/** Refused for longer than a restart takes. */
const isDown = ({ endpoint }: MemberLook, { looks, limits }: Scene): boolean => {
  const last = looks.at(-1)
  const since = looks.findLast((look) => !isRefusedAt(look, endpoint))
  const first = looks.find((look) => look.at > (since?.at ?? -1))
  return (
    last !== undefined &&
    first !== undefined &&
    isRefusedAt(last, endpoint) &&
    last.at - first.at >= limits.memberDownMs
  )
}

const LOOP_MS = 5 * 60_000
const LOOP_RESTARTS = 3

/** A process that keeps ending is down in between, however short each time is. */
const isLooping = ({ endpoint }: MemberLook, { looks }: Scene): boolean => {
  const since = (looks.at(-1)?.at ?? 0) - LOOP_MS
  const restarts = looks.filter(
    (look) => look.at > since && look.members.some((m) => m.endpoint === endpoint && m.restarted),
  )
  return restarts.length >= LOOP_RESTARTS
}

const isRefusedAt = (look: Look, endpoint: string): boolean =>
  look.members.some((member) => member.endpoint === endpoint && isRefused(member))

const isFull = (member: MemberLook, limits: Limits): boolean =>
  member.errors.some((error) => error.includes('alarm:NOSPACE')) ||
  (member.quotaShare ?? 0) >= limits.spaceCriticalShare
