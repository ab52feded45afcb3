import type { Etcd3, ICallable } from 'etcd3'
import type { FailureKind } from '../diagnosis/facts'
import { connect } from './client'
import type { Tls } from './credentials'
import { until } from './deadline'
import { failed, failureOf, type Result } from './failure'
import { knock } from './knock'

/**
 * A gRPC connection to one member, made when it is needed and kept. After a failure below etcd the next call begins
 * with a new one, so that what it says is of now, and not of a back-off or of a connection that died long ago.
 */
export type Line = {
  /** One call. Never rejects; ends with its signal, whose reason is then the failure (see `startDeadline`). */
  send<T>(rpc: Rpc<T>, token: string | undefined, signal: AbortSignal): Promise<Result<T>>
  close(): void
}

export type Rpc<T> = {
  readonly path: string
  readonly request: Buffer
  readonly decode: (answer: Buffer) => T
}

export const createLine = (endpoint: string, tls: Tls | undefined): Line => {
  let live: Dialled | undefined
  const hangUp = (line: Dialled | undefined): void => {
    if (line === live) live = undefined
    line?.dialled.close()
  }
  const open = async (signal: AbortSignal): Promise<Result<Dialled>> => {
    if (live !== undefined && isUsable(live)) return { ok: true, value: live }
    hangUp(live)
    const knocked = await knock(endpoint, tls, signal)
    if (!knocked.ok) return knocked
    const made = await dial(endpoint, tls)
    if (live === undefined) live = made
    else made.dialled.close() // a call side by side was first
    return { ok: true, value: live }
  }
  const once: Line['send'] = async (rpc, token, signal) => {
    const opened = await open(signal)
    if (!opened.ok) return opened
    const result = await invoke({ channel: opened.value, rpc, token }, signal)
    if (signal.aborted || (!result.ok && BELOW_ETCD.has(result.why.kind))) hangUp(opened.value)
    return result
  }
  const send: Line['send'] = async (rpc, token, signal) => {
    const kept = live
    const result = await once(rpc, token, signal).catch(failedWith)
    // a kept connection may have died unnoticed, in a restart or an idle load balancer
    const diedUnnoticed = kept !== undefined && !result.ok && result.why.kind === 'reset'
    return diedUnnoticed ? once(rpc, token, signal).catch(failedWith) : result
  }
  return { send, close: () => hangUp(live) }
}

const failedWith = (error: unknown) => ({ ok: false, why: failureOf(error) }) as const

const BELOW_ETCD: ReadonlySet<FailureKind> = new Set([
  'refused',
  'deadline',
  'tls',
  'name',
  'reset',
])

/** etcd3's client, and its channel of Maintenance: etcd3 makes one for each service, and one carries them all. */
type Dialled = Channel & { readonly dialled: Etcd3 }
type Channel = Parameters<Parameters<ICallable<unknown>['withConnection']>[1]>[0]

const dial = async (endpoint: string, tls: Tls | undefined): Promise<Dialled> => {
  const client = connect(endpoint, tls)
  const pool = client.maintenance['client'] as ICallable<unknown> // private: its typings leave the type out
  const channel = await pool.withConnection('Maintenance', (connection) => connection)
  channel.client.getChannel().getConnectivityState(true) // begins to connect
  return { ...channel, dialled: client }
}

/** gRPC's ConnectivityState. An idle channel was connected and is not any more. */
const CONNECTING = 1
const READY = 2

const isUsable = ({ client }: Channel): boolean => {
  const state: number = client.getChannel().getConnectivityState(false)
  return state === READY || state === CONNECTING
}

type Invocation<T> = {
  readonly channel: Channel
  readonly rpc: Rpc<T>
  readonly token: string | undefined
}

/**
 * A raw call: etcd3's own stubs drop fields of 3.6, and its `exec` repeats a call with a token that is never taken for
 * ever.
 */
const invoke = <T>(
  { channel: { client, metadata }, rpc, token }: Invocation<T>,
  signal: AbortSignal,
): Promise<Result<T>> =>
  until(signal, (settle) => {
    const shown = metadata.clone()
    if (token !== undefined) shown.set('token', token)
    const call = client.makeUnaryRequest(
      rpc.path,
      (request: Buffer) => request,
      rpc.decode,
      rpc.request,
      shown,
      (error, value) => settle(resultOf(error, value)),
    )
    return () => call.cancel()
  })

const resultOf = <T>(error: Error | null, value: T | undefined): Result<T> => {
  if (error !== null) return { ok: false, why: failureOf(error) }
  return value === undefined ? failed('malformed', 'an empty answer') : { ok: true, value }
}
