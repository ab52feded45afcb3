import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNEL } from './channel'
import type { LabCluster } from './cluster'

/** Calm must last so long until the all clear: 15 min elsewhere. */
export const ALL_CLEAR_SECONDS = 60

/** The proxy between the members is a process that waits for its turn too: 100 ms of round trip are no sign here. */
const LIMITS = { allClearMs: ALL_CLEAR_SECONDS * 1000, farShare: 0.5 }

/** The bot's configuration. Returns its file. */
export const writeConfig = (cluster: LabCluster, apiUrl: string): string => {
  const file = join(cluster.folder, 'clusters.yaml')
  writeFileSync(file, configOf(cluster, apiUrl))
  return file
}

/** JSON is YAML, and quotes every path. */
const configOf = ({ members, options }: LabCluster, apiUrl: string): string =>
  JSON.stringify(
    {
      clusters: {
        demo: {
          title: 'The demo cluster',
          endpoints: members.map(({ endpoint }) => endpoint),
          logs: { file: Object.fromEntries(members.map((one) => [one.endpoint, one.logFile])) },
          heartbeat: `${options.heartbeatMs ?? 100}ms`,
          election: `${options.electionMs ?? 1000}ms`,
          channel: CHANNEL.id,
          limits: LIMITS,
        },
      },
      slack: { mode: 'http', host: '127.0.0.1', port: 0, apiUrl },
      health: { host: '127.0.0.1', port: 0 },
      watch: { every: '5s' },
      access: { viewers: ['*'], operators: ['*'] },
    },
    undefined,
    2,
  )
