import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { announced, stopAll, type Announced } from '../support/announcer'
import { emulatedSlack, type EmulatedSlack } from '../support/emulated-slack'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { slackWorkspace, type SlackWorkspace, type Spoil } from '../support/slack-workspace'
import { accept } from '../../src/watch/handoff/accept'
import { createHanding } from '../../src/watch/handoff/handing'
import type { HandoffConfig } from '../../src/config'
import { daily, quietReport } from '../watch/handoff/shift'

/** Shifts on their way to Slack while replicas are killed. */

const CHANGE = Date.parse('2026-11-23T07:00Z')

let redis: TestRedis
let slack: SlackWorkspace
let spoil: (name: string, nth: number) => Spoil | undefined
const children: ChildProcess[] = []
let emulated: EmulatedSlack | undefined
beforeEach(async () => {
  redis = await startRedis()
  spoil = () => undefined
  slack = await slackWorkspace({ spoil: ({ name }, nth) => spoil(name, nth) })
})
afterEach(async () => {
  for (const child of children.splice(0)) await end(child)
  await stopAll()
  await emulated?.close()
  emulated = undefined
  await slack.close()
  await redis.close()
})

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Decides what is due at these times. */
const decideAt = async (
  { store }: Pick<Announced, 'store'>,
  times: readonly number[],
  handoff: HandoffConfig = daily(),
): Promise<void> => {
  let at = 0
  await until(() => store.trouble() === undefined)
  const handing = createHanding({
    handoffs: () => [handoff],
    store,
    report: async () => quietReport(),
    fallbackChannel: () => undefined,
    now: () => at,
    decided: () => undefined,
    fault: () => undefined,
  })
  for (at of times) await handing.turn(handoff.name)
}

const BEFORE = CHANGE - 86_400_000 + 1000
const replica = (): Announced =>
  announced({ redisUrl: redis.url, apiUrl: slack.apiUrl, handoffs: [daily()] })

/** The first post is taken by Slack, and its sender never hears of it. */
const hangOnce = (): Promise<void> =>
  new Promise((resolve) => {
    spoil = (name) => {
      if (name !== 'chat.postMessage') return undefined
      spoil = () => undefined
      resolve()
      return { accepted: true, reply: 'hang' }
    }
  })

const texts = (channel: string): string[] =>
  slack
    .shown()
    .filter((one) => one.channel === channel)
    .map(({ text }) => text.split('\n')[0] ?? '')

test('a report whose sender is gone before it hears of it stands once, its details below', async () => {
  const first = replica()
  const hung = hangOnce()
  await decideAt(first, [BEFORE, CHANGE])
  await hung
  replica()
  await until(() => slack.shown().length === 2, 20_000)
  await pause(1500)
  expect(texts('C1')).toEqual(['Handoff daily · Mon 23 Nov 08:00', 'The shift in numbers.'])
  const [report, details] = slack.shown()
  expect(details?.thread).toBe(report?.ts)
}, 40_000)

test('a draft is looked for in the conversation with the person, and stands once', async () => {
  const first = replica()
  const hung = hangOnce()
  await decideAt(first, [BEFORE, CHANGE - 1_800_000], daily({ to: ['S1'] }))
  await hung
  replica()
  await until(() => first.posts.includes('found handoff draft'), 20_000)
  expect(texts('D1')).toEqual(['Draft of the handoff daily · Mon 23 Nov 08:00'])
  expect(slack.of('conversations.open').length).toBeGreaterThan(0)
}, 40_000)

test('where nobody may look, a draft comes twice rather than never, and says so', async () => {
  const first = replica()
  const hung = hangOnce()
  await decideAt(first, [BEFORE, CHANGE - 1_800_000], daily({ to: ['S1'] }))
  await hung
  spoil = (name) =>
    name === 'conversations.open'
      ? { accepted: false, reply: { json: { ok: false, error: 'missing_scope' } } }
      : undefined
  await until(() => first.posts.includes('repeated handoff draft'), 20_000)
  expect(texts('D1')).toHaveLength(2)
  expect(slack.shown().at(-1)?.text).toContain('Possible repeat')
}, 40_000)

test('the report shows who accepted it, in a Slack that is not ours', async () => {
  emulated = await emulatedSlack('xoxb-canary-bot-token')
  const channel = await emulated.channelId('ops')
  const handoff = daily({ channel })
  const one = announced({ redisUrl: redis.url, apiUrl: emulated.apiUrl, handoffs: [handoff] })
  await decideAt(one, [BEFORE, CHANGE], handoff)
  await until(() => one.posts.includes('posted handoff details'), 20_000)
  await accept(one.store.storms, {
    handoff: 'daily',
    change: CHANGE,
    by: 'U2',
    at: CHANGE + 60_000,
  })
  await until(() => one.edits.includes('edited'), 20_000)
  const { messages } = (await emulated.call('conversations.history', { channel })) as {
    messages: { text: string; ts: string }[]
  }
  expect(messages[0]?.text).toContain('✅ Accepted by <@U2> at 2026-11-23 07:01:00 UTC')
  const thread = await emulated.call('conversations.replies', {
    channel,
    ts: messages[0]?.ts ?? '',
  })
  expect(thread['messages']).toHaveLength(2)
}, 40_000)

/** An hour in four seconds. */
const SPEED = 900
const CHANGES_EVERY_MS = 3_600_000

test('two replicas, one of them killed every second: each change of shift is told once', async () => {
  const begun = Date.parse('2026-11-22T10:20:00Z')
  const shift = Date.now() - begun // their clock is ours, set back
  const start = (): ChildProcess => {
    const program = join(__dirname, '../faults/handoff-replica.ts')
    const words = [
      redis.url,
      slack.apiUrl,
      String(begun),
      String(SPEED),
      '0 * * * *',
      String(shift),
    ]
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    children.push(child)
    return child
  }
  start()
  let turn = start()
  const stopAt = Date.now() + 20_000
  while (Date.now() < stopAt) {
    await pause(1000)
    const [victim = turn] = children.splice(0, 1)
    await end(victim)
    turn = start()
  }
  await pause(6000)
  const reports = slack.shown().filter(({ text }) => text.startsWith('Handoff daily'))
  const hours = reports.map(({ text }) => / (\d\d):00$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? '')
  const missed = reports.map(({ text }) => Number(/(\d+) handoffs? before it/.exec(text)?.[1] ?? 0))
  expect(reports.length).toBeGreaterThanOrEqual(4)
  expect(new Set(hours).size).toBe(hours.length)
  // From one report to the next: what lies between was counted as missed
  const gaps = hours.slice(1).map((hour, i) => ((Number(hour) - Number(hours[i]) + 24) % 24) - 1)
  expect(missed.slice(1)).toEqual(gaps)
  const keys = slack.keysOf()
  expect(new Set(keys).size).toBe(keys.length)
  expect(CHANGES_EVERY_MS / SPEED).toBe(4000)
}, 60_000)
