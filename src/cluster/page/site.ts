import { connect, type Connection } from './connection'
import type { Tls } from '../credentials'
import { until } from '../deadline'
import { failed, failureOf, type Result } from '../failure'
import { createResponse, type Progress } from './response'
import { SHEET_MAX_BYTES, takeSheet } from './sheet'

/**
 * One origin, asked by HTTP/1.1 over a connection that is kept from one request to the next. Requests side by side get
 * connections of their own, so that one that hangs holds up no other.
 */
export type Site = {
  /** Nothing rejects; ends with its signal (see `startDeadline`). Redirects are not followed. */
  get<T>(request: Get<T>, signal: AbortSignal): Promise<Result<T>>
  close(): void
}

export type Get<T> = {
  readonly path: string
  readonly status: number
  /** Reads the whole body, which is another's afterwards. */
  readonly read: (body: Buffer) => Result<T>
}

export const createSite = (origin: URL, tls: Tls | undefined): Site => {
  const open = new Set<Connection>()
  let kept: Connection | undefined
  const idle = (): Connection | undefined => {
    const connection = kept
    kept = undefined
    return connection?.isFresh() === true ? connection : undefined
  }
  const keep = (connection: Connection): void => {
    if (kept === undefined) kept = connection
    else connection.end()
  }
  const dial = (): Connection => {
    const connection = connect(origin, tls, () => {
      open.delete(connection)
      if (kept === connection) kept = undefined
    })
    open.add(connection)
    return connection
  }
  const ask = <T>(
    connection: Connection,
    request: Get<T>,
    signal: AbortSignal,
  ): Promise<Result<T>> =>
    until(signal, (settle) => {
      const sheet = takeSheet()
      const response = createResponse({ status: request.status, add: sheet.add })
      const end = (result: Result<T>): void => {
        settle(result)
        connection.end()
      }
      connection.send(textOf(request.path, origin), {
        take: (bytes) => over(response.take(bytes)),
        close: (error) =>
          error === undefined ? over(response.close()) : end({ ok: false, why: failureOf(error) }),
      })
      const over = (progress: Progress): void => {
        if (progress.is === 'more') return
        if (progress.is !== 'whole') return end(refusalOf(progress))
        settle(readSafely(request, sheet.written()))
        sheet.giveBack()
        if (progress.isLast) connection.end()
        else keep(connection.rest())
      }
      return connection.end
    })
  return {
    get: async (request, signal) => {
      const connection = idle()
      if (connection === undefined) return ask(dial(), request, signal)
      const result = await ask(connection, request, signal)
      // it may have been closed unnoticed, in a restart or by an idle load balancer
      const diedUnnoticed = !result.ok && result.why.kind === 'reset' && !connection.hasHeard()
      return diedUnnoticed ? ask(dial(), request, signal) : result
    },
    close: () => open.forEach((connection) => connection.end()),
  }
}

/** A reader that throws must not end the process, which nobody above this call could prevent. */
const readSafely = <T>({ read }: Get<T>, body: Buffer): Result<T> => {
  try {
    return read(body)
  } catch (error) {
    return { ok: false, why: failureOf(error) }
  }
}

const textOf = (path: string, { host }: URL): string =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: text/plain\r\n\r\n`

const refusalOf = (progress: Exclude<Progress, { is: 'more' | 'whole' }>): Result<never> => {
  if (progress.is === 'refused') return failed('http', httpWords(progress))
  if (progress.is === 'too-large')
    return failed('too-large', `the page is larger than ${SHEET_MAX_BYTES >> 20} MB`)
  const said = progress.is === 'cut-off' ? 'other side closed' : `malformed HTTP: ${progress.why}`
  return { ok: false, why: failureOf(new Error(said)) }
}

const httpWords = ({ status, location }: Refused): string =>
  location === undefined ? `HTTP ${status}` : `HTTP ${status}, a redirect, which is not followed`

type Refused = Extract<Progress, { is: 'refused' }>
