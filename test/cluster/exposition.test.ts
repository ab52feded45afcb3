import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseExposition } from '../../src/cluster/page/exposition'
import type { Histogram, Scrape } from '../../src/diagnosis/facts'

const pageOf = (version: string): string =>
  brotliDecompressSync(
    readFileSync(join(__dirname, `../fixtures/metrics-${version}.txt.br`)),
  ).toString()

const PAGES = { '3.5.30': pageOf('3.5.30'), '3.4.23': pageOf('3.4.23') }
const PAGE = PAGES['3.5.30']

const read = (page: string): Scrape => {
  const parsed = parseExposition(page)
  if (!parsed.ok) throw new Error(parsed.why)
  return parsed.scrape
}

const whyNot = (page: string): string => {
  const parsed = parseExposition(page)
  return parsed.ok ? 'ok' : parsed.why
}

const small = (...lines: string[]): string => ['etcd_server_has_leader 1', ...lines, ''].join('\n')

// --- real pages against a reading that is slow and plain ---

/** Every sample of a page: name{labels} → value. */
const samplesOf = (page: string): Map<string, number> => {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1).replace('+Inf', 'Infinity'))]
    }),
  )
}

const naiveHistogram = (page: string, family: string, label = ''): Histogram | undefined => {
  const samples = [...samplesOf(page)].filter(([name]) => name.includes(label))
  const of = (suffix: string) => samples.filter(([name]) => name.split('{')[0] === family + suffix)
  if (of('_count').length === 0) return undefined
  const total = (suffix: string) => of(suffix).reduce((sum, [, value]) => sum + value, 0)
  const buckets = new Map<number, number>()
  for (const [name, value] of of('_bucket')) {
    const edge = Number(/le="([^"]+)"/.exec(name)?.[1]?.replace('+Inf', 'Infinity'))
    buckets.set(edge, (buckets.get(edge) ?? 0) + value)
  }
  const edges = [...buckets.keys()].filter(Number.isFinite)
  return {
    edges,
    counts: edges.map((edge) => buckets.get(edge) ?? 0),
    count: total('_count'),
    sum: total('_sum'),
  }
}

const PLAIN_FIELDS: Partial<Record<keyof Scrape, string>> = {
  processStartSeconds: 'process_start_time_seconds',
  cpuSecondsTotal: 'process_cpu_seconds_total',
  openFds: 'process_open_fds',
  maxFds: 'process_max_fds',
  goroutines: 'go_goroutines',
  gcPauseMaxSeconds: 'go_gc_duration_seconds{quantile="1"}',
  gcPauseSumSeconds: 'go_gc_duration_seconds_sum',
  gcCount: 'go_gc_duration_seconds_count',
  leaderChangesTotal: 'etcd_server_leader_changes_seen_total',
  heartbeatSendFailuresTotal: 'etcd_server_heartbeat_send_failures_total',
  proposalsCommitted: 'etcd_server_proposals_committed_total',
  proposalsApplied: 'etcd_server_proposals_applied_total',
  proposalsPending: 'etcd_server_proposals_pending',
  proposalsFailedTotal: 'etcd_server_proposals_failed_total',
  slowAppliesTotal: 'etcd_server_slow_apply_total',
  slowReadIndexesTotal: 'etcd_server_slow_read_indexes_total',
  dbSizeBytes: 'etcd_mvcc_db_total_size_in_bytes',
  dbInUseBytes: 'etcd_mvcc_db_total_size_in_use_in_bytes',
  quotaBytes: 'etcd_server_quota_backend_bytes',
  defragsInFlight: 'etcd_disk_defrag_inflight',
  snapshotsApplying: 'etcd_server_snapshot_apply_in_progress_total',
  compactionKeysTotal: 'etcd_debugging_mvcc_db_compaction_keys_total',
  putsTotal: 'etcd_mvcc_put_total',
  rangesTotal: 'etcd_mvcc_range_total',
  clientReceivedBytesTotal: 'etcd_network_client_grpc_received_bytes_total',
  clientSentBytesTotal: 'etcd_network_client_grpc_sent_bytes_total',
}

const HISTOGRAM_FIELDS: Partial<Record<keyof Scrape, string>> = {
  walFsync: 'etcd_disk_wal_fsync_duration_seconds',
  backendCommit: 'etcd_disk_backend_commit_duration_seconds',
  commitSpill: 'etcd_debugging_disk_backend_commit_spill_duration_seconds',
  defrag: 'etcd_disk_backend_defrag_duration_seconds',
  dbSnapshot: 'etcd_disk_backend_snapshot_duration_seconds',
  compactionPauseMs: 'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
}

const entries = (fields: Partial<Record<keyof Scrape, string>>) =>
  Object.entries(fields) as [keyof Scrape, string][]

/** Go prints what it adds up in another order than we do: the last digit may differ. */
const rounded = (histogram: unknown): unknown =>
  histogram === undefined
    ? undefined
    : { ...(histogram as Histogram), sum: expect.closeTo((histogram as Histogram).sum, 6) }

test.each(Object.entries(PAGES))('a page of %s is read to the last value', (version, page) => {
  const scrape = read(page)
  const samples = samplesOf(page)
  for (const [field, name] of entries(PLAIN_FIELDS))
    expect([field, scrape[field]]).toEqual([field, samples.get(name)])
  for (const [field, family] of entries(HISTOGRAM_FIELDS))
    expect([field, scrape[field]]).toEqual([field, rounded(naiveHistogram(page, family))])
  expect(scrape.version).toBe(version)
  expect(samples.get(`etcd_server_id{server_id="${scrape.memberId}"}`)).toBe(1)
  expect(scrape.hasLeader).toBe(samples.get('etcd_server_has_leader') === 1)
  expect(scrape.isLeader).toBe(samples.get('etcd_server_is_leader') === 1)
  expect(scrape.isLearner).toBe(false)
})

test.each(Object.values(PAGES))('each peer has its own link', (page) => {
  const { peers } = read(page)
  const samples = samplesOf(page)
  const total = (...names: string[]) =>
    names.map((name) => samples.get(name)).find((value) => value !== undefined)
  expect(peers.size).toBe(2)
  for (const [id, link] of peers) {
    expect(id).toMatch(/^[0-9a-f]{15,16}$/)
    expect(link.sentBytesTotal).toBe(total(`etcd_network_peer_sent_bytes_total{To="${id}"}`))
    expect(link.receivedBytesTotal).toBe(
      total(`etcd_network_peer_received_bytes_total{From="${id}"}`),
    )
    expect(link.sentFailuresTotal).toBe(total(`etcd_network_peer_sent_failures_total{To="${id}"}`))
    const family = 'etcd_network_peer_round_trip_time_seconds'
    expect(link.roundTrip).toEqual(rounded(naiveHistogram(page, family, `To="${id}"`)))
  }
})

test('what a page lacks is undefined, and never zero', () => {
  const bare = read(small())
  expect(Object.values(bare).filter((value) => value !== undefined)).toEqual([true, new Map()])
})

// --- pages that cannot be trusted ---

test.each([
  ['', 'this is not etcd'],
  ['\n', 'this is not etcd'],
  ['<html>Log in</html>\n', 'this is not etcd'],
  ['go_goroutines 5\n', 'this is not etcd'],
  ['etcd_server_has_leader 1', 'the page ends inside a line'],
  [small('etcd_server_id{server_id="a" 1'), 'cannot read the line'],
  [small('etcd_mvcc_put_total'), 'cannot read the line'],
  [small('etcd_mvcc_put_total many'), 'cannot read the line'],
  [small('etcd_mvcc_put_total '), 'cannot read the line'],
  [
    small('etcd_disk_wal_fsync_duration_seconds_bucket{le="0.1"} 4'),
    'the page ends inside etcd_disk_wal_fsync_duration_seconds',
  ],
  [
    small(
      '# TYPE etcd_mvcc_put_total counter',
      'etcd_mvcc_put_total 1',
      '# TYPE etcd_mvcc_put_total counter',
      'etcd_mvcc_put_total 2',
    ),
    'etcd_mvcc_put_total is on the page twice',
  ],
])('%j is refused: %s', (page, why) => {
  expect(whyNot(page)).toContain(why)
})

test('a page that is repeated is refused', () => {
  expect(whyNot(PAGE + PAGE)).toContain('is on the page twice')
})

test('a torn page is refused, or shows only what is true', () => {
  const whole = read(PAGE)
  const cutAt = (at: number): void => {
    const parsed = parseExposition(PAGE.slice(0, at))
    expect(parsed.ok && PAGE[at - 1] !== '\n').toBe(false)
    expectTrue(parsed.ok ? parsed.scrape : whole, whole)
  }
  const place = fc.integer({ min: 0, max: PAGE.length - 1 })
  const lineEnd = place.map((at) => PAGE.indexOf('\n', at) + 1)
  expect(PAGE.length).toBeGreaterThan(100_000)
  fc.assert(fc.property(place, cutAt), { numRuns: 200 })
  fc.assert(
    fc.property(
      lineEnd.filter((at) => at > 0 && at < PAGE.length),
      cutAt,
    ),
    { numRuns: 400 },
  )
})

/** What a cut at the end of a line leaves of a family with several series (peers) only HTTP's framing can tell. */
const expectTrue = (part: Scrape, whole: Scrape): void => {
  for (const [field] of [...entries(PLAIN_FIELDS), ...entries(HISTOGRAM_FIELDS)])
    if (part[field] !== undefined) expect([field, part[field]]).toEqual([field, whole[field]])
  for (const [id, link] of part.peers)
    for (const [name, value] of Object.entries(link))
      if (value !== undefined) expect(whole.peers.get(id)).toHaveProperty(name, value)
}

// --- pages in another order, or with more on them ---

type Block = readonly string[]

/** The families of a page: HELP, TYPE and samples. */
const BLOCKS: readonly Block[] = PAGE.split(/^(?=# HELP)/m).map((block) =>
  block.split('\n').slice(0, -1),
)

const pageFrom = (blocks: readonly Block[]): string => `${blocks.flat().join('\n')}\n`

test('the order of families and of their lines does not matter', () => {
  const whole = read(PAGE)
  const order = fc.shuffledSubarray([...BLOCKS], { minLength: BLOCKS.length })
  fc.assert(
    fc.property(order, fc.infiniteStream(fc.nat()), (blocks, luck) => {
      const mixed = blocks.map(([help = '', type = '', ...lines]) => [
        help,
        type,
        ...lines
          .map((line) => ({ line, at: luck.next().value as number }))
          .toSorted((a, b) => a.at - b.at || a.line.length - b.line.length)
          .map(({ line }) => line),
      ])
      const page = pageFrom([...mixed, ['# HELP the_end x', '# TYPE the_end gauge', 'the_end 1']])
      expect(comparable(read(page))).toEqual(comparable(whole))
    }),
    { numRuns: 20 },
  )
})

/** Sums of histograms of several series depend on the order in the last digit, the map of peers by its order. */
const comparable = (scrape: Scrape): unknown =>
  JSON.parse(
    JSON.stringify({
      ...scrape,
      peers: [...scrape.peers].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    }),
    (key, value: unknown) =>
      key === 'sum' && typeof value === 'number' ? value.toFixed(9) : value,
  )

test('comments may be missing, and lines may carry a time and carriage returns', () => {
  const bare = BLOCKS.flat().filter((line) => !line.startsWith('#'))
  expect(read(`${bare.join('\n')}\n`)).toEqual(read(PAGE))
  expect(read(`${bare.map((line) => `${line} 1795353453000`).join('\n')}\n`)).toEqual(read(PAGE))
  expect(read(`${bare.join('\r\n')}\r\n`)).toEqual(read(PAGE))
})

test('foreign families, whatever they hold, change nothing', () => {
  const whole = read(PAGE)
  const name = fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,30}$/).map((text) => `x_${text}`)
  const foreign = fc
    .tuple(name, fc.string(), fc.string())
    .map(([family, label, value]) => [
      `# HELP ${family} ${inLine(label)}`,
      `# TYPE ${family} untyped`,
      `${family}{a="${escaped(label)}"} ${inLine(value)}`,
    ])
  fc.assert(
    fc.property(fc.array(foreign, { maxLength: 5 }), fc.nat(BLOCKS.length), (extra, at) => {
      const page = pageFrom([...BLOCKS.slice(0, at), ...extra, ...BLOCKS.slice(at)])
      expect(read(page)).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})

const inLine = (text: string): string => text.replace(/[\n\r]/g, ' ')

const escaped = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

test('any name of a peer comes back as it was', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      ',To="x"',
      'a\\',
      '}',
      '} 5',
      '"',
      '\n',
    ),
    fc.string({ unit: fc.constantFrom('\\', '"', ',', '{', '}', 'n', '=', ' ') }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(names, { maxLength: 5 }), (ids) => {
      const lines = ids.map(
        (id, i) => `etcd_network_peer_sent_bytes_total{To="${escaped(id)}"} ${i}`,
      )
      const { peers } = read(small(...lines))
      const shown = ids.map((id, i) => [id, i] as const).filter(([id]) => id !== '' && id !== '0')
      expect([...peers].map(([id, link]) => [id, link.sentBytesTotal])).toEqual(shown)
    }),
  )
})

test('every number that Go writes is read as JavaScript reads it', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt({ min: 0n, max: 2n ** 64n }).map(Number),
    fc.nat(1_000_000).map((n) => n / 1000),
  )
  const written = number.chain((n) =>
    fc.constantFrom(String(n), n.toExponential(), n.toFixed(3), `  ${n}`, `${n} 1795353453000`),
  )
  fc.assert(
    fc.property(written, (text) => {
      const value = Number(text.trim().split(' ')[0])
      expect(read(small(`etcd_mvcc_put_total ${text}`)).putsTotal).toBe(value)
    }),
    { numRuns: 1000 },
  )
})

test('NaN and infinities are not readings', () => {
  for (const text of ['NaN', '+Inf', '-Inf'])
    expect(read(small(`etcd_mvcc_put_total ${text}`)).putsTotal).toBeUndefined()
  const odd = (count: string, sum: string) =>
    read(
      small(
        'etcd_disk_wal_fsync_duration_seconds_bucket{le="0.1"} 4',
        'etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} 5',
        `etcd_disk_wal_fsync_duration_seconds_sum ${sum}`,
        `etcd_disk_wal_fsync_duration_seconds_count ${count}`,
      ),
    ).walFsync
  expect(odd('5', '1.5')).toEqual({ edges: [0.1], counts: [4], count: 5, sum: 1.5 })
  expect(odd('5', 'NaN')).toBeUndefined()
  expect(odd('+Inf', '1.5')).toBeUndefined()
})

// --- anything at all ---

test('nothing that may come in makes it throw', () => {
  const bit = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\n',
      '#',
      '# TYPE ',
      '# HELP ',
      '{',
      '}',
      '"',
      '\\',
      ',',
      ' ',
      '=',
      'le="',
      'NaN',
      '+Inf',
      '-1e999',
      '0x10',
      'etcd_server_has_leader',
      'etcd_server_id',
      'server_id="',
      'go_gc_duration_seconds',
      '_bucket',
      '_sum',
      '_count',
      'etcd_network_peer_round_trip_time_seconds',
      '__proto__',
    ),
  )
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 60 }), (bits) => {
      expect(typeof parseExposition(`${bits.join('')}\n`).ok).toBe('boolean')
    }),
    { numRuns: 2000 },
  )
})

test('a real page with bytes changed is refused or read, and never throws', () => {
  const change = fc.tuple(fc.nat(PAGE.length - 1), fc.constantFrom(...'\n"{}\\ ,#0aé\0'.split('')))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
      const page = changes.reduce(
        (text, [at, c]) => text.slice(0, at) + c + text.slice(at + 1),
        PAGE,
      )
      expect(typeof parseExposition(page).ok).toBe('boolean')
    }),
    { numRuns: 200 },
  )
})

test('huge pages end soon: many series are refused, long lines are read', () => {
  const from = performance.now()
  const many = Array.from(
    { length: 100_000 },
    (_, i) => `etcd_network_active_peers{Remote="${i}"} 1`,
  )
  expect(whyNot(small(...many))).toContain('more than 4096 series')
  const edges = Array.from(
    { length: 4000 },
    (_, i) => `etcd_disk_wal_fsync_duration_seconds_bucket{le="${4000 - i}"} 1`,
  )
  const backwards = [...edges, 'etcd_disk_wal_fsync_duration_seconds_count 1']
  expect(read(small(...backwards)).walFsync?.edges).toHaveLength(4000)
  const long = `etcd_network_active_peers{Remote="${'\\"'.repeat(1_000_000)}"} 1`
  expect(read(small(long)).peers.size).toBe(1)
  expect(whyNot(small(`etcd_network_active_peers{Remote="${'{'.repeat(4_000_000)}`))).toContain(
    'cannot read',
  )
  expect(performance.now() - from).toBeLessThan(5000)
})
