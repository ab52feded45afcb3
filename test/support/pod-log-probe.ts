import { createInterface } from 'node:readline'
import { createLogSource } from '../../src/cluster/logs/logs'
import type { LogsConfig } from '../../src/config'

/**
 * A process of its own for the log source of pods: the Kubernetes client is an ES module, which Jest's own loader does not
 * take. Each line of standard input, `{since, now}`, is answered by a line of JSON.
 */
const { config, endpoints } = JSON.parse(process.argv[2] ?? '') as {
  readonly config: LogsConfig
  readonly endpoints: readonly string[]
}

const main = async (): Promise<void> => {
  await import('@kubernetes/client-node') // from the sources it takes seconds: not what is measured here
  const source = createLogSource(config, { endpoints })
  for await (const line of createInterface({ input: process.stdin })) {
    const { since, now } = JSON.parse(line) as { readonly since: number; readonly now: number }
    process.stdout.write(`${JSON.stringify(await source.since(since, now))}\n`)
  }
  await source.close()
}

void main()
