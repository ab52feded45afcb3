import { join } from 'node:path'
import { binariesOf } from './binaries'
import type { Certificates } from './certificates'
import { endpointOf, flagsOf, peerUrlOf, type ClusterFlags, type MemberSpec } from './etcd-flags'
import { lastWords, startServer, type Server } from './etcd-process'
import { ask } from './gateway'
import type { PeerNetwork } from './peer-network'
import type { Ports } from './ports'
import { nap } from './rounds'

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

/** What the members of a cluster share. `slots` grows when a learner joins. */
export type Crew = {
  readonly flags: ClusterFlags
  readonly folder: string
  readonly ports: Ports
  readonly tls: Certificates | undefined
  readonly network: PeerNetwork | undefined
  readonly slots: Slot[]
}

export type Slot = {
  readonly spec: MemberSpec
  readonly learner: boolean
  readonly shown: LabMember
  server: Server | undefined
}

const PORTS_PER_MEMBER = 4
/** For seven voters and a learner. */
export const PORTS_NEEDED = PORTS_PER_MEMBER * 8
const HEALTHY_WITHIN_MS = 30_000

export const addSlot = async (crew: Crew, version: string, learner: boolean): Promise<Slot> => {
  const spec = specOf(crew, crew.slots.length, version)
  const slot: Slot = {
    spec,
    learner,
    shown: shownOf(crew, spec, () => slot.server),
    server: undefined,
  }
  crew.slots.push(slot)
  const { advertisedPeerPort, peerPort } = spec
  await crew.network?.listen(crew.slots.length - 1, { port: advertisedPeerPort, target: peerPort })
  return slot
}

export const specOf = (
  { folder, network, ports }: Crew,
  index: number,
  version: string,
): MemberSpec => {
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

const shownOf = (crew: Crew, spec: MemberSpec, server: () => Server | undefined): LabMember => {
  const endpoint = endpointOf(spec, crew.tls)
  const ownPort = `http://127.0.0.1:${spec.metricsPort}`
  return {
    name: spec.name,
    version: spec.version,
    endpoint,
    metricsUrl: `${crew.flags.metricsUrls === true ? ownPort : endpoint}/metrics`,
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

export const spawn = async (crew: Crew, slot: Slot, state: 'new' | 'existing'): Promise<void> => {
  const specs = crew.slots.map(({ spec }) => spec)
  const flags = flagsOf(slot.spec, specs, { ...crew.flags, tls: crew.tls, state })
  slot.server = startServer(binariesOf(slot.spec.version).etcd, flags, slot.spec.logFile)
  await tellPids(crew)
}

const tellPids = async ({ network, slots }: Crew): Promise<void> =>
  network?.know(slots.map(({ server }) => runningPid(server)))

export const end = async (crew: Crew, slot: Slot, how: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
  slot.server?.signal('SIGCONT')
  slot.server?.signal(how)
  const impatient = setTimeout(() => slot.server?.signal('SIGKILL'), 10_000)
  await slot.server?.exited
  clearTimeout(impatient)
  await tellPids(crew)
}

export const start = async (crew: Crew, slot: Slot): Promise<void> => {
  if (runningPid(slot.server) !== undefined) return
  await spawn(crew, slot, 'existing')
  if (hasQuorum(crew)) await waitHealthy(crew, slot)
}

const hasQuorum = ({ slots }: Crew): boolean => {
  const voters = slots.filter(({ learner }) => !learner)
  return voters.filter(({ server }) => runningPid(server) !== undefined).length > voters.length / 2
}

export const allHealthy = async (crew: Crew): Promise<void> => {
  const running = crew.slots.filter(({ server }) => runningPid(server) !== undefined)
  await Promise.all(running.map((slot) => waitHealthy(crew, slot)))
}

export const waitHealthy = async (crew: Crew, slot: Slot): Promise<void> => {
  const deadline = Date.now() + HEALTHY_WITHIN_MS
  while (!(await isHealthy(crew, slot))) {
    if (runningPid(slot.server) === undefined) throw cannotStart(slot, 'it ended')
    if (Date.now() > deadline) throw cannotStart(slot, `not healthy for ${HEALTHY_WITHIN_MS} ms`)
    await nap(50)
  }
}

const isHealthy = async ({ tls }: Crew, { learner, shown }: Slot): Promise<boolean> => {
  // A learner refuses the read behind /health.
  const url = `${shown.endpoint}${learner ? '/version' : '/health'}`
  const answer = await ask({ url, tls, timeoutMs: 2000 })
  return answer?.code === 200
}

const cannotStart = ({ spec }: Slot, why: string): Error =>
  new Error(`Cannot start ${spec.name}: ${why}\n${lastWords(spec.logFile)}`)
