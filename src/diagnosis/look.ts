import { gainOf } from './histogram'
import type { Gain } from './histogram'
import type { FailureKind, LogEvent, MemberReading, Observation, PeerLink, Scrape } from './facts'

/**
 * What one look tells, made small: state at the time, and what the counters gained since the page before. A watcher keeps
 * these instead of whole pages. Undefined is unseen, never zero.
 */
export type Look = {
  readonly at: number
  readonly members: readonly MemberLook[]
  /** Members that vote, watched or not. */
  readonly voters: number
  /** Undefined: no log source. */
  readonly logs: readonly LogEvent[] | undefined
}

export type MemberLook = {
  readonly endpoint: string
  readonly name: string
  readonly id: string | undefined
  readonly version: string | undefined
  readonly isLearner: boolean
  readonly status: Answer
  readonly page: Answer
  /** False: says that it has none. Undefined: unseen. */
  readonly seesLeader: boolean | undefined
  readonly isLeader: boolean | undefined
  /** Status only. The page tells that there is one, not which. */
  readonly leaderId: string | undefined
  /** The term of the last applied entry. */
  readonly term: number | undefined
  readonly errors: readonly string[]
  readonly processStartSeconds: number | undefined
  /** Its process start changed since it was last seen. */
  readonly restarted: boolean
  readonly quotaShare: number | undefined
  readonly dbSizeBytes: number | undefined
  readonly raftIndex: number | undefined
  readonly pending: number | undefined
  readonly goroutines: number | undefined
  readonly gcPauseMaxSeconds: number | undefined
  readonly defragsInFlight: number | undefined
  readonly snapshotsApplying: number | undefined
  /** Since the page before this one, which may lie some looks back. Undefined: no page now, or none before. */
  readonly gain: MemberGain | undefined
}

/** How a reading came: in `tookMs`, or not. `other` failures that took no time were not recorded: unasked. */
export type Answer =
  | { readonly came: true; readonly tookMs: number }
  | {
      readonly came: false
      readonly why: FailureKind | 'unasked'
      readonly tookMs: number
    }

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

/** What the next look is compared with: the last page of each member, and what is known of it. */
export type Memory = ReadonlyMap<string, Known>

type Known = {
  readonly id: string | undefined
  readonly name: string
  readonly version: string | undefined
  readonly isLearner: boolean
  readonly scrape: Scrape | undefined
  /** When its content was made: at the end of the wait. */
  readonly scrapedAt: number
}

/** The next look, and the memory after it. Start with an empty Map. */
export const takeLook = (
  memory: Memory,
  now: Observation,
): { readonly look: Look; readonly memory: Memory } => {
  const members = now.members.map((reading) => memberLook(reading, memory, now))
  const next = new Map(memory)
  now.members.forEach((reading, i) =>
    next.set(reading.endpoint, known(reading, members[i], { memory, at: now.at })),
  )
  return {
    look: { at: now.at, members, voters: votersOf(now, members), logs: now.logs },
    memory: next,
  }
}

/** A whole window at once. */
export const looksOf = (window: readonly Observation[]): readonly Look[] => {
  let memory: Memory = new Map()
  return window.map((observation) => {
    const taken = takeLook(memory, observation)
    memory = taken.memory
    return taken.look
  })
}

/** One member through a window: as many as looks, undefined where it was not asked. By endpoint. */
export type Rows = ReadonlyMap<string, readonly (MemberLook | undefined)[]>

export const rowsOf = (looks: readonly Look[]): Rows => {
  const rows = new Map<string, (MemberLook | undefined)[]>()
  looks.forEach((look, i) => {
    for (const member of look.members) {
      const known = rows.get(member.endpoint)
      const row = known ?? Array.from<undefined>({ length: looks.length })
      if (known === undefined) rows.set(member.endpoint, row)
      row[i] = member
    }
  })
  return rows
}

const memberLook = (reading: MemberReading, memory: Memory, now: Observation): MemberLook => {
  const before = memory.get(reading.endpoint)
  const status = reading.status.ok ? reading.status.value : undefined
  const scrape = reading.scrape.ok ? reading.scrape.value : undefined
  const id = status?.memberId ?? scrape?.memberId ?? before?.id
  const size = scrape?.dbSizeBytes ?? status?.dbSizeBytes
  const quota = scrape?.quotaBytes ?? status?.quotaBytes
  return {
    endpoint: reading.endpoint,
    name: nameIn(now, id) ?? before?.name ?? hostOf(reading.endpoint),
    id,
    version: status?.version ?? scrape?.version ?? before?.version,
    isLearner: status?.isLearner ?? scrape?.isLearner ?? before?.isLearner ?? false,
    status: answerOf(reading.status),
    page: answerOf(reading.scrape),
    seesLeader: status === undefined ? scrape?.hasLeader : status.leaderId !== undefined,
    isLeader: status === undefined ? scrape?.isLeader : status.leaderId === id,
    leaderId: status === undefined && scrape?.isLeader === true ? id : status?.leaderId,
    term: status?.raftTerm,
    errors: status?.errors ?? [],
    processStartSeconds: scrape?.processStartSeconds,
    restarted: hasRestarted(before?.scrape, scrape),
    quotaShare: size === undefined || !quota ? undefined : size / quota,
    dbSizeBytes: size,
    raftIndex: status?.raftIndex ?? scrape?.proposalsCommitted,
    pending: scrape?.proposalsPending,
    goroutines: scrape?.goroutines,
    gcPauseMaxSeconds: scrape?.gcPauseMaxSeconds,
    defragsInFlight: scrape?.defragsInFlight,
    snapshotsApplying: scrape?.snapshotsApplying,
    gain:
      before?.scrape &&
      scrape &&
      gain(before, scrape, { at: now.at + reading.scrape.tookMs, ownId: id }),
  }
}

const answerOf = (part: MemberReading['status'] | MemberReading['scrape']): Answer => {
  if (part.ok) return { came: true, tookMs: part.tookMs }
  const unasked = part.why.kind === 'other' && part.tookMs === 0
  return { came: false, why: unasked ? 'unasked' : part.why.kind, tookMs: part.tookMs }
}

const nameIn = (now: Observation, id: string | undefined): string | undefined => {
  if (!now.roster.ok || id === undefined) return undefined
  const name = now.roster.value.members.find((member) => member.id === id)?.name
  return name === '' ? undefined : name
}

const hostOf = (url: string): string => url.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '')

const known = (
  reading: MemberReading,
  look: MemberLook | undefined,
  { memory, at }: { readonly memory: Memory; readonly at: number },
): Known => {
  const before = memory.get(reading.endpoint)
  const scrape = reading.scrape.ok ? reading.scrape.value : undefined
  return {
    id: look?.id,
    name: look?.name ?? hostOf(reading.endpoint),
    version: look?.version,
    isLearner: look?.isLearner ?? false,
    scrape: scrape ?? before?.scrape,
    scrapedAt: scrape === undefined ? (before?.scrapedAt ?? at) : at + reading.scrape.tookMs,
  }
}

/** Start times are whole hundredths of a second, but clocks that are set shift them a little: a second is a restart. */
const hasRestarted = (before: Scrape | undefined, after: Scrape | undefined): boolean => {
  const [from, to] = [before?.processStartSeconds, after?.processStartSeconds]
  return from !== undefined && to !== undefined && to - from > 1
}

type Place = { readonly at: number; readonly ownId: string | undefined }

const gain = (before: Known, after: Scrape, { at, ownId }: Place): MemberGain | undefined => {
  const from = before.scrape
  if (from === undefined) return undefined
  const restarted = hasRestarted(from, after)
  const count = (pick: (scrape: Scrape) => number | undefined): number | undefined =>
    counted(pick(from), pick(after), restarted)
  // A restart replays the log: indexes jump and puts are counted again
  const work = (pick: (scrape: Scrape) => number | undefined): number | undefined =>
    restarted ? undefined : count(pick)
  const histogram = (pick: (scrape: Scrape) => Scrape['walFsync']): Gain | undefined =>
    gainOf(pick(from), pick(after), restarted)
  return {
    seconds: (at - before.scrapedAt) / 1000,
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

/** As listed; else those watched, or those that the best connected one knows, whichever is more. */
const votersOf = (now: Observation, members: readonly MemberLook[]): number => {
  if (now.roster.ok) return now.roster.value.members.filter((member) => !member.isLearner).length
  const connected = now.members.map((reading, i) => activePeers(reading, members[i]?.id))
  return Math.max(
    members.filter((member) => !member.isLearner).length,
    1 + Math.max(0, ...connected),
  )
}

const activePeers = (reading: MemberReading, ownId: string | undefined): number => {
  if (!reading.scrape.ok) return 0
  return [...reading.scrape.value.peers].filter(
    ([id, link]) => id !== ownId && (link.activeConnections ?? 0) > 0,
  ).length
}
