import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { startCluster, type LabCluster } from '../lab/cluster'
import { startRedis } from '../support/redis'
import { keepPast } from './past'

/** Where the commands of the documentation run: a real cluster called `prod`, and a store with a past. */
export type DocsStage = {
  /** A line of the documentation, by a shell. Never rejects for what the program answers. */
  readonly run: (command: string, input?: string) => Promise<Ran>
  readonly cluster: LabCluster
  readonly close: () => Promise<void>
}

/** `output`: standard output, then standard error. */
export type Ran = { readonly code: number | null; readonly output: string }

export const startDocsStage = async (): Promise<DocsStage> => {
  const [cluster, redis] = await Promise.all([startCluster(), startRedis()])
  const close = async (): Promise<void> => {
    await Promise.all([cluster.close(), redis.close()])
  }
  try {
    await keepPast(redis.url, Date.now())
    writeFileSync(join(cluster.folder, 'clusters.yaml'), configOf(cluster))
    return { cluster, close, run: (command, input) => runIn(cluster, redis.url, command, input) }
  } catch (error) {
    await close()
    throw error
  }
}

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

const runIn = (
  { folder }: LabCluster,
  redisUrl: string,
  command: string,
  input = '',
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const program = `node '${join(packageRoot(), 'dist/src/main.js')}'`
    const child = spawn('bash', ['--norc', '-c', `stormwatch() { ${program} "$@"; }; ${command}`], {
      cwd: folder,
      env: { PATH: process.env['PATH'], USER: 'anna', REDIS_URL: redisUrl },
    })
    let output = ''
    let complaint = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (complaint += part.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: output + complaint }))
    child.stdin.end(input)
  })
