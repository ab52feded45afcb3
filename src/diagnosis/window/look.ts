import { hostOf } from '../status/members'
import type { FailureKind, LogEvent, MemberReading, Observation, Scrape } from '../facts'
import { gainBetween, hasRestarted } from './gains'
import type { MemberGain } from './gains'
import { median } from '../spread'

export type { LinkGain, MemberGain } from './gains'

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
  readonly status: Arrival
  readonly page: Arrival
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
  /** To a quarter of a MiB: it changes with every write, and looks are kept. */
  readonly dbInUseBytes?: number | undefined
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
export type Arrival =
  | { readonly came: true; readonly tookMs: number }
  | {
      readonly came: false
      readonly why: FailureKind | 'unasked'
      readonly tookMs: number
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

/**
 * How long each look stands for, ms. Looks come every 2 s while a cluster is restless, and tell of minutes where calm was
 * put together: what is usual is a matter of time, not of their number.
 */
export const spansOf = (looks: readonly Look[]): readonly number[] =>
  looks.map((look, i) => look.at - (looks[i - 1]?.at ?? look.at - firstSpan(looks)))

const firstSpan = ([first, second]: readonly Look[]): number => {
  const seconds = median(first?.members.flatMap(({ gain }) => gain?.seconds ?? []) ?? [])
  if (seconds !== undefined) return 1000 * seconds
  return first === undefined || second === undefined ? 1 : second.at - first.at
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
    status: arrivalOf(reading.status),
    page: arrivalOf(reading.scrape),
    seesLeader: status === undefined ? scrape?.hasLeader : status.leaderId !== undefined,
    isLeader: status === undefined ? scrape?.isLeader : status.leaderId === id,
    leaderId: status === undefined && scrape?.isLeader === true ? id : status?.leaderId,
    term: status?.raftTerm,
    errors: status === undefined || status.errors.length === 0 ? NO_ERRORS : status.errors,
    processStartSeconds: scrape?.processStartSeconds,
    restarted: hasRestarted(before?.scrape, scrape),
    quotaShare: size === undefined || !quota ? undefined : size / quota,
    dbSizeBytes: size,
    dbInUseBytes: roughly(scrape?.dbInUseBytes ?? status?.dbInUseBytes),
    raftIndex: status?.raftIndex ?? scrape?.proposalsCommitted,
    pending: scrape?.proposalsPending,
    goroutines: scrape?.goroutines,
    gcPauseMaxSeconds: scrape?.gcPauseMaxSeconds,
    defragsInFlight: scrape?.defragsInFlight,
    snapshotsApplying: scrape?.snapshotsApplying,
    gain:
      before?.scrape &&
      scrape &&
      gainBetween(before.scrape, scrape, {
        seconds: (now.at + reading.scrape.tookMs - before.scrapedAt) / 1000,
        ownId: id,
      }),
  }
}

const QUARTER_MIB = 256 * 1024

const roughly = (bytes: number | undefined): number | undefined =>
  bytes && Math.ceil(bytes / QUARTER_MIB) * QUARTER_MIB

/** The same list for all: a window holds 90,000. */
const NO_ERRORS: readonly string[] = []

const arrivalOf = (part: MemberReading['status'] | MemberReading['scrape']): Arrival => {
  if (part.ok) return { came: true, tookMs: part.tookMs }
  const unasked = part.why.kind === 'other' && part.tookMs === 0
  return { came: false, why: unasked ? 'unasked' : part.why.kind, tookMs: part.tookMs }
}

const nameIn = (now: Observation, id: string | undefined): string | undefined => {
  if (!now.roster.ok || id === undefined) return undefined
  const name = now.roster.value.members.find((member) => member.id === id)?.name
  return name === '' ? undefined : name
}

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
