import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { announced, file, stopAll } from '../support/announcer'
import { emulatedSlack, type EmulatedSlack } from '../support/emulated-slack'
import { startRedis, until, type TestRedis } from '../support/redis'

/** A plain run against an emulation of Slack: post, metadata, thread, edit, history. */

let redis: TestRedis
let slack: EmulatedSlack
let channel: string
beforeAll(async () => {
  redis = await startRedis()
  slack = await emulatedSlack('xoxb-canary-bot-token')
  channel = await slack.channelId('ops')
})
afterAll(async () => {
  await stopAll()
  await slack.close()
  await redis.close()
})

type Message = {
  readonly ts: string
  readonly text: string
  readonly metadata?: { readonly event_payload: { readonly key: string } }
}

const read = async (method: string, fields: Record<string, string>): Promise<Message[]> => {
  const { messages } = await slack.call(method, {
    channel,
    include_all_metadata: 'true',
    ...fields,
  })
  return messages as Message[]
}

test('a storm from its first word to the all clear', async () => {
  const { store, posts, edits } = announced({ redisUrl: redis.url, apiUrl: slack.apiUrl })
  const parent = await file(store, {}, { channel })
  await until(() => posts.includes('posted first'))
  const over = { reason: 'all clear', state: 'all-clear', severity: 'ok' } as const
  const until_ = 1_700_000_600_000
  await file(store, { ...over, until: until_, place: 'thread' }, { kind: 'over', parent, channel })
  await file(store, { ...over, until: until_ }, { edit: true })
  await until(() => posts.includes('posted all clear') && edits.includes('edited'))
  const [root] = await read('conversations.history', {})
  expect(root?.metadata?.event_payload.key).toBe(parent)
  expect(root?.text).toContain('All clear')
  const replies = await read('conversations.replies', { ts: root?.ts ?? '' })
  expect(replies).toHaveLength(2)
  expect(replies[1]?.text).toContain('Lasted 10 min, calm since')
})
