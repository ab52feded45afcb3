import type { Histogram, PeerLink, Scrape } from '../../diagnosis/facts'
import { interned } from '../interned'
import { NEWLINE } from './bytes'
import {
  labelMark,
  readFamilies,
  readLabel,
  wantedFamilies,
  type Families,
  type Series,
} from './families'

/**
 * Reads the families that Stormwatch needs from a Prometheus text page (0.0.4, UTF-8) and skips the rest unread: of etcd's
 * 160 KB, four fifths are families that no rule looks at.
 *
 * Returns the reason instead of a scrape for a page that is cut off, or that is not etcd's. Foreign, hostile or repeated
 * series cannot harm: names and labels are only ever keys of a Map, and a family of too many series is an error. Nothing
 * of the bytes is kept.
 */
export const parsePage = (page: Buffer): ParsedPage => {
  if (page.length > 0 && page.at(-1) !== NEWLINE) return broken('the page ends inside a line')
  const read = readFamilies(page, WANTED)
  if (typeof read === 'string') return broken(read)
  if (!SIGNS_OF_ETCD.some((name) => read.has(name))) return broken(notEtcd(page))
  return { ok: true, scrape: scrapeOf(page, read) }
}

/** The same of a text, as a recording holds it. */
export const parseExposition = (page: string): ParsedPage => parsePage(Buffer.from(page))

export type ParsedPage =
  { readonly ok: true; readonly scrape: Scrape } | { readonly ok: false; readonly why: string }

/** Without one of these a page comes from something else: a proxy's login, a node exporter, an HTML error. */
const SIGNS_OF_ETCD = ['etcd_server_has_leader', 'etcd_server_id', 'etcd_server_version']

const HISTOGRAMS = [
  'etcd_disk_wal_fsync_duration_seconds',
  'etcd_disk_backend_commit_duration_seconds',
  'etcd_disk_backend_snapshot_duration_seconds',
  'etcd_disk_backend_defrag_duration_seconds',
  'etcd_debugging_disk_backend_commit_spill_duration_seconds',
  'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
  'etcd_network_peer_round_trip_time_seconds',
  'go_gc_duration_seconds', // a summary: `_sum`, `_count` and quantiles
] as const

const PLAIN = [
  'process_start_time_seconds',
  'process_cpu_seconds_total',
  'process_open_fds',
  'process_max_fds',
  'go_goroutines',
  'etcd_server_id',
  'etcd_server_version',
  'etcd_server_has_leader',
  'etcd_server_is_leader',
  'etcd_server_is_learner',
  'etcd_server_leader_changes_seen_total',
  'etcd_server_heartbeat_send_failures_total',
  'etcd_server_proposals_committed_total',
  'etcd_server_proposals_applied_total',
  'etcd_server_proposals_pending',
  'etcd_server_proposals_failed_total',
  'etcd_server_slow_apply_total',
  'etcd_server_slow_read_indexes_total',
  'etcd_server_quota_backend_bytes',
  'etcd_server_snapshot_apply_in_progress_total',
  'etcd_mvcc_db_total_size_in_bytes',
  'etcd_mvcc_db_total_size_in_use_in_bytes',
  'etcd_mvcc_put_total',
  'etcd_mvcc_range_total',
  'etcd_debugging_mvcc_db_compaction_keys_total',
  'etcd_disk_defrag_inflight',
  'etcd_network_client_grpc_received_bytes_total',
  'etcd_network_client_grpc_sent_bytes_total',
  'etcd_network_active_peers',
  'etcd_network_disconnected_peers_total',
  'etcd_network_peer_sent_bytes_total',
  'etcd_network_peer_received_bytes_total',
  'etcd_network_peer_sent_failures_total',
  'etcd_network_peer_received_failures_total',
] as const

/** Built once. */
const WANTED = wantedFamilies(PLAIN, HISTOGRAMS)

const broken = (why: string): ParsedPage => ({ ok: false, why })

const notEtcd = (page: Buffer): string =>
  `this is not etcd's metrics page: none of ${SIGNS_OF_ETCD.join(', ')} in ${page.length} bytes`

const scrapeOf = (page: Buffer, families: Families): Scrape => {
  const plain = (family: string): number | undefined => finite(families.get(family)?.[0]?.value)
  const flag = (family: string): boolean | undefined => {
    const value = plain(family)
    return value === undefined ? undefined : value === 1
  }
  const histogram = (family: string): Histogram | undefined =>
    histogramOf(families.get(family) ?? [])
  const gc = families.get('go_gc_duration_seconds') ?? []
  return {
    processStartSeconds: plain('process_start_time_seconds'),
    cpuSecondsTotal: plain('process_cpu_seconds_total'),
    openFds: plain('process_open_fds'),
    maxFds: plain('process_max_fds'),
    goroutines: plain('go_goroutines'),
    gcPauseMaxSeconds: finite(gc.find((s) => readLabel(page, s, QUANTILE) === '1')?.value),
    gcPauseSumSeconds: finite(gc.find((s) => s.suffix === '_sum')?.value),
    gcCount: finite(gc.find((s) => s.suffix === '_count')?.value),
    memberId: labelOf(page, families.get('etcd_server_id'), SERVER_ID),
    version: labelOf(page, families.get('etcd_server_version'), SERVER_VERSION),
    hasLeader: flag('etcd_server_has_leader'),
    isLeader: flag('etcd_server_is_leader'),
    isLearner: flag('etcd_server_is_learner'),
    leaderChangesTotal: plain('etcd_server_leader_changes_seen_total'),
    heartbeatSendFailuresTotal: plain('etcd_server_heartbeat_send_failures_total'),
    proposalsCommitted: plain('etcd_server_proposals_committed_total'),
    proposalsApplied: plain('etcd_server_proposals_applied_total'),
    proposalsPending: plain('etcd_server_proposals_pending'),
    proposalsFailedTotal: plain('etcd_server_proposals_failed_total'),
    slowAppliesTotal: plain('etcd_server_slow_apply_total'),
    slowReadIndexesTotal: plain('etcd_server_slow_read_indexes_total'),
    dbSizeBytes: plain('etcd_mvcc_db_total_size_in_bytes'),
    dbInUseBytes: plain('etcd_mvcc_db_total_size_in_use_in_bytes'),
    quotaBytes: plain('etcd_server_quota_backend_bytes'),
    defragsInFlight: plain('etcd_disk_defrag_inflight'),
    snapshotsApplying: plain('etcd_server_snapshot_apply_in_progress_total'),
    compactionKeysTotal: plain('etcd_debugging_mvcc_db_compaction_keys_total'),
    putsTotal: plain('etcd_mvcc_put_total'),
    rangesTotal: plain('etcd_mvcc_range_total'),
    clientReceivedBytesTotal: plain('etcd_network_client_grpc_received_bytes_total'),
    clientSentBytesTotal: plain('etcd_network_client_grpc_sent_bytes_total'),
    walFsync: histogram('etcd_disk_wal_fsync_duration_seconds'),
    backendCommit: histogram('etcd_disk_backend_commit_duration_seconds'),
    commitSpill: histogram('etcd_debugging_disk_backend_commit_spill_duration_seconds'),
    defrag: histogram('etcd_disk_backend_defrag_duration_seconds'),
    dbSnapshot: histogram('etcd_disk_backend_snapshot_duration_seconds'),
    compactionPauseMs: histogram('etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds'),
    peers: peersOf(page, families),
  }
}

/** A NaN or an infinity in a plain family is not a reading. */
const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined

const QUANTILE = labelMark('quantile')
const SERVER_ID = labelMark('server_id')
const SERVER_VERSION = labelMark('server_version')

/** Of the series that is 1. */
const labelOf = (
  page: Buffer,
  family: readonly Series[] | undefined,
  label: Buffer,
): string | undefined => {
  const series = family?.find((s) => s.value === 1)
  const text = series && readLabel(page, series, label)
  return text === undefined ? undefined : interned(text)
}

/** Sums the series of the family, should a label that does not matter here split it. */
const histogramOf = (series: readonly Series[]): Histogram | undefined => {
  const edges: number[] = []
  const counts: number[] = []
  let count = 0
  let sum = 0
  let counted = false
  for (const { suffix, le, value } of series) {
    if (suffix === '_sum') sum += value
    if (suffix === '_count') {
      count += value
      counted = true
    }
    if (suffix === '_bucket') addBucket({ edges, counts }, le, value)
  }
  if (!counted || !Number.isFinite(sum) || !Number.isFinite(count)) return undefined
  return { edges: shared(edges), counts, count, sum }
}

/** Keeps the edges ascending. Pages list them so, hence the search from the end. */
const addBucket = (
  { edges, counts }: { edges: number[]; counts: number[] },
  edge: number | undefined,
  value: number,
): void => {
  if (edge === undefined || !Number.isFinite(edge) || !Number.isFinite(value)) return
  let at = edges.length
  while (at > 0 && (edges[at - 1] ?? 0) > edge) at--
  if (at > 0 && edges[at - 1] === edge) {
    counts[at - 1] = (counts[at - 1] ?? 0) + value
    return
  }
  if (at === edges.length) {
    edges.push(edge)
    counts.push(value)
    return
  }
  edges.splice(at, 0, edge)
  counts.splice(at, 0, value)
}

/** The edges of a family are the same on every page: kept once, so that 1,500 members share them. */
const KNOWN_EDGES: (readonly number[])[] = []
const KNOWN_EDGES_MAX = 100 // those that are read have 5 sets; a hostile page must not grow this

const shared = (edges: readonly number[]): readonly number[] => {
  const known = KNOWN_EDGES.find((one) => one.length === edges.length && same(one, edges))
  if (known !== undefined) return known
  if (KNOWN_EDGES.length < KNOWN_EDGES_MAX) KNOWN_EDGES.push(edges)
  return edges
}

const same = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((edge, i) => edge === other[i])

const TO = labelMark('To')
const FROM = labelMark('From')
const REMOTE = labelMark('Remote')

const peersOf = (page: Buffer, families: Families): ReadonlyMap<string, PeerLink> => {
  const by = (family: string, label: Buffer): ReadonlyMap<string, readonly Series[]> =>
    groupByLabel(page, families.get(family) ?? [], label)
  const roundTrip = by('etcd_network_peer_round_trip_time_seconds', TO)
  const sent = by('etcd_network_peer_sent_bytes_total', TO)
  const received = by('etcd_network_peer_received_bytes_total', FROM)
  const sentFailures = by('etcd_network_peer_sent_failures_total', TO)
  const receivedFailures = by('etcd_network_peer_received_failures_total', FROM)
  const disconnects = by('etcd_network_disconnected_peers_total', REMOTE)
  const active = by('etcd_network_active_peers', REMOTE)
  const all = [roundTrip, sent, received, sentFailures, receivedFailures, disconnects, active]
  const links = new Map<string, PeerLink>()
  for (const group of all)
    for (const id of group.keys())
      if (isPeerId(id) && !links.has(id))
        links.set(id, {
          roundTrip: histogramOf(roundTrip.get(id) ?? []),
          sentBytesTotal: totalOf(sent.get(id)),
          receivedBytesTotal: totalOf(received.get(id)),
          sentFailuresTotal: totalOf(sentFailures.get(id)),
          receivedFailuresTotal: totalOf(receivedFailures.get(id)),
          disconnectsTotal: totalOf(disconnects.get(id)),
          activeConnections: totalOf(active.get(id)),
        })
  return links
}

/** Before its first handshake etcd counts bytes from the peer "0", which is nobody. */
const isPeerId = (id: string): boolean => id !== '' && id !== '0'

const totalOf = (series: readonly Series[] | undefined): number | undefined =>
  series === undefined ? undefined : finite(series.reduce((total, s) => total + s.value, 0))

const groupByLabel = (
  page: Buffer,
  series: readonly Series[],
  label: Buffer,
): ReadonlyMap<string, readonly Series[]> => {
  const groups = new Map<string, Series[]>()
  for (const one of series) {
    const key = readLabel(page, one, label)
    if (key === undefined) continue
    const known = groups.get(key)
    if (known === undefined) groups.set(interned(key), [one])
    else known.push(one)
  }
  return groups
}
