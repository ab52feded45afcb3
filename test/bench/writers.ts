import { createWriters, type Writers } from '../../src/cluster/writes/writers'
import { loadConfig } from '../../src/config/load'
import type { ClusterConfig } from '../../src/config'
import { startCluster } from '../lab/cluster'
import { startHelper, type Helper } from '../lab/helper-process'
import { configFileOf } from './config-file'
import type { PutAct, PutTimes } from './put-latency'
import { against, figuresOf, figuresText, say, type Figures } from './timing'

type Load = Pick<PutAct, 'workers' | 'valueBytes' | 'perSecond'> & {
  readonly name: string
}

const LOADS: readonly Load[] = [
  { name: '200 puts a second of 1 KiB', workers: 16, valueBytes: 1024, perSecond: 200 },
  { name: 'as fast as it goes, 1 KiB', workers: 16, valueBytes: 1024, perSecond: undefined },
  { name: 'as fast as it goes, 16 KiB', workers: 16, valueBytes: 16_384, perSecond: undefined },
]

const ROUNDS = 10
const SLICE_MS = 2000

/** What `writers` does to the clients' puts: slices with and without a watch by turns, on one real cluster. */
export const benchWriters = async (): Promise<void> => {
  say(
    `writers: puts with and without the watch, ${ROUNDS} slices of ${SLICE_MS / 1000} s of each by turns`,
  )
  const lab = await startCluster({ members: 3 })
  const writers = createWriters()
  const clients = startHelper<PutAct>('../bench/put-latency.ts')
  try {
    const [cluster] = loadConfig(configFileOf(lab), {}).clusters
    if (cluster === undefined) throw new Error('Cannot bench: the lab has no cluster')
    const endpoints = inOrder(lab.endpoints, await lab.leader())
    for (const load of LOADS) await compare(load, { cluster, endpoints, clients, writers })
  } finally {
    await writers.close()
    await clients.close()
    await lab.close()
  }
}

/** Followers first, as the command does. */
const inOrder = (endpoints: readonly string[], leader: number): readonly string[] => [
  ...endpoints.filter((_, i) => i !== leader),
  ...endpoints.filter((_, i) => i === leader),
]

type Ground = {
  readonly cluster: ClusterConfig
  readonly endpoints: readonly string[]
  readonly clients: Helper<PutAct>
  readonly writers: Writers
}

const compare = async (load: Load, ground: Ground): Promise<void> => {
  const without: number[][] = []
  const watched: number[][] = []
  let seen = 0
  let open = 0
  const cpu: number[] = []
  await slice(load, ground) // warms up
  for (let round = 0; round < ROUNDS; round++) {
    // the order turns, so that a machine that slows down or speeds up favours neither
    for (const isWatched of round % 2 === 0 ? [false, true] : [true, false]) {
      if (!isWatched) {
        without.push(await slice(load, ground))
        continue
      }
      const leaving = new AbortController()
      const used = process.cpuUsage()
      const watch = ground.writers.watch(
        ground.cluster,
        { endpoints: ground.endpoints, forMs: 30_000, prefix: undefined, onSoFar: () => undefined },
        leaving.signal,
      )
      watched.push(await slice(load, ground))
      leaving.abort()
      const result = await watch
      const { user, system } = process.cpuUsage(used)
      if (result.kind !== 'watched') throw new Error(`Cannot bench: ${JSON.stringify(result)}`)
      seen += result.writes.seen
      open += result.writes.watchedMs
      cpu.push((user + system) / 1000)
    }
  }
  report(load, without, watched)
  say(
    `    ${seen} writes watched, the watch open ${Math.round((100 * open) / (ROUNDS * SLICE_MS))} % of the time, ${((1000 * cpu.reduce((a, b) => a + b, 0)) / Math.max(1, seen)).toFixed(0)} µs of our CPU a write`,
  )
}

const slice = async (load: Load, { clients, cluster }: Ground) => {
  const endpoints = cluster.endpoints.map(({ url }) => url)
  const { workers, valueBytes, perSecond: wanted } = load
  const plan = { workers, valueBytes, perSecond: wanted, endpoints, forMs: SLICE_MS }
  const result = (await clients.order(plan)) as PutTimes
  if (result.failed > 0) throw new Error(`Cannot bench: ${result.failed} puts failed`)
  return [...result.took]
}

const report = (
  { name }: Load,
  without: readonly number[][],
  watched: readonly number[][],
): void => {
  const [a, b] = [without, watched].map((slices) => figuresOf(slices.flat())) as [Figures, Figures]
  say(`  ${name}`)
  say(`    without: ${perSecond(a)} puts/s, ${figuresText(a)}`)
  say(`    watched: ${perSecond(b)} puts/s, ${figuresText(b)}`)
  against('  puts a second, watched / without', {
    value: b.n / a.n,
    target: 'at least 0.95',
    unit: '×',
  })
  const ratio = (pick: (figures: Figures) => number): number =>
    middle(watched, pick) / middle(without, pick)
  against('  p50, watched / without (median of slices)', {
    value: ratio(({ median }) => median),
    target: 'at most 1.05',
    unit: '×',
  })
  against('  p99, watched / without (median of slices)', {
    value: ratio(({ p99 }) => p99),
    target: 'at most 1.2',
    unit: '×',
  })
}

const middle = (slices: readonly number[][], pick: (figures: Figures) => number): number =>
  figuresOf(slices.map((took) => pick(figuresOf(took)))).median

const perSecond = ({ n }: Figures): string => ((1000 * n) / (ROUNDS * SLICE_MS)).toFixed(0)
