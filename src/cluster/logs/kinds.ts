import type { LogKind } from '../../diagnosis/facts'

/** Which fields of a zap line hold what an event carries. */
export type TellingFields = {
  readonly kind: LogKind
  readonly took?: string
  readonly peer?: string
}

/**
 * Messages of zap JSON that tell something, whole. 3.4 with `--logger=zap` and 3.5 to 3.7 write the same ones unless noted.
 * The member that speaks is always `local-member-id`.
 */
export const ZAP_MESSAGES: ReadonlyMap<string, TellingFields> = new Map<string, TellingFields>([
  ['starting an etcd server', { kind: 'settings' }],
  ['Running: ', { kind: 'settings' }],
  ['starting etcd server', { kind: 'started' }],
  ['received signal; shutting down', { kind: 'stopping' }],
  ['leadership transfer starting', { kind: 'transfer', peer: 'transferee-member-id' }],
  [
    'leadership transfer finished',
    { kind: 'transfer', peer: 'new-leader-member-id', took: 'took' },
  ],
  [
    'leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk',
    { kind: 'heartbeat-late', peer: 'to', took: 'exceeded-duration' },
  ],
  ['slow fdatasync', { kind: 'slow-fdatasync', took: 'took' }],
  ['apply request took too long', { kind: 'slow-apply', took: 'took' }],
  [
    'waiting for ReadIndex response took too long, retrying',
    { kind: 'read-index-slow', took: 'retry-timeout' },
  ],
  [
    'timed out waiting for read index response (local node might have slow network)',
    { kind: 'read-index-slow', took: 'timeout' },
  ],
  [
    'ignored out-of-date read index response; local node read indexes queueing up and waiting to be in sync with leader',
    { kind: 'read-index-slow' },
  ],
  ['timed out sending read state', { kind: 'read-index-slow', took: 'timeout' }],
  ['serving /health false; no leader', { kind: 'health-no-leader' }],
  ['serving /health false due to an alarm', { kind: 'alarm' }],
  ['message exceeded backend quota; raising alarm', { kind: 'alarm' }],
  ['alarm raised', { kind: 'alarm', peer: 'from' }],
  [
    'lost TCP streaming connection with remote peer',
    { kind: 'stream-lost', peer: 'remote-peer-id' },
  ],
  [
    'established TCP streaming connection with remote peer',
    { kind: 'stream-up', peer: 'remote-peer-id' },
  ],
  [
    'peer became inactive (message send to peer failed)',
    { kind: 'peer-inactive', peer: 'peer-id' },
  ],
  ['peer became active', { kind: 'peer-active', peer: 'peer-id' }],
  ['prober detected unhealthy status', { kind: 'probe-failed', peer: 'remote-peer-id' }],
  [
    'prober found high clock drift',
    { kind: 'clock-drift', peer: 'remote-peer-id', took: 'clock-drift' },
  ],
  ...['sending', 'receiving'].flatMap((side): [string, TellingFields][] => [
    [
      `dropped Raft message since ${side} buffer is full (overloaded network)`,
      { kind: 'buffer-full', peer: 'remote-peer-id' },
    ],
    [
      `dropped internal Raft message since ${side} buffer is full (overloaded network)`,
      { kind: 'buffer-full', peer: 'remote-peer-id' },
    ],
  ]),
  ['applying snapshot', { kind: 'snapshot' }],
  ['snapshotting taking too long to transfer', { kind: 'snapshot', took: 'taking' }],
  ['sending database snapshot', { kind: 'snapshot', peer: 'remote-peer-id' }],
  ['sent database snapshot', { kind: 'snapshot', peer: 'remote-peer-id' }],
  ['receiving database snapshot', { kind: 'snapshot', peer: 'remote-snapshot-sender-id' }],
  [
    'received and saved database snapshot',
    { kind: 'snapshot', peer: 'remote-snapshot-sender-id', took: 'download-took' },
  ],
  ['finished scheduled compaction', { kind: 'compaction', took: 'took' }],
  ['defragmenting', { kind: 'defrag-start' }],
  ['finished defragmenting directory', { kind: 'defrag-end', took: 'took' }],
  ["Failed to check current member's leadership", { kind: 'lease-not-leader' }],
  ["Current member isn't a leader", { kind: 'lease-not-leader' }],
  [
    "Ignore the lease revoking request because current member isn't a leader",
    { kind: 'lease-not-leader' },
  ],
  ['request cluster ID mismatch', { kind: 'stale-member', peer: 'remote-peer-id' }],
  [
    'request sent was ignored due to cluster ID mismatch',
    { kind: 'stale-member', peer: 'remote-peer-id' },
  ],
  [
    'request sent was ignored by remote peer due to cluster ID mismatch',
    { kind: 'stale-member', peer: 'remote-peer-id' },
  ],
  ['ignored streaming request; ID mismatch', { kind: 'stale-member' }],
  [
    'rejected stream from remote peer because it was removed',
    { kind: 'stale-member', peer: 'remote-peer-id-from' },
  ],
  ['failed to find remote peer in cluster', { kind: 'stale-member', peer: 'remote-peer-id-from' }],
  [
    'rejected Raft message from removed member',
    { kind: 'stale-member', peer: 'removed-member-id' },
  ],
  [
    'request sent was ignored by remote peer due to server version incompatibility',
    { kind: 'version-skew', peer: 'remote-peer-id' },
  ],
  ['leader found higher-versioned member', { kind: 'version-skew' }],
  ['cluster version of remote member is not compatible; too low', { kind: 'version-skew' }],
  ['cluster version of remote member is not compatible; too high', { kind: 'version-skew' }],
  ['failed to reach the peer URL', { kind: 'peer-unreachable', peer: 'remote-member-id' }],
  ['failed to publish local member to cluster through raft', { kind: 'publish-failed' }],
  ['rejected connection', { kind: 'connection-rejected' }],
  ['rejected connection on client endpoint', { kind: 'connection-rejected' }],
  ['rejected connection on peer endpoint', { kind: 'connection-rejected' }],
  ['80% of file descriptors are used', { kind: 'files-scarce' }],
  ['found data inconsistency with peers', { kind: 'corruption' }],
  ['Detected compaction hash mismatch', { kind: 'corruption' }],
  ['found hash mismatch', { kind: 'corruption' }],
  ['snap file is corrupt', { kind: 'corruption' }],
  ...['add', 'remove', 'promote'].flatMap((change): [string, TellingFields][] => [
    [
      `rejecting member ${change} request; not enough healthy members`,
      { kind: 'reconfiguration-refused' },
    ],
    [
      `rejecting member ${change}; started member will be less than quorum`,
      { kind: 'reconfiguration-refused' },
    ],
    ...['all', 'majority'].map((peers): [string, TellingFields] => [
      `rejecting member ${change} request; local member has not been connected to ${peers} peers, reconfigure breaks active quorum`,
      { kind: 'reconfiguration-refused' },
    ]),
  ]),
])

/**
 * A message and what it tells. Named groups: member (who speaks), peer, term, took, heartbeat, election. Anchored at the
 * start, so that a request's own content, which 3.4 quotes in its lines, cannot pass for a line.
 */
export type TellingPattern = readonly [LogKind, RegExp]

/** Spells out ID (hex, not padded), N and DUR (Go's duration) of a pattern. */
const spelled = ([kind, pattern]: TellingPattern): TellingPattern => {
  const source = pattern.source
    .replaceAll(/\bID\b(?! mismatch)/g, '[0-9a-f]{1,16}')
    .replaceAll(/\bN\b/g, '\\d{1,15}')
    .replaceAll(/\bDUR\b/g, '[\\d.hmsuµn]{1,40}')
  return [kind, new RegExp(source)]
}

/** Lines of the raft library, alike in all versions and both formats. */
const RAFT_LINES: readonly TellingPattern[] = [
  ['elected', /^raft\.node: (?<member>ID) elected leader (?<peer>ID) at term (?<term>N)/],
  [
    'elected',
    /^raft\.node: (?<member>ID) changed leader from ID to (?<peer>ID) at term (?<term>N)/,
  ],
  ['leader-lost', /^raft\.node: (?<member>ID) lost leader (?<peer>ID) at term (?<term>N)/],
  ['became-leader', /^(?<member>ID) became leader at term (?<term>N)/],
  ['campaign', /^(?<member>ID) is starting a new election at term (?<term>N)/],
  ['pre-candidate', /^(?<member>ID) became pre-candidate at term (?<term>N)/],
  ['candidate', /^(?<member>ID) became candidate at term (?<term>N)/],
  ['follower', /^(?<member>ID) became follower at term (?<term>N)/],
  ['quorum-inactive', /^(?<member>ID) stepped down to follower since quorum is not active/],
  [
    'higher-term',
    /^(?<member>ID) \[term: N\] received a Msg\w+ message with higher term from (?<peer>ID) \[term: (?<term>N)\]/,
  ],
  [
    'lease-held',
    /^(?<member>ID) \[.*\] ignored Msg(?:Pre)?Vote from (?<peer>ID) \[.*\] at term (?<term>N): lease is not expired/,
  ],
  ['transfer', /^(?<member>ID) \[term (?<term>N)\] starts to transfer leadership to (?<peer>ID)/],
  [
    'transfer',
    /^(?<member>ID) \[term (?<term>N)\] received MsgTimeoutNow from (?<peer>ID) and starts/,
  ],
  ['transfer', /^(?<member>ID) (?:sends|sent) MsgTimeoutNow to (?<peer>ID) /],
  ['tick-missed', /^(?<member>ID) (?:\(leader \w+\) )?A tick missed to fire/],
  ['no-leader-drop', /^(?<member>ID) no leader at term (?<term>N); dropping /],
]

/** Lines of 3.4's text, after `2026-… W | package: `. */
const TEXT_LINES: readonly TellingPattern[] = [
  ['settings', /^heartbeat = (?<heartbeat>N)ms/],
  ['settings', /^election = (?<election>N)ms/],
  ['started', /^(?:re)?starting member (?<member>ID) in cluster/],
  ['stopping', /^received \w+ signal, shutting down/],
  [
    'heartbeat-late',
    /^failed to send out heartbeat on time \(exceeded the (?<heartbeat>DUR) timeout for (?<took>DUR), to (?<peer>ID)\)/,
  ],
  ['slow-fdatasync', /^sync duration of (?<took>DUR), expected less than/],
  ['slow-apply', /^(?:read-only range )?request ".* took too long \((?<took>DUR)\) to execute/],
  ['read-index-slow', /^waiting for ReadIndex response took too long, retrying/],
  [
    'read-index-slow',
    /^timed out waiting for read index response \(local node might have slow network\)(?: timeout: (?<took>DUR))?/,
  ],
  ['read-index-slow', /^ignored out-of-date read index response/],
  ['read-index-slow', /^timed out sending read state/],
  ['health-no-leader', /^\/health error; no leader/],
  ['alarm', /^\/health error due to/],
  ['alarm', /^alarm \w+ raised by peer (?<peer>ID)/],
  ['transfer', /^(?<member>ID) starts leadership transfer from ID to (?<peer>ID)/],
  [
    'transfer',
    /^(?<member>ID) finished leadership transfer from ID to (?<peer>ID) \(took (?<took>DUR)\)/,
  ],
  ['stream-lost', /^lost the TCP streaming connection with peer (?<peer>ID)/],
  ['stream-up', /^established a TCP streaming connection with peer (?<peer>ID)/],
  ['peer-inactive', /^peer (?<peer>ID) became inactive/],
  ['peer-active', /^peer (?<peer>ID) became active/],
  ['probe-failed', /^health check for peer (?<peer>ID) could not connect/],
  [
    'clock-drift',
    /^the clock difference against peer (?<peer>ID) is too high \[(?<took>DUR) > DUR\]/,
  ],
  [
    'buffer-full',
    /^dropped (?:internal raft message|\S+) (?:to|from) (?<peer>ID) since .*buffer is full/,
  ],
  ['snapshot', /^applying snapshot at index/],
  ['snapshot', /^snapshotting is taking more than/],
  ['snapshot', /^start to send database snapshot \[index: N, to (?<peer>ID)/],
  ['snapshot', /^database snapshot \[index: N, to: (?<peer>ID)\] sent out successfully/],
  ['snapshot', /^receiving database snapshot \[index: ?N, from:? (?<peer>ID)/],
  ['snapshot', /^successfully received and saved database snapshot \[index: N, from: (?<peer>ID)/],
  ['compaction', /^finished scheduled compaction at N \(took (?<took>DUR)\)/],
  ['defrag-start', /^starting to defragment the storage backend/],
  ['defrag-end', /^finished defragmenting the storage backend/],
  ['stale-member', /^request cluster ID mismatch/],
  ['stale-member', /^request sent was ignored .*cluster ID mismatch/],
  ['stale-member', /^streaming request ignored \(ID mismatch/],
  ['stale-member', /^rejected the stream from peer (?<peer>ID) since it was removed/],
  ['stale-member', /^failed to find member (?<peer>ID) in cluster/],
  ['stale-member', /^reject message from removed member (?<peer>ID)/],
  ['version-skew', /^request sent was ignored by peer (?<peer>ID) \(server version incompatible\)/],
  ['version-skew', /^the local etcd version .* is not up-to-date/],
  ['peer-unreachable', /^failed to reach the peerURL\(.*\) of member (?<peer>ID)/],
  ['publish-failed', /^publish error: /],
  ['connection-rejected', /^rejected connection from/],
  ['files-scarce', /^80% of the file descriptor limit is used/],
  ['corruption', /^ID found data inconsistency with peers/],
  ['reconfiguration-refused', /^not enough started members, rejecting member/],
  ['reconfiguration-refused', /^not healthy for reconfigure, rejecting member/],
  ['reconfiguration-refused', /^reconfigure breaks active quorum, rejecting/],
]

/** See RAFT_LINES. */
export const RAFT_PATTERNS = RAFT_LINES.map(spelled)

/** See TEXT_LINES. */
export const TEXT_PATTERNS = TEXT_LINES.map(spelled)
