import { Agent, request } from 'node:http'
import { obeyParent } from '../lab/helper-process'

/** A program: clients that put keys and time each put, in a process of its own so that whoever watches slows none. */
export type PutAct = {
  readonly endpoints: readonly string[]
  readonly workers: number
  readonly valueBytes: number
  /** Of all workers together. Undefined: as fast as the answers come. */
  readonly perSecond: number | undefined
  readonly forMs: number
}

/** ms of each put that was answered well. */
export type PutTimes = { readonly took: readonly number[]; readonly failed: number }

const agent = new Agent({ keepAlive: true })
const HOT = ['alpha', 'beta', 'gamma']

const obey = async (plan: PutAct): Promise<PutTimes> => {
  const took: number[] = []
  let failed = 0
  const end = performance.now() + plan.forMs
  const value = Buffer.alloc(plan.valueBytes, 'x').toString('base64')
  const everyMs = plan.perSecond === undefined ? 0 : (1000 * plan.workers) / plan.perSecond
  const worker = async (n: number): Promise<void> => {
    const endpoint = plan.endpoints[n % plan.endpoints.length] ?? ''
    let due = performance.now() + Math.random() * everyMs
    for (let i = 0; performance.now() < end; i++) {
      await until(due)
      due = Math.max(due + everyMs, performance.now() - everyMs)
      const key = Buffer.from(`/hot/${HOT[i % 3] ?? ''}/${n}-${i % 100}`).toString('base64')
      const from = performance.now()
      const isDone = await put(endpoint, `{"key":"${key}","value":"${value}"}`)
      if (isDone) took.push(performance.now() - from)
      else failed++
    }
  }
  await Promise.all(Array.from({ length: plan.workers }, (_, n) => worker(n)))
  return { took, failed }
}

const until = (at: number): Promise<void> | undefined =>
  at <= performance.now()
    ? undefined
    : new Promise((resolve) => setTimeout(resolve, at - performance.now()))

const put = (endpoint: string, body: string): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request(`${endpoint}/v3/kv/put`, { method: 'POST', agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
      response.on('error', () => resolve(false))
    })
    sent.on('error', () => resolve(false))
    sent.end(body)
  })

obeyParent(obey)
