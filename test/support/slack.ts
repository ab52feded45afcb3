import { request, type Agent, type RequestOptions } from 'node:http'
import { createHmac } from 'node:crypto'

/** Requests as Slack sends them: signed by the signing secret of an app. */

export type SignedOptions = {
  readonly secret: string
  /** Unix seconds. */
  readonly timestamp?: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type SignedRequest = {
  readonly method: 'POST'
  readonly headers: Record<string, string>
  readonly body: string
}

const FORM = 'application/x-www-form-urlencoded'

/** `v0=` and the HMAC-SHA256 of version, timestamp and body. */
export const signatureOf = (secret: string, timestamp: number, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`

/** The init of a fetch to /slack/events. */
export const signed = (body: string, options: SignedOptions): SignedRequest => {
  const timestamp = options.timestamp ?? Math.floor(Date.now() / 1000)
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': options.contentType ?? FORM,
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': signatureOf(options.secret, timestamp, body),
      ...options.headers,
    },
  }
}

let count = 0
/** A new id at each call: trigger ids and event ids are never used twice. */
export const freshId = (prefix: string): string => `${prefix}${process.pid}.${(count += 1)}`

export type CommandFields = {
  readonly text: string
  readonly response_url: string
  readonly command?: string
  readonly user_id?: string
  readonly team_id?: string
  readonly channel_id?: string
  readonly trigger_id?: string
  readonly enterprise_id?: string
}

/** The fields of a slash command, with what a test does not care about filled in. */
export const commandFields = (fields: CommandFields): Record<string, string> => ({
  token: 'deprecated',
  team_domain: 'acme',
  command: '/etcd',
  team_id: 'T1',
  channel_id: 'C1',
  channel_name: 'ops',
  user_id: 'U1',
  user_name: 'ada',
  api_app_id: 'A1',
  is_enterprise_install: 'false',
  trigger_id: freshId('trigger'),
  ...fields,
})

/** The same as Slack's HTTP body. */
export const commandBody = (fields: CommandFields): string =>
  new URLSearchParams(commandFields(fields)).toString()

/** Who interacts, as each payload of a button, a window or a shortcut names them. */
export const interacting = (user: string, team = 'T1') => ({
  team: { id: 'T1', domain: 'acme' },
  user: { id: user, username: user, team_id: team },
  api_app_id: 'A1',
  token: 'deprecated',
})

/** A payload as Slack's HTTP body. */
export const interactionBody = (payload: object): string =>
  new URLSearchParams({ payload: JSON.stringify(payload) }).toString()

export type MentionFields = {
  readonly text: string
  readonly user?: string
  readonly channel?: string
  readonly ts?: string
  readonly thread_ts?: string
  readonly event_id?: string
  readonly team_id?: string
  readonly user_team?: string
  readonly bot_id?: string
}

/** The body of an app_mention event. */
export const mentionBody = ({ event_id, team_id = 'T1', ...event }: MentionFields): object => ({
  type: 'event_callback',
  team_id,
  api_app_id: 'A1',
  event_id: event_id ?? freshId('Ev'),
  event_time: 1,
  event: {
    type: 'app_mention',
    user: 'U1',
    channel: 'C1',
    ts: '1700000000.000100',
    event_ts: '1700000000.000100',
    team: team_id,
    ...event,
  },
})

/**
 * Sends all at once over kept connections and resolves to how long each took until its 200, in ms. By node:http, with
 * everything signed before the clock starts: 50 parallel calls of fetch alone take longer than what is to be measured.
 */
export const timesUntilAck = (
  port: number,
  requests: readonly SignedRequest[],
  agent: Agent,
): Promise<number[]> =>
  Promise.all(requests.map((one) => timeUntilAck({ port, agent, path: '/slack/events' }, one)))

const timeUntilAck = (
  to: RequestOptions,
  { method, headers, body }: SignedRequest,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const from = performance.now()
    const sending = request({ ...to, host: '127.0.0.1', method, headers }, (response) => {
      const took = performance.now() - from
      response.resume()
      if (response.statusCode === 200) resolve(took)
      else reject(new Error(`want 200, have ${response.statusCode}`))
    })
    sending.on('error', reject)
    sending.end(body)
  })
