import type { Look, MemberLook } from '../window/look'

/** Who leads, as far as one look tells. `endpoint` is undefined for a leader that nobody looks at. */
export type Leader = { readonly id: string; readonly endpoint: string | undefined }

/**
 * The leader by the highest term that anyone names, then by how many name it; `before` wins a tie, since a new term shows
 * only when its first entry was applied. Undefined: nobody names one.
 */
export const leaderOf = (look: Look, before: Leader | undefined): Leader | undefined => {
  const claims = look.members.filter((member) => member.leaderId !== undefined)
  const term = Math.max(-1, ...claims.map((member) => member.term ?? -1))
  const counts = new Map<string, number>()
  for (const { leaderId, term: own } of claims)
    if (leaderId !== undefined && (own ?? -1) === term)
      counts.set(leaderId, (counts.get(leaderId) ?? 0) + 1)
  const most = Math.max(0, ...counts.values())
  const best = [...counts].filter(([, count]) => count === most).map(([id]) => id)
  const id = best.find((one) => one === before?.id) ?? best[0]
  return id === undefined ? undefined : { id, endpoint: endpointOf(look, id) }
}

const endpointOf = (look: Look, id: string): string | undefined =>
  look.members.find((member) => member.id === id)?.endpoint

/** How many of the members, watched or not, make a majority. */
export const majorityOf = (look: Look): number => Math.floor(look.voters / 2) + 1

/**
 * A majority sees no leader now. A member that refuses connections counts as seeing none, but only beside a running one
 * that says so: refusals alone may be a wrong address.
 */
export const isLeaderless = (look: Look): boolean => {
  const voters = look.members.filter((member) => !member.isLearner)
  if (voters.some((member) => member.seesLeader === true && !isStale(member, look))) return false
  const seeingNone = voters.filter((member) => member.seesLeader === false).length
  if (seeingNone === 0) return false
  return seeingNone + voters.filter(isRefused).length >= majorityOf(look)
}

/** A lone member may go on naming a leader that itself sees none. */
const isStale = (member: MemberLook, look: Look): boolean =>
  look.members.some((other) => other.id === member.leaderId && other.seesLeader === false)

/** Nothing listens there: the process does not run. */
export const isRefused = (member: MemberLook): boolean =>
  isRefusal(member.status) || isRefusal(member.page)

const isRefusal = (answer: MemberLook['page']): boolean => !answer.came && answer.why === 'refused'

/** Enough of the members told whether they see a leader, or refused, to speak of the cluster. */
export const isReadable = (look: Look): boolean =>
  look.members.filter(
    (member) => !member.isLearner && (member.seesLeader !== undefined || isRefused(member)),
  ).length >= majorityOf(look) && look.members.some((member) => member.seesLeader !== undefined)
