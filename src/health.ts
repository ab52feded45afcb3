import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Why the bot is not ready; an empty list is ready. Each reason is a sentence for the on-call engineer. */
export type Readiness = () => readonly string[]

export type HealthDeps = {
  readonly host: string
  readonly port: number
  readonly readiness: Readiness
  /** What is told beside it and takes no replica out of service: another would do no better. */
  readonly remarks?: Readiness
  readonly page: () => Promise<string>
  readonly contentType: string
}

export type Health = { readonly port: number; readonly close: () => Promise<void> }

/**
 * /healthz (the process lives), /readyz (200 or 503, a reason a line) and /metrics, on a port that Slack never reaches.
 * Rejects when the port is taken, naming it.
 */
export const startHealth = async (deps: HealthDeps): Promise<Health> => {
  const server = createServer(listener(deps))
  server.requestTimeout = 5000
  server.headersTimeout = 5000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `Cannot listen on health.port ${deps.host}:${deps.port}: ${cause.code ?? cause.message}`,
          { cause },
        ),
      ),
    )
    server.listen(deps.port, deps.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const listener =
  (deps: HealthDeps): RequestListener =>
  (request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, 'GET only\n')
    if (path === '/healthz') return send(response, 200, 'ok\n')
    if (path === '/readyz') return sendReadiness(response, deps)
    if (path === '/metrics') return sendPage(response, deps)
    return send(response, 404, 'here are /healthz, /readyz and /metrics\n')
  }

const sendReadiness = (response: ServerResponse, { readiness, remarks }: HealthDeps): void => {
  const reasons = readiness()
  const lines = [...(reasons.length === 0 ? ['ready'] : reasons), ...(remarks?.() ?? [])]
  send(response, reasons.length === 0 ? 200 : 503, `${lines.join('\n')}\n`)
}

const sendPage = (response: ServerResponse, { page, contentType }: HealthDeps): void => {
  page().then(
    (text) => send(response, 200, text, contentType),
    (error: Error) => send(response, 500, `${error.message}\n`),
  )
}

const send = (
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void => {
  response
    .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    .end(text)
}
