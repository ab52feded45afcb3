import type { LabCluster } from './cluster'
import type { Scene, Target } from './fault'
import { nap, rounds, type Undo } from './rounds'

// --- whom it hits ---

/** Begins on every target; `each-leader` ends on the old leader and begins on the new one. */
export const onMembers = async (
  scene: Scene,
  on: Target,
  act: (index: number) => Promise<Undo>,
): Promise<Undo> => {
  if (on === 'each-leader') return followLeader(scene, act)
  const undos: Undo[] = []
  for (const index of await targets(scene, on)) undos.push(await act(index))
  return async () => {
    await Promise.all(undos.map((undo) => undo()))
  }
}

const followLeader = (scene: Scene, act: (index: number) => Promise<Undo>): Undo => {
  let hurting: number | undefined
  let undo: Undo = () => Promise.resolve()
  const stop = rounds(async (signal) => {
    const leader = await scene.cluster.leaderNow()
    if (leader !== undefined && leader !== hurting && !signal.aborted) {
      await undo()
      undo = await act(leader)
      scene.hit(leader)
      hurting = leader
    }
    await nap(250, signal)
  })
  return async () => {
    try {
      await stop()
    } finally {
      await undo()
    }
  }
}

export const targets = async (scene: Scene, on: Target): Promise<number[]> => {
  const chosen = await choose(scene.cluster, on)
  for (const index of chosen) scene.hit(index)
  return chosen
}

const choose = async (cluster: LabCluster, on: Target): Promise<number[]> => {
  const everyone = cluster.members.map((_, index) => index)
  if (on === 'all') return everyone
  const leader = await cluster.leader()
  return on === 'follower' ? everyone.filter((index) => index !== leader).slice(0, 1) : [leader]
}

/** Does something short to the targets again and again. */
export const again = async (
  scene: Scene,
  fault: { readonly on: Target; readonly everyMs: number },
  act: (index: number, signal: AbortSignal) => Promise<void>,
): Promise<Undo> => {
  const fixed = fault.on === 'each-leader' ? undefined : await targets(scene, fault.on)
  return rounds(async (signal) => {
    const next = nap(fault.everyMs, signal)
    const now = fixed ?? (await targets(scene, 'leader').catch(() => []))
    if (!signal.aborted) await Promise.all(now.map((index) => act(index, signal)))
    await next
  })
}

export const pidOf = ({ members }: LabCluster, index: number): number => {
  const pid = members[index]?.pid
  if (pid === undefined) throw new Error(`Cannot hurt member ${index}: it does not run`)
  return pid
}
