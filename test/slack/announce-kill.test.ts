import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { keysOf, type Storm } from '../faults/truth'
import { startRedis, until, type TestRedis } from '../support/redis'
import { slackWorkspace, type SlackWorkspace, type Spoil } from '../support/slack-workspace'

/** Announcers in processes of their own, killed in the middle of a post. */

const STORM: Storm = { id: 's1', cluster: 'red', channel: 'C0', phase: 1 }

let redis: TestRedis
let slack: SlackWorkspace
let truth: Server
let spoil: (name: string) => Spoil | undefined
const children: ChildProcess[] = []
beforeEach(async () => {
  redis = await startRedis()
  spoil = () => undefined
  slack = await slackWorkspace({ spoil: ({ name }) => spoil(name) })
  truth = createServer((_, response) => response.end(JSON.stringify([STORM])))
  await new Promise<void>((resolve) => truth.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const child of children.splice(0)) await end(child)
  truth.closeAllConnections()
  await new Promise((resolve) => truth.close(resolve))
  await slack.close()
  await redis.close()
})

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** A replica; `onLine` hears what it says. */
const start = (onLine: (text: string) => void = () => undefined): ChildProcess => {
  const { port } = truth.address() as AddressInfo
  const program = join(__dirname, '../faults/replica.ts')
  const urls = [redis.url, slack.apiUrl, `http://127.0.0.1:${port}`]
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...urls], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', onLine)
  children.push(child)
  return child
}

const HANGS: readonly (readonly [string, string, boolean])[] = [
  ['claim and post', 'conversations.history', false],
  ['post and settle', 'chat.postMessage', true],
  ['post and its acceptance', 'chat.postMessage', false],
]

test.each(HANGS)(
  'killed between %s: another replica brings it to its end, once',
  async (_, method, accepted) => {
    let reached = (): void => undefined
    const hung = new Promise<void>((resolve) => (reached = resolve))
    spoil = (name) => {
      if (name !== method) return undefined
      spoil = () => undefined
      reached()
      return { accepted, reply: 'hang' }
    }
    const first = start()
    await hung
    await end(first)
    start()
    const [key] = keysOf(STORM)
    await until(async () => (await sentAs(key)) !== undefined, 25_000)
    expect(slack.messages.map(({ deleted }) => deleted)).toEqual([false])
    expect(slack.keysOf()).toEqual([key])
  },
  40_000,
)

test('killed after settling: nobody posts it again', async () => {
  let settled = (): void => undefined
  const isSettled = new Promise<void>((resolve) => (settled = resolve))
  const first = start((text) => text.includes('A post is in its channel') && settled())
  await isSettled
  await end(first)
  start()
  await new Promise((resolve) => setTimeout(resolve, 9000)) // its lease, and more
  expect(slack.messages).toHaveLength(1)
}, 40_000)

const sentAs = (key = ''): Promise<string | undefined> =>
  redis.admin.get(`stormwatch:{red}:sent:${key}`).then((text) => text ?? undefined)
