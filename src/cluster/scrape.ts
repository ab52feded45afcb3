import type { Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Part, Scrape } from '../diagnosis/facts'
import { tlsOptions, type Tls } from './credentials'
import { until } from './deadline'
import { parseExposition } from './exposition'
import { failed, failureOf, type Result } from './failure'

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

/** Gets the text of each page that came, before it is parsed: for recorders. */
export type OnPage = (url: string, page: string) => void

export const createPages = (
  tls: Tls | undefined,
  readTimeoutMs: number,
  onPage: OnPage = () => undefined,
): Pages => {
  const connector = createConnector({ timeout: readTimeoutMs, ...tlsOptions(tls) })
  const agent = new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    // the look's signal is the deadline of both; a connect knows no signal
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector.connect,
  })
  return {
    scrape: async (url, signal) => {
      const from = performance.now()
      const page = await get(agent, { url, signal, wanted: OK })
      const tookMs = performance.now() - from
      if (page.ok) onPage(url, page.value)
      return { ...(page.ok ? read(page.value) : page), tookMs }
    },
    complaint: async (url, signal) => {
      const health = new URL('/health?serializable=true', url).href
      const answer = await get(agent, { url: health, signal, wanted: UNHEALTHY })
      return answer.ok ? reasonOf(answer.value) : undefined
    },
    close: () => {
      connector.close()
      return agent.destroy()
    },
  }
}

/** Longer than any sensible time between two looks. */
const KEEP_ALIVE_MS = 120_000
const OK = 200
const UNHEALTHY = 503
const BODY_MAX_BYTES = 8 << 20

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

const read = (page: string): Result<Scrape> => {
  const parsed = parseExposition(page)
  return parsed.ok ? { ok: true, value: parsed.scrape } : failed('malformed', parsed.why)
}

/** `{"health":"false","reason":"ALARM NOSPACE"}` */
const reasonOf = (body: string): string | undefined =>
  /"reason":\s*"([^"\\]{1,100})"/.exec(body)?.[1]

type Request = { readonly url: string; readonly signal: AbortSignal; readonly wanted: number }

const get = (agent: Agent, { url, signal, wanted }: Request): Promise<Result<string>> =>
  until(signal, (settle) => {
    const { origin, pathname, search } = new URL(url) // user info in it is never sent
    const body = bodyOf(wanted, settle)
    agent.dispatch({ origin, path: pathname + search, method: 'GET', headers: HEADERS }, body)
    return () => body.giveUp()
  })

/** Compression would cost the member and us more CPU than it saves of a local network. */
const HEADERS = { accept: 'text/plain' }

type Body = Dispatcher.DispatchHandler & { giveUp(): void }

/** Collects one answer and settles once: what follows a refusal is the echo of our own hanging up. */
const bodyOf = (wanted: number, settle: (result: Result<string>) => void): Body => {
  const chunks: Buffer[] = []
  let size = 0
  let given = false
  let control: Dispatcher.DispatchController | undefined
  const giveUp = (): void => {
    given = true
    control?.abort(GIVEN_UP)
  }
  const refuse = (result: Result<string>): void => {
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
      chunks.push(chunk)
      size += chunk.length
      if (size > BODY_MAX_BYTES)
        refuse(failed('too-large', `the page is larger than ${BODY_MAX_BYTES >> 20} MB`))
    },
    onResponseEnd: () => settle({ ok: true, value: Buffer.concat(chunks, size).toString() }),
    onResponseError: (_, error) => settle({ ok: false, why: failureOf(error) }),
  }
}

const GIVEN_UP = new Error('given up')

const httpWords = (status: number, location: string | string[] | undefined): string =>
  location === undefined ? `HTTP ${status}` : `HTTP ${status}, a redirect, which is not followed`
