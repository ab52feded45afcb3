import { sumOf } from '../histogram'
import type { Gain } from '../histogram'
import type { Limits } from '../limits'
import type { LinkGain, Look, MemberGain, MemberLook } from './look'
import type { Trouble } from './trouble'

type Thinning = { readonly trouble: Trouble | undefined; readonly limits: Limits }

/**
 * The window with less in it: calm looks of `thinLookMs`, some time ago, are one look, that tells the state at its end and what the
 * whole of it gained. Those beside a trouble stay, whenever it was. 1,500 members for 15 minutes would take 400 MB otherwise.
 */
export const thinned = (looks: readonly Look[], { trouble, limits }: Thinning): readonly Look[] => {
  const newest = looks.at(-1)?.at ?? 0
  const isCalm = (i: number): boolean =>
    trouble === undefined ||
    (trouble.weights[i] === 0 && (i < trouble.from - 1 || i > trouble.to + 1))
  const wholeMs = Math.max(limits.wholeLooksMs, limits.unusualHoldMs + SOME_LOOKS_MS)
  const kept: Look[] = []
  let isLastCalm = false
  looks.forEach((look, i) => {
    const last = kept.at(-1)
    const isOld = newest - look.at > wholeMs && isCalm(i)
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

/** Two looks at the usual 15 s: what must hold at each look of a time is not to be put together with what was before it. */
const SOME_LOOKS_MS = 30_000

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
    links.set(id, earlier === undefined ? link : linkOf(earlier, link))
  }
  return {
    seconds: before.seconds + after.seconds,
    walFsync: joint(before.walFsync, after.walFsync),
    backendCommit: joint(before.backendCommit, after.backendCommit),
    spill: joint(before.spill, after.spill),
    defrags: sum(before.defrags, after.defrags),
    compactionPauses: joint(before.compactionPauses, after.compactionPauses),
    dbSnapshot: joint(before.dbSnapshot, after.dbSnapshot),
    heartbeatFailures: sum(before.heartbeatFailures, after.heartbeatFailures),
    leaderChanges: sum(before.leaderChanges, after.leaderChanges),
    committed: sum(before.committed, after.committed),
    proposalsFailed: sum(before.proposalsFailed, after.proposalsFailed),
    slowApplies: sum(before.slowApplies, after.slowApplies),
    slowReadIndexes: sum(before.slowReadIndexes, after.slowReadIndexes),
    puts: sum(before.puts, after.puts),
    ranges: sum(before.ranges, after.ranges),
    clientReceivedBytes: sum(before.clientReceivedBytes, after.clientReceivedBytes),
    clientSentBytes: sum(before.clientSentBytes, after.clientSentBytes),
    cpuSeconds: sum(before.cpuSeconds, after.cpuSeconds),
    gcPauseSeconds: sum(before.gcPauseSeconds, after.gcPauseSeconds),
    gcCycles: sum(before.gcCycles, after.gcCycles),
    compactedKeys: sum(before.compactedKeys, after.compactedKeys),
    links,
  }
}

/** Connections are no gain: they are those of the later look. */
const linkOf = (before: LinkGain, after: LinkGain): LinkGain => ({
  receivedBytes: sum(before.receivedBytes, after.receivedBytes),
  sentBytes: sum(before.sentBytes, after.sentBytes),
  sentFailures: sum(before.sentFailures, after.sentFailures),
  receivedFailures: sum(before.receivedFailures, after.receivedFailures),
  disconnects: sum(before.disconnects, after.disconnects),
  activeConnections: after.activeConnections,
  roundTrip: joint(before.roundTrip, after.roundTrip),
})

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other

const joint = (one: Gain | undefined, other: Gain | undefined): Gain | undefined =>
  one === undefined || other === undefined ? undefined : sumOf([one, other])
