import type { Histogram, PeerLink, Scrape } from '../diagnosis/facts'

/**
 * Reads the families that Stormwatch needs from a Prometheus text page (0.0.4) and skips the rest unread: of etcd's
 * 160 KB, four fifths are families that no rule looks at.
 *
 * Returns the reason instead of a scrape for a page that is cut off, or that is not etcd's. Foreign, hostile or repeated
 * series cannot harm: names and labels are only ever keys of a Map, and series beyond `MAX_SERIES` a family are an error.
 */
export const parseExposition = (page: string): ParsedPage => {
  if (page.length > 0 && !page.endsWith('\n')) return broken('the page ends inside a line')
  const read = readFamilies(page)
  if (typeof read === 'string') return broken(read)
  if (!SIGNS_OF_ETCD.some((name) => read.has(name))) return broken(notEtcd(page))
  return { ok: true, scrape: scrapeOf(read) }
}

export type ParsedPage =
  { readonly ok: true; readonly scrape: Scrape } | { readonly ok: false; readonly why: string }

type Series = { readonly suffix: Suffix; readonly labels: string; readonly value: number }
type Suffix = '' | '_bucket' | '_sum' | '_count'
type Families = ReadonlyMap<string, readonly Series[]>

/** Without one of these a page comes from something else: a proxy's login, a node exporter, an HTML error. */
const SIGNS_OF_ETCD = ['etcd_server_has_leader', 'etcd_server_id', 'etcd_server_version']

/** A peer family holds one series a peer, a histogram of peers 18 each: 4,096 is 200 peers and a page gone wrong. */
const MAX_SERIES = 4096

const HISTOGRAMS = [
  'etcd_disk_wal_fsync_duration_seconds',
  'etcd_disk_wal_write_duration_seconds',
  'etcd_disk_backend_commit_duration_seconds',
  'etcd_disk_backend_snapshot_duration_seconds',
  'etcd_disk_backend_defrag_duration_seconds',
  'etcd_debugging_disk_backend_commit_spill_duration_seconds',
  'etcd_debugging_disk_backend_commit_write_duration_seconds',
  'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
  'etcd_debugging_mvcc_db_compaction_total_duration_milliseconds',
  'etcd_server_apply_duration_seconds',
  'etcd_network_peer_round_trip_time_seconds',
  'go_gc_duration_seconds', // a summary: `_sum`, `_count` and quantiles
] as const

const PLAIN = [
  'process_start_time_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
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
  'etcd_server_read_indexes_failed_total',
  'etcd_server_quota_backend_bytes',
  'etcd_server_snapshot_apply_in_progress_total',
  'etcd_mvcc_db_total_size_in_bytes',
  'etcd_mvcc_db_total_size_in_use_in_bytes',
  'etcd_mvcc_put_total',
  'etcd_mvcc_range_total',
  'etcd_mvcc_txn_total',
  'etcd_mvcc_delete_total',
  'etcd_debugging_mvcc_watcher_total',
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

/** Sample name → its family and suffix. Built once: the reader asks it for every line that it does not skip. */
const WANTED: ReadonlyMap<string, { readonly family: string; readonly suffix: Suffix }> = new Map([
  ...PLAIN.map((name) => [name, { family: name as string, suffix: '' as Suffix }] as const),
  ...HISTOGRAMS.flatMap((family) =>
    (['', '_bucket', '_sum', '_count'] as const).map(
      (suffix) => [family + suffix, { family: family as string, suffix }] as const,
    ),
  ),
])
const WANTED_FAMILIES: ReadonlySet<string> = new Set([...PLAIN, ...HISTOGRAMS])

const broken = (why: string): ParsedPage => ({ ok: false, why })

const notEtcd = (page: string): string =>
  `this is not etcd's metrics page: none of ${SIGNS_OF_ETCD.join(', ')} in ${page.length} characters`

const HASH = 35
const TYPE_MARK = '# TYPE '

/** One pass over the text. A `# TYPE` line of a family that nobody wants skips to the next comment line. */
const readFamilies = (page: string): Families | string => {
  const found = new Map<string, Series[]>()
  let at = 0
  while (at < page.length) {
    const end = page.indexOf('\n', at)
    if (page.charCodeAt(at) === HASH) {
      at = isUnwantedType(page, at, end) ? nextComment(page, end) : end + 1
      continue
    }
    const why = readSample(page, { at, end }, found)
    if (why !== undefined) return why
    at = end + 1
  }
  return found
}

const isUnwantedType = (page: string, at: number, end: number): boolean => {
  if (!page.startsWith(TYPE_MARK, at)) return false
  const nameAt = at + TYPE_MARK.length
  const nameEnd = page.indexOf(' ', nameAt)
  return nameEnd > 0 && nameEnd < end && !WANTED_FAMILIES.has(page.slice(nameAt, nameEnd))
}

const nextComment = (page: string, end: number): number => {
  const next = page.indexOf('\n#', end)
  return next < 0 ? page.length : next + 1
}

type Line = { readonly at: number; readonly end: number }

/** Adds the sample of one line, if it is wanted. Returns why the page cannot be trusted, or nothing. */
const readSample = (page: string, line: Line, found: Map<string, Series[]>): string | undefined => {
  const nameEnd = endOfName(page, line)
  const wanted = WANTED.get(page.slice(line.at, nameEnd))
  if (wanted === undefined) return undefined
  const labelled = page[nameEnd] === '{'
  const labelsEnd = labelled ? page.lastIndexOf('}', line.end) : nameEnd
  if (labelled && labelsEnd < nameEnd) return tornLine(page, line)
  const value = numberOf(page.slice(labelsEnd + 1, line.end))
  if (value === undefined) return tornLine(page, line)
  const labels = labelled ? page.slice(nameEnd + 1, labelsEnd) : ''
  return addSeries(found, wanted.family, { suffix: wanted.suffix, labels, value })
}

const addSeries = (
  found: Map<string, Series[]>,
  family: string,
  series: Series,
): string | undefined => {
  const known = found.get(family)
  if (known === undefined) found.set(family, [series])
  else if (known.length >= MAX_SERIES) return `${family} has more than ${MAX_SERIES} series`
  else known.push(series)
  return undefined
}

const endOfName = (page: string, { at, end }: Line): number => {
  for (let i = at; i < end; i++) {
    const code = page.charCodeAt(i)
    if (code === 123 /* { */ || code === 32 /* space */) return i
  }
  return end
}

const tornLine = (page: string, { at, end }: Line): string =>
  `cannot read the line ${JSON.stringify(page.slice(at, Math.min(end, at + 120)))}`

/** `value` or `value timestamp`. Go writes +Inf, -Inf and NaN; anything else that is no number is an error. */
const numberOf = (text: string): number | undefined => {
  const value = Number(text)
  if (value !== 0 && !Number.isNaN(value)) return value
  const word = text.trim().split(' ', 1)[0] ?? ''
  if (word === '') return undefined
  const first = Number(word)
  return Number.isNaN(first) ? SPECIAL.get(word) : first
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
])

const scrapeOf = (families: Families): Scrape => {
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
    residentBytes: plain('process_resident_memory_bytes'),
    openFds: plain('process_open_fds'),
    maxFds: plain('process_max_fds'),
    goroutines: plain('go_goroutines'),
    gcPauseMaxSeconds: finite(gc.find((s) => s.labels === 'quantile="1"')?.value),
    gcPauseSumSeconds: finite(gc.find((s) => s.suffix === '_sum')?.value),
    gcCount: finite(gc.find((s) => s.suffix === '_count')?.value),
    memberId: labelOf(families, 'etcd_server_id', 'server_id'),
    version: labelOf(families, 'etcd_server_version', 'server_version'),
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
    readIndexesFailedTotal: plain('etcd_server_read_indexes_failed_total'),
    dbSizeBytes: plain('etcd_mvcc_db_total_size_in_bytes'),
    dbInUseBytes: plain('etcd_mvcc_db_total_size_in_use_in_bytes'),
    quotaBytes: plain('etcd_server_quota_backend_bytes'),
    defragsInFlight: plain('etcd_disk_defrag_inflight'),
    snapshotsApplying: plain('etcd_server_snapshot_apply_in_progress_total'),
    compactionKeysTotal: plain('etcd_debugging_mvcc_db_compaction_keys_total'),
    putsTotal: plain('etcd_mvcc_put_total'),
    rangesTotal: plain('etcd_mvcc_range_total'),
    txnsTotal: plain('etcd_mvcc_txn_total'),
    deletesTotal: plain('etcd_mvcc_delete_total'),
    watchers: plain('etcd_debugging_mvcc_watcher_total'),
    clientReceivedBytesTotal: plain('etcd_network_client_grpc_received_bytes_total'),
    clientSentBytesTotal: plain('etcd_network_client_grpc_sent_bytes_total'),
    walFsync: histogram('etcd_disk_wal_fsync_duration_seconds'),
    walWrite: histogram('etcd_disk_wal_write_duration_seconds'),
    backendCommit: histogram('etcd_disk_backend_commit_duration_seconds'),
    commitSpill: histogram('etcd_debugging_disk_backend_commit_spill_duration_seconds'),
    commitWrite: histogram('etcd_debugging_disk_backend_commit_write_duration_seconds'),
    apply: histogram('etcd_server_apply_duration_seconds'),
    defrag: histogram('etcd_disk_backend_defrag_duration_seconds'),
    dbSnapshot: histogram('etcd_disk_backend_snapshot_duration_seconds'),
    compactionPauseMs: histogram('etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds'),
    compactionTotalMs: histogram('etcd_debugging_mvcc_db_compaction_total_duration_milliseconds'),
    peers: peersOf(families),
  }
}

/** A NaN or an infinity in a plain family is not a reading. */
const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined

const labelOf = (families: Families, family: string, label: string): string | undefined => {
  const series = families.get(family)?.find((s) => s.value === 1)
  return series === undefined ? undefined : readLabel(series.labels, label)
}

/** One label's value, with the three escapes of the format undone. */
const readLabel = (labels: string, label: string): string | undefined => {
  const mark = label + '="'
  const at = labels.startsWith(mark) ? 0 : labels.indexOf(',' + mark) + 1
  if (at === 0 && !labels.startsWith(mark)) return undefined
  const from = at + mark.length
  let end = labels.indexOf('"', from)
  while (end > 0 && labels[end - 1] === '\\' && isEscaped(labels, end))
    end = labels.indexOf('"', end + 1)
  if (end < 0) return undefined
  const raw = labels.slice(from, end)
  return raw.includes('\\') ? raw.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)) : raw
}

const isEscaped = (text: string, at: number): boolean => {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

/** Sums the series of the family, as when a label that does not matter here splits it (apply: version, op, success). */
const histogramOf = (series: readonly Series[]): Histogram | undefined => {
  const edges: number[] = []
  const counts: number[] = []
  let count = 0
  let sum = 0
  let counted = false
  for (const { suffix, labels, value } of series) {
    if (suffix === '_sum') sum += value
    if (suffix === '_count') {
      count += value
      counted = true
    }
    if (suffix === '_bucket') addBucket({ edges, counts }, labels, value)
  }
  if (!counted || !Number.isFinite(sum) || !Number.isFinite(count)) return undefined
  return { edges: shared(edges), counts, count, sum }
}

/** Keeps the edges ascending. Pages list them so, hence the search from the end. */
const addBucket = (
  { edges, counts }: { edges: number[]; counts: number[] },
  labels: string,
  value: number,
): void => {
  const edge = numberOf(readLabel(labels, 'le') ?? '')
  if (edge === undefined || !Number.isFinite(edge) || !Number.isFinite(value)) return
  let at = edges.length
  while (at > 0 && (edges[at - 1] ?? 0) > edge) at--
  if (at > 0 && edges[at - 1] === edge) {
    counts[at - 1] = (counts[at - 1] ?? 0) + value
    return
  }
  edges.splice(at, 0, edge)
  counts.splice(at, 0, value)
}

/** The edges of a family are the same on every page: kept once, so that 1,500 members share them. */
const KNOWN_EDGES: (readonly number[])[] = []
const KNOWN_EDGES_MAX = 100 // etcd has 9 sets; a hostile page must not grow this

const shared = (edges: readonly number[]): readonly number[] => {
  const known = KNOWN_EDGES.find((one) => one.length === edges.length && same(one, edges))
  if (known !== undefined) return known
  if (KNOWN_EDGES.length < KNOWN_EDGES_MAX) KNOWN_EDGES.push(edges)
  return edges
}

const same = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((edge, i) => edge === other[i])

const peersOf = (families: Families): ReadonlyMap<string, PeerLink> => {
  const by = (family: string, label: string): ReadonlyMap<string, readonly Series[]> =>
    groupByLabel(families.get(family) ?? [], label)
  const roundTrip = by('etcd_network_peer_round_trip_time_seconds', 'To')
  const sent = by('etcd_network_peer_sent_bytes_total', 'To')
  const received = by('etcd_network_peer_received_bytes_total', 'From')
  const sentFailures = by('etcd_network_peer_sent_failures_total', 'To')
  const receivedFailures = by('etcd_network_peer_received_failures_total', 'From')
  const disconnects = by('etcd_network_disconnected_peers_total', 'Remote')
  const active = by('etcd_network_active_peers', 'Remote')
  const all = [roundTrip, sent, received, sentFailures, receivedFailures, disconnects, active]
  const ids = new Set(all.flatMap((group) => [...group.keys()]).filter(isPeerId))
  const linkTo = (id: string): PeerLink => ({
    roundTrip: histogramOf(roundTrip.get(id) ?? []),
    sentBytesTotal: totalOf(sent.get(id)),
    receivedBytesTotal: totalOf(received.get(id)),
    sentFailuresTotal: totalOf(sentFailures.get(id)),
    receivedFailuresTotal: totalOf(receivedFailures.get(id)),
    disconnectsTotal: totalOf(disconnects.get(id)),
    activeConnections: totalOf(active.get(id)),
  })
  return new Map([...ids].map((id) => [id, linkTo(id)]))
}

/** Before its first handshake etcd counts bytes from the peer "0", which is nobody. */
const isPeerId = (id: string): boolean => id !== '' && id !== '0'

const totalOf = (series: readonly Series[] | undefined): number | undefined =>
  series === undefined ? undefined : finite(series.reduce((total, s) => total + s.value, 0))

const groupByLabel = (
  series: readonly Series[],
  label: string,
): ReadonlyMap<string, readonly Series[]> => {
  const groups = new Map<string, Series[]>()
  for (const one of series) {
    const key = readLabel(one.labels, label)
    if (key === undefined) continue
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [one])
    else known.push(one)
  }
  return groups
}
