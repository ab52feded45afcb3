import type { Socket } from 'node:net'
import type { Tls } from '../credentials'
import { openSocket } from '../socket'

/**
 * One connection. All are read into the same 64 KB: a client that makes a stream of what comes makes garbage of the size of
 * all pages outside of V8's heap, and V8 then collects everything every second (measured: two thirds of the cost of a page).
 */
export type Connection = {
  readonly send: (text: string, hears: Hearing) => void
  /** Nothing is asked for now. */
  readonly rest: () => Connection
  /** It rests, and not for too long: what stands between may have forgotten it. */
  readonly isFresh: () => boolean
  /** Something came since the last `send`. */
  readonly hasHeard: () => boolean
  readonly end: () => void
}

export type Hearing = {
  /** The bytes are others' afterwards. */
  readonly take: (bytes: Buffer) => void
  readonly close: (error: Error | undefined) => void
}

/** Longer than any sensible time between two looks. */
const KEPT_MS = 120_000

/** Begins to connect to the origin of an http:// or https:// URL. `onClose` once, however it ended. */
export const connect = (origin: URL, tls: Tls | undefined, onClose: () => void): Connection => {
  let hearing: Hearing | undefined
  let heard = false
  let restsSince = 0
  const hear = (length: number): boolean => {
    heard = true
    if (hearing === undefined)
      socket.destroy() // nobody asked
    else hearing.take(READ.subarray(0, length))
    return true
  }
  const over = (error?: Error): void => {
    const told = hearing
    hearing = undefined
    told?.close(error)
    onClose()
    socket.destroy()
  }
  const socket = openSocket(origin, tls, { onread: { buffer: READ, callback: hear } })
  const whenReady = createReady(socket, origin.protocol === 'http:' ? 'connect' : 'secureConnect')
  // the first error says most: an alert of TLS 1.3 comes after the handshake, and is followed by others
  socket.once('error', over).on('error', () => undefined)
  socket.once('close', () => over())
  const connection: Connection = {
    send: (text, hears) => {
      hearing = hears
      heard = false
      socket.ref()
      whenReady(() => socket.write(text, 'latin1'))
    },
    rest: () => {
      hearing = undefined
      restsSince = performance.now()
      socket.unref()
      return connection
    },
    isFresh: () => {
      const isFresh = !socket.destroyed && performance.now() - restsSince < KEPT_MS
      if (!isFresh) socket.destroy()
      return isFresh
    },
    hasHeard: () => heard,
    end: () => {
      hearing = undefined
      socket.destroy()
    },
  }
  return connection
}

/** What a connection says is taken within the call that brings it: one memory serves them all. */
const READ = Buffer.allocUnsafeSlow(65_536)

/** Runs what is wanted then, at once when it has happened. */
const createReady = (socket: Socket, event: string): ((then: () => void) => void) => {
  let isReady = false
  socket.once(event, () => (isReady = true))
  return (then) => (isReady ? then() : void socket.once(event, then))
}
