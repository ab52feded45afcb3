import { join } from 'node:path'
import { startClients } from './clients'
import type { LabCluster } from './cluster'
import type { Scene } from './fault'
import type { LoadPlan } from './load-plan'
import type { Undo } from './rounds'

// --- load and space ---

export const load = async ({ cluster }: Scene, plan: LoadPlan): Promise<Undo> => {
  const clients = await startClients(cluster, plan)
  return async () => {
    await clients.stop()
  }
}

export const fillDatabase = async (scene: Scene, valueBytes: number): Promise<Undo> => {
  const { cluster, forMs } = scene
  const plan = { kind: 'puts', workers: 4, valueBytes, keys: 1_000_000, forMs } as const
  const clients = await startClients(cluster, plan)
  return async () => {
    await clients.stop()
    await compact(cluster)
    for (const index of cluster.members.keys()) await defrag(cluster, index)
    await cluster.etcdctl(['alarm', 'disarm'])
  }
}

export const defrag = async (cluster: LabCluster, index: number): Promise<void> => {
  const options = { endpoints: cluster.endpoints.slice(index, index + 1), timeoutMs: 60_000 }
  await cluster.etcdctl(['defrag', '--command-timeout=60s'], options)
}

export const snapshot = async (cluster: LabCluster, index: number): Promise<void> => {
  const options = { endpoints: cluster.endpoints.slice(index, index + 1), timeoutMs: 60_000 }
  await cluster.etcdctl(['snapshot', 'save', join(cluster.folder, 'backup.db')], options)
}

export const compact = async (cluster: LabCluster): Promise<void> => {
  const status = await cluster.etcdctl(['endpoint', 'status', '-w', 'json'])
  const [first] = JSON.parse(status) as { Status: { header: { revision: number } } }[]
  const revision = String(first?.Status.header.revision ?? 1)
  // Nothing was written since the last one: that is no fault.
  await cluster.etcdctl(['compact', revision], { timeoutMs: 60_000 }).catch((error: unknown) => {
    if (!String(error).includes('has been compacted')) throw error
  })
}
