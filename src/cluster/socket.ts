import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { tlsOptions, type Tls } from './credentials'

/** Connects to what an http:// or https:// URL names: nothing else, and by no proxy. */
export const openSocket = (
  { protocol, hostname, port }: URL,
  tls: Tls | undefined,
  options: SocketOptions,
): Socket => {
  const host = hostname.replace(/^\[|\]$/g, '') // of an IPv6 address
  return protocol === 'http:'
    ? connectTcp({ host, port: Number(port || 80), ...options })
    : connectTls({ host, port: Number(port || 443), ...options, ...tlsOptions(tls) })
}

/** `onread`: memory that it is read into, instead of being a stream. */
export type SocketOptions = {
  readonly onread?: OnReadOpts
  readonly ALPNProtocols?: string[]
}
