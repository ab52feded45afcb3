import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { announceMetrics, type AnnounceMetrics } from './announce'
import { standingMetrics, type Standing } from './standing'
import { watchMetrics, type WatchMetrics } from './watch'
import type { Observation } from '../diagnosis/facts'

/** Our own Prometheus metrics, all defined here. Labels are bounded: a cluster's name, never a member's or a user's. */
export type Metrics = {
  /** The text page, for /metrics. */
  readonly page: () => Promise<string>
  readonly contentType: string
  readonly commandAnswered: (command: Answered) => void
  readonly looked: (cluster: string, look: Observation, tookMs: number) => void
  readonly slackConnected: (connected: boolean) => void
  readonly configRead: (outcome: 'taken' | 'refused', clusters: readonly string[]) => void
  readonly watch: WatchMetrics
  readonly announce: AnnounceMetrics
  /** A draft, report, late report or reminder was decided, a shift accepted, a note taken. */
  readonly handoff: (what: string) => void
  /** How the bot stands, when the page is read. */
  readonly stands: (how: Standing) => void
  readonly heartbeat: (outcome: string) => void
  /** From a request of Slack to its acknowledgement, ms. */
  readonly slackAcknowledged: (tookMs: number) => void
}

export type Answered = {
  readonly command: string
  readonly face: 'slack' | 'terminal'
  readonly outcome: string
  readonly tookMs: number
}

/** One registry an app: two apps in one process (tests) do not share numbers. */
export const createMetrics = (version: string): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'stormwatch_' })
  const commands = new Counter({
    name: 'stormwatch_commands_total',
    help: 'Commands by subcommand, face and outcome.',
    labelNames: ['command', 'face', 'outcome'],
    registers,
  })
  const commandSeconds = new Histogram({
    name: 'stormwatch_command_duration_seconds',
    help: 'Time from a command to its answer.',
    labelNames: ['command'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const looks = new Counter({
    name: 'stormwatch_looks_total',
    help: 'Looks at a cluster: whole (every part of every member read), partial, or blind (nothing read).',
    labelNames: ['cluster', 'outcome'],
    registers,
  })
  const lookSeconds = new Histogram({
    name: 'stormwatch_look_duration_seconds',
    help: 'Time that a look at all members of a cluster took.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5],
    registers,
  })
  const failures = new Counter({
    name: 'stormwatch_read_failures_total',
    help: 'Readings of a member that failed, by part (status, metrics) and kind of failure.',
    labelNames: ['cluster', 'part', 'reason'],
    registers,
  })
  const slack = new Gauge({
    name: 'stormwatch_slack_connected',
    help: '1 while Slack accepts our token (and, in Socket Mode, the socket is open).',
    registers,
  })
  const configs = new Counter({
    name: 'stormwatch_config_reads_total',
    help: 'Readings of the configuration: taken, or refused (the old one stays).',
    labelNames: ['outcome'],
    registers,
  })
  const known = new Gauge({
    name: 'stormwatch_clusters',
    help: 'Clusters in the configuration in force.',
    registers,
  })
  new Gauge({
    name: 'stormwatch_build_info',
    help: '1, with the version.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)
  const watch = watchMetrics(registers)
  const announce = announceMetrics(registers)
  const acknowledged = new Histogram({
    name: 'stormwatch_slack_ack_seconds',
    help: 'From a request of Slack to its acknowledgement. Slack gives up after 3 s.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
    registers,
  })
  const handoffs = new Counter({
    name: 'stormwatch_handoffs_total',
    help: 'Handoffs by what was done: draft, report, late report, reminder, accepted, note.',
    labelNames: ['what'],
    registers,
  })
  const beats = new Counter({
    name: 'stormwatch_heartbeats_total',
    help: "Calls of the dead man's switch: done, refused (no 2xx), failed.",
    labelNames: ['outcome'],
    registers,
  })
  const stands = standingMetrics(registers)
  let names: readonly string[] = []

  return {
    watch,
    announce,
    handoff: (what) => handoffs.inc({ what }),
    stands,
    heartbeat: (outcome) => beats.inc({ outcome }),
    slackAcknowledged: (tookMs) => acknowledged.observe(tookMs / 1000),
    page: () => registry.metrics(),
    contentType: registry.contentType,
    commandAnswered: ({ command, face, outcome, tookMs }) => {
      commands.inc({ command, face, outcome })
      commandSeconds.observe({ command }, tookMs / 1000)
    },
    looked: (cluster, look, tookMs) => {
      looks.inc({ cluster, outcome: outcomeOf(look) })
      lookSeconds.observe(tookMs / 1000)
      for (const { status, scrape } of look.members) {
        if (!status.ok) failures.inc({ cluster, part: 'status', reason: status.why.kind })
        if (!scrape.ok) failures.inc({ cluster, part: 'metrics', reason: scrape.why.kind })
      }
    },
    slackConnected: (connected) => slack.set(connected ? 1 : 0),
    configRead: (outcome, clusters) => {
      configs.inc({ outcome })
      if (outcome === 'refused') return
      const gone = names.filter((name) => !clusters.includes(name))
      for (const cluster of gone)
        for (const outcome of ['whole', 'partial', 'blind']) looks.remove({ cluster, outcome })
      watch.forget(gone)
      announce.forget(gone)
      names = clusters
      known.set(clusters.length)
    },
  }
}

const outcomeOf = ({ members }: Observation): 'whole' | 'partial' | 'blind' => {
  const parts = members.flatMap(({ status, scrape }) => [status.ok, scrape.ok])
  if (parts.every(Boolean)) return 'whole'
  return parts.some(Boolean) ? 'partial' : 'blind'
}
