import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HTTPReceiver, type Logger } from '@slack/bolt'
import { ARRIVED } from './storm/acknowledge'
import type { Entrance } from './entrance'
import { isOutOfTime } from './asking/guard'

export type HttpDeps = {
  readonly signingSecret: string
  readonly host: string
  readonly port: number
  readonly logger: Logger
  readonly now: () => number
}

/** Views are the largest payloads and ours are small. */
const BODY_LIMIT = 256 * 1024

/** ms; slow senders are cut off. Kept connections outlive those of usual proxies (60 s), or answers get lost between. */
const TIMEOUTS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
}

/**
 * Slack's requests by HTTP: Bolt checks their signatures behind a server of our own, which refuses those from the future
 * and has timeouts.
 */
export const httpEntrance = (deps: HttpDeps): Entrance => {
  const receiver = new HTTPReceiver({
    signingSecret: deps.signingSecret,
    bodyLimit: BODY_LIMIT,
    logger: deps.logger,
    customPropertiesExtractor: (request) => ({
      deliveryKey: request.headers['x-slack-signature'],
      [ARRIVED]: performance.now(),
    }),
  })
  let shut = false
  const server = createServer(TIMEOUTS, (request, response) => {
    if (shut) return refuse(request, response, 503)
    if (isFuture(request, deps.now())) return refuse(request, response, 401)
    return pass(receiver, request, response)
  })
  server.maxConnections = 1000

  return {
    receiver,
    open: () => listen(server, deps),
    port: () => (server.address() as AddressInfo | null)?.port,
    trouble: () => (server.listening ? undefined : 'Slack’s requests cannot arrive: not listening'),
    shut: () => {
      shut = true
      server.close()
    },
    close: async () => server.closeAllConnections(),
  }
}

/** A request without the header is left to Bolt: Slack's certificate checks have none, others are refused there. */
const isFuture = ({ headers }: IncomingMessage, now: number): boolean => {
  const header = headers['x-slack-request-timestamp']
  return header !== undefined && isOutOfTime(String(header), now)
}

const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  request.resume()
  response.writeHead(status, { connection: 'close' }).end()
}

/** Bolt throws for paths that are not its own, and for URLs that are none. */
const pass = (receiver: HTTPReceiver, request: IncomingMessage, response: ServerResponse): void => {
  try {
    receiver.requestListener(request, response)
  } catch {
    refuse(request, response, 404)
  }
}

const listen = (server: Server, { host, port }: HttpDeps): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`Cannot listen for Slack on ${host}:${port}: ${cause.message}`, { cause })),
    )
    server.listen(port, host, resolve)
  })
