import type { ClusterSettings } from '../facts'
import type { History } from './elections'
import { isPrompt, isStatusSlow } from './lateness'
import type { Lateness } from './lateness'
import type { Look, MemberLook } from './look'

type Scene = {
  readonly looks: readonly Look[]
  /** At each look. */
  readonly leaders: History['leaders']
  readonly settings: ClusterSettings
  readonly lateness: Lateness
}

/** So many heartbeats and their answers are not lost by chance. */
const HEARTBEATS = 5

/**
 * How many followers of a leader that stood at the look before as well heard nothing of it, or it nothing of them, while both
 * ran. Heartbeats flow whatever clients do, so that this is never calm: also one that hears and is not heard looks well to
 * itself.
 */
export const silentFollowers = (index: number, scene: Scene): number => {
  const { looks, leaders, lateness } = scene
  const leader = leaders[index]
  if (leader === undefined || leader.id !== leaders[index - 1]?.id) return 0
  const look = looks[index]
  const led = look?.members.find(({ endpoint }) => endpoint === leader.endpoint)
  if (look === undefined || led?.seesLeader !== true || !ran(led, lateness)) return 0
  return look.members.filter(
    (member) =>
      member !== led &&
      ran(member, lateness) &&
      (isSilent(led, member, scene) || isSilent(member, led, scene)),
  ).length
}

/** One whose Status is late waits in Raft's own loop, as for an fsync that is not counted yet: it says nothing to anybody. */
const ran = (member: MemberLook, lateness: Lateness): boolean =>
  isPrompt(member, lateness) && !member.restarted && !isStatusSlow(member, lateness)

/** A page that tells of no work at all is an old one told again. */
const isSilent = (to: MemberLook, from: MemberLook, { settings }: Scene): boolean =>
  from.id !== undefined &&
  to.gain?.cpuSeconds !== 0 &&
  1000 * (to.gain?.seconds ?? 0) >= HEARTBEATS * settings.heartbeatMs &&
  to.gain?.links.get(from.id)?.receivedBytes === 0
