import { readFileSync } from 'node:fs'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Certificates } from './certificates'

/** What a member's HTTP face answered, or undefined: no answer in time. */
export type HttpAnswer = { readonly code: number; readonly text: string }

export type HttpAsk = {
  readonly url: string
  readonly tls?: Certificates | undefined
  /** Makes it a POST, as etcd's JSON gateway wants. */
  readonly body?: unknown
  readonly token?: string | undefined
  readonly timeoutMs: number
}

/** One request on a connection of its own. It never rejects: a member that cannot answer is ordinary here. */
export const ask = (wanted: HttpAsk): Promise<HttpAnswer | undefined> =>
  new Promise((resolve) => {
    const request = wanted.url.startsWith('https:') ? httpsRequest : httpRequest
    const sent = request(wanted.url, optionsOf(wanted), (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }))
      response.on('error', () => resolve(undefined))
    })
    sent.on('error', () => resolve(undefined))
    sent.setTimeout(wanted.timeoutMs, () => sent.destroy(new Error('deadline exceeded')))
    sent.end(wanted.body === undefined ? undefined : JSON.stringify(wanted.body))
  })

const optionsOf = ({ body, token, tls }: HttpAsk): RequestOptions => ({
  agent: false,
  method: body === undefined ? 'GET' : 'POST',
  headers: token === undefined ? {} : { authorization: token },
  ...(tls === undefined
    ? {}
    : { ca: readFileSync(tls.ca), cert: readFileSync(tls.cert), key: readFileSync(tls.key) }),
})
