import { sumOf } from './histogram'
import type { Gain } from './histogram'
import type { Limits } from './limits'
import type { LinkGain, Look, MemberGain, MemberLook } from './look'
import type { Trouble } from './trouble'

type Thinning = { readonly trouble: Trouble | undefined; readonly limits: Limits }

/**
 * The window with less in it: calm looks of `thinLookMs`, some time ago, are one look, that tells the state at its end and what the
 * whole of it gained. 1,500 members for 15 minutes would take 400 MB otherwise.
 */
export const thinned = (looks: readonly Look[], { trouble, limits }: Thinning): readonly Look[] => {
  const newest = looks.at(-1)?.at ?? 0
  const isCalm = (i: number): boolean =>
    trouble === undefined || (trouble.weights[i] === 0 && i < trouble.from - 1)
  const kept: Look[] = []
  let isLastCalm = false
  looks.forEach((look, i) => {
    const last = kept.at(-1)
    const isOld = newest - look.at > limits.wholeLooksMs && isCalm(i)
    const joint =
      isOld && isLastCalm && last !== undefined && isSameTime(last, look, limits)
        ? together(last, look)
        : undefined
    if (joint === undefined) kept.push(look)
    else kept[kept.length - 1] = joint
    isLastCalm = isOld
  })
  return kept.length === looks.length ? looks : kept
}

const isSameTime = (before: Look, after: Look, { thinLookMs }: Limits): boolean =>
  Math.floor(before.at / thinLookMs) === Math.floor(after.at / thinLookMs)

/** Undefined: they are no pair, or one of them tells what the other cannot. */
const together = (before: Look, after: Look): Look | undefined => {
  if (before.members.length !== after.members.length) return undefined
  const members = after.members.map((member) => {
    const earlier = before.members.find(({ endpoint }) => endpoint === member.endpoint)
    return earlier && memberOf(earlier, member)
  })
  if (!members.every((member) => member !== undefined)) return undefined
  const logs =
    before.logs === undefined && after.logs === undefined
      ? undefined
      : [...(before.logs ?? []), ...(after.logs ?? [])]
  return { ...after, members, logs }
}

const memberOf = (before: MemberLook, after: MemberLook): MemberLook | undefined => {
  const isSame =
    before.id === after.id &&
    before.leaderId === after.leaderId &&
    before.term === after.term &&
    !after.restarted
  const gain = isSame ? gainOf(before.gain, after.gain) : undefined
  if (gain === undefined) return undefined
  return {
    ...after,
    gain,
    pending: most(before.pending, after.pending),
    gcPauseMaxSeconds: most(before.gcPauseMaxSeconds, after.gcPauseMaxSeconds),
  }
}

const most = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

/** Undefined: one of them has none, and its time would be without what was counted in it. */
const gainOf = (
  before: MemberGain | undefined,
  after: MemberGain | undefined,
): MemberGain | undefined => {
  if (before === undefined || after === undefined) return undefined
  const links = new Map<string, LinkGain>()
  for (const [id, link] of after.links) {
    const earlier = before.links.get(id)
    links.set(id, earlier === undefined ? link : (added(earlier, link) as LinkGain))
  }
  return { ...(added({ ...before, links }, { ...after, links }) as MemberGain), links }
}

/** Of the same shape: counts and histograms are summed; what is no gain (connections) is that of the later one. */
const added = <T extends object>(before: T, after: T): object =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      name,
      name === 'activeConnections' ? value : sum(before[name as keyof T], value),
    ]),
  )

const sum = (one: unknown, other: unknown): unknown => {
  if (typeof one === 'number' && typeof other === 'number') return one + other
  if (isGain(one) && isGain(other)) return sumOf([one, other])
  return undefined
}

const isGain = (value: unknown): value is Gain =>
  typeof value === 'object' && value !== null && 'edges' in value
