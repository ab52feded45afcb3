import { afterEach, describe, expect, test } from '@jest/globals'
import {
  startedFace,
  answerOf,
  SECRETS,
  until,
  type FaceOptions,
  type StartedFace,
} from '../support/face'
import type { Reply, Script } from '../support/fake-slack'
import { mentionBody, signed } from '../support/slack'

// Jest fails a test by itself when a rejection is left unhandled.
let open: StartedFace[] = []

const faceFor = async (options: FaceOptions = {}): Promise<StartedFace> => {
  const started = await startedFace({ slack: { teams: ['T1'] }, ...options })
  open.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

/** The first `times` answers to calls of `name` are spoilt. */
const spoil = (name: string, reply: Reply, times = 1): FaceOptions => ({
  script: (call, nth) => (call.name === name && nth < times ? reply : undefined),
})

const CHARTED = {
  command: 'storms',
  answer: answerOf({
    charts: [
      {
        title: 'Elections a day',
        kind: 'bar',
        labels: ['Nov 21', 'Nov 22'],
        series: [{ name: 'unplanned', values: [0, 7] }],
      },
    ],
  }),
}

const mention = (face: StartedFace): Promise<Response> =>
  fetch(
    face.url(),
    signed(JSON.stringify(mentionBody({ text: '<@UBOT> status prod' })), {
      secret: SECRETS.signingSecret,
      contentType: 'application/json',
    }),
  )

const REFUSALS: [string, Reply][] = [
  ['invalid_blocks as JSON', { json: { ok: false, error: 'invalid_blocks' } }],
  ['invalid_blocks as HTTP 400', { status: 400, text: 'invalid_blocks' }],
  [
    'msg_blocks_too_long as HTTP 500',
    { status: 500, json: { ok: false, error: 'msg_blocks_too_long' } },
  ],
]

describe('the response_url', () => {
  test.each(REFUSALS)('%s: the same words go once more without blocks', async (_name, reply) => {
    const face = await faceFor(spoil('response/r', reply, 9))
    await face.command('status prod')
    await face.audited()
    const calls = face.fake.of('response/r')
    expect(calls.map(({ body }) => 'blocks' in body)).toEqual([true, false])
    expect(calls[1]?.body['text']).toBe(calls[0]?.body['text'])
    expect(face.audits[0]).toMatchObject({ outcome: 'failed' })
  })

  test('where Slack does not know charts, the rest of the blocks goes once more, then the words', async () => {
    const refusesCharts: Script = ({ body }) =>
      JSON.stringify(body).includes('data_visualization') ? { text: 'invalid_blocks' } : undefined
    const refusesBlocks: Script = ({ body }) =>
      'blocks' in body ? { text: 'invalid_blocks' } : undefined
    for (const [script, seen] of [
      [refusesCharts, [3, 2]],
      [refusesBlocks, [3, 2, 0]],
    ] as const) {
      const face = await faceFor({ script, dispatch: async () => CHARTED })
      await face.command('storms prod')
      expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
      const sent = face.fake.of('response/r').map(({ body }) => (body['blocks'] ?? []) as unknown[])
      expect(sent.map(({ length }) => length)).toEqual(seen)
    }
  })

  test('429: the wait that Slack names is kept', async () => {
    const face = await faceFor(
      spoil('response/r', { status: 429, headers: { 'retry-after': '1' } }),
    )
    await face.command('status prod')
    const [first, second] = await face.fake.waitFor('response/r', 2)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
    expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
  })

  test('429 for minutes is given up and audited', async () => {
    const face = await faceFor(
      spoil('response/r', { status: 429, headers: { 'retry-after': '300' } }, 9),
    )
    await face.command('status prod')
    expect((await face.audited())[0]).toMatchObject({
      outcome: 'failed',
      why: 'not delivered: rate limited',
    })
  })

  test.each<[string, Reply]>([
    ['500', { status: 500, text: 'oops' }],
    ['a reset', 'reset'],
    ['a hang', 'hang'],
    ['a page of a proxy', { text: '<html>Log in</html>' }],
  ])('%s: what only the asker sees is sent again', async (_name, reply) => {
    const face = await faceFor({ ...spoil('response/r', reply), deps: { timing: { callMs: 100 } } })
    await face.command('status prod')
    expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
    expect(face.fake.of('response/r')).toHaveLength(2)
  })

  test('500: what the channel may have is not sent again, but told to the asker', async () => {
    const face = await faceFor(spoil('response/r', { status: 500, text: 'oops' }))
    await face.command('status prod --share')
    await face.audited()
    const calls = face.fake.of('response/r')
    expect(calls.map(({ body }) => body['response_type'])).toEqual(['in_channel', 'ephemeral'])
    expect(calls[1]?.body['text']).toMatch(/did not confirm.*\n.*prod is well/s)
  })

  test('one that is gone is not tried again', async () => {
    const face = await faceFor(
      spoil('response/r', { status: 404, json: { ok: false, error: 'expired_url' } }, 9),
    )
    await face.command('status prod')
    expect((await face.audited())[0]).toMatchObject({ why: 'not delivered: expired_url' })
    expect(face.fake.of('response/r')).toHaveLength(1)
  })

  test('a redirect is not followed', async () => {
    const face = await faceFor({
      ...spoil('response/r', { status: 302, headers: { location: '/response/elsewhere' } }, 9),
    })
    await face.command('status prod')
    expect((await face.audited())[0]).toMatchObject({ outcome: 'failed' })
    expect(face.fake.of('response/elsewhere')).toEqual([])
  })

  test('never more than five uses, whatever fails', async () => {
    const face = await faceFor({
      ...spoil('response/r', { status: 500, text: 'oops' }, 99),
      dispatch: async (_words, ask) => {
        for (let line = 0; line < 20; line += 1) {
          ask.onProgress(`line ${line}`)
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return { command: 'status', answer: answerOf() }
      },
      deps: { timing: { progressAfterMs: 5, progressEveryMs: 5 } },
    })
    await face.command('status prod --share')
    await face.audited()
    expect(face.fake.of('response/r').length).toBeLessThanOrEqual(5)
  })
})

describe('the answer in a thread', () => {
  test.each(REFUSALS.slice(0, 1))(
    '%s: the same words go once more without blocks',
    async (_name, reply) => {
      const face = await faceFor(spoil('chat.postMessage', reply))
      await mention(face)
      expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
      expect(face.fake.of('chat.postMessage').map(({ body }) => 'blocks' in body)).toEqual([
        true,
        false,
      ])
    },
  )

  test('429: the wait that Slack names is kept', async () => {
    const face = await faceFor(
      spoil('chat.postMessage', { status: 429, headers: { 'retry-after': '1' } }),
    )
    await mention(face)
    const [first, second] = await face.fake.waitFor('chat.postMessage', 2)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test.each<[string, Reply]>([
    ['500', { status: 500, text: 'oops' }],
    ['a reset', 'reset'],
    ['a hang', 'hang'],
    ['internal_error', { json: { ok: false, error: 'internal_error' } }],
  ])('%s: it may be there, so it is not posted again', async (_name, reply) => {
    const face = await faceFor({
      ...spoil('chat.postMessage', reply),
      deps: { timing: { callMs: 100 } },
    })
    await mention(face)
    expect((await face.audited())[0]).toMatchObject({ outcome: 'failed' })
    expect(face.fake.of('chat.postMessage')).toHaveLength(1)
  })

  test('500 for an edit: it is done again', async () => {
    const face = await faceFor({
      ...spoil('chat.update', { status: 500, text: 'oops' }),
      dispatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        return { command: 'status', answer: answerOf() }
      },
      deps: { timing: { progressAfterMs: 10 } },
    })
    await mention(face)
    expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
    expect(face.fake.of('chat.update')).toHaveLength(2)
  })

  test.each(['channel_not_found', 'not_in_channel', 'is_archived', 'token_revoked'])(
    '%s is final and audited',
    async (error) => {
      const face = await faceFor(spoil('chat.postMessage', { json: { ok: false, error } }, 9))
      await mention(face)
      expect((await face.audited())[0]).toMatchObject({
        outcome: 'failed',
        why: `not delivered: ${error}`,
      })
      expect(face.fake.of('chat.postMessage')).toHaveLength(1)
    },
  )
})

describe('Slack down', () => {
  const timing = { retryMs: 20, checkEveryMs: 40, callMs: 60 }

  test.each<[string, Reply]>([
    ['refusing the token', { json: { ok: false, error: 'invalid_auth' } }],
    ['failing', { status: 503, text: 'down' }],
    ['rate limiting', { status: 429, headers: { 'retry-after': '30' } }],
    ['cutting connections', 'reset'],
    ['silent', 'hang'],
  ])('at the start (%s): the bot lives, says so, and recovers', async (_name, reply) => {
    const face = await faceFor({ ...spoil('auth.test', reply, 3), deps: { timing } })
    await face.fake.waitFor('auth.test', 2)
    expect(face.face.state()).toMatchObject({ connected: false })
    expect(face.face.state().why).toContain("Slack's Web API does not answer")
    await until(() => face.face.state().connected)
  })

  test('later: what was known stays known, commands are answered, and it recovers', async () => {
    let down = false
    const face = await faceFor({
      script: ({ name }) => (down && name === 'auth.test' ? { status: 500, text: 'x' } : undefined),
      deps: { timing },
      slack: { teams: [] },
    })
    await face.known()
    down = true
    await until(() => !face.face.state().connected)
    await face.command('status prod')
    expect((await face.audited())[0]).toMatchObject({ outcome: 'answered' })
    down = false
    await face.known()
  })

  test('until Slack has told whose bot it is, nobody is let in by default', async () => {
    const face = await faceFor({ ...spoil('auth.test', 'hang', 99), slack: { teams: [] } })
    await face.command('status prod')
    const [call] = await face.fake.waitFor('response/r')
    expect(call?.body['text']).toContain('not heard from Slack yet')
  })
})

test('no failure shows a secret, a token, a payload or a response_url', async () => {
  const secrets = [...Object.values(SECRETS), 'canary-response', 'canary-typed-xoxb-1234-abcd']
  const leaks = (text: string): string[] => secrets.filter((secret) => text.includes(secret))
  const replies: Reply[] = [
    { status: 500, text: SECRETS.botToken },
    { json: { ok: false, error: `bad token ${SECRETS.botToken}` } },
    { status: 429, headers: { 'retry-after': `${SECRETS.appToken}` } },
    'reset',
    'hang',
  ]
  for (const reply of replies) {
    const face = await faceFor({
      script: () => reply,
      dispatch: () =>
        Promise.reject(
          new Error(`at https://u:${SECRETS.signingSecret}@x.test/?t=canary-response`),
        ),
      deps: { timing: { retryMs: 10, checkEveryMs: 20, callMs: 50 } },
    })
    await face.command(`status xoxb-1234-canary ${SECRETS.botToken}`, {}, 'canary-response')
    await mention(face)
    await fetch(
      face.url(),
      signed('{"broken', { secret: SECRETS.signingSecret, contentType: 'application/json' }),
    )
    await fetch(face.url(), signed('x=1', { secret: 'wrong' }))
    await face.audited(2)
    const shown = face.fake.calls
      .filter(({ name }) => !name.startsWith('auth'))
      .map(({ body }) => body)
    expect(leaks(JSON.stringify([face.lines, face.audits, shown, face.face.state()]))).toEqual([])
    expect(JSON.stringify(face.audits)).not.toContain('xoxb-1234')
  }
})
