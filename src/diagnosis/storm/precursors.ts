import { stallLimitSeconds } from '../window/depositions'
import type { ClusterSettings } from '../facts'
import { countOver } from '../histogram'
import { isPageLate, isPrompt } from '../window/lateness'
import type { Lateness } from '../window/lateness'
import { isLeaderless, isRefused } from '../status/leader'
import type { Limits } from '../limits'
import { silentFollowers } from '../window/silence'
import type { History } from '../window/elections'
import type { LinkGain, Look, MemberLook } from '../window/look'
import { runsOut } from '../usual/running-out'
import type { Outlook } from '../usual/outlook'
import { deviationsOf } from '../usual/unusual'

/** Conditions under which a storm is near, or the next failure is one too many. */
export type Precursor =
  | 'late-heartbeats'
  | 'stall' // an fsync, or a process that did not run, near the election timeout
  | 'far' // round trips above a tenth of the election timeout
  | 'alone' // a member that runs sees no leader while others do
  | 'unheard' // leader and follower run, and one hears nothing of the other
  | 'member-down'
  | 'space'
  | 'quota' // the database reaches its quota within a day, at the pace that was seen
  | 'unusual' // a signal far above what was learned, for some time

/** They come on slowly and may last for days: nothing is learned by looking at them every two seconds. */
const SLOW: readonly Precursor[] = ['quota', 'unusual']

export const areSlow = (precursors: readonly Precursor[]): boolean =>
  precursors.length > 0 && precursors.every((one) => SLOW.includes(one))

type Scene = {
  readonly looks: readonly Look[]
  readonly leaders: History['leaders']
  readonly lateness: Lateness
  readonly settings: ClusterSettings
  readonly limits: Limits
  readonly outlook: Outlook
}

/** What holds at the last look. */
export const precursorsOf = (scene: Scene): readonly Precursor[] => {
  const now = scene.looks.at(-1)
  if (now === undefined) return []
  const holds: readonly (readonly [Precursor, boolean])[] = [
    ['late-heartbeats', isLateOutsideRestarts(now)],
    ['stall', now.members.some((member) => hasStalled(member, scene))],
    ['far', isFar(scene)],
    [
      'alone',
      !isLeaderless(now) &&
        now.members.some((m) => m.seesLeader === false && isPrompt(m, scene.lateness)),
    ],
    ['unheard', silentFollowers(scene.looks.length - 1, scene) > 0],
    [
      'member-down',
      now.members.some((member) => isDown(member, scene) || isLooping(member, scene)),
    ],
    ['space', now.members.some((member) => isFull(member, scene.limits))],
    ['quota', runsOut(now.members, scene.outlook, scene.limits).length > 0],
    ['unusual', deviationsOf(scene.looks, scene.outlook, scene.limits).some(({ isNew }) => isNew)],
  ]
  return holds.filter(([, is]) => is).map(([name]) => name)
}

/** A member that starts catches up at the cost of its leader: a few late heartbeats belong to a rollout. */
const isLateOutsideRestarts = ({ members }: Look): boolean =>
  !members.some(({ restarted }) => restarted) &&
  members.some(({ gain }) => (gain?.heartbeatFailures ?? 0) > 0)

const hasStalled = (member: MemberLook, { lateness, limits, settings }: Scene): boolean =>
  isPageLate(member, lateness) ||
  countOver(member.gain?.walFsync, stallLimitSeconds(settings, limits)) > 0

/** etcd stores round trips every 30 s: two samples of a link, with time for one that was missed. */
const SAMPLES_WITHIN_MS = 100_000

/** Two samples running of one link: a single one may be a host that was busy for a moment. */
const isFar = ({ looks, limits, settings }: Scene): boolean => {
  const since = (looks.at(-1)?.at ?? 0) - SAMPLES_WITHIN_MS
  const limitMs = Math.max(limits.farFloorMs, limits.farShare * settings.electionMs)
  const recent = looks.filter((look) => look.at >= since)
  return farLinks(recent, limitMs).some(([endpoint, peer]) => {
    const samples = recent
      .map((look) => roundTripMs(look, endpoint, peer))
      .filter((ms) => ms !== undefined)
    return samples.length >= 2 && samples.slice(-2).every((ms) => ms > limitMs)
  })
}

/** Links with any sample over the limit: in most clusters none. */
const farLinks = (
  looks: readonly Look[],
  limitMs: number,
): readonly (readonly [string, string])[] => {
  const far: (readonly [string, string])[] = []
  for (const look of looks)
    for (const { endpoint, gain } of look.members)
      for (const [peer, link] of gain?.links ?? [])
        if ((meanMs(link) ?? 0) > limitMs) far.push([endpoint, peer])
  return far
}

const roundTripMs = (look: Look, endpoint: string, peer: string): number | undefined =>
  meanMs(look.members.find((one) => one.endpoint === endpoint)?.gain?.links.get(peer))

const meanMs = (link: LinkGain | undefined): number | undefined =>
  link?.roundTrip === undefined || link.roundTrip.count === 0
    ? undefined
    : (1000 * link.roundTrip.sum) / link.roundTrip.count

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

/** A process that keeps ending is down in between, however short each time is. */
const isLooping = ({ endpoint }: MemberLook, { looks, limits }: Scene): boolean => {
  const since = (looks.at(-1)?.at ?? 0) - LOOP_MS
  const restarts = looks.filter(
    (look) => look.at > since && look.members.some((m) => m.endpoint === endpoint && m.restarted),
  )
  return restarts.length >= limits.loopRestarts
}

const isRefusedAt = (look: Look, endpoint: string): boolean =>
  look.members.some((member) => member.endpoint === endpoint && isRefused(member))

const isFull = (member: MemberLook, limits: Limits): boolean =>
  member.errors.some((error) => error.includes('alarm:NOSPACE')) ||
  (member.quotaShare ?? 0) >= limits.spaceCriticalShare
