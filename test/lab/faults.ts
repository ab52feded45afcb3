import type { LabCluster } from './cluster'
import { limitCpu } from './cpu-limit'
import { compact, defrag, fillDatabase, load, snapshot } from './database-faults'
import type { Fault, Injected, Scene } from './fault'
import { cutLink, flaps, hurt, shaped } from './network-faults'
import {
  addLearner,
  crashLoop,
  down,
  killQuorum,
  moveLeader,
  pauses,
  restart,
  rollingRestart,
} from './process-faults'
import { nap, rounds, type Undo } from './rounds'
import { slowDisk } from './slow-disk'
import { again, onMembers, pidOf } from './targets'

/** Hurts the cluster until undone, or for `forMs` at most (default 3 min). */
export const inject = async (
  cluster: LabCluster,
  fault: Fault,
  { forMs = 180_000 }: { readonly forMs?: number } = {},
): Promise<Injected> => {
  const members = new Set<number>()
  const begun = await begin({ cluster, hit: (index) => members.add(index), forMs }, fault)
  const undo = once(begun)
  // Whoever forgets it, or is late, must not leave a machine that hurts.
  const deadline = setTimeout(() => void undo().catch(() => {}), forMs)
  deadline.unref()
  return {
    get members() {
      return [...members]
    },
    undo: async () => {
      clearTimeout(deadline)
      await undo()
    },
  }
}

const begin = async (scene: Scene, fault: Fault): Promise<Undo> => {
  const { cluster } = scene
  switch (fault.kind) {
    case 'slow-disk':
      return onMembers(scene, fault.on, async (index) =>
        slowDisk(pidOf(cluster, index), fault.delayMs),
      )
    case 'cpu-limit':
      return onMembers(scene, fault.on, (index) =>
        Promise.resolve(limitCpu(pidOf(cluster, index), fault.percent)),
      )
    case 'pause':
      return pauses(scene, fault)
    case 'cut':
      return onMembers(scene, fault.on, (index) => hurt(cluster, { kind: 'cut', members: [index] }))
    case 'mute':
      return onMembers(scene, fault.on, (index) => hurt(cluster, { kind: 'cut', leaving: [index] }))
    case 'cut-link':
      return cutLink(scene)
    case 'flap':
      return flaps(scene, fault)
    case 'resets':
      return again(scene, fault, (index) => cluster.network.reset({ members: [index] }))
    case 'delay':
      return shaped(scene, fault.on, { kind: 'delay', roundTripMs: fault.roundTripMs })
    case 'loss':
      return shaped(scene, fault.on, { kind: 'loss', share: fault.share })
    case 'kill':
      return onMembers(scene, fault.on, (index) => down(cluster, index))
    case 'restart':
      return onMembers(scene, fault.on, (index) => restart(cluster, index, fault.downMs))
    case 'kill-quorum':
      return killQuorum(scene)
    case 'crash-loop':
      return crashLoop(scene, fault)
    case 'load':
      return load(scene, { ...fault, kind: fault.does, forMs: scene.forMs })
    case 'fill-database':
      return fillDatabase(scene, fault.valueBytes)
    case 'defrag':
      return again(scene, fault, (index) => defrag(cluster, index))
    case 'snapshot':
      return again(scene, fault, (index) => snapshot(cluster, index))
    case 'add-learner':
      return addLearner(cluster)
    case 'compact':
      return rounds(async (signal) => {
        await compact(cluster)
        await nap(fault.everyMs, signal)
      })
    case 'move-leader':
      return moveLeader(scene, fault)
    case 'rolling-restart':
      return rollingRestart(scene, fault)
  }
}

const once = (undo: Undo): Undo => {
  let done: Promise<void> | undefined
  return () => (done ??= undo())
}
