import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pause, startRedis, type TestRedis } from '../support/redis'
import { keyIn, slackWorkspace, type SlackWorkspace, type Spoil } from '../support/slack-workspace'
import { chancesOf, channelOf, CLUSTERS, keysOf, PHASES, TIMING, type Storm } from './truth'

/**
 * `npm run faults [-- STORMS [SEED]]`: storms on three replicas, a real Redis and a Slack that loses answers, while
 * replicas are killed and paused, Redis is stopped, killed and paused, and Slack goes away. Counts what was lost, what
 * was doubled, and the root messages that do not say that their storm is over. Exit code 1: something was.
 */
const [storms = 40, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number)
const REPLICAS = 3
const chance = chancesOf(seed)
const between = (least: number, most: number): number => least + chance() * (most - least)
const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T

const counts: Record<string, number> = {}
const count = (what: string, by = 1): void => void (counts[what] = (counts[what] ?? 0) + by)

// --- Slack that loses answers ---

let slackIsAway = false

const SPOILS: readonly (readonly [number, Spoil])[] = [
  [0.08, { accepted: false, reply: { status: 503, text: 'away' } }],
  [0.08, { accepted: false, reply: 'reset' }],
  [0.12, { accepted: true, reply: { status: 500, text: 'lost' } }],
  [0.08, { accepted: true, reply: 'reset' }],
  [0.04, { accepted: true, reply: 'hang' }],
  [0.03, { accepted: false, reply: { status: 429, headers: { 'retry-after': '1' } } }],
]

const spoil = ({ name }: { readonly name: string }): Spoil | undefined => {
  if (slackIsAway) return pick(SPOILS)[1]
  if (name.startsWith('conversations.') && chance() > 0.2) return undefined
  let roll = chance()
  return SPOILS.find(([share]) => (roll -= share) < 0)?.[1]
}

// --- the truth ---

const truth = new Map<string, Storm>()

const serveTruth = async () => {
  const server = createServer((_, response) => response.end(JSON.stringify([...truth.values()])))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const happen = async (): Promise<void> => {
  const going: Promise<void>[] = []
  for (let number = 1; number <= storms; number++) {
    going.push(storm(`storm-${number}`, pick(CLUSTERS)))
    await pause(between(600, 2400))
  }
  await Promise.all(going)
}

const storm = async (id: string, cluster: string): Promise<void> => {
  for (let phase = 1; phase <= PHASES.length; phase++) {
    truth.set(id, { id, cluster, channel: channelOf(cluster), phase })
    await pause(between(1000, 8000))
  }
}

// --- replicas ---

type Urls = { readonly redis: string; readonly slack: string; readonly truth: string }

const replica = (urls: Urls) => {
  let child: ChildProcess
  const start = (): void => {
    const program = join(__dirname, 'replica.ts')
    const args = ['--import', 'tsx', program, urls.redis, urls.slack, urls.truth]
    child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', hear)
  }
  start()
  return {
    kill: () => void child.kill('SIGKILL'),
    start,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

const hear = (text: string): void => {
  if (process.env['FAULTS_LOG'] !== undefined) process.stderr.write(`${text}\n`)
  const { post, swept } = JSON.parse(text) as { post?: string; swept?: number }
  if (post !== undefined) count(`tries: ${post}`)
  if (swept !== undefined) count('deleted by the sweep', swept)
}

type Replica = ReturnType<typeof replica>

// --- faults ---

type Fault = (world: {
  readonly redis: TestRedis
  readonly replicas: readonly Replica[]
}) => Promise<void>

const FAULTS: readonly (readonly [string, Fault])[] = [
  [
    'kills',
    async ({ replicas }) => {
      const one = pick(replicas)
      one.kill()
      await pause(between(200, 1500))
      one.start()
    },
  ],
  [
    'stops beyond the lease',
    async ({ replicas }) => {
      const one = pick(replicas)
      one.freeze()
      await pause(TIMING.leaseMs + between(500, 2500))
      one.thaw()
    },
  ],
  [
    'pauses of Redis',
    async ({ redis }) => {
      await redis.pause()
      await pause(between(500, 5000))
      redis.resume()
    },
  ],
  [
    'restarts of Redis',
    async ({ redis }) => {
      await (chance() < 0.5 ? redis.stop() : redis.kill())
      await pause(between(200, 4000))
      await redis.restart()
    },
  ],
  [
    'outages of Slack',
    async () => {
      slackIsAway = true
      await pause(between(1000, 6000))
      slackIsAway = false
    },
  ],
]

/** Kills are the commonest: they come between any two steps. `FAULTS_ODDS=2,3` has those of Redis alone. */
const ODDS = process.env['FAULTS_ODDS']?.split(',').map(Number) ?? [0, 0, 0, 0, 1, 1, 2, 3, 4]

const hurt = async (world: Parameters<Fault>[0], isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    await pause(between(300, 2500))
    const [name, fault] = FAULTS[pick(ODDS)] as (typeof FAULTS)[number]
    count(name)
    await fault(world)
  }
}

// --- the count ---

const wanted = (): readonly string[] => [...truth.values()].flatMap((one) => keysOf(one))

const copiesOf = (slack: SlackWorkspace, all: boolean): ReadonlyMap<string, number> => {
  const copies = new Map<string, number>()
  for (const message of all ? slack.messages : slack.shown())
    copies.set(keyIn(message), (copies.get(keyIn(message)) ?? 0) + 1)
  return copies
}

const doubledIn = (copies: ReadonlyMap<string, number>): number =>
  [...copies.values()].filter((number) => number > 1).length

const missing = (slack: SlackWorkspace): number => {
  const copies = copiesOf(slack, false)
  return wanted().filter((key) => !copies.has(key)).length
}

/** Roots whose text does not say yet that it is over. */
const stale = (slack: SlackWorkspace): number => {
  const roots = new Set([...truth.values()].map((one) => keysOf(one)[0]))
  return slack.shown().filter((one) => roots.has(keyIn(one)) && !one.text.includes('All clear'))
    .length
}

/** What stale roots say instead, for whoever looks for the reason. */
const staleLines = (slack: SlackWorkspace): readonly string[] => {
  const storms = new Map([...truth.values()].map((one) => [keysOf(one)[0], one]))
  return slack.shown().flatMap((one) => {
    const storm = storms.get(keyIn(one))
    if (storm === undefined || one.text.includes('All clear')) return []
    const reason = /Reason: \w+/.exec(one.text)?.[0] ?? ''
    return [
      `stale: ${storm.cluster} ${storm.id} ${keyIn(one)} ${one.ts}, ${one.edits} edits, ${reason}`,
    ]
  })
}

const isSettled = (slack: SlackWorkspace): boolean =>
  missing(slack) + doubledIn(copiesOf(slack, false)) === 0

const settle = async (isSo: () => boolean, mostMs: number): Promise<void> => {
  for (let waited = 0; waited < mostMs && !isSo(); waited += 500) await pause(500)
}

const report = (slack: SlackWorkspace, tookMs: number): boolean => {
  const ever = copiesOf(slack, true)
  const figures = {
    seed,
    storms,
    posts: wanted().length,
    ...counts,
    lost: missing(slack),
    'doubled before the sweep': doubledIn(ever),
    'doubled after the sweep': doubledIn(copiesOf(slack, false)),
    'roots without their end': stale(slack),
    'took, s': Math.round(tookMs / 1000),
  }
  for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(28)}${value}`)
  for (const line of staleLines(slack)) say(line)
  return isSettled(slack) && stale(slack) === 0
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const main = async (): Promise<number> => {
  const from = performance.now()
  say(`seed ${seed}: run it again with npm run faults -- ${storms} ${seed}`)
  const redis = await startRedis()
  const slack = await slackWorkspace({ spoil, lagMs: 300 })
  const { server, url } = await serveTruth()
  const urls = { redis: redis.url, slack: slack.apiUrl, truth: url }
  const replicas = Array.from({ length: REPLICAS }, () => replica(urls))
  let isOver = false
  const hurting = hurt({ redis, replicas }, () => isOver)
  await happen()
  isOver = true
  await hurting
  await settle(() => isSettled(slack), 60_000)
  await pause(2 * TIMING.sweepEveryMs) // what would come too late
  await settle(() => isSettled(slack), 30_000)
  await settle(() => stale(slack) === 0, 25_000)
  const isWell = report(slack, performance.now() - from)
  for (const one of replicas) one.kill()
  server.closeAllConnections()
  server.close()
  await slack.close()
  await redis.close()
  return isWell ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  },
)
