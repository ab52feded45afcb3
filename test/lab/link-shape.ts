/**
 * What the network between members does now, as plain data sent to the proxy. Members are indexes. A fault without
 * `members` and `link` is everywhere; `members` names those whose every link is hit; `link` is one pair, both directions.
 */
export type NetworkFault = {
  readonly members?: readonly number[] | undefined
  readonly link?: readonly [number, number] | undefined
  /** Only what these send is hit; what comes to them is not. */
  readonly leaving?: readonly number[] | undefined
} & LinkFault

export type LinkFault =
  /** Nothing gets through and nobody is told: bytes wait, as under TCP's retransmission. */
  | { readonly kind: 'cut' }
  /** Added to every round trip, half of it each way. */
  | { readonly kind: 'delay'; readonly roundTripMs: number }
  /** This share (0–1) of chunks is lost, and comes after TCP's timeout of 200 ms, 400 ms after the second loss… */
  | { readonly kind: 'loss'; readonly share: number }

export type ProxyMember = {
  /** Where the other members dial. */
  readonly port: number
  /** Where the member itself listens. */
  readonly target: number
}

/** From the cluster to the proxy's process. */
export type ProxyAct =
  | { readonly act: 'listen'; readonly index: number; readonly member: ProxyMember }
  /** Which process each member is, so that a connection's dialler is known. */
  | { readonly act: 'pids'; readonly pids: readonly (number | undefined)[] }
  | { readonly act: 'faults'; readonly faults: readonly NetworkFault[] }
  /** Breaks the connections of the links named, once. */
  | {
      readonly act: 'reset'
      readonly members?: readonly number[] | undefined
      readonly link?: readonly [number, number] | undefined
    }

/** Whether it hits the bytes that go from `a` to `b`. */
export const hits = (
  fault: Pick<NetworkFault, 'members' | 'link' | 'leaving'>,
  a: number,
  b: number,
): boolean => {
  const { leaving, link, members } = fault
  if (leaving !== undefined) return leaving.includes(a)
  if (link !== undefined) return link.includes(a) && link.includes(b)
  return members === undefined || members.includes(a) || members.includes(b)
}
