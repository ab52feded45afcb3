import type { Arrival, Look, MemberLook } from './look'
import type { Limits } from '../limits'
import { spansOf } from './look'
import { weightedQuantile } from '../spread'

/** How late an answer of this cluster must be to tell something, in ms. A far watcher has a slow usual. */
export type Lateness = {
  readonly pageLateMs: number
  readonly pageSlowMs: number
  readonly statusSlowMs: number
}

/**
 * The fast tenth of the time is what the way to the cluster costs: also in a window that is all trouble, and in one where
 * looks every 2 s at a storm are many more than those at the calm before it.
 */
export const latenessOf = (looks: readonly Look[], limits: Limits): Lateness => {
  const spans = spansOf(looks)
  const fastOf = (part: (member: MemberLook) => Arrival): number => {
    const took = looks.flatMap(({ members }, i) =>
      members.flatMap((member) => {
        const answer = part(member)
        const weight = Math.min(MOST_MS, spans[i] ?? 0)
        return answer.came ? [{ value: answer.tookMs, weight }] : []
      }),
    )
    return weightedQuantile(took, 0.1) ?? 0
  }
  const page = fastOf((member) => member.page)
  const status = fastOf((member) => member.status)
  return {
    pageLateMs: Math.max(limits.scrapeSlowMs, limits.slowFactor * page),
    pageSlowMs: Math.max(limits.pageSlowMs, limits.slowFactor * page),
    statusSlowMs: Math.max(limits.statusSlowMs, limits.slowFactor * status),
  }
}

/** One answer tells no more than a minute: after a pause of the watcher it may be its own that was late. */
const MOST_MS = 60_000

/** An answer that did not come in time. `refused` and the like are no lateness: nobody was there to be late. */
export const isLost = (answer: Arrival): boolean =>
  !answer.came && (answer.why === 'deadline' || answer.why === 'reset')

/** The page needs no disk: when it is late, the process is. */
export const isPageLate = (member: MemberLook, { pageLateMs }: Lateness): boolean =>
  isLost(member.page) || (member.page.came && member.page.tookMs >= pageLateMs)

export const isPageSlow = (member: MemberLook, { pageSlowMs }: Lateness): boolean =>
  isLost(member.page) || (member.page.came && member.page.tookMs >= pageSlowMs)

/** The process ran at this look. */
export const isPrompt = (member: MemberLook, lateness: Lateness): boolean =>
  member.page.came && !isPageSlow(member, lateness)

/** Status waits for the backend. */
export const isStatusSlow = (member: MemberLook, { statusSlowMs }: Lateness): boolean =>
  isLost(member.status) || (member.status.came && member.status.tookMs >= statusSlowMs)
