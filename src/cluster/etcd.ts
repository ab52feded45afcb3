import type { Etcd3, ICallable } from 'etcd3'
import type { MemberStatus } from '../diagnosis/facts'
import { connect, endpointFault } from './client'
import type { Credentials } from './credentials'
import { fail, startDeadline, until } from './deadline'
import { failureOf, failed, type Result } from './failure'
import { createLogin, type Login, type Pass } from './login'
import { decodeMemberList, decodeStatus, decodeToken, encodeLogin, type MemberList } from './wire'

/**
 * The gRPC of one member: three calls that change nothing (Authenticate adds a raft entry, once per token). One
 * connection, kept; after a failure below etcd the next call starts with a new one, so that what it says is of now.
 *
 * Nothing rejects. Every call ends with its signal, whose reason is then the failure (see `startDeadline`).
 */
export type MemberRpc = {
  status(signal: AbortSignal): Promise<Result<MemberStatus>>
  /** What this member says the membership is, without asking the others. */
  memberList(signal: AbortSignal): Promise<Result<MemberList>>
  close(): void
}

export type MemberRpcOptions = {
  readonly endpoint: string
  readonly credentials: Credentials
  readonly readTimeoutMs: number
}

export const createMemberRpc = (options: MemberRpcOptions): MemberRpc => {
  const { endpoint, credentials, readTimeoutMs } = options
  const fault = endpointFault(endpoint, credentials.tls)
  if (fault !== undefined) return refusing(fault)
  const line = createLine(() => connect(endpoint, credentials.tls))
  const login = loginOf(line, options)
  const call = <T>(rpc: Rpc<T>, signal: AbortSignal): Promise<Result<T>> =>
    login === undefined
      ? line.send(rpc, undefined, signal)
      : callAs({ login, line, loginMs: readTimeoutMs / 2 }, rpc, signal)
  return {
    status: (signal) => call(STATUS, signal),
    memberList: (signal) => call(MEMBER_LIST, signal),
    close: () => line.close(),
  }
}

type Rpc<T> = {
  readonly path: string
  readonly request: Buffer
  readonly decode: (answer: Buffer) => T
}

const EMPTY = Buffer.alloc(0)
const STATUS = {
  path: '/etcdserverpb.Maintenance/Status',
  request: EMPTY,
  decode: decodeStatus,
}
const MEMBER_LIST = {
  path: '/etcdserverpb.Cluster/MemberList',
  request: EMPTY, // linearizable: false is the default of protobuf: not on the wire
  decode: decodeMemberList,
}

const refusing = (fault: string): MemberRpc => ({
  status: () => fail({ kind: 'other', text: fault }),
  memberList: () => fail({ kind: 'other', text: fault }),
  close: () => {},
})

/** A connection that is made when it is needed. `send` carries one call. */
type Line = {
  send<T>(rpc: Rpc<T>, token: string | undefined, signal: AbortSignal): Promise<Result<T>>
  close(): void
}

const createLine = (dial: () => Etcd3): Line => {
  let live: Etcd3 | undefined
  const hangUp = (client: Etcd3): void => {
    if (client === live) live = undefined
    client.close()
  }
  const send: Line['send'] = (rpc, token, signal) =>
    until(signal, (settle) => {
      const client = (live ??= dial())
      const cancel = invoke({ client, rpc, token }, (result) => {
        if (!result.ok && isBelowEtcd(result.why.kind)) hangUp(client)
        settle(result)
      })
      return () => {
        cancel()
        hangUp(client)
      }
    })
  return { send, close: () => live && hangUp(live) }
}

const BELOW_ETCD: ReadonlySet<string> = new Set(['refused', 'deadline', 'tls', 'name', 'reset'])
const isBelowEtcd = (kind: string): boolean => BELOW_ETCD.has(kind)

type Invocation<T> = {
  readonly client: Etcd3
  readonly rpc: Rpc<T>
  readonly token: string | undefined
}

/**
 * A raw call through etcd3's channel: its own stubs drop fields of 3.6, and its `exec` repeats a call with a token that
 * is never taken for ever. All services share the channel of Maintenance, where etcd3 makes one each.
 */
const invoke = <T>(
  { client, rpc, token }: Invocation<T>,
  settle: (result: Result<T>) => void,
): (() => void) => {
  let cancel = (): void => {}
  const pool = client.maintenance['client'] as ICallable<unknown> // private: its typings leave the type out
  pool
    .withConnection('Maintenance', ({ client: stub, metadata }) => {
      if (token !== undefined) metadata.set('token', token)
      const call = stub.makeUnaryRequest(
        rpc.path,
        (request: Buffer) => request,
        rpc.decode,
        rpc.request,
        metadata,
        (error, value) => settle(resultOf(error, value)),
      )
      cancel = () => call.cancel()
    })
    .catch((error: unknown) => settle({ ok: false, why: failureOf(error) }))
  return () => cancel()
}

const resultOf = <T>(error: Error | null, value: T | undefined): Result<T> => {
  if (error !== null) return { ok: false, why: failureOf(error) }
  return value === undefined ? failed('malformed', 'an empty answer') : { ok: true, value }
}

const loginOf = (
  line: Line,
  { credentials: { user }, readTimeoutMs }: MemberRpcOptions,
): Login | undefined =>
  user &&
  createLogin(async () => {
    const rpc = {
      path: '/etcdserverpb.Auth/Authenticate',
      request: encodeLogin(user),
      decode: decodeToken,
    }
    // of its own, longer than a look waits: a token that comes late serves the next look
    const deadline = startDeadline(2 * readTimeoutMs)
    const answer = await line.send(rpc, undefined, deadline.signal)
    deadline.clear()
    return answer
  })

type Caller = { readonly login: Login; readonly line: Line; readonly loginMs: number }

/**
 * With a token where there is one. Without, the call is made all the same: Status of versions before 3.5.28 needs none,
 * and no token is to be had while the quorum is lost.
 */
const callAs = async <T>(caller: Caller, rpc: Rpc<T>, signal: AbortSignal): Promise<Result<T>> => {
  const pass = await passSoon(caller, signal)
  const answer = await caller.line.send(rpc, pass.token, signal)
  if (answer.ok || !TOKEN_REFUSED.test(answer.why.text)) return answer
  caller.login.dismiss(pass)
  const fresh = await passSoon(caller, signal)
  if (fresh.token !== undefined && fresh !== pass) return caller.line.send(rpc, fresh.token, signal)
  return { ok: false, why: fresh.why ?? answer.why }
}

const TOKEN_REFUSED = /invalid auth token|auth store is old|user name is empty/

const passSoon = async ({ login, loginMs }: Caller, signal: AbortSignal): Promise<Pass> => {
  const pass = login.pass()
  if (!(pass instanceof Promise)) return pass
  const patience = startDeadline(loginMs, signal)
  const got = await until<Pass>(patience.signal, (settle) => {
    void pass.then((value) => settle({ ok: true, value }))
    return () => {}
  })
  patience.clear()
  return got.ok
    ? got.value
    : { token: undefined, why: { ...got.why, text: `logging in: ${got.why.text}` } }
}
