import { startHelper } from './helper-process'
import type { NetworkFault, ProxyAct, ProxyMember } from './link-shape'

/** The network between the members of a cluster that was started with `peerProxy`. */
export type PeerNetwork = {
  /** Adds a fault until the answered function is called. Faults add up. */
  hurt(fault: NetworkFault): Promise<() => Promise<void>>
  /** Breaks the connections of these members, of this link, or all of them, once. */
  reset(which?: Omit<Extract<ProxyAct, { act: 'reset' }>, 'act'>): Promise<void>
  /** Ends every fault. */
  heal(): Promise<void>
  listen(index: number, member: ProxyMember): Promise<void>
  /** Tells which process each member is now. */
  know(pids: readonly (number | undefined)[]): Promise<void>
  close(): Promise<void>
}

export const startPeerNetwork = (): PeerNetwork => {
  const proxy = startHelper<ProxyAct>('peer-proxy.ts')
  const faults = new Set<NetworkFault>()
  const say = async (act: ProxyAct): Promise<void> => {
    await proxy.order(act)
  }
  const tell = () => say({ act: 'faults', faults: [...faults] })
  return {
    hurt: async (fault) => {
      // A copy, so that two equal faults end apart.
      const own = { ...fault }
      faults.add(own)
      await tell()
      return async () => {
        if (faults.delete(own)) await tell()
      }
    },
    reset: (which = {}) => say({ act: 'reset', ...which }),
    heal: () => {
      faults.clear()
      return tell()
    },
    listen: (index, member) => say({ act: 'listen', index, member }),
    know: (pids) => say({ act: 'pids', pids }),
    close: () => proxy.close(),
  }
}
