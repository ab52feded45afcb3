import type { Action } from '../facts'
import type { Entry } from './entry'

type Told = Partial<
  Omit<Entry, 'id' | 'texts' | 'action' | 'meaning' | 'code' | 'sent' | 'written'>
> & {
  readonly texts: Entry['texts']
  readonly meaning: string
  readonly action: Action | string
}

/** A line of etcd's log. It answers no call, so that it says nothing of a write. */
const line = (id: string, told: Told): Entry => ({
  id,
  kind: 'line',
  code: undefined,
  sent: undefined,
  everyday: false,
  raisedBy: "etcd's log",
  written: 'n/a',
  because: 'A log line answers no call. The calls of that moment have errors of their own.',
  transient: 'depends',
  severity: 'warning',
  causes: [],
  ...told,
  action: typeof told.action === 'string' ? { say: told.action } : told.action,
})

const STALLS: readonly Entry[] = [
  line('heartbeat-late', {
    texts: [
      'leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk',
      'leader failed to send out heartbeat on time',
      'failed to send out heartbeat on time (exceeded the … timeout for …, to …)',
      'failed to send out heartbeat on time',
      'server is likely overloaded',
    ],
    raisedBy:
      'the leader (raft.go): two heartbeats to one member lay more than two heartbeat intervals apart',
    meaning:
      'the leader stood still. The disk is only a guess that etcd prints whatever the cause: a CPU limit, a GC or VM pause does the same.',
    action:
      'Compare the leader’s fsync times with how late its metrics page comes: run diagnose. Slow fsync with a prompt page is the disk, a late page is CPU or a pause.',
    causes: ['disk', 'cpu', 'pauses', 'overload'],
  }),
  line('slow-fdatasync', {
    texts: ['slow fdatasync', 'sync duration of …, expected less than'],
    raisedBy: 'the write-ahead log of this member (wal.go): one fdatasync took over 1 s',
    meaning:
      'the disk took over 1 s for a sync. On the leader that can cost the leadership; CPU starvation can look the same.',
    action: 'Give etcd a disk of its own. First rule out a CPU limit: run diagnose.',
    causes: ['disk', 'cpu', 'overload'],
  }),
  line('slow-apply', {
    texts: ['apply request took too long', 'took too long (…) to execute'],
    raisedBy:
      'the apply loop of this member: over 100 ms; reads count too (prefix “read-only range”)',
    meaning:
      'a request was slow. By itself it is no sign of the disk: large reads, CPU and peer latency do it too.',
    action:
      'Look at the request in the line: a large range wants paging; a put wants a look at disk and CPU.',
    causes: ['disk', 'cpu', 'overload'],
  }),
  line('request-stats', {
    texts: ['request stats', 'start time = …, time spent ='],
    raisedBy: 'the gRPC layer: a call took over 300 ms',
    meaning: 'says which client (remote) sent which request.',
    severity: 'ok',
    action: 'Count the remotes and the requests of these lines: they name the heavy client.',
    causes: ['overload'],
  }),
  line('read-index-slow', {
    texts: [
      'waiting for ReadIndex response took too long, retrying',
      'timed out waiting for read index response (local node might have slow network)',
    ],
    raisedBy:
      'a member with a linearizable read: the leader has not confirmed itself, after 500 ms or at the request timeout',
    meaning: 'the leader is slow, gone, or cannot reach its quorum.',
    action: 'Look at the leader and at the link to it, not at this member alone.',
    causes: ['network', 'disk', 'cpu', 'quorum-lost'],
  }),
  line('read-index-late', {
    texts: [
      'ignored out-of-date read index response; local node read indexes queueing up and waiting to be in sync with leader',
      'ignored out-of-date read index response',
      'timed out sending read state',
    ],
    raisedBy: 'a member whose read indexes queue up, or that stood still for 1 s',
    meaning: 'answers of the leader came too late to be of use: congestion, or a local stall.',
    action: 'Look for a stall of this member: CPU limit, pause, overload.',
    causes: ['overload', 'cpu', 'pauses'],
  }),
  line('tick-missed', {
    texts: ['A tick missed to fire. Node blocks too long!'],
    raisedBy: 'the raft library: its loop did not take a tick in time',
    meaning: 'the process did not run, or raft’s loop was blocked.',
    action: 'Look for CPU throttling, GC and VM pauses on this host.',
    causes: ['cpu', 'pauses', 'disk'],
  }),
  line('lease-not-leader', {
    texts: [
      "Failed to check current member's leadership",
      "Current member isn't a leader",
      "Ignore the lease revoking request because current member isn't a leader",
    ],
    raisedBy:
      'a leader that did not tick for over three heartbeats and asks whether it still leads before it revokes a lease',
    meaning: 'the leader was paused, and perhaps replaced meanwhile.',
    action: 'Look for a VM snapshot, live migration or a frozen host at that time.',
    causes: ['pauses', 'cpu'],
  }),
  line('clock-drift', {
    texts: ['prober found high clock drift', 'the clock difference against peer … is too high'],
    raisedBy: 'the peer prober: clocks differ by over 1 s as it measured',
    meaning:
      'the clocks differ, or the probe was delayed: high round trips and pauses give this line under perfect clocks.',
    action:
      'Check time synchronisation on both hosts; if it is right, look at round-trip time and pauses.',
    causes: ['pauses', 'network'],
  }),
]

const ELECTIONS: readonly Entry[] = [
  line('leader-elected', {
    texts: [
      'elected leader … at term',
      'changed leader from … to … at term',
      'became leader at term',
    ],
    raisedBy: 'the raft library',
    meaning:
      'a leader was found. A higher term than before is an election; the same term is a contact regained.',
    severity: 'ok',
    action: 'Join these lines of all members by term: that is the timeline of elections.',
    transient: 'yes',
  }),
  line('leader-lost', {
    texts: ['lost leader … at term'],
    raisedBy: 'the raft library of this member',
    meaning: 'this member heard nothing of the leader for an election timeout.',
    action:
      'See whether the other members lost it too. If only this one did, look at its link; else at the leader.',
    causes: ['disk', 'network', 'cpu', 'pauses', 'member-down'],
  }),
  line('campaign', {
    texts: [
      'is starting a new election at term',
      'became pre-candidate at term',
      'became candidate at term',
    ],
    raisedBy: 'the raft library of a member that hears no leader',
    meaning:
      'this member’s election timer ran out and it asks for votes. Dozens without a winner: no quorum can be reached.',
    action:
      'Look at what the leader was doing in the two seconds before: stall, cut link, restart.',
    causes: ['disk', 'network', 'cpu', 'pauses', 'timeouts', 'quorum-lost'],
  }),
  line('became-follower', {
    texts: ['became follower at term'],
    raisedBy: 'the raft library',
    meaning: 'this member follows: after a start, a lost vote, or because it stepped down.',
    severity: 'ok',
    transient: 'yes',
    action: 'Read it together with the lines around it.',
  }),
  line('quorum-inactive', {
    texts: ['stepped down to follower since quorum is not active'],
    raisedBy: 'a leader that heard no majority for an election timeout (CheckQuorum)',
    meaning:
      'the leader ran, but heard nobody: the network between it and the others, or the others.',
    severity: 'critical',
    action: 'Check the peer network (port 2380) of that leader, then whether a majority is up.',
    causes: ['network', 'quorum-lost', 'member-down'],
  }),
  line('lease-held', {
    texts: [
      'ignored MsgVote from …: lease is not expired',
      'ignored MsgPreVote from …: lease is not expired',
      'lease is not expired (remaining ticks: …)',
    ],
    raisedBy: 'a voter that still hears the leader',
    meaning:
      'only the candidate lost the leader. It is refused, so that one bad link deposes nobody.',
    action: 'Look at the link between that candidate and the leader.',
    causes: ['network'],
  }),
  line('higher-term', {
    texts: ['received a … message with higher term from'],
    raisedBy: 'the raft library',
    meaning:
      'another member is at a newer term: an election went by while this one stood still or was cut off, or a lone candidate came back.',
    action:
      'If the deposed leader logs this, it did not run at the time: look for a stall or a pause.',
    causes: ['pauses', 'disk', 'cpu', 'network', 'version'],
  }),
  line('no-leader-drop', {
    texts: [
      'no leader at term …; dropping proposal',
      'no leader at term …; dropping index reading msg',
      'no leader at term …; dropping',
    ],
    raisedBy: 'the raft library of a member that knows no leader',
    meaning: 'a write or a linearizable read came while there was no leader.',
    severity: 'critical',
    action: 'Count the members that are up and reach each other.',
    causes: ['quorum-lost', 'network', 'member-down'],
  }),
  line('leader-transfer', {
    texts: [
      'starts to transfer leadership to',
      'leadership transfer starting',
      'leadership transfer finished',
      'starts leadership transfer from … to',
      'finished leadership transfer from … to',
      'received MsgTimeoutNow from … and starts an election to get leadership',
    ],
    raisedBy: 'a leader that hands over: move-leader, or a clean stop',
    meaning: 'a planned change of leader.',
    severity: 'ok',
    transient: 'yes',
    action: 'Nothing to do, unless nobody planned it: then find who stops or moves the leader.',
    causes: ['planned'],
  }),
]

const PEERS: readonly Entry[] = [
  line('stream-lost', {
    texts: [
      'lost TCP streaming connection with remote peer',
      'lost the TCP streaming connection with peer',
      'peer became inactive (message send to peer failed)',
      'peer … became inactive (message send to peer failed)',
    ],
    raisedBy: 'the peer transport of this member',
    meaning: 'the connection to a peer broke: it restarted, or the network cut it.',
    action:
      'See whether that peer restarted at the time; if not, check the network between the two.',
    causes: ['network', 'member-down', 'planned'],
  }),
  line('stream-up', {
    texts: [
      'established TCP streaming connection with remote peer',
      'established a TCP streaming connection with peer',
      'peer became active',
      'peer … became active',
    ],
    raisedBy: 'the peer transport of this member',
    meaning: 'the connection to a peer stands again.',
    severity: 'ok',
    transient: 'yes',
    action: 'Nothing to do. Many of them are a link that flaps, or a peer that restarts.',
    causes: ['network', 'planned'],
  }),
  line('probe-failed', {
    texts: ['prober detected unhealthy status', 'health check for peer … could not connect'],
    raisedBy: 'the peer prober, every 4 s',
    meaning: 'a peer does not answer probes: it is down, or the network to it is.',
    action: 'Check that the peer is up and that its port 2380 can be reached from here.',
    causes: ['network', 'member-down'],
  }),
  line('buffer-full', {
    texts: [
      'Raft message since sending buffer is full',
      'Raft message since receiving buffer is full',
      'sending buffer is full',
      'receiving buffer is full',
    ],
    raisedBy: 'the peer transport: 4096 messages wait',
    meaning:
      'messages to or from a peer are dropped: more comes than the link or the member takes.',
    action: 'Look at the write load and at the bandwidth between the two.',
    causes: ['overload', 'network'],
  }),
  line('stale-member', {
    texts: [
      'request cluster ID mismatch',
      'request sent was ignored due to cluster ID mismatch',
      'request sent was ignored by remote peer due to cluster ID mismatch',
      'request sent was ignored (cluster ID mismatch',
      'ignored streaming request; ID mismatch',
      'streaming request ignored (ID mismatch',
      'rejected stream from remote peer because it was removed',
      'rejected the stream from peer … since it was removed',
      'failed to find remote peer in cluster',
      'rejected Raft message from removed member',
      'reject message from removed member',
    ],
    raisedBy: 'the peer transport',
    meaning:
      'a removed member, or one of another cluster, still speaks to this one; after a start also a peer that is not known yet.',
    action:
      'Stop the old process, or give it a fresh data directory; never use peer addresses again with old data.',
    causes: ['member-down'],
  }),
  line('version-skew', {
    texts: [
      'request sent was ignored by remote peer due to server version incompatibility',
      'request sent was ignored by peer … (server version incompatible)',
      'leader found higher-versioned member',
      'cluster version of remote member is not compatible',
    ],
    raisedBy: 'the version check between members',
    meaning: 'members run versions that may not work together.',
    action: 'Bring all members to one version; go up one minor version at a time.',
    causes: ['version'],
  }),
  line('peer-unreachable', {
    texts: [
      'failed to reach the peer URL',
      'failed to reach the peerURL',
      'failed to publish local member to cluster through raft',
    ],
    raisedBy: 'a member that starts or looks for the others’ versions',
    meaning: 'other members cannot be reached, or there is no quorum to join yet.',
    action: 'Start enough members, and check the peer URLs and port 2380.',
    causes: ['member-down', 'quorum-lost', 'network'],
  }),
  line('connection-rejected', {
    texts: [
      'rejected connection on client endpoint',
      'rejected connection on peer endpoint',
      'rejected connection from',
      '"rejected connection"',
    ],
    raisedBy: 'the TLS listener',
    meaning:
      'somebody connected without a fit TLS handshake: a wrong CA or name, plain text, an expired certificate; EOF is a port check.',
    action:
      'Read the error field and the remote address: EOF from a load balancer or a scanner is harmless.',
  }),
]

const SERVICE: readonly Entry[] = [
  line('quota-exceeded', {
    texts: [
      'message exceeded backend quota; raising alarm',
      'serving /health false due to an alarm',
      'alarm raised',
      'alarm NOSPACE raised by peer',
      'alarm CORRUPT raised by peer',
    ],
    raisedBy: 'the member whose database passed the quota, and /health after it',
    meaning: 'an alarm stands: NOSPACE stops writes, CORRUPT stops the cluster.',
    severity: 'critical',
    action: {
      say: 'See which alarm. For NOSPACE: compact, defragment one member at a time, disarm, find the writer (the subcommand writers). For CORRUPT: replace the member that differs.',
      run: 'etcdctl alarm list',
    },
    causes: ['space'],
  }),
  line('health-failed', {
    texts: ['serving /health false; no leader', '/health error; no leader', 'Health check error'],
    raisedBy: '/health of this member, when something probed it',
    meaning:
      'the member told a probe that it is not healthy: no leader, or the check itself failed.',
    severity: 'critical',
    action:
      'See whether a leader stands. A liveness probe on /health restarts members during storms: probe /livez instead.',
    causes: ['quorum-lost', 'network'],
  }),
  line('maintenance', {
    texts: [
      'finished scheduled compaction',
      'defragmenting',
      'finished defragmenting directory',
      'starting to defragment the storage backend',
      'finished defragmenting the storage backend',
      'snapshotting taking too long to transfer',
      'snapshotting is taking more than …to finish transferring',
    ],
    raisedBy:
      'maintenance on this member: compaction, defragmentation, sending a snapshot (over 30 s)',
    meaning: 'maintenance ran at that time. A defragmentation stops its member while it runs.',
    severity: 'ok',
    transient: 'yes',
    action:
      'Compare with the time of the trouble. Defragment one member at a time, the leader last.',
    causes: ['maintenance'],
  }),
  line('files-scarce', {
    texts: ['80% of file descriptors are used', '80% of the file descriptor limit is used'],
    raisedBy: 'the monitor of this process, every 10 min',
    meaning: 'the process soon cannot open files or take connections.',
    action:
      'Raise the limit (LimitNOFILE) and find the client that does not close its connections.',
    causes: ['overload'],
  }),
  line('inconsistent', {
    texts: [
      'found data inconsistency with peers',
      'Detected compaction hash mismatch',
      'found hash mismatch',
      'snap file is corrupt',
    ],
    raisedBy: 'the corruption checks',
    meaning: 'this member’s data differs from the others’, or a file of it is broken.',
    severity: 'critical',
    action:
      'Take a snapshot, stop writers, and replace the member that differs. Check for versions with known corruption bugs.',
    causes: ['version'],
  }),
  line('log-lost', {
    texts: [
      'tocommit(…) is out of range [lastIndex(…)]. Was the raft log corrupted, truncated, or lost?',
      'Was the raft log corrupted, truncated, or lost?',
    ],
    raisedBy: 'the raft library, which then panics',
    meaning: 'this member lost data that it had acknowledged, as after a lost or restored disk.',
    severity: 'critical',
    transient: 'no',
    action: {
      say: 'Remove the member and add it again with an empty data directory.',
      run: 'etcdctl member remove ID && etcdctl member add NAME --peer-urls=URL',
    },
    causes: ['member-down'],
  }),
  line('start-refused', {
    texts: [
      'two member with same name found',
      'failed to recover v3 backend',
      'membership: too many learner members in cluster',
    ],
    raisedBy: 'a member that starts',
    meaning:
      'the member cannot start: a name is used twice, the database does not fit the snapshot, or the upgrade from 3.5 to 3.6 brought a wrong membership.',
    severity: 'critical',
    transient: 'no',
    action:
      'Correct the name, or restore the member. From 3.5 to 3.6 bring all members to 3.5.32 or later first.',
    causes: ['version', 'member-down'],
  }),
  line('reconfiguration-refused', {
    texts: [
      'rejecting member add request; not enough healthy members',
      'rejecting member remove request; not enough healthy members',
      'rejecting member promote request; not enough healthy members',
      'rejecting member …; started member will be less than quorum',
      'started member will be less than quorum',
      'reconfigure breaks active quorum',
      'not healthy for reconfigure, rejecting member',
      'not enough started members, rejecting member',
    ],
    raisedBy: 'the strict check of a membership change',
    meaning: 'a membership change was refused because it would endanger the quorum.',
    transient: 'depends',
    action:
      'Bring the missing members back first; remove a dead one before you add its replacement.',
    causes: ['member-down', 'network'],
  }),
]

/** Every line of etcd's log that tells something. */
export const LINES: readonly Entry[] = [...STALLS, ...ELECTIONS, ...PEERS, ...SERVICE]
