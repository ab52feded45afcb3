import type { LabCluster } from './cluster'
import type { Fault, Scene, Target } from './fault'
import type { NetworkFault } from './link-shape'
import { nap, type Undo } from './rounds'
import { again, onMembers } from './targets'

// --- network ---

export const hurt = (cluster: LabCluster, fault: NetworkFault): Promise<Undo> =>
  cluster.network.hurt(fault)

export const shaped = async (
  scene: Scene,
  on: Target,
  fault: Exclude<NetworkFault, { kind: 'cut' }>,
): Promise<Undo> =>
  // One fault for all of them: a link between two members that are hit is not hit twice.
  on === 'all'
    ? hurt(scene.cluster, fault)
    : onMembers(scene, on, (index) => hurt(scene.cluster, { ...fault, members: [index] }))

export const cutLink = async (scene: Scene): Promise<Undo> => {
  const { cluster } = scene
  const leader = await cluster.leader()
  const follower = (leader + 1) % cluster.members.length
  scene.hit(leader)
  scene.hit(follower)
  return hurt(cluster, { kind: 'cut', link: [leader, follower] })
}

export const flaps = (scene: Scene, fault: Extract<Fault, { kind: 'flap' }>): Promise<Undo> =>
  again(scene, fault, async (index, signal) => {
    const heal = await hurt(scene.cluster, { kind: 'cut', members: [index] })
    await nap(fault.silentMs, signal)
    await heal()
  })
