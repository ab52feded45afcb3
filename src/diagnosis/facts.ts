/**
 * What was read of a cluster: shapes only. Reading lives in cluster/, judging beside this file.
 *
 * Units are in the names. Ids are etcd's own spelling, lower-case hex without 0x. A field that is undefined was not seen:
 * this version lacks it, the right to read it is missing, or the reading failed. It is never a zero.
 */

/** Why a reading failed: the class decides what to advise, the text is shown. */
export type Failure = {
  readonly kind: FailureKind
  readonly text: string
}

export type FailureKind =
  | 'refused' // nothing listens there
  | 'deadline' // no answer in time: hung, paused, cut off
  | 'denied' // etcd answered, but this user or certificate may not ask
  | 'tls' // the handshake failed, on either side
  | 'name' // the host name has no address
  | 'reset' // the connection broke in the middle
  | 'malformed' // an answer came that is not what etcd says
  | 'too-large' // the answer passed the cap
  | 'http' // an HTTP status other than 200, redirects included
  | 'other'

/** One of the two readings of a member. `tookMs` counts until the answer or the failure. */
export type Part<T> =
  | { readonly ok: true; readonly value: T; readonly tookMs: number }
  | { readonly ok: false; readonly why: Failure; readonly tookMs: number }

/** One member at one look. Status and scrape fail apart; `reached` below tells whether anything answered. */
export type MemberReading = {
  /** As configured: scheme://host:port. The key of a member within a cluster. */
  readonly endpoint: string
  readonly status: Part<MemberStatus>
  readonly scrape: Part<Scrape>
}

/** All members of a cluster at one time. `at` is Unix ms. */
export type Observation = {
  readonly at: number
  readonly members: readonly MemberReading[]
  /** What a member says the membership is. Failed when no member answered, or when it was not asked (a trace). */
  readonly roster: Part<Roster>
  /** Log events that came since the look before, in order of time. Undefined: no log source. */
  readonly logs?: readonly LogEvent[]
}

/** Maintenance.Status of one member. */
export type MemberStatus = {
  readonly memberId: string
  readonly clusterId: string
  readonly version: string
  /** Undefined: this member knows no leader (etcd says 0). */
  readonly leaderId: string | undefined
  /** The term of the last applied entry: it stands still in a storm that nobody wins. */
  readonly raftTerm: number
  readonly raftIndex: number
  readonly raftAppliedIndex: number | undefined
  readonly dbSizeBytes: number
  readonly dbInUseBytes: number | undefined
  /** 3.6 and later; wrong before 3.6.6. */
  readonly quotaBytes: number | undefined
  readonly isLearner: boolean
  /** etcd's own sentences, such as `etcdserver: no leader`, `memberID:… alarm:NOSPACE`. */
  readonly errors: readonly string[]
}

export type Roster = {
  readonly answeredBy: string
  /** From the answer's header: what Status would say, where Status is denied. */
  readonly memberId: string
  readonly raftTerm: number
  readonly members: readonly RosterMember[]
}

export type RosterMember = {
  readonly id: string
  /** Empty until the member has started once. */
  readonly name: string
  readonly peerUrls: readonly string[]
  readonly clientUrls: readonly string[]
  readonly isLearner: boolean
}

/** The families of a member's /metrics page that Stormwatch reads. Totals are since the process started. */
export type Scrape = {
  readonly processStartSeconds: number | undefined
  readonly cpuSecondsTotal: number | undefined
  readonly openFds: number | undefined
  readonly maxFds: number | undefined
  readonly goroutines: number | undefined
  readonly gcPauseMaxSeconds: number | undefined
  readonly gcPauseSumSeconds: number | undefined
  readonly gcCount: number | undefined

  readonly memberId: string | undefined
  readonly version: string | undefined
  readonly hasLeader: boolean | undefined
  readonly isLeader: boolean | undefined
  readonly isLearner: boolean | undefined
  readonly leaderChangesTotal: number | undefined
  readonly heartbeatSendFailuresTotal: number | undefined
  readonly proposalsCommitted: number | undefined
  readonly proposalsApplied: number | undefined
  readonly proposalsPending: number | undefined
  readonly proposalsFailedTotal: number | undefined
  readonly slowAppliesTotal: number | undefined
  readonly slowReadIndexesTotal: number | undefined

  readonly dbSizeBytes: number | undefined
  readonly dbInUseBytes: number | undefined
  readonly quotaBytes: number | undefined
  readonly defragsInFlight: number | undefined
  readonly snapshotsApplying: number | undefined
  readonly compactionKeysTotal: number | undefined

  readonly putsTotal: number | undefined
  readonly rangesTotal: number | undefined
  readonly clientReceivedBytesTotal: number | undefined
  readonly clientSentBytesTotal: number | undefined

  readonly walFsync: Histogram | undefined
  readonly backendCommit: Histogram | undefined
  /** The part of a backend commit that does no I/O: a probe of the CPU (3.4, 3.5). */
  readonly commitSpill: Histogram | undefined
  readonly defrag: Histogram | undefined
  readonly dbSnapshot: Histogram | undefined
  readonly compactionPauseMs: Histogram | undefined

  /** By the peer's id. Peers that were removed may linger. */
  readonly peers: ReadonlyMap<string, PeerLink>
}

/** One member's end of the link to one peer. */
export type PeerLink = {
  readonly roundTrip: Histogram | undefined
  readonly sentBytesTotal: number | undefined
  readonly receivedBytesTotal: number | undefined
  readonly sentFailuresTotal: number | undefined
  readonly receivedFailuresTotal: number | undefined
  readonly disconnectsTotal: number | undefined
  readonly activeConnections: number | undefined
}

/** A Prometheus histogram as etcd exposes it. */
export type Histogram = {
  /** Finite upper edges, ascending, in the unit of the family (seconds unless the field's name says ms). */
  readonly edges: readonly number[]
  /** Cumulative counts, one for each edge. */
  readonly counts: readonly number[]
  /** All observations, those over the last edge included. */
  readonly count: number
  readonly sum: number
}

/** One telling line of a member's log. `at` is the line's own time in Unix ms. */
export type LogEvent = {
  readonly at: number
  readonly endpoint: string
  readonly kind: LogKind
  /** The raft term named in the line, the new one where there are two. */
  readonly term?: number
  /** The member that speaks, where the line names it. */
  readonly memberId?: string
  /** The other member: the elected leader, the candidate, the peer. */
  readonly peerId?: string
  /** How long: the stall, the lateness beyond the limit, the slow sync, in ms. */
  readonly tookMs?: number
  /** Of 'settings'; also of 'heartbeat-late' (heartbeat) and of a read that timed out (election), which imply them. */
  readonly heartbeatMs?: number
  readonly electionMs?: number
}

export type LogKind =
  | 'settings' // heartbeatMs and electionMs of the start line
  | 'started'
  | 'stopping' // a signal was received: a planned end
  | 'elected' // elected leader peerId at term, or changed leader to peerId
  | 'leader-lost'
  | 'became-leader'
  | 'campaign' // starting a new election at term
  | 'pre-candidate'
  | 'candidate' // the term is raised, votes are asked for
  | 'follower' // became follower at term: a start, a lost vote or a step-down
  | 'quorum-inactive' // stepped down: it ran and heard nobody
  | 'higher-term' // a message with a higher term: it did not run, or a lone candidate came back
  | 'lease-held' // ignored a vote: this voter hears the leader
  | 'transfer' // leadership transfer or MsgTimeoutNow
  | 'heartbeat-late' // tookMs = beyond the limit, peerId = to whom
  | 'slow-fdatasync' // tookMs
  | 'slow-apply' // tookMs
  | 'tick-missed'
  | 'no-leader-drop'
  | 'health-no-leader' // a probe of /health was told so
  | 'read-index-slow'
  | 'stream-lost'
  | 'stream-up'
  | 'peer-inactive'
  | 'peer-active'
  | 'probe-failed'
  | 'clock-drift'
  | 'buffer-full'
  | 'snapshot'
  | 'compaction' // tookMs
  | 'defrag-start'
  | 'defrag-end'
  | 'alarm'
  | 'lease-not-leader' // lessor lines of a leader that did not tick
  | 'stale-member' // a removed member, or one of another cluster, still speaks
  | 'version-skew'
  | 'peer-unreachable' // its peer URL does not answer: start, or a member down
  | 'publish-failed' // no quorum to join
  | 'connection-rejected' // TLS, a port scan
  | 'files-scarce' // 80 % of the file descriptors are used
  | 'corruption'
  | 'reconfiguration-refused' // a membership change that would endanger the quorum

/** What the configuration says of a cluster that judging needs. */
export type ClusterSettings = {
  readonly name: string
  /** As configured, read from a start log, or etcd's default 100. `timeoutsFrom` tells which. */
  readonly heartbeatMs: number
  readonly electionMs: number
  readonly timeoutsFrom: 'config' | 'log' | 'default'
  /** Overrides what the members say. */
  readonly quotaBytes: number | undefined
}

export type Severity = 'ok' | 'warning' | 'critical'

/** The words of the design. `unknown` is too little seen: never calm. */
export type State =
  'calm' | 'unsettled' | 'leaderless' | 'watch' | 'warning' | 'all-clear' | 'unknown'

/** A number that speaks for or against. `usual` comes from a baseline. */
export type Evidence = {
  readonly name: string
  readonly value: number | string
  readonly unit: string
  readonly limit?: number
  readonly usual?: number
  readonly member?: string
}

/** One thing that a rule found. `severity: 'ok'` is worth knowing and nothing to do at night. */
export type Finding = {
  readonly rule: string
  readonly severity: Severity
  /** The member's shown name; absent when it is about the cluster. */
  readonly member?: string
  readonly summary: string
  readonly evidence: readonly Evidence[]
  readonly action: Action
}

/** One next step: a sentence, and the command to run where there is one. */
export type Action = {
  readonly say: string
  readonly run?: string
  /** Instead of `run` a subcommand of ours: `status prod`. Each face says how it is typed there. */
  readonly ask?: string
}

export const reached = (member: MemberReading): boolean => member.status.ok || member.scrape.ok
