import type { Election } from './elections'
import { isPrompt } from './lateness'
import type { Lateness } from './lateness'
import type { Limits } from '../limits'
import type { Look } from './look'

type Around = {
  readonly looks: readonly Look[]
  readonly lateness: Lateness
  readonly limits: Limits
}

/** A write that lost its leader fails after the request timeout, 5 s and two election timeouts. */
const FAILS_WITHIN_MS = 12_000
/** etcd stores round trips every 30 s. */
const PROBED_WITHIN_MS = 45_000

/**
 * Whether time without a leader left something behind, beside the election itself: members that ran and saw none, writes
 * that failed, probes that came late. A transfer takes milliseconds and leaves nothing.
 */
export const leavesTraces = (election: Election, leader: string, around: Around): boolean => {
  const { since, at } = election
  const within = (ms: number): readonly Look[] =>
    around.looks.filter((look) => look.at > since && look.at <= at + ms)
  return (
    within(FAILS_WITHIN_MS).some((look) => isSomebodyAlone(look, around.lateness)) ||
    failedWrites(within(FAILS_WITHIN_MS)) >= around.limits.failedWrites ||
    isProbedLate(leader, within(PROBED_WITHIN_MS), around)
  )
}

const isSomebodyAlone = (look: Look, lateness: Lateness): boolean =>
  look.members.some((member) => member.seesLeader === false && isPrompt(member, lateness))

const failedWrites = (looks: readonly Look[]): number =>
  looks.reduce(
    (all, look) =>
      all + look.members.reduce((sum, { gain }) => sum + (gain?.proposalsFailed ?? 0), 0),
    0,
  )

const isProbedLate = (
  leader: string,
  after: readonly Look[],
  { looks, limits }: Around,
): boolean => {
  const first = after[0]?.at ?? Infinity
  const usual = meanRoundTripMs(
    leader,
    looks.filter((look) => look.at < first).slice(0, CALM_LOOKS),
  )
  const now = meanRoundTripMs(leader, after)
  return now !== undefined && now >= limits.farFloorMs && now >= limits.slowFactor * (usual ?? 0)
}

/** The begin of the window: later looks may lie after an earlier cut. */
const CALM_LOOKS = 15

const meanRoundTripMs = (endpoint: string, looks: readonly Look[]): number | undefined => {
  const links = looks.flatMap((look) => {
    const id = look.members.find((member) => member.endpoint === endpoint)?.id
    return look.members.flatMap(({ endpoint: own, gain }) =>
      [...(gain?.links ?? [])]
        .filter(([peer]) => own === endpoint || peer === id)
        .map(([, link]) => link.roundTrip),
    )
  })
  const count = links.reduce((sum, trips) => sum + (trips?.count ?? 0), 0)
  const seconds = links.reduce((sum, trips) => sum + (trips?.sum ?? 0), 0)
  return count === 0 ? undefined : (1000 * seconds) / count
}
