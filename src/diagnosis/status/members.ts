import type {
  ClusterSettings,
  Failure,
  MemberReading,
  MemberStatus,
  Observation,
  Roster,
  RosterMember,
  Scrape,
} from '../facts'

/**
 * One member as a person would describe it, joined from its Status, its metrics page and the member list. Where Status is
 * missing, what the page tells stands in for it. Undefined is "not seen", never zero.
 */
export type Member = {
  readonly endpoint: string
  /** The name in the member list, else host:port. Unique in a cluster. */
  readonly name: string
  readonly id: string | undefined
  readonly reached: boolean
  readonly statusWhy: Failure | undefined
  readonly scrapeWhy: Failure | undefined
  readonly statusMs: number | undefined
  readonly scrapeMs: number | undefined
  readonly version: string | undefined
  readonly isLearner: boolean | undefined
  readonly leader: LeaderView
  readonly raftTerm: number | undefined
  readonly raftIndex: number | undefined
  readonly raftAppliedIndex: number | undefined
  readonly dbSizeBytes: number | undefined
  readonly dbInUseBytes: number | undefined
  readonly quotaBytes: number | undefined
  readonly errors: readonly string[]
  readonly openFds: number | undefined
  readonly maxFds: number | undefined
}

/** What one member says of the leader. */
export type LeaderView =
  | { readonly sees: 'leader'; readonly id: string | undefined } // the page alone does not name it
  | { readonly sees: 'none' }
  | { readonly sees: 'unseen' }

/** Every configured endpoint, in the order of the configuration. */
export const membersOf = (look: Observation, settings: ClusterSettings): readonly Member[] => {
  const roster = look.roster.ok ? look.roster.value : undefined
  const named = look.members.map((reading) => ({ reading, name: nameOf(reading, roster) }))
  return named.map(({ reading, name }) => {
    const twin = named.some((other) => other.reading !== reading && other.name === name)
    return memberOf(reading, {
      name: twin ? `${name} (${hostOf(reading.endpoint)})` : name,
      roster,
      settings,
    })
  })
}

/** Members that the cluster lists and the configuration lacks: nobody looks at them. */
export const unconfigured = (look: Observation): readonly RosterMember[] => {
  if (!look.roster.ok) return []
  const seen = new Set(
    look.members.map(
      (reading) => rosterEntry(reading, look.roster.ok ? look.roster.value : undefined)?.id,
    ),
  )
  return look.roster.value.members.filter((member) => !seen.has(member.id))
}

/** Endpoints that are configured, answered, and belong to no listed member: an old address or another cluster. */
export const unlisted = (look: Observation): readonly string[] => {
  if (!look.roster.ok) return []
  const ids = new Set(look.roster.value.members.map((member) => member.id))
  return look.members
    .filter((reading) => {
      const id = idOf(reading)
      return id !== undefined && !ids.has(id)
    })
    .map((reading) => reading.endpoint)
}

type Joined = {
  readonly name: string
  readonly roster: Roster | undefined
  readonly settings: ClusterSettings
}

const memberOf = (reading: MemberReading, { name, roster, settings }: Joined): Member => {
  const status = reading.status.ok ? reading.status.value : undefined
  const scrape = reading.scrape.ok ? reading.scrape.value : undefined
  const listed = rosterEntry(reading, roster)
  const answered = roster?.answeredBy === reading.endpoint ? roster : undefined
  return {
    endpoint: reading.endpoint,
    name,
    id: idOf(reading) ?? listed?.id,
    reached: reading.status.ok || reading.scrape.ok || reading.status.why.kind === 'denied',
    statusWhy: reading.status.ok ? undefined : reading.status.why,
    scrapeWhy: reading.scrape.ok ? undefined : reading.scrape.why,
    statusMs: reading.status.ok ? reading.status.tookMs : undefined,
    scrapeMs: reading.scrape.ok ? reading.scrape.tookMs : undefined,
    version: status?.version ?? scrape?.version,
    isLearner: status?.isLearner ?? scrape?.isLearner ?? listed?.isLearner,
    leader: leaderSeenBy(status, scrape),
    raftTerm: status?.raftTerm ?? answered?.raftTerm,
    raftIndex: status?.raftIndex ?? scrape?.proposalsCommitted,
    raftAppliedIndex: status?.raftAppliedIndex ?? scrape?.proposalsApplied,
    dbSizeBytes: status?.dbSizeBytes ?? scrape?.dbSizeBytes,
    dbInUseBytes: status?.dbInUseBytes ?? scrape?.dbInUseBytes,
    quotaBytes: quotaOf(status, scrape, settings),
    errors: status?.errors ?? [],
    openFds: scrape?.openFds,
    maxFds: scrape?.maxFds,
  }
}

const leaderSeenBy = (status: MemberStatus | undefined, scrape: Scrape | undefined): LeaderView => {
  if (status !== undefined) {
    return status.leaderId === undefined
      ? { sees: 'none' }
      : { sees: 'leader', id: status.leaderId }
  }
  if (scrape?.isLeader === true) return { sees: 'leader', id: scrape.memberId }
  if (scrape?.hasLeader === undefined) return { sees: 'unseen' }
  return scrape.hasLeader ? { sees: 'leader', id: undefined } : { sees: 'none' }
}

/** The page is right in every version; Status' own figure was wrong before 3.6.6. */
const quotaOf = (
  status: MemberStatus | undefined,
  scrape: Scrape | undefined,
  settings: ClusterSettings,
): number | undefined => settings.quotaBytes ?? scrape?.quotaBytes ?? status?.quotaBytes

const idOf = (reading: MemberReading): string | undefined => {
  if (reading.status.ok) return reading.status.value.memberId
  return reading.scrape.ok ? reading.scrape.value.memberId : undefined
}

/** By id where the member told it, else by its advertised client address: a dead member keeps its name. */
const rosterEntry = (
  reading: MemberReading,
  roster: Roster | undefined,
): RosterMember | undefined => {
  if (roster === undefined) return undefined
  const id = idOf(reading) ?? (roster.answeredBy === reading.endpoint ? roster.memberId : undefined)
  if (id !== undefined) return roster.members.find((member) => member.id === id)
  const host = hostOf(reading.endpoint)
  return roster.members.find((member) => member.clientUrls.some((url) => hostOf(url) === host))
}

const nameOf = (reading: MemberReading, roster: Roster | undefined): string => {
  const listed = rosterEntry(reading, roster)?.name
  return listed === undefined || listed === '' ? hostOf(reading.endpoint) : listed
}

/** host:port of a URL, or the text itself where it is none. */
export const hostOf = (url: string): string => url.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '')
