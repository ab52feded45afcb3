import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { HandoffConfig } from '../../src/config'
import { handoffNewsOf } from '../../src/slack/handoff/news'
import { openStore, type Store } from '../../src/store/store'
import { createHandoffDeeds } from '../../src/watch/handoff/deeds'
import { createHanding } from '../../src/watch/handoff/handing'
import { troublesOf, viewTroublesOf } from '../support/block-kit'
import {
  clusterOf,
  interact,
  startedFace,
  type FaceOptions,
  type StartedFace,
} from '../support/face'
import { pause, startRedis, until, type TestRedis } from '../support/redis'
import { freshId, interacting } from '../support/slack'
import { daily, quietReport } from '../watch/handoff/shift'

/** The real Bolt app, signed requests, a real Redis: U1 hands over to U2 and the group S7, in which U7 is. */

const CHANGE = Date.parse('2026-11-23T07:00Z')
let redis: TestRedis
let store: Store
let faces: StartedFace[] = []
const woken: string[] = []
const done: string[] = []

beforeEach(async () => {
  redis = await startRedis()
  store = openStore(redis.url, { replica: randomUUID(), now: Date.now })
  await until(() => store.trouble() === undefined)
  woken.length = 0
  done.length = 0
})
afterEach(async () => {
  await Promise.all(faces.map((one) => one.close()))
  faces = []
  await store.close()
  await redis.close()
})
afterAll(() => pause(2100))

const HANDOFF = daily({ to: ['U2', 'S7'], clusters: ['prod', 'test'] })

/** The report of Monday is decided, and posted as 9.9 in C1. */
const handedOver = async (handoff: HandoffConfig = HANDOFF): Promise<void> => {
  let at = CHANGE - 86_400_000 + 1000
  const handing = createHanding({
    handoffs: () => [handoff],
    store,
    report: async () => quietReport(),
    fallbackChannel: () => undefined,
    now: () => at,
    decided: () => undefined,
    fault: (error) => {
      throw error
    },
  })
  await handing.turn('daily')
  at = CHANGE
  await handing.turn('daily')
  for (;;) {
    const claim = await store.outbox.claim('handoff.daily', { now: at, leaseMs: 5000 })
    if (claim === undefined) return
    await store.outbox.settle(claim, { channel: 'C1', ts: '9.9' }, at)
  }
}

const faceFor = async (options: FaceOptions = {}): Promise<StartedFace> => {
  const face = await startedFace({
    clusters: [clusterOf('prod', { operators: ['U8'] }), clusterOf('test'), clusterOf('far')],
    handoffs: [HANDOFF],
    ...options,
    slack: { teams: ['T1'] },
    deps: {
      clicks: store.clicks,
      deeds: {
        acknowledge: async () => ({ ok: true, say: '' }),
        handoffs: createHandoffDeeds({
          store,
          config: () => ({ handoffs: options.handoffs ?? [HANDOFF] }),
          wake: (lane) => void woken.push(lane),
          done: (what) => void done.push(what),
        }),
      },
      ...options.deps,
    },
  })
  faces.push(face)
  return face
}

type Press = { readonly user?: string; readonly team?: string; readonly change?: number }

const press = (
  face: StartedFace,
  action: 'accept' | 'note',
  { user = 'U2', team, change = CHANGE }: Press = {},
): Promise<Response> =>
  interact(face, {
    type: 'block_actions',
    ...interacting(user, team),
    trigger_id: freshId('trigger'),
    response_url: face.fake.responseUrl('r'),
    channel: { id: 'C1', name: 'ops' },
    container: { type: 'message', message_ts: '9.9', channel_id: 'C1' },
    message: { type: 'message', ts: '9.9', text: 'handoff' },
    actions: [
      {
        type: 'button',
        action_id: `handoff_${action}`,
        block_id: `handoff daily ${change} report 0`,
        action_ts: '2.2',
        value: JSON.stringify({ h: 'daily', t: change }),
      },
    ],
  })

type Submit = {
  readonly user?: string
  readonly cluster?: string
  readonly text?: string
  readonly pressed?: object | undefined
  readonly id?: string
}

const submit = (
  face: StartedFace,
  { user = 'U1', cluster = 'prod', text = 'disk of m2 ordered', pressed, id = 'V1' }: Submit = {},
): Promise<Response> =>
  interact(face, {
    type: 'view_submission',
    ...interacting(user),
    trigger_id: freshId('trigger'),
    view: {
      id,
      hash: 'h1',
      type: 'modal',
      callback_id: 'handoff_note_view',
      private_metadata: JSON.stringify({ channel: 'C1', messageTs: '9.9', pressed }),
      state: {
        values: {
          cluster: { cluster: { type: 'static_select', selected_option: { value: cluster } } },
          text: { text: { type: 'plain_text_input', value: text } },
        },
      },
    },
  })

const told = (face: StartedFace): string[] =>
  face.fake.of('response/r').map(({ body }) => String(body['text']))

const notes = () => store.notes.list('prod', { from: 0, to: Date.now() + 1000 })

const acceptedBy = async (): Promise<string | undefined> => {
  const edit = await store.edits.claim('handoff.daily', { now: Date.now(), leaseMs: 1000 })
  return edit && handoffNewsOf(edit.payload)?.accepted?.by
}

describe('Accept', () => {
  test.each([
    ['the receiver', 'U2'],
    ['a member of the group that takes over', 'U7'],
    ['an operator of one of its clusters', 'U8'],
  ])('by %s is kept, shown by the report, and audited', async (_, user) => {
    await handedOver()
    const face = await faceFor()
    expect((await press(face, 'accept', { user })).status).toBe(200)
    await face.audited()
    expect(told(face)).toEqual(['You accepted the handoff daily. The report says so.'])
    expect(await acceptedBy()).toBe(user)
    expect(face.audits).toMatchObject([
      { face: 'button', user, command: 'accept', outcome: 'answered', cluster: undefined },
    ])
    expect([woken, done]).toEqual([['handoff.daily'], ['accepted']])
  })

  test.each<[string, Press]>([
    ['who hands over', { user: 'U1' }],
    ['somebody else', { user: 'U9' }],
    ['the receiver’s namesake of another workspace', { user: 'U2', team: 'T9' }],
  ])('by %s is refused, with who may', async (_, by) => {
    await handedOver()
    const face = await faceFor()
    await press(face, 'accept', by)
    await face.audited()
    expect(told(face)).toEqual([
      'Only an operator of one of its clusters may accept this handoff, or who takes over. That is <@U2> and <!subteam^S7>.',
    ])
    expect(await acceptedBy()).toBeUndefined()
    expect(face.audits).toMatchObject([{ command: 'accept', outcome: 'denied' }])
  })

  test('of a group that cannot be read says so', async () => {
    await handedOver()
    const face = await faceFor({
      script: ({ name }) =>
        name === 'usergroups.users.list'
          ? { json: { ok: false, error: 'missing_scope' } }
          : undefined,
    })
    await press(face, 'accept', { user: 'U7' })
    await face.audited()
    expect(told(face)[0]).toContain('S7 could not be read')
  })

  test('twice is done once, also on another replica', async () => {
    await handedOver()
    const [face, other] = [await faceFor(), await faceFor()]
    await press(face, 'accept')
    await face.audited()
    await press(other, 'accept')
    await other.audited()
    expect(told(other)).toEqual(told(face))
    expect(done).toEqual(['accepted'])
  })

  test('after somebody else did says so; of an older report that it is over', async () => {
    await handedOver()
    const face = await faceFor()
    await press(face, 'accept')
    await face.audited()
    await press(face, 'accept', { user: 'U8' })
    await face.audited(2)
    expect(told(face)[1]).toContain('was accepted already, at ')
    await press(face, 'accept', { user: 'U8', change: 7 })
    await face.audited(3)
    expect(told(face)[2]).toContain('is over: another report came after it')
  })
})

describe('Add a note', () => {
  test('opens a window with the handoff’s clusters that the person may note on', async () => {
    const face = await faceFor()
    await press(face, 'note', { user: 'U1' })
    const [opened] = await face.fake.waitFor('views.open')
    const view = opened?.body['view']
    expect(viewTroublesOf(view)).toEqual([])
    expect(JSON.stringify(view)).toContain('"prod"')
    expect(JSON.stringify(view)).toContain('"test"')
    expect(JSON.stringify(view)).not.toContain('"far"')
    expect(await face.audited()).toMatchObject([{ command: 'note', outcome: 'answered' }])
  })

  test('opens none for somebody who is neither operator nor named', async () => {
    const face = await faceFor()
    await press(face, 'note', { user: 'U9' })
    expect(await face.audited()).toMatchObject([{ outcome: 'denied' }])
    expect(face.fake.of('views.open')).toEqual([])
  })

  test('that Slack opens too late says what to type', async () => {
    const face = await faceFor({
      script: ({ name }) =>
        name === 'views.open' ? { json: { ok: false, error: 'expired_trigger_id' } } : undefined,
    })
    await press(face, 'note', { user: 'U1' })
    await face.audited()
    expect(told(face)[0]).toContain('Type instead: /etcd note prod TEXT')
  })

  test('is kept once, by whom, and the person is told where it will stand', async () => {
    const face = await faceFor()
    await submit(face)
    await face.audited()
    await submit(face)
    await face.audited(2)
    expect(await notes()).toMatchObject([{ cluster: 'prod', by: 'U1', text: 'disk of m2 ordered' }])
    const [said] = face.fake.of('chat.postEphemeral')
    expect(said?.body).toMatchObject({ channel: 'C1', user: 'U1' })
    expect(said?.body['text']).toMatch(
      /^Noted for the handoff of prod. It stands in the next report: daily, \w{3} \d+ \w+ 08:00\.$/,
    )
    expect(done).toEqual(['note'])
  })

  test('on a report that is posted stands in its thread too', async () => {
    await handedOver()
    const face = await faceFor()
    await submit(face, { pressed: { handoff: 'daily', change: CHANGE } })
    await face.audited()
    const claim = await store.outbox.claim('handoff.daily', { now: Date.now(), leaseMs: 5000 })
    expect(claim?.parent).toEqual({ channel: 'C1', ts: '9.9' })
    expect(claim?.entry.payload).toMatchObject({
      place: 'note',
      note: { by: 'U1', cluster: 'prod', text: 'disk of m2 ordered' },
    })
  })

  test.each<[string, Submit]>([
    ['somebody who may not', { user: 'U9' }],
    ['somebody for a cluster of another handoff', { cluster: 'far' }],
  ])('by %s is refused when it is sent', async (_, by) => {
    const face = await faceFor()
    await submit(face, by)
    expect(await face.audited()).toMatchObject([{ outcome: 'denied', command: 'note' }])
    expect(await notes()).toEqual([])
  })

  test('without words is told in the window', async () => {
    const face = await faceFor()
    const response = await submit(face, { text: '   ' })
    expect(await response.json()).toMatchObject({
      response_action: 'errors',
      errors: { text: expect.stringContaining('what the next person must know') },
    })
    expect(await notes()).toEqual([])
  })

  test('while Redis is away waits, and says so', async () => {
    const face = await faceFor()
    await redis.stop()
    await until(() => store.trouble() !== undefined)
    await submit(face)
    await face.audited()
    await redis.restart()
    expect(String(face.fake.of('chat.postEphemeral')[0]?.body['text'])).toContain('Redis is away')
    await until(() => store.trouble() === undefined)
    await until(async () => (await notes()).length === 1)
  }, 20_000)
})

describe('Add to handoff', () => {
  const shortcut = (
    face: StartedFace,
    message: object,
    { user = 'U8', channel = 'C5' } = {},
  ): Promise<Response> =>
    interact(face, {
      type: 'message_action',
      callback_id: 'add_to_handoff',
      ...interacting(user),
      trigger_id: freshId('trigger'),
      response_url: face.fake.responseUrl('r'),
      channel: { id: channel, name: 'ops' },
      message_ts: '1.1',
      message: { type: 'message', user: 'U3', ts: '1.1', ...message },
    })

  const openedFor = async (message: object, channel = 'C5'): Promise<string> => {
    const face = await faceFor({
      clusters: [
        { ...clusterOf('prod', { operators: ['U8'] }), channel: 'C1' },
        { ...clusterOf('test', { operators: ['U8'] }), channel: 'C2' },
      ],
    })
    await shortcut(face, message, { channel })
    const [opened] = await face.fake.waitFor('views.open')
    expect(viewTroublesOf(opened?.body['view'])).toEqual([])
    expect(await face.audited()).toMatchObject([{ face: 'shortcut', command: 'note' }])
    return JSON.stringify(opened?.body['view'])
  }
  const chosen = (name: string): string =>
    `"initial_option":{"text":{"type":"plain_text","text":"${name}"`

  test('fills in the message, and the cluster from our own metadata', async () => {
    const metadata = {
      event_type: 'stormwatch_alert',
      event_payload: { key: 'k', cluster: 'test' },
    }
    const view = await openedFor({ text: 'm2 is slow &amp; hot', metadata }, 'C1')
    expect(view).toContain('"initial_value":"m2 is slow & hot"')
    expect(view).toContain(chosen('test'))
  })

  test('takes the cluster from the button of a storm’s message', async () => {
    const value = JSON.stringify({ c: 'test', s: 's1', d: [] })
    const blocks = [{ type: 'actions', elements: [{ type: 'button', value }] }]
    expect(await openedFor({ text: 'x', blocks })).toContain(chosen('test'))
  })

  test('a reply in a cluster’s own channel is about it; elsewhere somebody chooses', async () => {
    expect(await openedFor({ text: 'x', thread_ts: '1.0' }, 'C2')).toContain(chosen('test'))
    expect(await openedFor({ text: 'x', thread_ts: '1.0' }, 'C9')).not.toContain('initial_option')
  })

  test('somebody else’s metadata, and a cluster that is not there, are no guess', async () => {
    const metadata = { event_type: 'other', event_payload: { cluster: 'test' } }
    const value = JSON.stringify({ c: 'gone' })
    const blocks = [{ type: 'actions', elements: [{ type: 'button', value }] }]
    expect(await openedFor({ text: 'x', metadata, blocks })).not.toContain('initial_option')
  })

  test('is refused to who may not note, and to them alone', async () => {
    const face = await faceFor()
    await shortcut(face, { text: 'x' }, { user: 'U9' })
    expect(await face.audited()).toMatchObject([{ face: 'shortcut', outcome: 'denied' }])
    expect(face.fake.of('views.open')).toEqual([])
    expect(face.fake.of('response/r')[0]?.body).toMatchObject({ response_type: 'ephemeral' })
    expect(troublesOf(face.fake.of('response/r')[0]?.body)).toEqual([])
  })
})
