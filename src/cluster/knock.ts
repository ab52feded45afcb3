import { connect, type ClientHttp2Session } from 'node:http2'
import type { Tls } from './credentials'
import { until } from './deadline'
import { failed, failureOf, type Result } from './failure'
import { openSocket } from './socket'

/**
 * Opens an HTTP/2 connection up to the server's first word and drops it. gRPC cannot give up a connection that hangs
 * while it is made: its socket stays until the member answers, one more at every look, and keeps the process alive.
 * So a member is knocked at before gRPC dials. What fails here fails in Node's own clear words.
 */
export const knock = async (
  endpoint: string,
  tls: Tls | undefined,
  signal: AbortSignal,
): Promise<Result<undefined>> => {
  const opened = await openSession(endpoint, tls, signal)
  if (opened.ok) opened.value.destroy()
  return opened.ok ? { ok: true, value: undefined } : opened
}

/** An HTTP/2 connection on which the server has spoken. Whoever gets it destroys it. */
export const openSession = (
  endpoint: string,
  tls: Tls | undefined,
  signal: AbortSignal,
): Promise<Result<ClientHttp2Session>> =>
  until(signal, (settle) => {
    const socket = openSocket(new URL(endpoint), tls, { ALPNProtocols: ['h2'] })
    const session = connect(endpoint, {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW_BYTES },
    })
    const fail = (error: Error): void => settle({ ok: false, why: failureOf(error) })
    socket.on('error', fail) // an alert of TLS 1.3 that comes after the handshake is told here alone
    session.on('error', fail)
    session.once('close', () => settle(failed('reset', CLOSED)))
    session.once('remoteSettings', () => settle({ ok: true, value: session }))
    return () => {
      session.destroy()
      socket.destroy() // a session leaves a socket alone that is not connected yet
    }
  })

/** A smaller one would slow a far member's stream, and etcd keeps for a slow watcher what it cannot send. */
export const WINDOW_BYTES = 1 << 20

const CLOSED = 'the connection was closed at once: does the member want https://?'
