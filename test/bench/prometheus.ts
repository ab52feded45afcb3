import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { takePorts } from '../lab/ports'
import { pause } from '../support/redis'
import type { FakeMember } from './members'
import { say } from './timing'

const MEMBERS = 300
const EVERY_SECONDS = 15
const WARM_ROUNDS = 2
const ROUNDS = 3
const TICKS_PER_SECOND = 100 // USER_HZ
const PAGE_BYTES = 4096

/** Prometheus with rules like etcd's mixin, at the same members, beside the watcher's CPU a look. */
export const benchPrometheus = async (
  members: readonly FakeMember[],
  oursMs: number,
): Promise<void> => {
  const program = programPath()
  if (program === undefined)
    return say('  prometheus cannot be had on this machine: nothing to compare with')
  const folder = mkdtempSync(join(tmpdir(), 'stormwatch-prometheus-'))
  const ports = await takePorts(1)
  const child = start(program, { folder, port: ports.list[0] ?? 0, members })
  try {
    await pause(WARM_ROUNDS * EVERY_SECONDS * 1000)
    const before = cpuMsOf(child)
    await pause(ROUNDS * EVERY_SECONDS * 1000)
    const perScrape = (cpuMsOf(child) - before) / (MEMBERS * ROUNDS)
    say(
      `  prometheus at ${MEMBERS} members: ${perScrape.toFixed(1)} ms a scrape, RSS ${(rssBytesOf(child) / 1e6).toFixed(0)} MB; ${(perScrape / oursMs).toFixed(1)} times ours a look`,
    )
  } finally {
    await end(child)
    await ports.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Installed, or brought from Debian into the cache. */
const programPath = (): string | undefined => {
  const script = join(packageRoot(), 'test', 'bench', 'prometheus.sh')
  const { status, stdout } = spawnSync('bash', [script], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

type Start = {
  readonly folder: string
  readonly port: number
  readonly members: readonly FakeMember[]
}

const start = (program: string, { folder, port, members }: Start): ChildProcess => {
  const config = join(folder, 'prometheus.yml')
  writeFileSync(config, JSON.stringify(configOf(members)))
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify(RULES))
  return spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
}

/** The same five pages under as many names as there are members. */
const configOf = (members: readonly FakeMember[]) => ({
  global: {
    scrape_interval: `${EVERY_SECONDS}s`,
    evaluation_interval: `${EVERY_SECONDS}s`,
  },
  rule_files: ['rules.yml'],
  scrape_configs: [
    {
      job_name: 'etcd',
      static_configs: Array.from({ length: MEMBERS }, (_, i) => ({
        targets: [new URL(members[i % members.length]?.metricsUrl ?? '').host],
        labels: { member: `${i}`, cluster: `${Math.floor(i / members.length)}` },
      })),
    },
  ],
})

const rule = (alert: string, expr: string) => ({ alert, expr, for: '5m' })

/** What etcd's mixin asks of the families that we read. */
const RULES = {
  groups: [
    {
      name: 'etcd',
      rules: [
        rule('Members', 'sum by (cluster) (up == bool 0) > 0'),
        rule(
          'InsufficientMembers',
          'sum by (cluster) (up == bool 1) < (count by (cluster) (up) + 1) / 2',
        ),
        rule('NoLeader', 'etcd_server_has_leader == 0'),
        rule(
          'HighNumberOfLeaderChanges',
          'increase((max by (cluster) (etcd_server_leader_changes_seen_total))[15m:1m]) >= 4',
        ),
        rule(
          'MemberCommunicationSlow',
          'histogram_quantile(0.99, rate(etcd_network_peer_round_trip_time_seconds_bucket[5m])) > 0.15',
        ),
        rule('HighNumberOfFailedProposals', 'rate(etcd_server_proposals_failed_total[15m]) > 5'),
        rule(
          'HighFsyncDurations',
          'histogram_quantile(0.99, rate(etcd_disk_wal_fsync_duration_seconds_bucket[5m])) > 0.5',
        ),
        rule(
          'HighCommitDurations',
          'histogram_quantile(0.99, rate(etcd_disk_backend_commit_duration_seconds_bucket[5m])) > 0.25',
        ),
        rule(
          'GRPCRequestsSlow',
          'histogram_quantile(0.99, sum by (cluster, member, grpc_method, le) (rate(grpc_server_handling_seconds_bucket[5m]))) > 0.15',
        ),
        rule(
          'DatabaseQuotaLowSpace',
          'etcd_mvcc_db_total_size_in_bytes / etcd_server_quota_backend_bytes > 0.95',
        ),
        rule(
          'ExcessiveDatabaseGrowth',
          'predict_linear(etcd_mvcc_db_total_size_in_bytes[4h], 14400) > etcd_server_quota_backend_bytes',
        ),
      ],
    },
  ],
}

/** User and system time so far. Fields 14 and 15, counted after the name, which may hold spaces. */
const cpuMsOf = ({ pid }: ChildProcess): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

const rssBytesOf = ({ pid }: ChildProcess): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
