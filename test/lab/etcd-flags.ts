import type { Certificates } from './certificates'

/** What a member is started with. Ports are of 127.0.0.1. */
export type MemberSpec = {
  readonly name: string
  readonly version: string
  readonly clientPort: number
  readonly metricsPort: number
  /** Where it listens to its peers. */
  readonly peerPort: number
  /** Where its peers dial: another port when a proxy stands between. */
  readonly advertisedPeerPort: number
  readonly dataDir: string
  readonly logFile: string
}

/** The settings that all members of a cluster share. */
export type ClusterFlags = {
  readonly heartbeatMs?: number
  readonly electionMs?: number
  readonly quotaBytes?: number
  /** Undefined: etcd's default, on in 3.5 and off in 3.4. */
  readonly preVote?: boolean
  /** A plain-HTTP listener for /metrics and /health alone, as kubeadm sets it up. */
  readonly metricsUrls?: boolean
  readonly extraArgs?: readonly string[]
}

export const peerUrlOf = (member: MemberSpec): string =>
  `http://127.0.0.1:${member.advertisedPeerPort}`

/** The flags of one member. `cluster` are the members that it starts together with, itself included. */
export const flagsOf = (
  member: MemberSpec,
  cluster: readonly MemberSpec[],
  settings: ClusterFlags & { tls: Certificates | undefined; state: 'new' | 'existing' },
): string[] => [
  ...['--name', member.name, '--data-dir', member.dataDir],
  ...['--listen-peer-urls', `http://127.0.0.1:${member.peerPort}`],
  ...['--initial-advertise-peer-urls', peerUrlOf(member)],
  ...['--initial-cluster', cluster.map((one) => `${one.name}=${peerUrlOf(one)}`).join(',')],
  ...['--initial-cluster-state', settings.state, '--initial-cluster-token', 'stormwatch-lab'],
  ...clientFlags(member, settings.tls),
  ...given('--heartbeat-interval', settings.heartbeatMs),
  ...given('--election-timeout', settings.electionMs),
  ...given('--quota-backend-bytes', settings.quotaBytes),
  ...(settings.preVote === undefined ? [] : [`--pre-vote=${settings.preVote}`]),
  ...given(
    '--listen-metrics-urls',
    settings.metricsUrls === true ? `http://127.0.0.1:${member.metricsPort}` : undefined,
  ),
  ...(settings.extraArgs ?? []),
]

export const endpointOf = (member: MemberSpec, tls: Certificates | undefined): string =>
  `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${member.clientPort}`

const clientFlags = (member: MemberSpec, tls: Certificates | undefined): string[] => {
  const endpoint = endpointOf(member, tls)
  const urls = ['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint]
  if (tls === undefined) return urls
  return [
    ...urls,
    ...['--cert-file', tls.serverCert, '--key-file', tls.serverKey],
    ...['--trusted-ca-file', tls.ca, '--client-cert-auth'],
  ]
}

const given = (flag: string, value: number | string | undefined): string[] =>
  value === undefined ? [] : [flag, String(value)]
