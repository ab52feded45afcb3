import { readFileSync } from 'node:fs'
import { constants, createBrotliCompress } from 'node:zlib'
import { createObserver } from '../../src/cluster/observe'
import { traceHeader, traceLook } from '../../src/cluster/trace/writer'
import type { ClusterConfig } from '../../src/config'
import { defaultLimits } from '../../src/config/load'
import type { LabCluster } from './cluster'
import { nap, rounds } from './rounds'
import type { Watcher } from './run'
import type { Scenario } from './scenario'

/** Between two looks, ms, unless the scenario says otherwise. */
export const LOOK_EVERY_MS = 2000

/**
 * Watches a run as Stormwatch does, by its own observer, and answers the trace of it, compressed: pages, Status and the log
 * lines of every member.
 */
export const traceOf: Watcher<Buffer> = (cluster, scenario) => {
  const config = configOf(cluster, scenario)
  const packed = packer()
  const linesSince = logReader(cluster)
  let pages = new Map<string, string>()
  const endpoints = new Map(config.endpoints.map(({ metricsUrl, url }) => [metricsUrl, url]))
  const observer = createObserver({
    onPage: (url, page) => void pages.set(endpoints.get(url) ?? url, page),
  })
  packed.write(traceHeader(config))
  const stop = rounds(async (signal) => {
    const next = nap(scenario.everyMs ?? LOOK_EVERY_MS, signal)
    pages = new Map()
    const look = await observer.observe(config, Date.now())
    packed.write(traceLook(look, pages))
    packed.write(linesSince(look.at))
    await next
  })
  return Promise.resolve({
    stop: async () => {
      await stop()
      await observer.close()
      return packed.end()
    },
  })
}

/** A lab cluster as its users would configure it. */
const configOf = (
  { members, tls }: LabCluster,
  { name, cluster: { electionMs = 1000, heartbeatMs = 100 } }: Scenario,
): ClusterConfig => ({
  name,
  title: name,
  endpoints: members.map(({ endpoint, metricsUrl }) => ({ url: endpoint, metricsUrl })),
  tls: tls && { ca: tls.ca, cert: tls.cert, key: tls.key, serverName: undefined },
  auth: undefined,
  logs: undefined,
  readTimeoutMs: 2000,
  settings: { name, heartbeatMs, electionMs, timeoutsFrom: 'config', quotaBytes: undefined },
  limits: defaultLimits(),
  channel: undefined,
  maintenance: [],
  access: { viewers: [], operators: [] },
})

/** What etcd prints of requests goes on and on. */
const MAX_LINE = 2000

/** The log lines that came since the call before, as lines of a trace. The first call gives the start logs too. */
const logReader = ({ members }: LabCluster): ((at: number) => string) => {
  const read = new Map<string, number>()
  return (at) =>
    members
      .map(({ endpoint, logFile }) => {
        const log = readFileSync(logFile)
        const from = read.get(logFile) ?? 0
        const end = log.lastIndexOf(10) + 1
        read.set(logFile, end)
        const lines = log.subarray(from, end).toString().split('\n').filter(Boolean)
        const kept = lines.map((line) => line.slice(0, MAX_LINE))
        return kept.length === 0 ? '' : `${JSON.stringify({ at, endpoint, log: kept })}\n`
      })
      .join('')
}

type Packer = { write(text: string): void; end(): Promise<Buffer> }

/** As `record` packs: the page before is within the window. */
const packer = (): Packer => {
  const packed = createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: 7, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
  const chunks: Buffer[] = []
  packed.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    packed.once('end', resolve)
    packed.once('error', reject)
  })
  return {
    write: (text) => void packed.write(text),
    end: async () => {
      packed.end()
      await ended
      return Buffer.concat(chunks)
    },
  }
}
