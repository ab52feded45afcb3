import { constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import type { Failure } from '../../diagnosis/facts'
import { until } from '../deadline'
import { failed, failureOf, type Result } from '../failure'
import { createWatchDecoder, type Write } from './decoder'
import { encodeProgress, encodeWatch } from './request'

/** One watch of one member, from its creation on. Of HTTP/2 itself: gRPC's own client would put values together. */
export type WatchStream = {
  /** Resolves with the reason when the member ends it; never after `close`. */
  readonly ended: Promise<Failure>
  /** The newest revision that the member told of. */
  readonly revision: () => number
  /** Asks for a word that all writes so far were sent. Undefined: it came; else why it did not. */
  readonly confirm: (signal: AbortSignal) => Promise<Failure | undefined>
  /** The member forgets the watch. May be called twice. */
  readonly close: () => void
}

export type WatchOptions = {
  readonly session: ClientHttp2Session
  /** The name that the member's certificate carries, when it is not the endpoint's host. */
  readonly authority: string | undefined
  readonly token: string | undefined
  /** Undefined: all keys. */
  readonly prefix: Buffer | undefined
  /** Never called after `close`. */
  readonly onWrite: (write: Write) => void
}

/** Resolves when the member has created the watch: it shows what is written from then on. Fails as it refuses. */
export const openWatch = (
  options: WatchOptions,
  signal: AbortSignal,
): Promise<Result<WatchStream>> =>
  until(signal, (settle) => {
    const { session, prefix, onWrite } = options
    const stream = session.request(headersOf(options))
    let isOpen = true
    let revision = 0
    let confirmed = (): void => {}
    let end: (why: Failure) => void = () => {}
    const ended = new Promise<Failure>((resolve) => (end = resolve))
    const close = (): void => {
      isOpen = false
      if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL)
    }
    const stop = (why: Failure): void => {
      if (!isOpen) return
      close()
      settle({ ok: false, why })
      end(why)
    }
    const confirm = (within: AbortSignal): Promise<Failure | undefined> =>
      until<undefined>(within, (answer) => {
        confirmed = () => answer({ ok: true, value: undefined })
        void ended.then((why) => answer({ ok: false, why }))
        stream.write(encodeProgress())
        return () => {}
      }).then((answer) => (answer.ok ? undefined : answer.why))
    const decoder = createWatchDecoder({
      onWrite: (write) => {
        if (isOpen) onWrite(write)
      },
      onNote: (note) => {
        revision = Math.max(revision, note.revision)
        if (note.canceled) return stop(refusalOf(note.reason))
        const watch = { ended, revision: () => revision, confirm, close }
        if (note.created) settle({ ok: true, value: watch })
        else if (!note.wrote) confirmed()
      },
    })
    stream.on('data', (chunk: Buffer) => {
      if (isOpen) attempt(() => decoder.push(chunk), stop)
    })
    const onWords = (words: IncomingHttpHeaders): void => {
      const why = troubleIn(words)
      if (why !== undefined) stop(why)
    }
    stream.on('response', onWords)
    stream.on('trailers', onWords)
    stream.on('error', (error) => stop(failureOf(error)))
    stream.on('close', () => stop({ kind: 'reset', text: 'the member ended the watch' }))
    stream.write(encodeWatch(prefix))
    return close
  })

const headersOf = ({ authority, token }: WatchOptions) => ({
  ':method': 'POST',
  ':path': '/etcdserverpb.Watch/Watch',
  ...(authority !== undefined && { ':authority': authority }),
  'content-type': 'application/grpc',
  te: 'trailers',
  hasleader: 'true', // a member that lost its leader ends the watch instead of staying silent
  ...(token !== undefined && { token }),
})

const attempt = (act: () => void, fail: (why: Failure) => void): void => {
  try {
    act()
  } catch (error) {
    fail(failureOf(error))
  }
}

/** What gRPC says in headers or trailers, or undefined when it says that all is well. */
const troubleIn = (words: IncomingHttpHeaders): Failure | undefined => {
  const status = words[':status']
  if (status !== undefined && Number(status) !== 200)
    return failed('malformed', 'what answers there does not speak like etcd').why
  const code = words['grpc-status']
  if (code === undefined || code === '0') return undefined
  return refusalOf(decoded(String(words['grpc-message'] ?? `gRPC status ${String(code)}`)))
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** etcd wraps what it says: `rpc error: code = PermissionDenied desc = etcdserver: permission denied`. */
const refusalOf = (reason: string): Failure => {
  const bare = reason.replace(/^rpc error: code = \w+ desc = /, '')
  return failureOf(new Error(bare === '' ? 'the member cancelled the watch' : bare))
}
