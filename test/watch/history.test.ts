import { expect, test } from '@jest/globals'
import { permalinkOf } from '../../src/slack/posting/permalink'
import { rootKey } from '../../src/watch/decide'
import { createHistory, type HistoryStore } from '../../src/watch/history'

test('a storm is read where its root message was sent; one that was not posted nowhere', async () => {
  const sent = new Map([
    [rootKey('prod', 'prod-t7'), { channel: 'C1', ts: '1700000000.000100' }],
    [rootKey('prod', 'prod-t9'), { channel: 'C1', ts: 'not of Slack' }],
  ])
  const outbox = { sentAs: async (_: string, key: string) => sent.get(key) }
  const store = { outbox, samples: {}, baselines: {} } as unknown as HistoryStore
  const history = createHistory(store, { now: Date.now, linkOf: permalinkOf })
  expect(await history.links('prod', ['prod-t7', 'prod-t8', 'prod-t9'])).toEqual(
    new Map([['prod-t7', 'https://slack.com/archives/C1/p1700000000000100']]),
  )
})
