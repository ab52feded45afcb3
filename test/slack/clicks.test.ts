import { afterEach, describe, expect, test } from '@jest/globals'
import type { Asked, Clicks, Done } from '../../src/slack/storm/acting'
import {
  answerOf,
  clusterOf,
  mistakeOf,
  interact,
  startedFace,
  until,
  type FaceOptions,
  type StartedFace,
} from '../support/face'
import { freshId, interacting } from '../support/slack'

let open: StartedFace[] = []
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

/** Clicks as the store keeps them, without a store. */
const localClicks = (): Clicks => {
  const results = new Map<string, unknown>()
  const idOf = (click: object): string => JSON.stringify(click)
  return {
    begin: async (click) => {
      if (!results.has(idOf(click))) {
        results.set(idOf(click), undefined)
        return { turn: 'yours' }
      }
      const result = results.get(idOf(click))
      return result === undefined ? { turn: 'under-way' } : { turn: 'done', result }
    },
    end: async (click, result) => void results.set(idOf(click), result),
    release: async (click) => void results.delete(idOf(click)),
  }
}

const faceFor = async (options: FaceOptions & { readonly done?: Done } = {}) => {
  const taken: Asked[] = []
  const run: (readonly string[])[] = []
  const face = await startedFace({
    clusters: [clusterOf('prod', { operators: ['U1'] })],
    dispatch: async (words, ask) => {
      run.push([ask.by, ...words])
      return { command: words[0] ?? '', answer: answerOf({ headline: `did ${words.join(' ')}` }) }
    },
    ...options,
    slack: { teams: ['T1'] },
    deps: {
      clicks: localClicks(),
      deeds: {
        acknowledge: async (asked) => {
          taken.push(asked)
          return options.done ?? { ok: true, say: 'You acknowledged it.' }
        },
      },
      ...options.deps,
    },
  })
  open.push(face)
  return { ...face, taken, run }
}

type Press = {
  readonly user?: string
  readonly team?: string
  readonly cluster?: string
  readonly block?: string
  readonly value?: string
}

const press = (
  face: StartedFace,
  button: string,
  { user = 'U1', team, cluster = 'prod', block = 'storm s1 1', value }: Press = {},
): Promise<Response> =>
  interact(face, {
    type: 'block_actions',
    ...interacting(user, team),
    trigger_id: freshId('trigger'),
    response_url: face.fake.responseUrl('r'),
    channel: { id: 'C1', name: 'ops' },
    container: { type: 'message', message_ts: '1.1', channel_id: 'C1' },
    message: { type: 'message', ts: '1.1', text: 'storm' },
    actions: [
      {
        type: 'button',
        action_id: `storm_${button}`,
        block_id: block,
        action_ts: '2.2',
        value:
          value ??
          JSON.stringify({ c: cluster, s: 's1', d: [['disk', 'likely', 'm2', 'it stalls']] }),
      },
    ],
  })

const submit = (face: StartedFace, minutes: string, user = 'U1', id = 'V1'): Promise<Response> =>
  interact(face, {
    type: 'view_submission',
    ...interacting(user),
    trigger_id: freshId('trigger'),
    view: {
      id,
      hash: 'h1',
      type: 'modal',
      callback_id: 'silence_storm',
      private_metadata: JSON.stringify({
        cluster: 'prod',
        storm: 's1',
        channel: 'C1',
        messageTs: '1.1',
      }),
      state: {
        values: {
          for: { for: { type: 'static_select', selected_option: { value: minutes } } },
          why: { why: { type: 'plain_text_input', value: 'disk  swap' } },
        },
      },
    },
  })

const told = (face: StartedFace): string[] =>
  face.fake.of('response/r').map(({ body }) => String(body['text']))

describe('Acknowledge', () => {
  test('is done for an operator, told to them alone, and audited', async () => {
    const face = await faceFor()
    expect((await press(face, 'acknowledge')).status).toBe(200)
    await face.audited()
    expect(face.taken).toMatchObject([{ cluster: 'prod', storm: 's1', who: 'U1' }])
    expect(face.fake.of('response/r')[0]?.body).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      text: 'You acknowledged it.',
    })
    expect(face.audits).toMatchObject([
      { face: 'button', user: 'U1', command: 'acknowledge', cluster: 'prod', outcome: 'answered' },
    ])
  })

  test.each<[string, Press]>([
    ['a viewer', { user: 'U2' }],
    ['somebody of another workspace', { team: 'T9' }],
  ])('is denied to %s, told, and audited', async (_, by) => {
    const face = await faceFor()
    await press(face, 'acknowledge', by)
    await face.audited()
    expect(face.taken).toEqual([])
    expect(told(face)[0]).toContain('takes the operator role')
    expect(face.audits).toMatchObject([{ outcome: 'denied', command: 'acknowledge' }])
  })

  test('pressed twice is done once, and the result is said again', async () => {
    const face = await faceFor()
    await press(face, 'acknowledge')
    await face.audited()
    await press(face, 'acknowledge')
    await face.audited(2)
    expect(face.taken).toHaveLength(1)
    expect(told(face)).toEqual(['You acknowledged it.', 'You acknowledged it.'])
  })

  test('on the message as it is after an edit is another click', async () => {
    const face = await faceFor()
    await press(face, 'acknowledge')
    await press(face, 'acknowledge', { block: 'storm s1 2' })
    await face.audited(2)
    expect(face.taken).toHaveLength(2)
  })

  test('of a cluster that is not configured, or with a value of somebody else: nothing', async () => {
    const face = await faceFor()
    await press(face, 'acknowledge', { cluster: 'gone' })
    await face.audited()
    expect(told(face)[0]).toContain('knows no cluster gone')
    expect((await press(face, 'acknowledge', { value: 'x' })).status).toBe(200)
    expect(face.taken).toEqual([])
  })

  test('that cannot be done says so', async () => {
    const face = await faceFor({ done: { ok: false, say: 'This storm is over.' } })
    await press(face, 'acknowledge')
    expect(await face.audited()).toMatchObject([{ outcome: 'mistake', why: 'This storm is over.' }])
  })

  test('of which nothing came is not repeated as its result: the next press does it', async () => {
    const answers: readonly (() => Promise<Done>)[] = [
      async () => ({ ok: false, say: 'Press it again.', isUndone: true }),
      () => Promise.reject(new Error('Redis went away')),
      async () => ({ ok: true, say: 'You acknowledged it.' }),
    ]
    let pressed = 0
    const acknowledge = (): Promise<Done> =>
      answers[pressed++]?.() ?? Promise.reject(new Error('pressed too often'))
    const face = await faceFor({ deps: { deeds: { acknowledge } } })
    for (const count of [1, 2, 3, 4]) {
      await press(face, 'acknowledge')
      await face.audited(count)
    }
    expect(pressed).toBe(3)
    expect(told(face)).toEqual([
      'Press it again.',
      expect.stringContaining('Try it again'),
      'You acknowledged it.',
      'You acknowledged it.',
    ])
  })

  test('without a watcher, and with one that fails, is answered', async () => {
    const face = await faceFor({
      deps: { deeds: { acknowledge: () => Promise.reject(new Error('xoxb-canary-bot-token')) } },
    })
    await press(face, 'acknowledge')
    expect(await face.audited()).toMatchObject([{ outcome: 'failed' }])
    expect(told(face)[0]).toContain('could not be done')
    expect(JSON.stringify([told(face), face.audits, face.lines])).not.toContain('canary-bot')
  })
})

describe('Silence', () => {
  test('opens a window for an operator', async () => {
    const face = await faceFor()
    await press(face, 'silence')
    const [opened] = await face.fake.waitFor('views.open')
    expect(opened?.body['view']).toMatchObject({ callback_id: 'silence_storm' })
    expect(await face.audited()).toMatchObject([{ command: 'silence', outcome: 'answered' }])
    expect(told(face)).toEqual([])
  })

  test('opens none for a viewer', async () => {
    const face = await faceFor()
    await press(face, 'silence', { user: 'U2' })
    expect(await face.audited()).toMatchObject([{ outcome: 'denied' }])
    expect(face.fake.of('views.open')).toEqual([])
  })

  test('that Slack opens too late says what to type', async () => {
    const face = await faceFor({
      script: ({ name }) =>
        name === 'views.open' ? { json: { ok: false, error: 'expired_trigger_id' } } : undefined,
    })
    await press(face, 'silence')
    await face.audited()
    expect(told(face)[0]).toContain('/etcd silence prod 1h')
  })

  test('runs the subcommand once, and tells whoever asked', async () => {
    const face = await faceFor()
    await submit(face, '120')
    await submit(face, '120')
    await face.audited(2)
    expect(face.run).toEqual([['U1', 'silence', 'prod', '120m', 'disk', 'swap']])
    expect(face.fake.of('chat.postEphemeral')[0]?.body).toMatchObject({
      channel: 'C1',
      user: 'U1',
      link_names: 'false',
      parse: 'none',
    })
  })

  test('is checked again when it is sent', async () => {
    const face = await faceFor()
    await submit(face, '120', 'U2')
    expect(await face.audited()).toMatchObject([{ outcome: 'denied', command: 'silence' }])
    expect(face.run).toEqual([])
  })

  test('without an end is none', async () => {
    const face = await faceFor()
    expect((await submit(face, '99999999')).status).toBe(200)
    expect(face.run).toEqual([])
  })

  test('ends by its button', async () => {
    const face = await faceFor()
    await press(face, 'unsilence')
    await face.audited()
    expect(face.run).toEqual([['U1', 'unsilence', 'prod']])
  })
})

describe('Diagnose and Details', () => {
  test('Diagnose runs the subcommand with the rights of whoever pressed', async () => {
    const face = await faceFor()
    await press(face, 'diagnose', { user: 'U2' })
    expect(await face.audited()).toMatchObject([{ face: 'button', command: 'diagnose' }])
    expect(face.run).toEqual([['U2', 'diagnose', 'prod']])
    expect(face.fake.of('response/r')[0]?.body).toMatchObject({ replace_original: false })
  })

  test('a slow Diagnose shows no progress: it would replace the storm’s message', async () => {
    const face = await faceFor({
      dispatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        return { command: 'diagnose', answer: mistakeOf('later') }
      },
      deps: { timing: { progressAfterMs: 10, progressEveryMs: 10 } },
    })
    await press(face, 'diagnose')
    await face.audited()
    expect(face.fake.of('response/r').map(({ body }) => body['replace_original'])).toEqual([false])
  })

  test('Details shows the causes', async () => {
    const face = await faceFor()
    await press(face, 'details', { user: 'U2' })
    await face.audited()
    expect(told(face)[0]).toContain('disk on m2, likely: it stalls')
  })
})

describe('Explain with Stormwatch', () => {
  const explain = (face: StartedFace, message: object): Promise<Response> =>
    interact(face, {
      type: 'message_action',
      callback_id: 'explain_message',
      ...interacting('U2'),
      trigger_id: freshId('trigger'),
      response_url: face.fake.responseUrl('r'),
      channel: { id: 'C1', name: 'ops' },
      message_ts: '1.1',
      message: { type: 'message', user: 'U3', ts: '1.1', ...message },
    })

  test('answers what the message says, to whoever asked alone', async () => {
    const face = await faceFor()
    await explain(face, { text: 'etcdserver: request timed out &lt;x&gt;' })
    expect(await face.audited()).toMatchObject([{ face: 'shortcut', command: 'explain' }])
    expect(face.run).toEqual([['U2', 'explain', 'etcdserver: request timed out <x>']])
    expect(face.fake.of('response/r')[0]?.body).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
    })
  })

  test('reads the attachments of another bot’s alert', async () => {
    const face = await faceFor()
    await explain(face, { text: '', attachments: [{ text: 'etcdserver: no leader' }] })
    await face.audited()
    expect(face.run[0]).toContain('etcdserver: no leader')
  })

  test('says when there is no text', async () => {
    const face = await faceFor()
    await explain(face, { text: '' })
    await until(() => told(face).length > 0)
    expect(told(face)[0]).toContain('no text')
  })
})

test('an unsigned click is refused, and clicks are timed until their acknowledgement', async () => {
  const times: number[] = []
  const face = await faceFor({ deps: { acknowledged: (tookMs) => void times.push(tookMs) } })
  const unsigned = await fetch(face.url(), { method: 'POST', body: 'payload={}' })
  expect(unsigned.status).toBe(401)
  await press(face, 'acknowledge')
  expect(times).toHaveLength(1)
  expect(times[0]).toBeLessThan(500)
})
