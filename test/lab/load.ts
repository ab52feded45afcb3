/**
 * A program: clients that load a lab cluster through its JSON gateway, in a process of its own so that they do not slow
 * whoever measures. Plain HTTP on loopback only. It ends by the plan's own limits, and with its parent.
 */
import { Agent, request } from 'node:http'
import { obeyParent } from './helper-process'
import type { LoadAct, LoadPlan, LoadResult } from './load-plan'

const ANSWER_WITHIN_MS = 10_000

let agent = new Agent({ keepAlive: true })
const count = { sent: 0, done: 0, failed: 0 }
let lastError: string | undefined
let stopped = false
let work: Promise<unknown> = Promise.resolve()

const obey = async (order: LoadAct): Promise<LoadResult> => {
  if (order.act === 'start') work = start(order.endpoints, order.plan)
  if (order.act === 'stop') stopped = true
  if (order.act === 'wait') await work
  return { done: count.done, failed: count.failed, lastError }
}

const start = async (endpoints: readonly string[], plan: LoadPlan): Promise<void> => {
  if (plan.reconnects === true) agent = new Agent({ keepAlive: false })
  if (plan.kind === 'lists') await fill(endpoints, plan)
  const end = Date.now() + plan.forMs
  await Promise.all(
    Array.from({ length: plan.workers }, (_, i) => worker(turned(endpoints, i), plan, end)),
  )
}

const fill = async (endpoints: readonly string[], plan: LoadPlan): Promise<void> => {
  const puts = { ...plan, kind: 'puts', workers: 4, most: plan.keys ?? 1000 } as const
  await Promise.all(
    [0, 1, 2, 3].map((i) => worker(turned(endpoints, i), puts, Date.now() + plan.forMs)),
  )
}

/** One client. It stays with its member until that one fails it. */
const worker = async (endpoints: readonly string[], plan: LoadPlan, end: number): Promise<void> => {
  const everyMs = plan.perSecond === undefined ? 0 : (1000 * plan.workers) / plan.perSecond
  let next = Date.now() + Math.random() * everyMs
  let member = 0
  while (!stopped && Date.now() < end && count.sent < (plan.most ?? Infinity)) {
    await until(next)
    // A client that fell behind does not catch up with a burst.
    next = Math.max(next + everyMs, Date.now() - everyMs)
    if (await send(endpoints[member] ?? '', requestOf(plan))) count.done++
    else {
      count.failed++
      member = (member + 1) % endpoints.length
      await until(Date.now() + 100)
    }
  }
}

const turned = (list: readonly string[], by: number): string[] => {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

const until = (at: number): Promise<void> | undefined =>
  at <= Date.now() ? undefined : new Promise((resolve) => setTimeout(resolve, at - Date.now()))

type Sent = { readonly path: string; readonly body: string }

const requestOf = (plan: LoadPlan): Sent => {
  const prefix = plan.prefix ?? '/lab/'
  const number = count.sent++
  if (plan.kind === 'lists') return { path: '/v3/kv/range', body: rangeOf(prefix) }
  const key = base64(`${prefix}${number % (plan.keys ?? 1000)}`)
  return { path: '/v3/kv/put', body: `{"key":"${key}","value":"${valueOf(plan.valueBytes)}"}` }
}

/** From the prefix to the same with its last byte one higher. */
const rangeOf = (prefix: string): string => {
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
  return JSON.stringify({ key: base64(prefix), range_end: base64(end) })
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const values = new Map<number, string>()

const valueOf = (bytes: number): string => {
  const known = values.get(bytes) ?? Buffer.alloc(bytes, 'x').toString('base64')
  values.set(bytes, known)
  return known
}

const send = (endpoint: string, { body, path }: Sent): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request(`${endpoint}${path}`, { method: 'POST', agent }, (response) => {
      const ok = response.statusCode === 200
      let text = ''
      // A list's pages are thrown away; a refusal's words are kept.
      response.on('data', (part: Buffer) => (text = ok ? '' : text + part.toString()))
      response.on('end', () => resolve(ok || refused(text)))
      response.on('error', (error) => resolve(refused(error.message)))
    })
    sent.on('error', (error) => resolve(refused(error.message)))
    sent.setTimeout(ANSWER_WITHIN_MS, () => sent.destroy(new Error('deadline exceeded')))
    sent.end(body)
  })

const refused = (text: string): false => {
  lastError = text.slice(0, 300)
  return false
}

obeyParent(obey)
