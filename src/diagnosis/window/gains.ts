import type { PeerLink, Scrape } from '../facts'
import { gainOf } from '../histogram'
import type { Gain } from '../histogram'

/** What the counters of one member gained between two pages. Undefined is unseen. */
export type MemberGain = {
  readonly seconds: number
  readonly walFsync: Gain | undefined
  readonly backendCommit: Gain | undefined
  readonly spill: Gain | undefined
  readonly defrags: number | undefined
  readonly compactionPauses: Gain | undefined
  readonly dbSnapshot: Gain | undefined
  readonly heartbeatFailures: number | undefined
  readonly leaderChanges: number | undefined
  readonly committed: number | undefined
  readonly proposalsFailed: number | undefined
  readonly slowApplies: number | undefined
  readonly slowReadIndexes: number | undefined
  readonly puts: number | undefined
  readonly ranges: number | undefined
  readonly clientReceivedBytes: number | undefined
  readonly clientSentBytes: number | undefined
  readonly cpuSeconds: number | undefined
  readonly gcPauseSeconds: number | undefined
  readonly gcCycles: number | undefined
  readonly compactedKeys: number | undefined
  /** By the peer's id. */
  readonly links: ReadonlyMap<string, LinkGain>
}

export type LinkGain = {
  readonly receivedBytes: number | undefined
  readonly sentBytes: number | undefined
  readonly sentFailures: number | undefined
  readonly receivedFailures: number | undefined
  readonly disconnects: number | undefined
  /** Now, not a gain. */
  readonly activeConnections: number | undefined
  readonly roundTrip: Gain | undefined
}

/** Start times are whole hundredths of a second, but clocks that are set shift them a little: a second is a restart. */
export const hasRestarted = (before: Scrape | undefined, after: Scrape | undefined): boolean => {
  const [from, to] = [before?.processStartSeconds, after?.processStartSeconds]
  return from !== undefined && to !== undefined && to - from > 1
}

type Between = { readonly seconds: number; readonly ownId: string | undefined }

/** What a member's counters gained from one page to a later one, `seconds` apart. */
export const gainBetween = (
  from: Scrape,
  after: Scrape,
  { seconds, ownId }: Between,
): MemberGain => {
  const restarted = hasRestarted(from, after)
  const count = (pick: (scrape: Scrape) => number | undefined): number | undefined =>
    counted(pick(from), pick(after), restarted)
  // A restart replays the log: indexes jump and puts are counted again
  const work = (pick: (scrape: Scrape) => number | undefined): number | undefined =>
    restarted ? undefined : count(pick)
  const histogram = (pick: (scrape: Scrape) => Scrape['walFsync']): Gain | undefined =>
    gainOf(pick(from), pick(after), restarted)
  return {
    seconds,
    walFsync: histogram((s) => s.walFsync),
    backendCommit: histogram((s) => s.backendCommit),
    spill: histogram((s) => s.commitSpill),
    defrags: histogram((s) => s.defrag)?.count,
    compactionPauses: histogram((s) => s.compactionPauseMs),
    dbSnapshot: histogram((s) => s.dbSnapshot),
    heartbeatFailures: count((s) => s.heartbeatSendFailuresTotal),
    leaderChanges: count((s) => s.leaderChangesTotal),
    committed: work((s) => s.proposalsCommitted),
    proposalsFailed: count((s) => s.proposalsFailedTotal),
    slowApplies: count((s) => s.slowAppliesTotal),
    slowReadIndexes: count((s) => s.slowReadIndexesTotal),
    puts: work((s) => s.putsTotal),
    ranges: work((s) => s.rangesTotal),
    clientReceivedBytes: work((s) => s.clientReceivedBytesTotal),
    clientSentBytes: work((s) => s.clientSentBytesTotal),
    cpuSeconds: count((s) => s.cpuSecondsTotal),
    gcPauseSeconds: count((s) => s.gcPauseSumSeconds),
    gcCycles: count((s) => s.gcCount),
    compactedKeys: count((s) => s.compactionKeysTotal),
    links: linkGains(from, after, { restarted, ownId }),
  }
}

/** A counter's gain. One that fell began anew; a series that appears began at zero since the page before. */
const counted = (
  before: number | undefined,
  after: number | undefined,
  restarted: boolean,
): number | undefined => {
  if (after === undefined) return undefined
  if (before === undefined) return restarted ? after : undefined
  return restarted || after < before ? after : after - before
}

const linkGains = (
  before: Scrape,
  after: Scrape,
  { restarted, ownId }: { readonly restarted: boolean; readonly ownId: string | undefined },
): ReadonlyMap<string, LinkGain> => {
  const links = new Map<string, LinkGain>()
  const counts = [...after.peers.values()].some((link) => link.receivedBytesTotal !== undefined)
  for (const [id, link] of after.peers)
    if (id !== ownId)
      links.set(id, linkGain(before.peers.get(id), counts ? heard(link) : link, restarted))
  return links
}

/** etcd shows a peer's series from its first byte on: beside peers that have one, none is no byte yet. */
const heard = (link: PeerLink): PeerLink => ({
  ...link,
  receivedBytesTotal: link.receivedBytesTotal ?? 0,
})

const linkGain = (before: PeerLink | undefined, after: PeerLink, restarted: boolean): LinkGain => {
  const count = (pick: (link: PeerLink) => number | undefined): number | undefined =>
    counted(before && (pick(before) ?? 0), pick(after), restarted)
  return {
    receivedBytes: count((l) => l.receivedBytesTotal),
    sentBytes: count((l) => l.sentBytesTotal),
    sentFailures: count((l) => l.sentFailuresTotal),
    receivedFailures: count((l) => l.receivedFailuresTotal),
    disconnects: count((l) => l.disconnectsTotal),
    activeConnections: after.activeConnections,
    roundTrip: before && gainOf(before.roundTrip, after.roundTrip, restarted),
  }
}
