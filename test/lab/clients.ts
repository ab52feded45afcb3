import type { LabCluster } from './cluster'
import { startHelper } from './helper-process'
import type { LoadAct, LoadPlan, LoadResult } from './load-plan'

/** Clients at work, in a process of their own. */
export type Clients = {
  /** Resolves when the plan is at its end. */
  finished(): Promise<LoadResult>
  stop(): Promise<LoadResult>
}

/** Plain HTTP only: for a cluster without TLS and auth. */
export const startClients = async (cluster: LabCluster, plan: LoadPlan): Promise<Clients> => {
  const helper = startHelper<LoadAct>('load.ts')
  const ask = async (act: LoadAct) => (await helper.order(act)) as LoadResult
  await ask({ act: 'start', endpoints: cluster.endpoints, plan })
  return {
    finished: () => ask({ act: 'wait' }),
    stop: async () => {
      const result = await ask({ act: 'stop' })
      await helper.close()
      return result
    },
  }
}
