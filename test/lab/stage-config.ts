import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNEL } from './channel'
import type { LabCluster } from './cluster'

/** The bot's configuration, which it reads again when it changes. */
export type DemoConfig = {
  readonly file: string
  /** What is played next. */
  readonly expect: (weather: Expected) => void
}

export type Expected = 'storm' | 'calm'

/** Calm must last so long until the all clear: 15 min elsewhere. */
export const ALL_CLEAR_SECONDS = 45

/** The proxy between the members is a process that waits for its turn too: 100 ms of round trip are no sign here. */
const ALWAYS = { allClearMs: ALL_CLEAR_SECONDS * 1000, farShare: 0.5 }

/**
 * The elections of 5 and of 15 min make a warning whatever came after them, so that an all clear within them would never
 * come: when the fault has ended they count no more.
 */
const LIMITS: Readonly<Record<Expected, Readonly<Record<string, number>>>> = {
  storm: ALWAYS,
  calm: { ...ALWAYS, warningElections5Min: 1000, warningElections15Min: 1000 },
}

export const writeConfig = (cluster: LabCluster, apiUrl: string): DemoConfig => {
  const file = join(cluster.folder, 'clusters.yaml')
  const expect = (weather: Expected): void => {
    // Never half a file
    writeFileSync(`${file}.part`, configOf(cluster, apiUrl, LIMITS[weather]))
    renameSync(`${file}.part`, file)
  }
  expect('storm')
  return { file, expect }
}

/** JSON is YAML, and quotes every path. */
const configOf = (
  { members, options }: LabCluster,
  apiUrl: string,
  limits: Readonly<Record<string, number>>,
): string =>
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
          limits,
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
