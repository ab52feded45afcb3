import { startClients, type Clients } from './clients'
import { startCluster, type LabCluster } from './cluster'
import { electionsSince, markLogs, type WonElection } from './elections'
import type { Injected } from './fault'
import { inject } from './faults'
import { nap } from './rounds'
import type { Scenario } from './scenario'

export type Stage = 'starting' | 'healthy' | 'fault' | 'recovering'

/** What watches a run from outside, as Stormwatch does: begun when the cluster stands, ended when all is over. */
export type Watcher<Seen> = (
  cluster: LabCluster,
  scenario: Scenario,
) => Promise<{ stop(): Promise<Seen> }>

/** What happened, in the words of the cluster itself. Times are Unix ms. */
export type RunRecord<Seen> = {
  readonly scenario: string
  readonly faultFrom: number
  readonly faultTo: number
  /** Endpoints of the members that were hit. */
  readonly hit: readonly string[]
  /** From the fault's begin to the end of the run. */
  readonly elections: readonly WonElection[]
  readonly electionsBefore: number
  readonly seen: Seen
}

export type RunTimes = { readonly healthyMs: number; readonly recoverMs: number }

const TIMES: RunTimes = { healthyMs: 25_000, recoverMs: 10_000 }

/** Starts a cluster, lets it be well, hurts it, heals it, and closes it. */
export const runScenario = async <Seen>(
  scenario: Scenario,
  watch: Watcher<Seen>,
  {
    onStage = () => {},
    times = { ...TIMES, ...scenario.times },
  }: { onStage?: (stage: Stage) => void; times?: RunTimes } = {},
): Promise<RunRecord<Seen>> => {
  onStage('starting')
  const cluster = await startCluster(scenario.cluster)
  try {
    await prefill(cluster, scenario)
    const watcher = await watch(cluster, scenario)
    const load = await startLoad(cluster, scenario, times)
    onStage('healthy')
    const before = markLogs(cluster)
    await nap(times.healthyMs)
    const electionsBefore = electionsSince(cluster, before).length
    const hurt = await hurtFor(cluster, scenario, onStage)
    await nap(times.recoverMs)
    await load?.stop()
    const { mark, ...record } = hurt
    const elections = electionsSince(cluster, mark)
    const name = scenario.name
    return { scenario: name, ...record, elections, electionsBefore, seen: await watcher.stop() }
  } finally {
    await cluster.close()
  }
}

const prefill = async (cluster: LabCluster, { prefill }: Scenario): Promise<void> => {
  if (prefill === undefined) return
  const clients = await startClients(cluster, { ...prefill, forMs: 60_000 })
  await clients.finished()
  await clients.stop()
}

const startLoad = async (
  cluster: LabCluster,
  { holdMs, load }: Scenario,
  times: RunTimes,
): Promise<Clients | undefined> => {
  if (load === undefined) return undefined
  const forMs = times.healthyMs + holdMs + times.recoverMs + 60_000
  return startClients(cluster, { ...load, forMs })
}

const hurtFor = async (
  cluster: LabCluster,
  { faults, holdMs }: Scenario,
  onStage: (stage: Stage) => void,
) => {
  const mark = markLogs(cluster)
  const faultFrom = Date.now()
  onStage('fault')
  const injected: Injected[] = []
  for (const fault of faults) injected.push(await inject(cluster, fault))
  await nap(holdMs)
  const faultTo = Date.now()
  onStage('recovering')
  for (const { undo } of injected) await undo()
  const hit = new Set(injected.flatMap(({ members }) => members))
  const endpoints = [...hit].flatMap((index) => cluster.members[index]?.endpoint ?? [])
  return { mark, faultFrom, faultTo, hit: endpoints }
}
