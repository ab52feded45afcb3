import type { MemberStatus } from '../diagnosis/facts'
import { endpointFault } from './client'
import type { Credentials, User } from './credentials'
import { fail, startDeadline } from './deadline'
import type { Result } from './failure'
import { createLine, type Line, type Rpc } from './line'
import { createLogin, type Login } from './login'
import { decodeMemberList, decodeStatus, decodeToken, encodeLogin, type MemberList } from './wire'

/**
 * The gRPC of one member: three calls that change nothing (Authenticate adds a raft entry, once per token).
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
  const { endpoint, credentials } = options
  const fault = endpointFault(endpoint, credentials.tls)
  if (fault !== undefined) return refusing(fault)
  const line = createLine(endpoint, credentials.tls)
  const life = new AbortController()
  const login = loginOf(line, options, life.signal)
  const call = <T>(rpc: Rpc<T>, signal: AbortSignal): Promise<Result<T>> =>
    login === undefined ? line.send(rpc, undefined, signal) : callAs({ login, line }, rpc, signal)
  return {
    status: (signal) => call(STATUS, signal),
    memberList: (signal) => call(MEMBER_LIST, signal),
    close: () => {
      life.abort()
      line.close()
    },
  }
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

const loginOf = (
  line: Line,
  { credentials: { user }, readTimeoutMs }: MemberRpcOptions,
  life: AbortSignal,
): Login | undefined =>
  user &&
  createLogin(async () => {
    // of its own, longer than a look waits: a token that comes late serves the next look
    const deadline = startDeadline(2 * readTimeoutMs, life)
    const answer = await authenticate(line, user, deadline.signal)
    deadline.clear()
    return answer
  }, readTimeoutMs / 2)

/** A token. Adds an entry to the log of etcd. */
export const authenticate = async (
  line: Line,
  { username, password }: User,
  signal: AbortSignal,
): Promise<Result<string>> => {
  if (!password.ok) return password
  const request = encodeLogin({ username, password: password.value })
  return line.send({ path: AUTHENTICATE, request, decode: decodeToken }, undefined, signal)
}

const AUTHENTICATE = '/etcdserverpb.Auth/Authenticate'

type Caller = { readonly login: Login; readonly line: Line }

/**
 * With a token where there is one. Without, the call is made all the same: Status of versions before 3.5.28 needs none,
 * and no token is to be had while the quorum is lost.
 */
const callAs = async <T>(caller: Caller, rpc: Rpc<T>, signal: AbortSignal): Promise<Result<T>> => {
  const pass = await caller.login.pass()
  const answer = await caller.line.send(rpc, pass.token, signal)
  if (answer.ok || !TOKEN_REFUSED.test(answer.why.text)) return answer
  caller.login.dismiss(pass)
  const fresh = await caller.login.pass()
  if (fresh.token !== undefined && fresh !== pass) return caller.line.send(rpc, fresh.token, signal)
  return { ok: false, why: fresh.why ?? answer.why }
}

const TOKEN_REFUSED = /invalid auth token|auth store is old|user name is empty/
