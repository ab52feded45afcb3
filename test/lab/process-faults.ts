import type { LabCluster } from './cluster'
import type { Fault, Scene } from './fault'
import { nap, rounds, type Undo } from './rounds'
import { again, targets } from './targets'

// --- pauses and processes ---

export const pauses = async (
  scene: Scene,
  { everyMs, on, pauseMs }: Extract<Fault, { kind: 'pause' }>,
): Promise<Undo> => {
  const { cluster } = scene
  const pause = async (index: number, signal?: AbortSignal): Promise<void> => {
    await cluster.pause(index)
    await nap(pauseMs, signal)
    cluster.resume(index)
  }
  if (everyMs !== undefined) return again(scene, { on, everyMs }, pause)
  const stop = new AbortController()
  const paused = (await targets(scene, on)).map((index) => pause(index, stop.signal))
  return async () => {
    stop.abort()
    await Promise.all(paused)
  }
}

export const down = async (cluster: LabCluster, index: number): Promise<Undo> => {
  await cluster.kill(index)
  return () => cluster.start(index)
}

export const restart = async (
  cluster: LabCluster,
  index: number,
  downMs: number,
): Promise<Undo> => {
  await cluster.stop(index)
  await nap(downMs)
  await cluster.start(index)
  return () => Promise.resolve()
}

export const addLearner = async (cluster: LabCluster): Promise<Undo> => {
  await cluster.addLearner()
  return () => Promise.resolve()
}

export const killQuorum = async (scene: Scene): Promise<Undo> => {
  const { cluster } = scene
  const leader = await cluster.leader()
  const others = cluster.members.map((_, index) => index).filter((index) => index !== leader)
  const victims = [leader, ...others].slice(0, Math.ceil(cluster.members.length / 2))
  for (const index of victims) scene.hit(index)
  await Promise.all(victims.map((index) => cluster.kill(index)))
  return async () => {
    await Promise.all(victims.map((index) => cluster.start(index)))
    await cluster.healthy()
  }
}

export const crashLoop = async (
  scene: Scene,
  fault: Extract<Fault, { kind: 'crash-loop' }>,
): Promise<Undo> => {
  const { cluster } = scene
  const stop = await again(scene, fault, async (index) => {
    await cluster.kill(index)
    await cluster.start(index)
  })
  return async () => {
    await stop()
    await cluster.healthy()
  }
}

export const moveLeader = async (
  scene: Scene,
  { everyMs, times }: Extract<Fault, { kind: 'move-leader' }>,
): Promise<Undo> => {
  const { cluster } = scene
  let left = times
  return rounds(async (signal) => {
    if (left-- > 0) await moveLeaderOnce(scene, await cluster.leader())
    await nap(everyMs, signal)
  })
}

const moveLeaderOnce = async ({ cluster, hit }: Scene, leader: number): Promise<void> => {
  const next = (leader + 1) % cluster.members.length
  hit(leader)
  const id = await idOf(cluster, next)
  await cluster.etcdctl(['move-leader', id], {
    endpoints: cluster.endpoints.slice(leader, leader + 1),
  })
}

const idOf = async (cluster: LabCluster, index: number): Promise<string> => {
  const list = await cluster.etcdctl(['member', 'list'])
  const name = cluster.members[index]?.name
  const row = list.split('\n').find((line) => line.split(', ')[2] === name)
  return row?.split(', ')[0] ?? ''
}

export const rollingRestart = async (
  scene: Scene,
  { downMs, everyMs }: Extract<Fault, { kind: 'rolling-restart' }>,
): Promise<Undo> => {
  const { cluster } = scene
  const leader = await cluster.leader()
  const followers = cluster.members.map((_, index) => index).filter((index) => index !== leader)
  const order = [...followers, leader]
  return rounds(async (signal) => {
    const index = order.shift()
    if (index !== undefined) {
      scene.hit(index)
      await cluster.stop(index)
      await nap(downMs, signal)
      await cluster.start(index)
    }
    await nap(everyMs, signal)
  })
}
