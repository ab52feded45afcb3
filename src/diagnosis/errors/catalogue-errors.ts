import type { Action } from '../facts'
import type { Entry, GrpcCode } from './entry'

type Told = Partial<Omit<Entry, 'id' | 'texts' | 'action' | 'meaning'>> & {
  readonly texts: Entry['texts']
  readonly meaning: string
  readonly action: Action | string
}

/** An error that says no before anything was proposed, unless `told` says otherwise. */
const error = (id: string, code: GrpcCode | undefined, told: Told): Entry => ({
  id,
  kind: 'error',
  code,
  sent: undefined,
  everyday: false,
  raisedBy: "etcd's client API, before the request is proposed",
  written: 'no',
  because: 'etcd refused the call before proposing anything to raft.',
  transient: 'no',
  severity: 'ok',
  causes: [],
  ...told,
  action: typeof told.action === 'string' ? { say: told.action } : told.action,
})

const UNKNOWN_FATE =
  'The proposal may be committed after the wait ended: read the key back before you repeat a write that is not safe to repeat.'

const ELECTION: readonly Entry[] = [
  error('leader-changed', 'Unavailable', {
    texts: ['etcdserver: leader changed'],
    raisedBy:
      'a member that waits for the read index of a linearizable read (Range, read-only Txn, MemberList, health), or LeaseTimeToLive on a demoted leader (v3_server.go)',
    meaning: 'a linearizable read was waiting while the leader changed.',
    because:
      'The failed call is a read: etcd raises this for no write. If it was part of a larger operation, such as a create or update of kube-apiserver, which reads around its transaction, the write may have happened: read the object back.',
    transient: 'yes',
    severity: 'warning',
    action:
      "Repeat the read; etcd's Go client does so by itself. If it comes again and again, the cluster is electing leaders: run diagnose.",
    causes: ['disk', 'network', 'cpu', 'pauses', 'planned'],
  }),
  error('no-leader', 'Unavailable', {
    texts: ['etcdserver: no leader', 'RAFT NO LEADER'],
    everyday: true,
    raisedBy:
      'a member that knows no leader: calls that require one are refused, streams end after three election timeouts',
    meaning: 'this member knows no leader, so it takes no write and no linearizable read.',
    because: 'Without a leader nothing can be proposed.',
    transient: 'depends',
    severity: 'critical',
    action:
      'Count the members that are up and can reach each other: a majority must. If it lasts longer than two election timeouts, quorum or the peer network is gone.',
    causes: ['quorum-lost', 'network', 'member-down'],
  }),
  error('not-leader', 'FailedPrecondition', {
    texts: ['etcdserver: not leader'],
    everyday: true,
    raisedBy: 'a follower that got what only the leader does, such as MoveLeader',
    meaning: 'the call needs the leader and went to a follower.',
    because: 'A follower does not carry it out.',
    action: {
      say: 'Ask which member leads and send the call there.',
      run: 'etcdctl endpoint status --cluster -w table',
    },
  }),
  error('timed-out', 'Unavailable', {
    texts: ['etcdserver: request timed out'],
    everyday: true,
    raisedBy:
      'the member that took the call, after 5 s and two election timeouts (7 s by default) without a result',
    meaning: 'no result came in time, and etcd knows no better reason.',
    written: 'maybe',
    because: UNKNOWN_FATE,
    transient: 'depends',
    severity: 'warning',
    action:
      'Read the key back. Then look for a slow disk, overload or a lost quorum: run diagnose.',
    causes: ['disk', 'overload', 'cpu', 'quorum-lost'],
  }),
  error('timed-out-leader-failure', 'Unavailable', {
    texts: [
      'etcdserver: request timed out, possibly due to previous leader failure',
      'request timed out, possibly due to previous leader',
      'request timed out, possibly due to previous',
    ],
    raisedBy:
      'the member that took the call: the call began within two election timeouts before an election',
    meaning: 'the leader was lost while the call waited.',
    written: 'maybe',
    because: UNKNOWN_FATE,
    transient: 'yes',
    severity: 'warning',
    action: 'Read the key back. One of these is an election; many are a storm: run diagnose.',
    causes: ['disk', 'network', 'cpu', 'pauses', 'member-down', 'planned'],
  }),
  error('timed-out-connection-lost', 'Unavailable', {
    texts: [
      'etcdserver: request timed out, possibly due to connection lost',
      'request timed out, possibly due to connection',
    ],
    raisedBy:
      'the member that took the call: it has been cut off from the leader, or the leader from a quorum, since the call began',
    meaning: 'the connection to the leader or to the quorum was lost while the call waited.',
    written: 'maybe',
    because: UNKNOWN_FATE,
    transient: 'depends',
    severity: 'warning',
    action:
      'Read the key back, then check the peer network (port 2380) of this member and of the leader.',
    causes: ['network', 'member-down', 'quorum-lost'],
  }),
  error('timed-out-applied-index', 'Unavailable', {
    texts: [
      'etcdserver: request timed out, waiting for the applied index took too long',
      'request timed out, waiting for the applied index',
    ],
    raisedBy:
      'a member that waited over 1 s for its applied index to catch up (lease time-to-live and the like)',
    meaning: 'this member applies entries too slowly to answer.',
    because: 'The call only waits and reads.',
    transient: 'depends',
    severity: 'warning',
    action: 'Look at apply times and at the gap between committed and applied on this member.',
    causes: ['disk', 'cpu', 'overload'],
  }),
  error('timed-out-leader-transfer', 'Unknown', {
    texts: [
      'etcdserver: request timed out, leader transfer took too long',
      'request timed out, leader transfer took',
    ],
    raisedBy: 'a leader that was asked to hand over, by move-leader or because it stops',
    meaning: 'the target did not take over leadership in time.',
    written: 'n/a',
    because: 'A transfer writes no key.',
    transient: 'depends',
    severity: 'warning',
    action:
      'Check that the target is up, reachable and not far behind in its raft index; then try again.',
    causes: ['planned', 'network', 'disk'],
  }),
  error('proposal-dropped', 'Unknown', {
    texts: ['raft proposal dropped'],
    raisedBy: 'the raft library: a leadership transfer is under way, or the leader was just lost',
    meaning: 'raft refused to take the proposal.',
    because: 'Raft dropped the proposal before it entered the log.',
    transient: 'yes',
    severity: 'warning',
    action: 'Repeat the call.',
    causes: ['planned'],
  }),
  error('unhealthy-cluster', 'Unavailable', {
    texts: ['etcdserver: unhealthy cluster'],
    raisedBy: 'the strict check before a membership change or a transfer',
    meaning: 'a membership change or transfer was refused because members are not connected.',
    because: 'The check comes before the proposal.',
    transient: 'depends',
    severity: 'warning',
    action: 'Bring the missing members back before you change the membership.',
    causes: ['member-down', 'network'],
  }),
  error('server-stopped', 'Unavailable', {
    texts: ['etcdserver: server stopped'],
    everyday: true,
    raisedBy: 'a member that is shutting down',
    meaning: 'the member stopped while it handled the call.',
    written: 'maybe',
    because: 'A proposal may have left the member before it stopped: read the key back.',
    transient: 'yes',
    severity: 'warning',
    action: 'Use another endpoint. If nobody stopped this member, look at why it restarts.',
    causes: ['planned', 'member-down'],
  }),
]

const LOAD_AND_SPACE: readonly Entry[] = [
  error('too-many-requests', 'ResourceExhausted', {
    texts: ['etcdserver: too many requests'],
    sent: 'Unknown',
    everyday: true,
    raisedBy: 'a member whose applied index lies more than 5000 entries behind the committed one',
    meaning: 'the member commits faster than it applies and takes no more proposals for now.',
    because: 'The call was refused before its proposal.',
    transient: 'depends',
    severity: 'critical',
    action:
      'Find who writes so much and why applying is slow; the client must slow down and repeat.',
    causes: ['overload', 'disk', 'cpu'],
  }),
  error('space-exceeded', 'ResourceExhausted', {
    texts: [
      'etcdserver: mvcc: database space exceeded',
      'etcdserver: no space',
      'ALARM NOSPACE',
      'alarm:NOSPACE',
    ],
    raisedBy: 'the NOSPACE alarm: the database file of a member passed the quota',
    meaning:
      'the database is full: etcd takes no more writes until space is freed and the alarm disarmed.',
    written: 'can be',
    because:
      'The quota is checked where the call arrives and again where it is applied: the maintenance guide warns that keys can be written although the call was refused. Read back before you repeat.',
    severity: 'critical',
    action: {
      say: 'Compact, defragment each member one at a time (leader last), disarm the alarm, and find the writer (the subcommand writers).',
      run: 'etcdctl compact REVISION && etcdctl defrag --endpoints=MEMBER && etcdctl alarm disarm',
    },
    causes: ['space'],
  }),
  error('compacted', 'OutOfRange', {
    texts: ['etcdserver: mvcc: required revision has been compacted'],
    raisedBy:
      'the key-value store: a read or watch asked for a revision older than the last compaction',
    meaning: 'the revision asked for is gone. Normal for a watch that was away for long.',
    because: 'It is a read or a watch.',
    action: 'List again and watch from the new revision. Kubernetes clients do so by themselves.',
  }),
  error('future-revision', 'OutOfRange', {
    texts: ['etcdserver: mvcc: required revision is a future revision'],
    raisedBy: 'the key-value store: the revision asked for is higher than the newest',
    meaning:
      'this member knows less than the client has already seen: a restored or an inconsistent member.',
    because: 'It is a read or a watch.',
    severity: 'critical',
    action:
      'Check whether a backup was restored without raising the revision (--bump-revision), and compare the revisions of all members.',
    causes: ['version'],
  }),
  error('request-too-large', 'InvalidArgument', {
    texts: ['etcdserver: request is too large'],
    meaning: 'the request is over --max-request-bytes (1.5 MiB by default).',
    action:
      'Make the value smaller. In Kubernetes look for a huge ConfigMap, Secret or custom resource.',
    causes: ['overload'],
  }),
  error('too-many-operations', 'InvalidArgument', {
    texts: ['etcdserver: too many operations in txn request'],
    meaning: 'a transaction holds more than --max-txn-ops operations (128 by default).',
    action: 'Split the transaction.',
  }),
  error('corrupt-cluster', 'DataLoss', {
    texts: ['etcdserver: corrupt cluster', 'ALARM CORRUPT', 'alarm:CORRUPT'],
    raisedBy: 'the CORRUPT alarm: members hold different data for the same revision',
    meaning: 'the members do not hold the same data. etcd refuses calls to limit the harm.',
    because: 'Calls are refused while the alarm stands; earlier writes may differ between members.',
    severity: 'critical',
    action:
      'Stop writers. Find the member whose hash differs, then replace it, or restore from a backup. Do not just disarm the alarm.',
    causes: ['version'],
  }),
]

const CLIENT_BUG = 'Correct the client: the same call fails every time.'

const REQUESTS: readonly Entry[] = [
  error('duplicate-key', 'InvalidArgument', {
    texts: ['etcdserver: duplicate key given in txn request'],
    meaning: 'a transaction writes the same key twice.',
    action: CLIENT_BUG,
  }),
  error('key-not-provided', 'InvalidArgument', {
    texts: ['etcdserver: key is not provided'],
    everyday: true,
    meaning: 'the request names no key.',
    action: CLIENT_BUG,
  }),
  error('key-not-found', 'InvalidArgument', {
    texts: ['etcdserver: key not found'],
    everyday: true,
    meaning: 'a put that should keep the value or the lease of its key found no such key.',
    action: CLIENT_BUG,
  }),
  error('value-provided', 'InvalidArgument', {
    texts: ['etcdserver: value is provided'],
    everyday: true,
    meaning: 'a put asked to keep the old value and also gave a new one.',
    action: CLIENT_BUG,
  }),
  error('lease-provided', 'InvalidArgument', {
    texts: ['etcdserver: lease is provided'],
    everyday: true,
    meaning: 'a put asked to keep the old lease and also gave a new one.',
    action: CLIENT_BUG,
  }),
  error('invalid-sort', 'InvalidArgument', {
    texts: ['etcdserver: invalid sort option'],
    meaning: 'the sort order or target of a range is none that etcd knows.',
    action: CLIENT_BUG,
  }),
  error('invalid-client-version', 'InvalidArgument', {
    texts: ['etcdserver: invalid client api version'],
    meaning: 'the client names an API version that etcd cannot read.',
    action: CLIENT_BUG,
  }),
  error('lease-not-found', 'NotFound', {
    texts: ['etcdserver: requested lease not found'],
    raisedBy: 'the lessor: the lease expired, was revoked, or never was',
    meaning: 'the lease is gone.',
    transient: 'no',
    action:
      'Grant a new lease and write its keys again. If leases expire early, look for stalls of the leader or the client.',
    causes: ['pauses'],
  }),
  error('lease-exists', 'FailedPrecondition', {
    texts: ['etcdserver: lease already exists'],
    raisedBy: 'the lessor',
    meaning: 'a lease with this id exists already.',
    action: 'Let etcd choose the id, or keep the existing lease alive.',
  }),
  error('lease-ttl', 'OutOfRange', {
    texts: ['etcdserver: too large lease TTL'],
    raisedBy: 'the lessor',
    meaning: 'the time to live is over the limit of 9,000,000,000 s.',
    action: CLIENT_BUG,
  }),
  error('watch-canceled', 'Canceled', {
    texts: ['etcdserver: watch canceled', 'etcdserver: watch cancelled'],
    raisedBy: 'the watch stream',
    meaning: 'the watch was ended by the client or by etcd.',
    because: 'A watch writes nothing.',
    transient: 'yes',
    action: 'Watch again from the last revision that was seen.',
  }),
]

const MEMBERS: Action = {
  say: 'Compare what the cluster says of its members with what you want to change.',
  run: 'etcdctl member list -w table',
}
const MEMBERSHIP = {
  raisedBy: 'the check of a membership change',
  because: 'The change was refused; it writes no key either.',
} as const

const RECONFIGURATION: readonly Entry[] = [
  error('member-id-exists', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: member ID already exist'],
    meaning: 'a member with this id is in the cluster already.',
    action: MEMBERS,
  }),
  error('peer-urls-exist', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: Peer URLs already exists'],
    meaning:
      'another member has these peer URLs already, perhaps the dead one that should be replaced.',
    action: {
      say: 'Remove the old member first, then add the new one.',
      run: 'etcdctl member list -w table',
    },
  }),
  error('promote-non-learner', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: can only promote a learner member'],
    meaning: 'the member is a voter already.',
    action: MEMBERS,
  }),
  error('learner-not-ready', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: can only promote a learner member which is in sync with leader'],
    meaning: 'the learner has not caught up with the leader yet.',
    transient: 'yes',
    action: 'Wait until its raft index is near the leader’s, then promote again.',
  }),
  error('too-many-learners', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: too many learner members in cluster'],
    meaning: 'the cluster has as many learners as it takes (1 by default).',
    action: 'Promote or remove the learner that is there.',
  }),
  error('cluster-id-mismatch', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: cluster ID mismatch'],
    raisedBy: 'the peer API: the other side belongs to another cluster',
    meaning:
      'a process of another cluster speaks to this one: an old process, or addresses that were used again.',
    severity: 'warning',
    action:
      'Find the process behind the address; give each cluster peer URLs and a token of its own.',
    causes: ['member-down'],
  }),
  error('learner-rpc', 'FailedPrecondition', {
    texts: ['etcdserver: rpc not supported for learner'],
    raisedBy: 'a learner: it answers only serializable reads and status',
    meaning: 'the call went to a learner.',
    action: 'Take learners out of the client’s endpoints.',
  }),
  error('bad-transferee', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: bad leader transferee'],
    raisedBy: 'MoveLeader',
    meaning: 'the target of move-leader is not a voting member.',
    action: MEMBERS,
  }),
  error('not-capable', 'FailedPrecondition', {
    texts: ['etcdserver: not capable'],
    everyday: true,
    raisedBy: 'a member whose cluster version does not have this feature yet',
    meaning:
      'the cluster’s version is too low for the call, often in the middle of an upgrade or at the first start.',
    transient: 'depends',
    action: 'Finish the upgrade: the cluster version rises when every member runs the new version.',
    causes: ['version'],
  }),
  error('bad-member-urls', 'InvalidArgument', {
    ...MEMBERSHIP,
    texts: ['etcdserver: given member URLs are invalid'],
    meaning: 'the peer URLs of the new member cannot be read.',
    action: MEMBERS,
  }),
  error('member-not-found', 'NotFound', {
    ...MEMBERSHIP,
    texts: ['etcdserver: member not found'],
    everyday: true,
    meaning: 'no member has this id. Ids are hexadecimal in etcdctl, decimal in JSON.',
    action: MEMBERS,
  }),
  error('not-enough-started', 'FailedPrecondition', {
    ...MEMBERSHIP,
    texts: ['etcdserver: re-configuration failed due to not enough started members'],
    sent: 'Unknown',
    raisedBy: 'the strict check of a membership change',
    meaning: 'the change would leave fewer started members than a quorum needs.',
    severity: 'warning',
    action: 'Start the members that were added but never started, or remove them, then repeat.',
    causes: ['member-down'],
  }),
]

const AUTH = { raisedBy: "etcd's auth store" } as const
const USERS: Action = {
  say: 'Compare the users and roles with what you want.',
  run: 'etcdctl user list; etcdctl role list',
}
const CREDENTIALS = 'Give the client the right user name and password.'

const auth = (id: string, code: GrpcCode, text: string, rest: Omit<Told, 'texts'>): Entry =>
  error(id, code, { ...AUTH, texts: [`etcdserver: ${text}`], ...rest })

const AUTHENTICATION: readonly Entry[] = [
  auth('root-user-missing', 'FailedPrecondition', 'root user does not exist', {
    meaning: 'auth cannot be enabled without the user root.',
    action: { say: 'Create the user root first.', run: 'etcdctl user add root' },
  }),
  auth('root-role-missing', 'FailedPrecondition', 'root user does not have root role', {
    meaning: 'auth cannot be enabled until the user root has the role root.',
    action: { say: 'Grant it.', run: 'etcdctl user grant-role root root' },
  }),
  auth('user-exists', 'FailedPrecondition', 'user name already exists', {
    meaning: 'there is such a user already.',
    action: USERS,
  }),
  auth('user-not-found', 'FailedPrecondition', 'user name not found', {
    meaning: 'there is no such user.',
    action: USERS,
  }),
  auth('role-exists', 'FailedPrecondition', 'role name already exists', {
    meaning: 'there is such a role already.',
    action: USERS,
  }),
  auth('role-not-found', 'FailedPrecondition', 'role name not found', {
    meaning: 'there is no such role.',
    action: USERS,
  }),
  auth('role-not-granted', 'FailedPrecondition', 'role is not granted to the user', {
    meaning: 'the role to revoke was never granted to this user.',
    action: USERS,
  }),
  auth('permission-not-granted', 'FailedPrecondition', 'permission is not granted to the role', {
    meaning: 'the permission to revoke was never granted to this role, or for another range.',
    action: USERS,
  }),
  auth('auth-not-enabled', 'FailedPrecondition', 'authentication is not enabled', {
    meaning: 'the client sends a user name, but auth is off on this cluster.',
    action: 'Take user and password out of the client’s configuration, or enable auth.',
  }),
  auth('user-name-empty', 'InvalidArgument', 'user name is empty', {
    meaning: 'the request names no user, or auth is on and the client sent none.',
    action: CREDENTIALS,
  }),
  auth('role-name-empty', 'InvalidArgument', 'role name is empty', {
    meaning: 'the request names no role.',
    action: CLIENT_BUG,
  }),
  auth('auth-failed', 'InvalidArgument', 'authentication failed, invalid user ID or password', {
    meaning: 'user name or password is wrong.',
    action: CREDENTIALS,
  }),
  auth('permission-not-given', 'InvalidArgument', 'permission not given', {
    meaning: 'the request to grant holds no permission.',
    action: CLIENT_BUG,
  }),
  auth('invalid-auth-management', 'InvalidArgument', 'invalid auth management', {
    meaning:
      'the change of users or roles is not allowed, such as taking root away while auth is on.',
    action: USERS,
  }),
  auth('old-auth-revision', 'InvalidArgument', 'revision of auth store is old', {
    meaning: 'users or roles changed after the client’s token was made.',
    transient: 'yes',
    action: 'Get a new token and repeat; newer clients do so by themselves.',
  }),
  auth('permission-denied', 'PermissionDenied', 'permission denied', {
    everyday: true,
    meaning: 'the user’s roles do not cover this key range or call.',
    action: {
      say: 'Grant the role the right to this range, or use another user.',
      run: 'etcdctl role grant-permission ROLE read|readwrite KEY [RANGE_END]',
    },
  }),
  auth('invalid-auth-token', 'Unauthenticated', 'invalid auth token', {
    meaning:
      'the token expired, or another member or a restarted one does not know it (simple tokens live in memory).',
    transient: 'yes',
    action: 'Get a new token. If it comes often, use JWT tokens or a newer client.',
  }),
]

const DOWNGRADE: Action = {
  say: 'See what the downgrade job says.',
  run: 'etcdctl downgrade validate VERSION',
}

const DOWNGRADES: readonly Entry[] = [
  error('downgrade-version-format', 'InvalidArgument', {
    texts: ['etcdserver: wrong downgrade target version format'],
    meaning: 'the target version cannot be read: it is MAJOR.MINOR.',
    action: DOWNGRADE,
  }),
  error('downgrade-version', 'InvalidArgument', {
    texts: ['etcdserver: invalid downgrade target version'],
    meaning: 'a downgrade goes one minor version down, no further.',
    action: DOWNGRADE,
  }),
  error('downgrade-no-version', 'FailedPrecondition', {
    texts: ['etcdserver: cluster version not found during downgrade'],
    meaning: 'the cluster has not agreed on its version yet.',
    transient: 'yes',
    action: 'Wait until all members are up, then repeat.',
  }),
  error('downgrade-in-progress', 'FailedPrecondition', {
    texts: ['etcdserver: cluster has a downgrade job in progress'],
    meaning: 'another downgrade is under way.',
    action: { say: 'Finish it, or cancel it.', run: 'etcdctl downgrade cancel' },
  }),
  error('no-downgrade', 'FailedPrecondition', {
    texts: ['etcdserver: no inflight downgrade job'],
    meaning: 'there is no downgrade to cancel.',
    action: DOWNGRADE,
  }),
]

const CLIENT_SIDE: readonly Entry[] = [
  error('request-canceled', 'Canceled', {
    texts: ['etcdserver: request canceled', 'etcdserver: request cancelled', 'context canceled'],
    everyday: true,
    raisedBy: 'etcd or the client, when the client gave up or its deadline (under 7 s) passed',
    meaning: 'the caller stopped waiting.',
    written: 'maybe',
    because: UNKNOWN_FATE,
    transient: 'depends',
    action:
      'Read the key back. If callers give up often, look at why etcd is slow, and give them a longer deadline.',
    causes: ['disk', 'overload', 'quorum-lost'],
  }),
  error('deadline-exceeded', 'DeadlineExceeded', {
    texts: [
      'context deadline exceeded',
      'etcdserver: context deadline exceeded',
      'code = DeadlineExceeded',
    ],
    raisedBy:
      'the client, whose deadline is shorter than etcd’s 7 s, or that met no leader or no reachable member throughout',
    meaning: 'the client’s own deadline passed before an answer came.',
    written: 'maybe',
    because: UNKNOWN_FATE,
    transient: 'depends',
    severity: 'warning',
    action:
      'Read the key back. Check that the endpoint answers at all, then whether etcd is slow or has no leader: run diagnose.',
    causes: ['disk', 'overload', 'network', 'quorum-lost'],
  }),
  error('transport-closing', 'Unavailable', {
    texts: ['transport is closing'],
    raisedBy: 'gRPC: the connection was closed under the call',
    meaning:
      'the connection broke: a member restarted, a proxy or load balancer cut it, or TLS failed.',
    written: 'maybe',
    because: 'The request may have reached etcd before the connection broke: read the key back.',
    transient: 'depends',
    severity: 'warning',
    action:
      'Check whether the member restarted, then TLS and whatever stands between client and etcd.',
    causes: ['member-down', 'network', 'planned'],
  }),
  error('connection-refused', 'Unavailable', {
    texts: ['connection refused'],
    raisedBy: 'the operating system: nothing listens on that address and port',
    meaning: 'the member is down, or the address is wrong.',
    written: 'maybe',
    because:
      'A refused attempt sent nothing; a call that was retried may have reached another member before.',
    transient: 'depends',
    severity: 'warning',
    action:
      'Check that etcd runs there and listens on that port (2379 clients, 2380 peers, 2381 often metrics).',
    causes: ['member-down', 'planned'],
  }),
  error('client-disconnected', 'Unavailable', {
    texts: ['client disconnected'],
    raisedBy: 'gRPC in etcd: the client went away',
    meaning: 'a client ended its connection. Harmless by itself: watches and keep-alives end so.',
    written: 'maybe',
    because: 'What the client had sent before may have been applied.',
    transient: 'yes',
    action: 'Nothing to do, unless clients complain.',
  }),
  error('stream-canceled', 'Unavailable', {
    texts: ['stream error: …CANCEL'],
    raisedBy: 'gRPC: the other side reset the stream because the client cancelled it',
    meaning: 'a client cancelled a call or a watch. Harmless by itself.',
    written: 'maybe',
    because: 'What the client had sent before may have been applied.',
    transient: 'yes',
    action: 'Nothing to do, unless clients complain.',
  }),
  error('no-address', 'Unavailable', {
    texts: [
      'there is no address available',
      'there is no connection available',
      'etcdclient: no available endpoints',
    ],
    raisedBy: 'the Go client: it has no connection to any member',
    meaning: 'the client reached no member at all.',
    because:
      'The request was never sent. These are the only errors after which the Go client repeats a write.',
    transient: 'depends',
    severity: 'warning',
    action: 'Check the client’s endpoints, names and TLS, and whether any member is up.',
    causes: ['member-down', 'network'],
  }),
]

/** Every error of etcd's API and of the gRPC layer around it. */
export const ERRORS: readonly Entry[] = [
  ...ELECTION,
  ...LOAD_AND_SPACE,
  ...REQUESTS,
  ...RECONFIGURATION,
  ...AUTHENTICATION,
  ...DOWNGRADES,
  ...CLIENT_SIDE,
]
