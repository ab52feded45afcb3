import { enableAuth, type LabAuth } from './auth'
import { binariesOf } from './binaries'
import { makeCertificates, type Certificates } from './certificates'
import type { ClusterFlags } from './etcd-flags'
import { callEtcdctl } from './etcdctl'
import { makeLabFolder, removeLabFolder } from './lab-folder'
import { leaderNow, leaderOf, learnIds, type LeaderQuestion } from './leader'
import {
  addSlot,
  allHealthy,
  end,
  PORTS_NEEDED,
  spawn,
  specOf,
  start,
  waitHealthy,
  type Crew,
  type LabMember,
  type Slot,
} from './members'
import { startPeerNetwork, type PeerNetwork } from './peer-network'
import { takePorts } from './ports'
import { nap } from './rounds'

export type ClusterOptions = ClusterFlags & {
  /** 1 to 7, default 3. */
  readonly members?: number
  /** `3.5` (default) is the newest 3.5 that setup.sh brought; `3.4`, `3.5.16`… */
  readonly version?: string
  /** One for each member, instead of `members` and `version`. */
  readonly versions?: readonly string[]
  /** A CA of its own, server certificates, and client certificates demanded. Peers speak plain HTTP. */
  readonly tls?: boolean
  readonly auth?: LabAuth
  /** Peers reach each other through a proxy that can hurt: see `network`. */
  readonly peerProxy?: boolean
}

export type EtcdctlOptions = {
  /** Default: all members. */
  readonly endpoints?: readonly string[]
  /** `name:password`; default: root of `auth`. Empty: nobody. */
  readonly user?: string
  /** Default 10 s. */
  readonly timeoutMs?: number
}

export type { LabMember }

/** A real etcd cluster on this machine. Members are named by their index. */
export type LabCluster = {
  readonly endpoints: readonly string[]
  readonly members: readonly LabMember[]
  readonly folder: string
  readonly tls: Certificates | undefined
  /** What it was started with. */
  readonly options: ClusterOptions
  /** Throws unless started with `peerProxy`. */
  readonly network: PeerNetwork
  /** Standard output. Rejects with etcdctl's own words when it fails. */
  etcdctl(args: readonly string[], options?: EtcdctlOptions): Promise<string>
  /** The leader that a majority names; waits up to 15 s for one. */
  leader(): Promise<number>
  /** The same at this moment, within a second; undefined: no majority names one. */
  leaderNow(): Promise<number | undefined>
  /** SIGKILL. */
  kill(index: number): Promise<void>
  /** SIGTERM, as an orderly restart does; SIGKILL after 10 s. */
  stop(index: number): Promise<void>
  /** Starts it again and waits until it is healthy, unless too few members run for a quorum. */
  start(index: number): Promise<void>
  /** SIGSTOP. When it resolves, the member does nothing any more. */
  pause(index: number): Promise<void>
  /** SIGCONT. */
  resume(index: number): void
  /** Resolves when all running members are healthy; rejects after 30 s. */
  healthy(): Promise<void>
  /** Adds one member that does not vote and answers its index. */
  addLearner(): Promise<number>
  /** Leaves no process and no file. May be called twice. */
  close(): Promise<void>
}

/** Starts a cluster and waits until every member is healthy. All processes die with this one, however it ends. */
export const startCluster = async (options: ClusterOptions = {}): Promise<LabCluster> => {
  const lab = await prepare(options)
  const cluster = clusterOf(lab)
  try {
    await boot(lab)
    if (options.auth !== undefined) await enableAuth(options.auth, anonymous(cluster))
    await learnIds(questionOf(lab))
    return cluster
  } catch (error) {
    await cluster.close()
    throw error
  }
}

type Lab = Crew & { readonly options: ClusterOptions; readonly ids: Map<string, number> }

const prepare = async (options: ClusterOptions): Promise<Lab> => {
  // Here, before anything needs clearing up: it throws when a version is missing.
  for (const version of versionsOf(options)) binariesOf(version)
  const folder = makeLabFolder()
  const tls = options.tls === true ? await makeCertificates(folder) : undefined
  const network = options.peerProxy === true ? startPeerNetwork() : undefined
  const ports = await takePorts(PORTS_NEEDED)
  return { options, flags: options, folder, ports, tls, network, slots: [], ids: new Map() }
}

const versionsOf = ({ members = 3, version = '3.5', versions }: ClusterOptions) =>
  versions ?? Array.from({ length: members }, () => version)

const boot = async (lab: Lab): Promise<void> => {
  for (const version of versionsOf(lab.options)) await addSlot(lab, version, false)
  await Promise.all(lab.slots.map((slot) => spawn(lab, slot, 'new')))
  await allHealthy(lab)
}

const clusterOf = (lab: Lab): LabCluster => ({
  get endpoints() {
    return lab.slots.map(({ shown }) => shown.endpoint)
  },
  get members() {
    return lab.slots.map(({ shown }) => shown)
  },
  folder: lab.folder,
  tls: lab.tls,
  options: lab.options,
  get network() {
    if (lab.network === undefined) throw new Error('Cannot hurt the network: start with peerProxy')
    return lab.network
  },
  etcdctl: (args, options) => etcdctl(lab, args, options),
  leader: () => leaderOf(questionOf(lab)),
  leaderNow: () => leaderNow(questionOf(lab)),
  kill: (index) => end(lab, slotOf(lab, index), 'SIGKILL'),
  stop: (index) => end(lab, slotOf(lab, index), 'SIGTERM'),
  start: (index) => start(lab, slotOf(lab, index)),
  pause: async (index) => slotOf(lab, index).server?.freeze(),
  resume: (index) => slotOf(lab, index).server?.signal('SIGCONT'),
  healthy: () => allHealthy(lab),
  addLearner: () => addLearner(lab),
  close: () => close(lab),
})

const slotOf = ({ slots }: Lab, index: number): Slot => {
  const slot = slots[index]
  if (slot === undefined) throw new Error(`Cannot find member ${index}: have ${slots.length}`)
  return slot
}

const addLearner = async (lab: Lab): Promise<number> => {
  const index = lab.slots.length
  const { name, advertisedPeerPort } = specOf(lab, index, slotOf(lab, 0).spec.version)
  const url = `http://127.0.0.1:${advertisedPeerPort}`
  // etcd refuses a new member until all have been connected for 5 s.
  await insist(() => etcdctl(lab, ['member', 'add', name, '--learner', `--peer-urls=${url}`]))
  const slot = await addSlot(lab, slotOf(lab, 0).spec.version, true)
  // It gives up when its peers do not tell the membership within a second, as on a busy machine.
  await insist(async () => {
    await spawn(lab, slot, 'existing')
    await waitHealthy(lab, slot)
  })
  return index
}

const insist = async (act: () => Promise<unknown>): Promise<void> => {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      await act()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await nap(500)
    }
  }
}

const close = async (lab: Lab): Promise<void> => {
  for (const { server } of lab.slots) server?.signal('SIGKILL')
  await Promise.all(lab.slots.flatMap(({ server }) => server?.exited ?? []))
  await lab.network?.close()
  await lab.ports.close()
  removeLabFolder(lab.folder)
}

// --- asking ---

const etcdctl = (
  lab: Lab,
  args: readonly string[],
  { endpoints, timeoutMs = 10_000, user = rootOf(lab.options) }: EtcdctlOptions = {},
): Promise<string> =>
  callEtcdctl(args, {
    program: binariesOf(slotOf(lab, 0).spec.version).etcdctl,
    endpoints: endpoints ?? lab.slots.map(({ shown }) => shown.endpoint),
    tls: lab.tls,
    user,
    timeoutMs,
  })

const anonymous =
  (cluster: LabCluster) =>
  (args: readonly string[]): Promise<string> =>
    cluster.etcdctl(args, { user: '' })

const rootOf = ({ auth }: ClusterOptions): string =>
  auth === undefined ? '' : `root:${auth.rootPassword}`

const questionOf = (lab: Lab): LeaderQuestion => ({
  endpoints: lab.slots.map(({ shown }) => shown.endpoint),
  tls: lab.tls,
  auth: lab.options.auth,
  ids: lab.ids,
})
