import { spawn, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startCluster, type LabCluster } from './cluster'
import { startRedis, type LabRedis } from './redis'

/** What the demo plays on: a cluster, a Redis, and the real built program pointed at both. */
export type Stage = {
  readonly cluster: LabCluster
  readonly configFile: string
  /** Runs the program as a user would, on our own output. Resolves to its exit code. */
  stormwatch(words: readonly string[]): Promise<number>
  /** Ends what the program is doing now. */
  interrupt(): void
  close(): Promise<void>
}

const PROGRAM = resolve(__dirname, '../../dist/src/main.js')

export const setStage = async (): Promise<Stage> => {
  const redis = await startRedis()
  const cluster = await startCluster().catch(async (error: unknown) => {
    await redis.close()
    throw error
  })
  const configFile = join(cluster.folder, 'clusters.yaml')
  await writeFile(configFile, configOf(cluster))
  const running = new Set<ChildProcess>()
  const interrupt = () => {
    for (const child of running) child.kill('SIGKILL')
  }
  return {
    cluster,
    configFile,
    stormwatch: (words) => runProgram([...words, '--config', configFile], redis, running),
    interrupt,
    close: async () => {
      interrupt()
      await Promise.all([cluster.close(), redis.close()])
    },
  }
}

const configOf = ({ endpoints }: LabCluster): string =>
  [
    'clusters:',
    '  demo:',
    '    title: The demo cluster',
    '    endpoints:',
    ...endpoints.map((endpoint) => `      - ${endpoint}`),
    '',
  ].join('\n')

const runProgram = (
  args: readonly string[],
  redis: LabRedis,
  running: Set<ChildProcess>,
): Promise<number> =>
  new Promise((done, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      // Keys belong to the prompt.
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, REDIS_URL: redis.url },
    })
    running.add(child)
    child.once('error', reject)
    child.once('exit', (code) => {
      running.delete(child)
      done(code ?? 3)
    })
  })
