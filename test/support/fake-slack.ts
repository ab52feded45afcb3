import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call that the fake got: of a Web API method (`auth.test`) or of a response_url (`response/…`). */
export type Call = {
  readonly name: string
  readonly body: Record<string, unknown>
  readonly at: number
}

/** How the fake answers a call: an HTTP status and a body, no answer at all, or a cut connection. */
export type Reply =
  | {
      readonly status?: number
      readonly json?: object
      readonly text?: string
      readonly headers?: Record<string, string>
      readonly afterMs?: number
    }
  | 'hang'
  | 'reset'

export type Script = (call: Call, nth: number) => Reply | undefined

/**
 * A small Slack: Web API and response_urls on one port. `script` spoils answers: it gets the call and how many of that name
 * came before it; undefined means that all is well.
 */
export const fakeSlack = async (script: Script = () => undefined, port = 0) => {
  const calls: Call[] = []
  const server = createServer((request, response) => void take(request, response))
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = nameOf(request.url ?? '')
    const call = { name, body: bodyOf(await read(request)), at: Date.now() }
    const nth = calls.filter((one) => one.name === name).length
    calls.push(call)
    answer(response, script(call, nth) ?? { json: WELL[name] ?? { ok: true } })
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    apiUrl: `${base}/api/`,
    responseUrl: (id: string): string => `${base}/response/${id}`,
    calls,
    /** Calls of one name so far. */
    of: (name: string): Call[] => calls.filter((call) => call.name === name),
    /** Resolves to the calls when there are `count` of them. */
    waitFor: async (name: string, count = 1, withinMs = 10_000): Promise<Call[]> => {
      for (let waited = 0; waited < withinMs; waited += 10) {
        const got = calls.filter((call) => call.name === name)
        if (got.length >= count) return got
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(
        `want ${count} calls of ${name}, have ${calls.map((call) => call.name).join()}`,
      )
    },
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type FakeSlack = Awaited<ReturnType<typeof fakeSlack>>

const WELL: Record<string, object> = {
  'auth.test': { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'BBOT' },
  'chat.postMessage': { ok: true, channel: 'C1', ts: '1700000000.000900' },
  'chat.update': { ok: true, channel: 'C1', ts: '1700000000.000900' },
  'usergroups.users.list': { ok: true, users: ['U7'] },
}

const nameOf = (url: string): string => url.replace(/^\/(api\/)?/, '').replace(/\?.*/, '')

const read = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** JSON, or a form whose values may be JSON. */
const bodyOf = (text: string): Record<string, unknown> => {
  if (text.startsWith('{')) return JSON.parse(text) as Record<string, unknown>
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([key, value]) => [key, valueOf(value)]),
  )
}

const valueOf = (text: string): unknown => (/^[[{]/.test(text) ? JSON.parse(text) : text)

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'hang') return
  if (reply === 'reset') return void response.destroy()
  const { status = 200, json, text, headers = {}, afterMs = 0 } = reply
  const type = json === undefined ? 'text/plain' : 'application/json'
  setTimeout(() => {
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(json === undefined ? (text ?? 'ok') : JSON.stringify(json))
  }, afterMs)
}
