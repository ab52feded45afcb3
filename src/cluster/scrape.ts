import type { Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Part, Scrape } from '../diagnosis/facts'
import { tlsOptions, type Tls } from './credentials'
import { until } from './deadline'
import { parseExposition } from './exposition'
import { failed, failureOf, type Result } from './failure'
import { piecesOf } from './pieces'
import { SHEET_MAX_BYTES, takeSheet } from './sheet'

/**
 * The HTTP of a cluster's members. Connections are kept between looks; redirects are not followed and proxies of the
 * environment not used, so that nothing but what was configured is ever dialled. Nothing rejects; every request ends
 * with its signal (see `startDeadline`).
 */
export type Pages = {
  /** A metrics page, read. `tookMs` counts until the whole page is here. */
  scrape(url: string, signal: AbortSignal): Promise<Part<Scrape>>
  /** What the member's own /health complains of, such as `ALARM NOSPACE`; undefined when it is well or does not say. */
  complaint(url: string, signal: AbortSignal): Promise<string | undefined>
  close(): Promise<void>
}

/** Gets the text of each page that came, before it is read: for recorders. */
export type OnPage = (url: string, page: string) => void

export const createPages = (
  tls: Tls | undefined,
  readTimeoutMs: number,
  onPage?: OnPage,
): Pages => {
  const connector = createConnector({ timeout: readTimeoutMs, ...tlsOptions(tls) })
  const options = {
    // one connection a member: undici's pool of several weighs 20 KB more
    connections: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // the look's signal is the deadline of both; a connect knows no signal
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector.connect,
  }
  const pages = new Agent(options)
  const healths = new Agent(options) // apart: a page that hangs must not hold them up
  return {
    scrape: async (url, signal) => {
      const from = performance.now()
      let tookMs: number | undefined
      const page = await get(pages, {
        url,
        signal,
        wanted: OK,
        read: (bytes) => {
          tookMs = performance.now() - from
          const pieces = piecesOf(bytes)
          onPage?.(url, pieces.join(''))
          return scrapeOf(pieces)
        },
      })
      return { ...page, tookMs: tookMs ?? performance.now() - from }
    },
    complaint: async (url, signal) => {
      const health = new URL('/health?serializable=true', url).href
      const answer = await get(healths, { url: health, signal, wanted: UNHEALTHY, read: reasonOf })
      return answer.ok ? answer.value : undefined
    },
    close: async () => {
      connector.close()
      await Promise.all([pages.destroy(), healths.destroy()])
    },
  }
}

/** Longer than any sensible time between two looks. */
const KEEP_ALIVE_MS = 120_000
const OK = 200
const UNHEALTHY = 503

/**
 * TLS 1.3 tells of a missing or foreign client certificate only after the handshake. undici would report no more than
 * that the other side closed: the socket ends with its first error instead. `close` ends what is still connecting.
 */
const createConnector = (options: buildConnector.BuildOptions): Connector => {
  const open = buildConnector(options) as Opener
  const connecting = new Set<Socket>()
  const connect: buildConnector.connector = (target, done) => {
    const socket = open(target, (...made) => {
      connecting.delete(socket)
      done(...made)
    })
    connecting.add(socket)
    socket.prependOnceListener('error', (error) => socket.destroy(error))
  }
  return { connect, close: () => connecting.forEach((socket) => socket.destroy()) }
}

type Connector = { readonly connect: buildConnector.connector; close(): void }
/** undici's typings leave out that it answers the socket. */
type Opener = (...args: Parameters<buildConnector.connector>) => Socket

const scrapeOf = (pieces: readonly string[]): Result<Scrape> => {
  const parsed = parseExposition(...pieces)
  return parsed.ok ? { ok: true, value: parsed.scrape } : failed('malformed', parsed.why)
}

/** `{"health":"false","reason":"ALARM NOSPACE"}` */
const reasonOf = (body: Buffer): Result<string | undefined> => ({
  ok: true,
  value: /"reason":\s*"([^"\\]{1,100})"/.exec(body.toString())?.[1],
})

type Request<T> = {
  readonly url: string
  readonly signal: AbortSignal
  readonly wanted: number
  /** Reads the whole body, which is another's afterwards. */
  readonly read: (body: Buffer) => Result<T>
}

const get = <T>(agent: Agent, { url, signal, wanted, read }: Request<T>): Promise<Result<T>> =>
  until(signal, (settle) => {
    const { origin, pathname, search } = new URL(url) // user info in it is never sent
    const body = bodyOf({ wanted, read, settle })
    agent.dispatch({ origin, path: pathname + search, method: 'GET', headers: HEADERS }, body)
    return () => body.giveUp()
  })

/** Compression would cost the member and us more CPU than it saves of a local network. */
const HEADERS = { accept: 'text/plain' }

type Body = Dispatcher.DispatchHandler & { giveUp(): void }

type Wish<T> = Pick<Request<T>, 'wanted' | 'read'> & {
  readonly settle: (result: Result<T>) => void
}

/** Collects one answer and settles once: what follows a refusal is the echo of our own hanging up. */
const bodyOf = <T>({ wanted, read, settle }: Wish<T>): Body => {
  const sheet = takeSheet()
  let given = false
  let control: Dispatcher.DispatchController | undefined
  const giveUp = (): void => {
    given = true
    control?.abort(GIVEN_UP)
  }
  const refuse = (result: Result<T>): void => {
    settle(result)
    giveUp()
  }
  return {
    giveUp,
    onRequestStart: (controller) => {
      control = controller
      if (given) giveUp()
    },
    onResponseStart: (_, status, headers) => {
      if (status !== wanted) refuse(failed('http', httpWords(status, headers.location)))
    },
    onResponseData: (_, chunk) => {
      if (!sheet.add(chunk))
        refuse(failed('too-large', `the page is larger than ${SHEET_MAX_BYTES >> 20} MB`))
    },
    onResponseEnd: () => {
      settle(read(sheet.written()))
      sheet.giveBack()
    },
    onResponseError: (_, error) => settle({ ok: false, why: failureOf(error) }),
  }
}

const GIVEN_UP = new Error('given up')

const httpWords = (status: number, location: string | string[] | undefined): string =>
  location === undefined ? `HTTP ${status}` : `HTTP ${status}, a redirect, which is not followed`
