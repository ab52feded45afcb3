import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { binariesOf } from '../lab/binaries'
import { startClients, type Clients } from '../lab/clients'
import { startCluster, type LabCluster } from '../lab/cluster'
import type { LoadPlan } from '../lab/load-plan'
import { startRedis } from '../support/redis'
import { keepPast } from './past'
import { openSlackStage, type SlackStage } from './stage-slack'

/** Where the commands of the documentation run: a real cluster called `prod`, and a store with a past. */
export type DocsStage = {
  /** A line of the documentation, by a shell. Never rejects for what the program answers. */
  readonly run: (command: string, input?: string) => Promise<Ran>
  /** What people type in Slack. */
  readonly slack: SlackStage
  readonly cluster: LabCluster
  readonly close: () => Promise<void>
}

/** `output`: standard output, then standard error. */
export type Ran = { readonly code: number | null; readonly output: string }

export const startDocsStage = async (): Promise<DocsStage> => {
  const [cluster, redis] = await Promise.all([startCluster(), startRedis()])
  const clients: Clients[] = []
  let slack: SlackStage | undefined
  const close = async (): Promise<void> => {
    await Promise.all([slack?.close(), ...clients.map((one) => one.stop())])
    await Promise.all([cluster.close(), redis.close()])
  }
  try {
    for (const plan of WRITERS) clients.push(await startClients(cluster, plan))
    await keepPast(redis.url, Date.now())
    const file = join(cluster.folder, 'clusters.yaml')
    writeFileSync(file, configOf(cluster))
    slack = await openSlackStage(file, redis.url)
    return {
      cluster,
      slack,
      close,
      run: (command, input) => runIn(cluster, redis.url, command, input),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What a Kubernetes writes when little happens. */
const WRITERS: readonly LoadPlan[] = [
  ['leases/kube-node-lease', 12],
  ['events/shop', 6],
  ['pods/shop', 2],
].map(([prefix, perSecond]) => ({
  kind: 'puts',
  workers: 1,
  valueBytes: 800,
  perSecond: Number(perSecond),
  keys: 40,
  prefix: `/registry/${prefix}/`,
  forMs: 600_000,
}))

/** JSON is YAML. */
const configOf = ({ members }: LabCluster): string =>
  JSON.stringify({
    clusters: {
      prod: {
        title: 'Production',
        endpoints: members.map(({ endpoint }) => endpoint),
        logs: { file: Object.fromEntries(members.map((one) => [one.endpoint, one.logFile])) },
        channel: 'C0123456789',
      },
    },
    access: { viewers: ['*'], operators: ['*'] },
  })

/** As if they were installed. */
const PROGRAMS = [
  `stormwatch() { node '${join(packageRoot(), 'dist/src/main.js')}' "$@"; }`,
  `etcdctl() { '${binariesOf('3.5').etcdctl}' "$@"; }`,
].join('; ')

const runIn = (
  { folder, endpoints }: LabCluster,
  redisUrl: string,
  command: string,
  input = '',
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['--norc', '-c', `${PROGRAMS}; ${command}`], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        USER: 'anna',
        REDIS_URL: redisUrl,
        ETCDCTL_API: '3',
        ETCDCTL_ENDPOINTS: endpoints.join(),
      },
    })
    let output = ''
    let complaint = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (complaint += part.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: output + complaint }))
    child.stdin.end(input)
  })
