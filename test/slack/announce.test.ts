import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startRedis, until, type TestRedis } from '../support/redis'
import { age, announced, file, postOf, stopAll, type Announced } from '../support/announcer'
import { troublesOf } from '../support/block-kit'
import { answerOf } from '../support/face'
import type { Call, Reply } from '../support/fake-slack'
import { slackWorkspace, type SlackWorkspace, type Spoil } from '../support/slack-workspace'

let redis: TestRedis
let slack: SlackWorkspace
let spoil: (call: Call, nth: number) => Spoil | undefined
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())
beforeEach(async () => {
  await redis.flushall()
  await age(redis.admin)
  spoil = () => undefined
  slack = await slackWorkspace({ spoil: (call, nth) => spoil(call, nth) })
})
afterEach(async () => {
  await stopAll()
  await slack.close()
})

const POST = 'chat.postMessage'

/** Of a handoff: what hangs below the report. */
const CHARTED_DETAILS = {
  kind: 'handoff',
  place: 'details',
  lane: 'prod',
  handoff: 'weekly',
  change: 1,
  changeText: 'Mon 23 Nov 08:00',
  answer: answerOf({
    tables: [
      {
        title: 'Storms',
        columns: [{ title: 'Began', align: 'left' }],
        rows: [[{ text: '12:00' }]],
      },
    ],
    charts: [
      {
        title: 'Elections every 2 h',
        kind: 'bar',
        labels: ['10:00', '12:00'],
        series: [{ name: 'unplanned', values: [0, 7] }],
      },
    ],
  }),
}
const FALLBACK = { fallback: 'CFALL' }

const announcer = (timing: Parameters<typeof announced>[0]['timing'] = {}): Announced =>
  announced({ redisUrl: redis.url, apiUrl: slack.apiUrl, timing })

/** The first answers to a method are spoilt. */
const first = (name: string, reply: Reply, { accepted = false, times = 1 } = {}): void => {
  spoil = (call, nth) => (call.name === name && nth < times ? { accepted, reply } : undefined)
}
const refusal = (error: string): Reply => ({ json: { ok: false, error } })

/** Without the tries that a busy machine adds. */
const saidOf = (posts: readonly string[]): readonly string[] =>
  posts.filter((post) => !/^(later|dropped) /.test(post))

const shownIn = (channel: string) => slack.shown().filter((one) => one.channel === channel)

describe('a storm in its channel', () => {
  test('is one message, edited in place, with its history in the thread', async () => {
    const { store } = announcer()
    const parent = await file(store, {})
    await until(() => slack.shown().length === 1)
    await file(
      store,
      { reason: 'worse', place: 'thread', broadcast: true },
      { kind: 'worse', parent },
    )
    await file(store, { reason: 'worse' }, { edit: true })
    await until(() => slack.shown().length === 2 && slack.messages[0]?.edits === 1)
    const over = { state: 'all-clear', severity: 'ok', until: 1_700_000_600_000 } as const
    await file(store, { reason: 'all clear', place: 'thread', ...over }, { kind: 'over', parent })
    await until(() => slack.shown().length === 3)
    const [root, worse, clear] = slack.shown()
    expect(root?.text).toContain('Storm warning')
    expect(worse).toMatchObject({ thread: root?.ts, broadcast: true })
    expect(clear).toMatchObject({ thread: root?.ts, broadcast: false })
    expect(clear?.text).toContain('4 elections; the cause was disk on m2')
    expect(slack.messages.flatMap((one) => troublesOf(one))).toEqual([])
  })

  test('carries its key in the metadata, also after an edit', async () => {
    const { store } = announcer()
    const key = await file(store, {})
    await file(store, { reason: 'worse' }, { edit: true })
    await until(() => slack.messages[0]?.edits === 1)
    const payload = { key, cluster: 'prod', storm: 'prod-t7', reason: 'first' }
    expect(slack.messages[0]?.metadata).toEqual({
      event_type: 'stormwatch_alert',
      event_payload: payload,
    })
    expect(slack.of('chat.update')[0]?.body['metadata']).toMatchObject({
      event_payload: { key, reason: 'worse' },
    })
  })

  test('is edited at most once in 10 s, with the newest content', async () => {
    const { store } = announcer()
    await file(store, {})
    await until(() => slack.shown().length === 1)
    for (const elections of [5, 6, 7]) await file(store, { elections }, { edit: true })
    await until(() => slack.messages[0]?.edits === 1)
    await file(store, { elections: 8 }, { edit: true })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(slack.messages[0]?.edits).toBe(1)
  })

  test('of a cluster that left the configuration is posted too', async () => {
    const departed = ['gone']
    const { store } = announced({ redisUrl: redis.url, apiUrl: slack.apiUrl, departed })
    await file(store, {}, { cluster: 'gone' })
    await until(() => slack.shown().length === 1)
    expect(slack.shown()[0]?.text).toContain('Storm warning')
  })

  test('without Redis is posted at the turn of its replica, however seldom an idle cluster is asked for', async () => {
    const { store, wake, posts } = announcer({ idleEveryMs: 60_000 })
    await until(() => store.trouble() === undefined)
    await redis.kill()
    await until(() => store.trouble() !== undefined)
    const posted = { ...postOf({}), channel: 'C1' }
    await store.storms.decide('prod', { expected: 0, state: 1, posts: [posted] }, Date.now())
    wake('prod')
    await until(() => saidOf(posts).length === 1, 25_000)
    await redis.restart()
    expect(slack.shown()).toHaveLength(1)
  }, 40_000)

  test('says by how much it is late', async () => {
    const { store, posts } = announcer()
    first(POST, refusal('invalid_auth'))
    const key = await file(store, {})
    await until(() => posts.includes('later first'))
    await redis.admin.eval(
      `redis.call('HSET', KEYS[1], ARGV[1], (string.gsub(redis.call('HGET', KEYS[1], ARGV[1]), '^(%d+|%d+|)%d+', '%1${Date.now() - 720_000}')))
       redis.call('ZADD', KEYS[2], 1, ARGV[1])`,
      2,
      'stormwatch:{prod}:outbox:tries',
      'stormwatch:{prod}:outbox:due',
      key,
    )
    await until(() => slack.shown().length === 1)
    expect(slack.shown()[0]?.text).toContain('delayed by 12 min')
  })
})

describe('an answer that is lost', () => {
  test.each<[string, Reply]>([
    ['500', { status: 500, text: 'oops' }],
    ['a reset', 'reset'],
    ['a hang', 'hang'],
    ['fatal_error', refusal('fatal_error')],
    ['an unknown code', refusal('something_new')],
    ['a page of a proxy', { text: '<html>' }],
  ])('after %s and acceptance the post is found in the history, not repeated', async (_, reply) => {
    first(POST, reply, { accepted: true })
    const { store, posts } = announcer()
    const key = await file(store, {})
    await until(() => posts.includes('found first'), 15_000)
    expect(saidOf(posts)).toEqual(['unknown first', 'found first'])
    expect(slack.of(POST)).toHaveLength(1)
    expect(await store.outbox.sentAs('prod', key)).toMatchObject({ ts: slack.messages[0]?.ts })
  })

  test('before acceptance the post is repeated once the history was looked at twice', async () => {
    first(POST, { status: 503, text: 'away' })
    const { posts, store } = announcer()
    await file(store, {})
    await until(() => posts.includes('posted first'), 15_000)
    expect(slack.shown()).toHaveLength(1)
    expect(saidOf(posts)).toEqual(['unknown first', 'posted first'])
    expect(slack.of('conversations.history').length).toBeGreaterThanOrEqual(2)
  })

  test('of a thread’s entry is looked for in the thread', async () => {
    const { store, posts } = announcer()
    const parent = await file(store, {})
    await until(() => slack.shown().length === 1)
    spoil = ({ name, body }, nth) =>
      name === POST && nth === 1 && 'thread_ts' in body
        ? { accepted: true, reply: 'reset' }
        : undefined
    await file(store, { reason: 'still', place: 'thread' }, { kind: 'still', parent })
    await until(() => posts.includes('found still'), 15_000)
    expect(slack.shown()).toHaveLength(2)
    expect(slack.of('conversations.replies').length).toBeGreaterThan(0)
  })

  test('in a history of several pages it is found too', async () => {
    await slack.close()
    slack = await slackWorkspace({ spoil: (call, nth) => spoil(call, nth), page: 3 })
    first(POST, 'reset', { accepted: true })
    const { store, posts } = announcer()
    await file(store, {})
    await until(() => posts.length === 1)
    for (let i = 0; i < 20; i++) slack.post({ channel: 'C1', text: 'chatter' })
    await until(() => posts.includes('found first'), 15_000)
    expect(slack.of('conversations.history').length).toBeGreaterThan(5)
  })

  test('in a history that lags for longer than the wait is doubled, and the sweep heals it', async () => {
    await slack.close()
    slack = await slackWorkspace({ spoil: (call, nth) => spoil(call, nth), lagMs: 6500 })
    first(POST, 'reset', { accepted: true })
    const one = announcer()
    const key = await file(one.store, {})
    await until(() => slack.messages.length === 2, 15_000)
    await until(() => one.swept === 1, 20_000)
    expect(slack.shown()).toHaveLength(1)
    const sent = await one.store.outbox.sentAs('prod', key)
    expect(slack.shown()[0]?.ts).toBe(sent?.ts)
  })
})

describe('without the right to read the history', () => {
  const blind = (call: Call): Spoil | undefined =>
    call.name.startsWith('conversations.')
      ? { accepted: false, reply: refusal('missing_scope') }
      : undefined

  test('what is severe is repeated and says that it may be a repeat', async () => {
    spoil = (call, nth) =>
      call.name === POST && nth === 0 ? { accepted: true, reply: 'reset' } : blind(call)
    const { store, posts } = announcer()
    await file(store, {})
    await until(() => posts.includes('repeated first'), 15_000)
    expect(slack.shown().map(({ text }) => text.includes('possible repeat'))).toEqual([false, true])
  })

  test('what is not severe is not repeated, and its end is told', async () => {
    spoil = (call, nth) =>
      call.name === POST && nth === 0 ? { accepted: true, reply: 'reset' } : blind(call)
    const { store, posts, lines, troubles } = announcer()
    await file(store, { state: 'watch', severity: 'warning' }, FALLBACK)
    await until(() => posts.includes('dead first'), 15_000)
    expect(slack.shown()).toHaveLength(1)
    expect(troubles()).toEqual([
      expect.stringMatching(/^Slack shows no history \(missing_scope\).*the history scopes/),
    ])
    expect(lines.join()).toContain('it is not repeated')
  })

  test('the first posts of a new store go out as they are', async () => {
    await redis.flushall()
    spoil = blind
    const { store, posts } = announcer()
    await file(store, { state: 'watch', severity: 'warning' })
    await until(() => posts.length > 0)
    expect(saidOf(posts)).toEqual(['posted first'])
  })
})

describe('a refusal', () => {
  test.each(['channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action'])(
    '%s: the fallback channel gets it, and it is said',
    async (error) => {
      spoil = ({ name, body }) =>
        name === POST && body['channel'] === 'C1'
          ? { accepted: false, reply: refusal(error) }
          : undefined
      const { store, posts, troubles, lines } = announcer()
      const parent = await file(store, {}, FALLBACK)
      await file(
        store,
        { reason: 'worse', place: 'thread' },
        { kind: 'worse', parent, ...FALLBACK },
      )
      await until(() => posts.includes('posted worse'))
      const [root, entry] = shownIn('CFALL')
      expect(entry?.thread).toBe(root?.ts)
      expect(saidOf(posts)).toEqual(['fallback first', 'posted first', 'posted worse'])
      expect(troubles()).toEqual([expect.stringContaining(`Slack refuses posts to C1 (${error})`)])
      expect(lines.join()).toContain(error)
    },
  )

  test('of both channels is the end of it', async () => {
    spoil = ({ name }) =>
      name === POST ? { accepted: false, reply: refusal('not_in_channel') } : undefined
    const { store, posts } = announcer()
    await file(store, {}, FALLBACK)
    await until(() => posts.includes('dead first'))
    expect(await store.outbox.waiting('prod')).toEqual([])
    expect(await store.outbox.dead('prod')).toMatchObject([{ why: 'not_in_channel' }])
  })

  test.each(['invalid_blocks', 'msg_blocks_too_long'])('%s: once more as text', async (error) => {
    spoil = ({ name, body }) =>
      name === POST && 'blocks' in body ? { accepted: false, reply: refusal(error) } : undefined
    const { store } = announcer()
    await file(store, {})
    await until(() => slack.shown().length === 1)
    expect(slack.shown()[0]?.blocks).toBeUndefined()
    expect(slack.shown()[0]?.text).toContain('the disk of m2 stalls')
  })

  test('of a chart costs the chart alone: the other blocks are posted', async () => {
    spoil = ({ name, body }) =>
      name === POST && JSON.stringify(body['blocks'] ?? '').includes('data_visualization')
        ? { accepted: false, reply: refusal('invalid_blocks') }
        : undefined
    const { store } = announcer()
    await file(store, CHARTED_DETAILS as object)
    await until(() => slack.shown().length === 1)
    const [shown] = slack.shown()
    expect(JSON.stringify(shown?.blocks)).toContain('"type":"table"')
    expect(shown?.text).toContain('Elections every 2 h, unplanned: 0 (10:00), 7 (12:00)')
  })

  test('of the bot itself keeps the post, and is told', async () => {
    spoil = ({ name }) =>
      name === POST ? { accepted: false, reply: refusal('token_revoked') } : undefined
    const { store, posts, troubles } = announcer()
    await file(store, {}, FALLBACK)
    await until(() => posts.length > 0)
    expect(troubles()).toEqual(['Slack takes no post of ours: token_revoked'])
    expect(await store.outbox.waiting('prod')).toHaveLength(1)
  })

  test('of the bot when it only looks whether a post is there is told, and logged once', async () => {
    spoil = ({ name }) =>
      name === POST
        ? { accepted: false, reply: 'reset' }
        : name === 'conversations.history'
          ? { accepted: false, reply: refusal('invalid_auth') }
          : undefined
    const { store, troubles, lines } = announcer({ busyEveryMs: 50, leaseMs: 2600 })
    await file(store, {}, FALLBACK)
    await until(() => troubles().length > 0, 10_000)
    expect(troubles()).toEqual(['Slack takes no post of ours: invalid_auth'])
    expect(lines.filter((line) => line.includes('Slack takes no post of ours'))).toHaveLength(1)
    expect(await store.outbox.waiting('prod')).toHaveLength(1)
  })

  test('of a thread whose root was deleted: the entry stands alone', async () => {
    const { store } = announcer()
    const parent = await file(store, {})
    await until(() => slack.shown().length === 1)
    spoil = ({ name, body }) =>
      name === POST && 'thread_ts' in body
        ? { accepted: false, reply: refusal('thread_not_found') }
        : undefined
    await file(store, { reason: 'worse', place: 'thread' }, { kind: 'worse', parent })
    await until(() => slack.shown().length === 2)
    expect(slack.shown()[1]?.thread).toBeUndefined()
  })

  test('of an edit ends the edit', async () => {
    const { store, edits } = announcer()
    await file(store, {})
    await until(() => slack.shown().length === 1)
    Object.assign(slack.messages[0] ?? {}, { deleted: true })
    await file(store, { reason: 'worse' }, { edit: true })
    await until(() => edits.length > 0)
    expect(edits).toEqual(['gone'])
  })

  test('of a payload that cannot be read: it is buried, and the next one goes out', async () => {
    const { store, posts } = announcer()
    await file(store, { state: 'weird' as 'calm' }, { kind: 'poison', ...FALLBACK })
    await file(store, {})
    await until(() => slack.shown().length === 1)
    await until(() => saidOf(posts).length === 2)
    expect(saidOf(posts).toSorted()).toEqual(['dead unreadable', 'posted first'])
  })
})

describe('a rate limit', () => {
  test('of one channel holds up neither the other nor an edit', async () => {
    const { store, limited } = announcer()
    await file(store, {})
    await until(() => slack.shown().length === 1)
    let from = 0
    spoil = ({ name, body }) => {
      if (name !== POST || body['channel'] !== 'C1' || from > 0) return undefined
      from = Date.now()
      return { accepted: false, reply: { status: 429, headers: { 'retry-after': '2' } } }
    }
    await file(store, {}, { kind: 'limited' })
    await until(() => from > 0)
    await file(store, {}, { kind: 'other', channel: 'C2' })
    await file(store, { reason: 'worse' }, { edit: true })
    await until(() => shownIn('C2').length === 1 && slack.messages[0]?.edits === 1, 1500)
    await until(() => shownIn('C1').length === 2)
    expect(shownIn('C1')[1]?.at ?? 0).toBeGreaterThanOrEqual(from + 1950)
    expect(limited).toEqual([POST])
  })

  test('is not met: posts of one channel wait for their turns, and all come', async () => {
    const { store } = announcer({ paceMs: 400 }) // how long each waits is in pace.test.ts
    for (const kind of ['a', 'b', 'c']) await file(store, {}, { kind })
    await until(() => slack.shown().length === 3)
    expect(shownIn('C1')).toHaveLength(3)
  })
})

describe('two announcers', () => {
  test('post each of 30 once', async () => {
    const one = announcer()
    announcer()
    for (let i = 0; i < 30; i++) await file(one.store, {}, { kind: `k${i}` })
    await until(() => slack.shown().length >= 30, 15_000)
    expect(new Set(slack.keysOf()).size).toBe(30)
    expect(slack.messages).toHaveLength(30)
  })

  test('a copy that came after another had settled is deleted again', async () => {
    const { store } = announcer()
    const key = await file(store, {})
    await until(() => slack.shown().length === 1)
    const metadata = {
      event_type: 'stormwatch_alert',
      event_payload: { key, cluster: 'prod', storm: 'prod-t7', reason: 'first' },
    }
    slack.post({ channel: 'C1', text: 'late', metadata })
    await until(() => slack.shown().length === 1)
    expect(slack.shown()[0]?.text).not.toBe('late')
  })
})

describe('when Slack was away', () => {
  test('a refused connection is no doubt: the post waits, and goes out once', async () => {
    const { port } = new URL(slack.apiUrl)
    await slack.close()
    const one = announcer()
    await file(one.store, {})
    await until(() => one.posts.includes('later first'))
    expect(one.depths.at(-1)).toBe(1)
    slack = await slackWorkspace({ port: Number(port) })
    await until(() => slack.shown().length === 1, 15_000)
    await until(() => one.posts.includes('posted first'))
    expect(one.posts).not.toContain('unknown first')
    expect(one.lines.join()).not.toContain('canary')
  })
})

test('a stop ends what is under way, and nothing is claimed after it', async () => {
  spoil = ({ name }) =>
    name === POST
      ? { accepted: true, reply: { afterMs: 200, json: { ok: true, channel: 'C1', ts: '1.1' } } }
      : undefined
  const { store, posts, stop } = announcer()
  await file(store, {})
  await until(() => slack.of(POST).length === 1)
  await stop()
  expect(saidOf(posts)).toEqual(['posted first'])
})

test('a sweep that hangs does not hold up the end', async () => {
  let hangs = 0
  spoil = ({ name }) => {
    if (name !== 'conversations.history') return undefined
    hangs += 1
    return { accepted: false, reply: 'hang' }
  }
  const { stop } = announcer({ callMs: 5000, sweepEveryMs: 50 })
  await until(() => hangs > 0)
  const from = performance.now()
  await stop()
  expect(performance.now() - from).toBeLessThan(1500)
})
