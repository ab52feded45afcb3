import { join } from 'node:path'
import { enableAuth, type LabAuth } from './auth'
import { binariesOf } from './binaries'
import { makeCertificates, type Certificates } from './certificates'
import { endpointOf, flagsOf, peerUrlOf, type ClusterFlags, type MemberSpec } from './etcd-flags'
import { lastWords, startServer, type Server } from './etcd-process'
import { callEtcdctl } from './etcdctl'
import { ask } from './gateway'
import { makeLabFolder, removeLabFolder } from './lab-folder'
import { leaderOf, learnIds, type LeaderQuestion } from './leader'
import { startPeerNetwork, type PeerNetwork } from './peer-network'
import { takePorts, type Ports } from './ports'

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

export type LabMember = {
  readonly name: string
  /** As asked for: `3.5`, `3.4`, `3.5.16`. */
  readonly version: string
  /** scheme://host:port */
  readonly endpoint: string
  /** The whole URL, /metrics included. */
  readonly metricsUrl: string
  readonly peerUrl: string
  readonly logFile: string
  readonly dataDir: string
  /** Undefined while it does not run. */
  readonly pid: number | undefined
}

export type EtcdctlOptions = {
  /** Default: all members. */
  readonly endpoints?: readonly string[]
  /** `name:password`; default: root of `auth`. Empty: nobody. */
  readonly user?: string
  /** Default 10 s. */
  readonly timeoutMs?: number
}

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
  /** SIGKILL. */
  kill(index: number): Promise<void>
  /** SIGTERM, as an orderly restart does; SIGKILL after 10 s. */
  stop(index: number): Promise<void>
  /** Starts it again and waits until it is healthy, unless too few members run for a quorum. */
  start(index: number): Promise<void>
  /** SIGSTOP. */
  pause(index: number): void
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

type Lab = {
  readonly options: ClusterOptions
  readonly folder: string
  readonly ports: Ports
  readonly tls: Certificates | undefined
  readonly network: PeerNetwork | undefined
  readonly slots: Slot[]
  readonly ids: Map<string, number>
}

type Slot = {
  readonly spec: MemberSpec
  readonly learner: boolean
  readonly shown: LabMember
  server: Server | undefined
}

const PORTS_PER_MEMBER = 4
/** Seven voters and a learner. */
const MOST_MEMBERS = 8
const HEALTHY_WITHIN_MS = 30_000

const prepare = async (options: ClusterOptions): Promise<Lab> => {
  // Here, before anything needs clearing up: it throws when a version is missing.
  for (const version of versionsOf(options)) binariesOf(version)
  const folder = makeLabFolder()
  const tls = options.tls === true ? await makeCertificates(folder) : undefined
  const network = options.peerProxy === true ? startPeerNetwork() : undefined
  const ports = await takePorts(PORTS_PER_MEMBER * MOST_MEMBERS)
  return { options, folder, ports, tls, network, slots: [], ids: new Map() }
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
  kill: (index) => end(lab, slotOf(lab, index), 'SIGKILL'),
  stop: (index) => end(lab, slotOf(lab, index), 'SIGTERM'),
  start: (index) => start(lab, slotOf(lab, index)),
  pause: (index) => slotOf(lab, index).server?.signal('SIGSTOP'),
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

// --- members ---

const addSlot = async (lab: Lab, version: string, learner: boolean): Promise<Slot> => {
  const spec = specOf(lab, lab.slots.length, version)
  const slot: Slot = {
    spec,
    learner,
    shown: shownOf(lab, spec, () => slot.server),
    server: undefined,
  }
  lab.slots.push(slot)
  const { advertisedPeerPort, peerPort } = spec
  await lab.network?.listen(lab.slots.length - 1, { port: advertisedPeerPort, target: peerPort })
  return slot
}

const specOf = ({ folder, network, ports }: Lab, index: number, version: string): MemberSpec => {
  const [clientPort = 0, metricsPort = 0, peerPort = 0, proxyPort = 0] = ports.list.slice(
    index * PORTS_PER_MEMBER,
  )
  const name = `etcd${index + 1}`
  return {
    ...{ name, version, clientPort, metricsPort, peerPort },
    advertisedPeerPort: network === undefined ? peerPort : proxyPort,
    dataDir: join(folder, name),
    logFile: join(folder, `${name}.log`),
  }
}

const shownOf = (lab: Lab, spec: MemberSpec, server: () => Server | undefined): LabMember => {
  const endpoint = endpointOf(spec, lab.tls)
  const ownPort = `http://127.0.0.1:${spec.metricsPort}`
  return {
    name: spec.name,
    version: spec.version,
    endpoint,
    metricsUrl: `${lab.options.metricsUrls === true ? ownPort : endpoint}/metrics`,
    peerUrl: peerUrlOf(spec),
    logFile: spec.logFile,
    dataDir: spec.dataDir,
    get pid() {
      return runningPid(server())
    },
  }
}

const runningPid = (server: Server | undefined): number | undefined =>
  server?.isRunning() === true ? server.pid : undefined

const spawn = async (lab: Lab, slot: Slot, state: 'new' | 'existing'): Promise<void> => {
  const specs = lab.slots.map(({ spec }) => spec)
  const flags = flagsOf(slot.spec, specs, { ...lab.options, tls: lab.tls, state })
  slot.server = startServer(binariesOf(slot.spec.version).etcd, flags, slot.spec.logFile)
  await tellPids(lab)
}

const tellPids = async ({ network, slots }: Lab): Promise<void> =>
  network?.know(slots.map(({ server }) => runningPid(server)))

const end = async (lab: Lab, slot: Slot, how: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
  slot.server?.signal('SIGCONT')
  slot.server?.signal(how)
  const impatient = setTimeout(() => slot.server?.signal('SIGKILL'), 10_000)
  await slot.server?.exited
  clearTimeout(impatient)
  await tellPids(lab)
}

const start = async (lab: Lab, slot: Slot): Promise<void> => {
  if (runningPid(slot.server) !== undefined) return
  await spawn(lab, slot, 'existing')
  if (hasQuorum(lab)) await waitHealthy(lab, slot)
}

const hasQuorum = ({ slots }: Lab): boolean => {
  const voters = slots.filter(({ learner }) => !learner)
  return voters.filter(({ server }) => runningPid(server) !== undefined).length > voters.length / 2
}

const addLearner = async (lab: Lab): Promise<number> => {
  const index = lab.slots.length
  const { name, advertisedPeerPort } = specOf(lab, index, slotOf(lab, 0).spec.version)
  const url = `http://127.0.0.1:${advertisedPeerPort}`
  // etcd refuses a new member until all have been connected for 5 s.
  await insist(() => etcdctl(lab, ['member', 'add', name, '--learner', `--peer-urls=${url}`]))
  const slot = await addSlot(lab, slotOf(lab, 0).spec.version, true)
  await spawn(lab, slot, 'existing')
  await waitHealthy(lab, slot)
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
      await sleep(500)
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

// --- health ---

const allHealthy = async (lab: Lab): Promise<void> => {
  const running = lab.slots.filter(({ server }) => runningPid(server) !== undefined)
  await Promise.all(running.map((slot) => waitHealthy(lab, slot)))
}

const waitHealthy = async (lab: Lab, slot: Slot): Promise<void> => {
  const deadline = Date.now() + HEALTHY_WITHIN_MS
  while (!(await isHealthy(lab, slot))) {
    if (runningPid(slot.server) === undefined) throw cannotStart(slot, 'it ended')
    if (Date.now() > deadline) throw cannotStart(slot, `not healthy for ${HEALTHY_WITHIN_MS} ms`)
    await sleep(50)
  }
}

const isHealthy = async ({ tls }: Lab, { learner, shown }: Slot): Promise<boolean> => {
  // A learner refuses the read behind /health.
  const url = `${shown.endpoint}${learner ? '/version' : '/health'}`
  const answer = await ask({ url, tls, timeoutMs: 2000 })
  return answer?.code === 200
}

const cannotStart = ({ spec }: Slot, why: string): Error =>
  new Error(`Cannot start ${spec.name}: ${why}\n${lastWords(spec.logFile)}`)

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

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
