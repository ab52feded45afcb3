import { afterEach, describe, expect, test } from '@jest/globals'
import { connect } from 'node:net'
import { createSlackFace } from '../../src/slack/app'
import type { Answer } from '../../src/diagnosis/answer'
import { troublesOf } from '../support/block-kit'
import {
  answerOf,
  clusterOf,
  SECRETS,
  smallDispatch,
  startedFace,
  until,
  type FaceOptions,
  type StartedFace,
} from '../support/face'
import { commandBody, freshId, mentionBody, signed } from '../support/slack'

let open: StartedFace[] = []
const faceFor = async (options?: FaceOptions): Promise<StartedFace> => {
  const started = await startedFace(options)
  open.push(started)
  await started.known()
  return started
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

const seconds = (): number => Math.floor(Date.now() / 1000)
const { signingSecret: secret } = SECRETS
const shown = (body: Record<string, unknown> | undefined): string => String(body?.['text'])

describe('a slash command', () => {
  test('is acknowledged with an empty 200, then answered for the asker alone', async () => {
    const face = await faceFor()
    const response = await face.command('status prod')
    expect([response.status, await response.text()]).toEqual([200, ''])
    const [call] = await face.fake.waitFor('response/r')
    expect(call?.body).toMatchObject({ response_type: 'ephemeral', replace_original: false })
    expect(shown(call?.body)).toContain('prod is well')
    expect(troublesOf(call?.body)).toEqual([])
  })

  test('with --share is answered for the channel, dashes of phones included', async () => {
    const face = await faceFor()
    await face.command('status prod —share')
    const [call] = await face.fake.waitFor('response/r')
    expect(call?.body).toMatchObject({ response_type: 'in_channel' })
    expect(shown(call?.body)).toContain('prod is well')
  })

  test('that takes longer than a second shows a line, which the answer replaces', async () => {
    const face = await faceFor({
      dispatch: async (_words, ask) => {
        ask.onProgress('Reading 3 members of prod')
        await new Promise((resolve) => setTimeout(resolve, 1300))
        return { command: 'status', answer: answerOf() }
      },
    })
    await face.command('status prod')
    const [line, answer] = await face.fake.waitFor('response/r', 2)
    expect(line?.body).toMatchObject({
      text: '⏳ Reading 3 members of prod',
      response_type: 'ephemeral',
      replace_original: false,
    })
    expect(answer?.body).toMatchObject({ replace_original: true, response_type: 'ephemeral' })
  })

  test('that is slow and shared shows its line to the asker alone and takes it away after', async () => {
    const face = await faceFor({
      dispatch: slow(60),
      deps: { timing: { progressAfterMs: 10 } },
    })
    await face.command('status --share')
    const calls = await face.fake.waitFor('response/r', 3)
    expect(calls.map(({ body }) => body['response_type'] ?? body['delete_original'])).toEqual([
      'ephemeral',
      'in_channel',
      true,
    ])
  })

  test('however talkative, uses its response_url five times at most', async () => {
    const face = await faceFor({
      dispatch: async (_words, ask) => {
        for (let line = 0; line < 30; line += 1) {
          ask.onProgress(`line ${line}`)
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return { command: 'status', answer: answerOf() }
      },
      deps: { timing: { progressAfterMs: 5, progressEveryMs: 5 } },
    })
    await face.command('status')
    await face.audited()
    const calls = face.fake.of('response/r')
    expect(calls).toHaveLength(3)
    expect(shown(calls.at(-1)?.body)).toContain('prod is well')
  })

  test('of an unknown name gets a sentence, not an error', async () => {
    const face = await faceFor()
    const response = await face.command('frobnicate <!channel>')
    expect(response.status).toBe(200)
    const [call] = await face.fake.waitFor('response/r')
    expect(shown(call?.body)).toContain('no subcommand “frobnicate”')
    expect((await face.audited())[0]).toMatchObject({ command: 'unknown', outcome: 'mistake' })
  })

  test('that is mistyped and shared is told to the asker alone', async () => {
    const face = await faceFor()
    await face.command('status prd --share')
    const [call] = await face.fake.waitFor('response/r')
    expect(call?.body).toMatchObject({ response_type: 'ephemeral', text: 'no cluster “prd”' })
  })

  test('whose line of progress arrives late gets its answer after it', async () => {
    const face = await faceFor({
      script: ({ name }, nth) =>
        name === 'response/r' && nth === 0 ? { afterMs: 300 } : undefined,
      dispatch: slow(60),
      deps: { timing: { progressAfterMs: 10 } },
    })
    await face.command('status prod')
    const [line, answer] = await face.fake.waitFor('response/r', 2)
    expect((answer?.at ?? 0) - (line?.at ?? 0)).toBeGreaterThanOrEqual(290)
    expect(answer?.body).toMatchObject({ replace_original: true })
  })

  test('of somebody without the role is denied', async () => {
    const face = await faceFor({ clusters: [clusterOf('prod', { viewers: ['U9'] })] })
    await face.command('status prod')
    const [call] = await face.fake.waitFor('response/r')
    expect(shown(call?.body)).toContain('You may not do this on prod')
    expect((await face.audited())[0]).toMatchObject({ outcome: 'denied', cluster: 'prod' })
  })

  test('of a member of a named user group is answered', async () => {
    const face = await faceFor({ clusters: [clusterOf('prod', { viewers: ['S1'] })] })
    await face.command('status prod', { user_id: 'U7' }, 'in')
    await face.command('status prod', { user_id: 'U8' }, 'out')
    expect(shown((await face.fake.waitFor('response/in'))[0]?.body)).toContain('prod is well')
    expect(shown((await face.fake.waitFor('response/out'))[0]?.body)).toContain('You may not')
    expect(face.fake.of('usergroups.users.list')).toHaveLength(1) // cached
  })

  test('of somebody whose group Slack does not tell is denied, and the reason said', async () => {
    const face = await faceFor({
      clusters: [clusterOf('prod', { viewers: ['S1'] })],
      script: ({ name }) =>
        name === 'usergroups.users.list'
          ? { json: { ok: false, error: 'missing_scope' } }
          : undefined,
    })
    await face.command('status prod', { user_id: 'U7' })
    const [call] = await face.fake.waitFor('response/r')
    expect(shown(call?.body)).toContain('You may not')
    expect(shown(call?.body)).toMatch(/user group S1 could not be read .*missing_scope/)
  })

  test('of another workspace is refused', async () => {
    const face = await faceFor()
    await face.command('status prod', { team_id: 'T2' })
    const [call] = await face.fake.waitFor('response/r')
    expect(shown(call?.body)).toContain('This workspace may not ask here')
    expect((await face.audited())[0]).toMatchObject({ outcome: 'denied', team: 'T2', command: '' })
  })

  test('of a configured workspace or organisation is answered', async () => {
    const face = await faceFor({ slack: { teams: ['T2', 'E5'] } })
    await face.command('status prod', { team_id: 'T2' }, 'team')
    await face.command('status prod', { team_id: 'T9', enterprise_id: 'E5' }, 'org')
    await face.command('status prod', { team_id: 'T1' }, 'own')
    expect(shown((await face.fake.waitFor('response/team'))[0]?.body)).toContain('prod is well')
    expect(shown((await face.fake.waitFor('response/org'))[0]?.body)).toContain('prod is well')
    expect(shown((await face.fake.waitFor('response/own'))[0]?.body)).toContain('may not ask')
  })

  test('under another name, as a second command of the manifest would be, is answered too', async () => {
    const face = await faceFor()
    expect((await face.command('status prod', { command: '/etcd-dev' })).status).toBe(200)
    await face.fake.waitFor('response/r')
  })

  test('by a fault of ours gets a sentence with a reference that the log has', async () => {
    const face = await faceFor({
      dispatch: () => Promise.reject(new Error(`boom ${SECRETS.botToken}`)),
    })
    await face.command('status prod')
    const [call] = await face.fake.waitFor('response/r')
    const reference = /under ([0-9a-f]{8})/.exec(shown(call?.body))?.[1] ?? 'none'
    expect(face.lines.join()).toContain(reference)
    expect((await face.audited())[0]).toMatchObject({
      outcome: 'failed',
      why: `fault ${reference}`,
    })
  })

  test('that never ends is given up and said', async () => {
    let aborted = false
    const face = await faceFor({
      dispatch: (_words, ask) => {
        ask.signal.addEventListener('abort', () => (aborted = true))
        return new Promise(() => undefined)
      },
      deps: { timing: { answerWithinMs: 60 } },
    })
    await face.command('status prod')
    const [call] = await face.fake.waitFor('response/r')
    expect(shown(call?.body)).toContain('took too long')
    expect(aborted).toBe(true)
  })

  test('ten in parallel are each answered once', async () => {
    const face = await faceFor({ dispatch: slow(30) })
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        face.command('status prod', { user_id: `U${at}` }, `r${at}`),
      ),
    )
    expect(all.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(await face.audited(10)).toHaveLength(10)
    for (let at = 0; at < 10; at += 1) expect(face.fake.of(`response/r${at}`)).toHaveLength(1)
  })

  test('the eleventh of one person at a time is refused', async () => {
    const face = await faceFor({ dispatch: slow(300) })
    await Promise.all(Array.from({ length: 11 }, () => face.command('status prod')))
    const audits = await face.audited(11)
    expect(audits.filter(({ outcome }) => outcome === 'denied')).toHaveLength(1)
  })
})

const slow =
  (ms: number, answer: Answer = answerOf()) =>
  async () => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return { command: 'status', answer }
  }

describe('a mention', () => {
  const mention = (face: StartedFace, fields: Parameters<typeof mentionBody>[0], headers = {}) =>
    fetch(
      face.url(),
      signed(JSON.stringify(mentionBody(fields)), {
        secret,
        contentType: 'application/json',
        headers,
      }),
    )

  test('in a thread is answered in that thread', async () => {
    const face = await faceFor()
    await mention(face, { text: '<@UBOT> status prod', ts: '5.5', thread_ts: '1.1' })
    const [call] = await face.fake.waitFor('chat.postMessage')
    expect(call?.body).toMatchObject({ channel: 'C1', thread_ts: '1.1', unfurl_links: 'false' })
    expect(shown(call?.body)).toContain('prod is well')
    expect((await face.audited())[0]).toMatchObject({ face: 'mention', outcome: 'answered' })
  })

  test('outside of a thread starts one', async () => {
    const face = await faceFor()
    await mention(face, { text: 'hey <@UBOT> status prod', ts: '5.5' })
    const [call] = await face.fake.waitFor('chat.postMessage')
    expect(call?.body).toMatchObject({ thread_ts: '5.5' })
  })

  test('that comes again, as Slack retries, is answered once', async () => {
    const face = await faceFor()
    const event_id = freshId('Ev')
    await mention(face, { text: '<@UBOT> status', event_id })
    await mention(face, { text: '<@UBOT> status', event_id }, { 'x-slack-retry-num': '1' })
    await face.audited()
    await until(() => face.lines.join().includes('same delivery'))
    expect(face.fake.of('chat.postMessage')).toHaveLength(1)
  })

  test('that is slow shows a line that becomes the answer', async () => {
    const face = await faceFor({ dispatch: slow(60), deps: { timing: { progressAfterMs: 10 } } })
    await mention(face, { text: '<@UBOT> status' })
    const [edit] = await face.fake.waitFor('chat.update')
    expect(shown(face.fake.of('chat.postMessage')[0]?.body)).toBe('⏳ Looking…')
    expect(edit?.body).toMatchObject({ ts: '1700000000.000900' })
    expect(face.fake.of('chat.postMessage')).toHaveLength(1)
  })

  test('by another bot is left alone', async () => {
    const face = await faceFor()
    expect((await mention(face, { text: '<@UBOT> a', user: 'U9', bot_id: 'B9' })).status).toBe(200)
    await mention(face, { text: '<@UBOT> status', user: 'U2' })
    await until(() => face.audits.some(({ user }) => user === 'U2'))
    expect(face.audits.map(({ user }) => user)).toEqual(['U2'])
  })

  test('by somebody of another company in a shared channel may do no more than is listed', async () => {
    const clusters = [
      clusterOf('open', { viewers: ['C1'], operators: ['*', 'U66', 'C1'] }),
      clusterOf('prod'),
    ]
    const rights: boolean[][] = []
    const face = await faceFor({
      clusters,
      dispatch: async (_words, ask) => {
        rights.push(clusters.flatMap((one) => [ask.may('viewer', one), ask.may('operator', one)]))
        return { command: 'status', answer: answerOf() }
      },
    })
    await mention(face, { text: '<@UBOT> status', user: 'U66', user_team: 'T66' })
    await face.audited()
    expect(rights).toEqual([[true, false, false, false]])
  })
})

describe('what is not from Slack', () => {
  const body = (): string => commandBody({ text: 'status', response_url: 'http://127.0.0.1:9/' })

  test.each([
    ['without a signature', { headers: { 'x-slack-signature': '' } }],
    ['signed by another secret', { secret: 'guess' }],
    ['six minutes old', { aheadBy: -360 }],
    ['more than 300 s in the future', { aheadBy: 302 }],
    ['without a sensible time', { headers: { 'x-slack-request-timestamp': 'soon' } }],
  ])(
    'a request %s is a 401 and reaches nothing',
    async (
      _name,
      {
        aheadBy = 0,
        ...options
      }: { aheadBy?: number; secret?: string; headers?: Record<string, string> },
    ) => {
      const face = await faceFor()
      const timestamp = seconds() + aheadBy
      const response = await fetch(face.url(), signed(body(), { secret, timestamp, ...options }))
      expect(response.status).toBe(401)
      expect(face.audits).toEqual([])
      expect(face.face.state().inFlight).toBe(0)
    },
  )

  test('the same bytes twice run once', async () => {
    const face = await faceFor()
    const request = signed(
      commandBody({ text: 'status', response_url: face.fake.responseUrl('r') }),
      {
        secret,
      },
    )
    await fetch(face.url(), request)
    expect((await fetch(face.url(), request)).status).toBe(200)
    await until(() => face.lines.join().includes('same delivery'))
    expect(await face.audited()).toHaveLength(1)
    expect(face.fake.of('response/r')).toHaveLength(1)
  })

  test('the same bytes at two replicas with one memory run once', async () => {
    const keys = new Set<string>()
    const memory = {
      seenBefore: async (key: string) => keys.size === keys.add(key).size,
    }
    const [one, two] = [await faceFor({ deps: { memory } }), await faceFor({ deps: { memory } })]
    const request = signed(
      commandBody({ text: 'status', response_url: one.fake.responseUrl('r') }),
      { secret },
    )
    await Promise.all([fetch(one.url(), request), fetch(two.url(), request)])
    await until(() => [...one.lines, ...two.lines].join().includes('same delivery'))
    await until(() => one.audits.length + two.audits.length > 0)
    expect(one.audits.length + two.audits.length).toBe(1)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('READONLY'))],
    ['hangs', () => new Promise<boolean>(() => undefined)],
  ])(
    'a shared memory that %s silences nobody, and this replica still remembers',
    async (_name, seenBefore) => {
      const face = await faceFor({ deps: { memory: { seenBefore }, timing: { memoryMs: 30 } } })
      const request = signed(
        commandBody({ text: 'status', response_url: face.fake.responseUrl('r') }),
        {
          secret,
        },
      )
      await fetch(face.url(), request)
      await fetch(face.url(), request)
      await until(() => face.lines.join().includes('same delivery'))
      expect(await face.audited()).toHaveLength(1)
    },
  )

  test('a body over 256 KiB is refused unread', async () => {
    const face = await faceFor()
    const request = signed(commandBody({ text: 'x'.repeat(300_000), response_url: 'x' }), {
      secret,
    })
    expect((await fetch(face.url(), request)).status).toBe(413)
  })

  test('a slow sender is cut off after seconds', async () => {
    const face = await faceFor()
    const began = Date.now()
    expect(
      await rawRequest(face.face.port() ?? 0, 'POST /slack/events HTTP/1.1\r\nhost'),
    ).toContain('408')
    expect(Date.now() - began).toBeLessThan(9000)
  })

  test('other paths, methods and senseless URLs are a 404', async () => {
    const face = await faceFor()
    const { origin } = new URL(face.url())
    expect((await fetch(`${origin}/metrics`)).status).toBe(404)
    expect((await fetch(face.url())).status).toBe(404)
    expect(await rawRequest(face.face.port() ?? 0, 'GET // HTTP/1.1\r\nhost: a\r\n\r\n')).toContain(
      ' 404 ',
    )
  })

  test('a form with a charset, as some proxies add, is refused by Bolt with 400 (known trap)', async () => {
    const face = await faceFor()
    const contentType = 'application/x-www-form-urlencoded; charset=utf-8'
    expect((await fetch(face.url(), signed(body(), { secret, contentType }))).status).toBe(400)
  })

  test('Slack’s certificate check is answered without a signature', async () => {
    const face = await faceFor()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await fetch(face.url(), { method: 'POST', headers, body: 'ssl_check=1' })
    expect(response.status).toBe(200)
  })
})

const rawRequest = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let said = ''
    socket.on('data', (part) => (said += part.toString()))
    socket.on('close', () => resolve(said))
    socket.on('error', reject)
  })

describe('starting and stopping', () => {
  const deps = (mode: 'http' | 'socket', secrets: Partial<typeof SECRETS>) => ({
    config: () =>
      ({ clusters: [], slack: { mode, host: '127.0.0.1', port: 0, teams: [] } }) as never,
    secrets: { ...SECRETS, ...secrets },
    dispatch: smallDispatch([]),
    audit: () => undefined,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    now: Date.now,
    onDeaf: () => undefined,
  })

  test.each([
    ['http', { signingSecret: '' }, 'signing secret'],
    ['http', { botToken: ' ' }, 'bot token'],
    ['socket', { appToken: '' }, 'app-level token'],
  ] as const)('an empty secret in %s mode is no start', (mode, secrets, name) => {
    expect(() => createSlackFace(deps(mode, secrets))).toThrow(name)
  })

  test('a taken port is said with host and port', async () => {
    const face = await faceFor()
    const port = face.face.port() ?? 0
    await expect(startedFace({ slack: { port } })).rejects.toThrow(
      `Cannot listen for Slack on 127.0.0.1:${port}`,
    )
  })

  test('work under way is finished, new requests are not taken', async () => {
    const face = await faceFor({ dispatch: slow(200) })
    await face.command('status prod')
    const stopped = face.face.stop(5000)
    await expect(face.command('status prod')).rejects.toThrow('fetch failed')
    expect(await stopped).toBe(0)
    expect(face.fake.of('response/r')).toHaveLength(1)
    expect(face.audits).toHaveLength(1)
  })

  test('work that outlives the grace is told to the asker', async () => {
    const face = await faceFor({ dispatch: () => new Promise(() => undefined) })
    await face.command('status prod')
    const began = Date.now()
    await face.face.stop(100)
    expect(Date.now() - began).toBeLessThan(1500)
    expect(shown(face.fake.of('response/r').at(-1)?.body)).toContain('being restarted')
  })

  test('a half-open request does not hold the stop', async () => {
    const face = await faceFor()
    const socket = connect(face.face.port() ?? 0, '127.0.0.1')
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write('POST /slack/events HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nx')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const began = Date.now()
    await face.face.stop(5000)
    expect(Date.now() - began).toBeLessThan(1000)
    await closed
  })
})

test('50 in parallel are all acknowledged before any is answered', async () => {
  let answer = (): void => undefined
  const gate = new Promise<void>((resolve) => (answer = resolve))
  const face = await faceFor({
    dispatch: () => gate.then(() => ({ command: 'status', answer: answerOf() })),
  })
  const acks = await Promise.all(
    Array.from({ length: 50 }, (_, user) => face.command('status', { user_id: `U${user}` })),
  )
  expect(acks.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(face.face.state().inFlight).toBe(50)
  answer()
  expect(await face.audited(50)).toHaveLength(50)
})
