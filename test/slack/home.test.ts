import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { homeView, type Home, type HomeCluster } from '../../src/slack/home/home'
import type { HomeFacts } from '../../src/slack/home/publishing'
import { newsOf, type News } from '../../src/slack/storm/news'
import { homeTroublesOf } from '../support/block-kit'
import {
  clusterOf,
  interact,
  SECRETS,
  startedFace,
  until,
  type FaceOptions,
  type StartedFace,
} from '../support/face'
import { announcementOf } from '../support/news'
import { freshId, interacting, signed } from '../support/slack'

const AT = Date.parse('2026-11-22T10:00:00Z')
const HOSTILE = '<!channel> *pwn* _a_ ~b~ `c` & <https://evil.test|ok> <@U1> <#C1>\n&lt;!here&gt;'

const standing = (name: string, over: Partial<HomeCluster['stands']> = {}): HomeCluster => ({
  name,
  title: name,
  lookedAt: AT - 4000,
  stands: {
    state: 'calm',
    severity: 'ok',
    since: AT - 3_600_000,
    headline: 'Calm',
    ...over,
  },
})

const unseen = (name: string): HomeCluster => ({ ...standing(name), stands: undefined })

const storm = (id = 's1', cluster = 'prod'): News => {
  const news = newsOf(
    JSON.parse(JSON.stringify(announcementOf({ stormId: id, cluster, title: cluster }))),
  )
  if (news === undefined) throw new Error('want news')
  return news
}

const home = (over: Partial<Home> = {}): Home => ({
  at: AT,
  command: '/etcd',
  trouble: undefined,
  clusters: [standing('prod'), standing('test')],
  storms: [],
  silences: [],
  handoffs: [],
  operates: [],
  unread: [],
  ...over,
})

const words = (over: Partial<Home> = {}): string => JSON.stringify(homeView(home(over)))

describe('Home', () => {
  test('of a calm fleet says so, each cluster with its last look', () => {
    const said = words()
    expect(said).toContain('All 2 clusters are well.')
    expect(said).toContain(
      '🟢 prod: Calm since 2026-11-22 09:00:00 UTC, last look 2026-11-22 09:59:56 UTC',
    )
    expect(said).toContain('You may look. Operators acknowledge, silence and note.')
  })

  test('shows a storm with the channel’s own buttons, and the worst cluster first', () => {
    const said = words({
      clusters: [standing('test'), standing('prod', { state: 'warning', severity: 'critical' })],
      storms: [storm()],
      operates: ['prod'],
    })
    expect(said).toContain('1 of 2 clusters need a look.')
    expect([...said.matchAll(/"action_id":"(\w+)"/g)].map(([, id]) => id)).toEqual([
      'storm_acknowledge',
      'storm_silence',
      'storm_diagnose',
      'storm_details',
    ])
    expect(said.indexOf('🔴 prod')).toBeLessThan(said.indexOf('🟢 test'))
    expect(said).toContain('You are an operator of prod')
  })

  test('never shows what nobody sees as calm', () => {
    const said = words({ clusters: [standing('prod'), unseen('test')] })
    expect(said).toContain('How 1 of 2 clusters stand is not known.')
    expect(said).toContain('⚪ test: not known')
    expect(said).not.toContain('are well')
    expect(said.indexOf('⚪ test')).toBeLessThan(said.indexOf('🟢 prod'))
  })

  test('without the store says so first, and what to ask', () => {
    const said = words({ trouble: 'ECONNREFUSED', clusters: [unseen('prod'), unseen('test')] })
    expect(said).toContain(
      '⚪ The store cannot be read (ECONNREFUSED). How 2 of 2 clusters stand is not known. Ask /etcd status CLUSTER',
    )
    expect(said).not.toMatch(/are well|Calm/)
  })

  test('tells silences by their end, and the next handoff and who', () => {
    const said = words({
      silences: [
        { cluster: 'test', until: AT + 7_200_000, by: 'U1', reason: '' },
        { cluster: 'prod', until: AT + 3_600_000, by: 'ada', reason: 'disk swap' },
      ],
      handoffs: [
        {
          name: 'weekly',
          changeText: 'Mon 23 Nov 08:00',
          timezone: 'Europe/Berlin',
          from: ['U1'],
          to: ['U2', 'S7'],
          channel: 'C1',
          clusters: ['prod'],
        },
      ],
    })
    expect(said).toContain(
      'prod until 2026-11-22 11:00:00 UTC by ada: disk swap\\ntest until 2026-11-22 12:00:00 UTC by <@U1>',
    )
    expect(said).toContain(
      '*weekly*: Mon 23 Nov 08:00 Europe/Berlin, <@U1> to <@U2> and <!subteam^S7>, in <#C1>',
    )
  })

  test('fits into Slack’s 100 blocks whatever there is, and counts the rest', () => {
    const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i}`)
    const view = homeView(
      home({
        clusters: many(500).map((name) => standing(name)),
        storms: many(40).map((name) => storm(name, name)),
        silences: many(60).map((cluster) => ({
          cluster,
          until: AT,
          by: 'U1',
          reason: 'x'.repeat(300),
        })),
        handoffs: many(20).map((name) => ({
          name,
          changeText: 'x',
          timezone: 'UTC',
          from: many(20).map((id) => `U${id}`),
          to: [],
          channel: 'C1',
          clusters: [],
        })),
        operates: many(500),
      }),
    )
    expect(homeTroublesOf(view)).toEqual([])
    const said = JSON.stringify(view)
    for (const rest of ['and 30 more', 'and 200 more', 'and 45 more', 'and 15 more'])
      expect(said).toContain(rest)
  })

  test('fits where everything is as long as the configuration lets it be', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `U01234567${10 + i}`)
    const name = (i: number): string => `${i}`.padStart(63, 'c')
    const view = homeView(
      home({
        silences: Array.from({ length: 15 }, (_, i) => ({
          cluster: name(i),
          until: AT,
          by: `U012345678${i}`,
          reason: '&'.repeat(200),
        })),
        handoffs: Array.from({ length: 5 }, (_, i) => ({
          name: name(i).slice(-40),
          changeText: 'Mon 23 Nov 08:00',
          timezone: 'America/Argentina/ComodRivadavia',
          from: ids,
          to: ids.toReversed(),
          channel: 'C0123456789',
          clusters: [],
        })),
      }),
    )
    expect(homeTroublesOf(view)).toEqual([])
  })

  test('takes hostile names, and mentions nobody by them', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const bad = HOSTILE + text
        const view = homeView(
          home({
            trouble: bad,
            clusters: [{ ...standing(bad), title: text }],
            storms: [{ ...storm(), title: bad, headline: bad }],
            silences: [{ cluster: bad, until: AT, by: bad, reason: bad }],
            handoffs: [
              {
                name: bad,
                changeText: 'Mon',
                timezone: 'UTC',
                from: [bad],
                to: [bad],
                channel: bad,
                clusters: [],
              },
            ],
            unread: [bad],
          }),
        )
        expect(homeTroublesOf(view)).toEqual([])
        expect(JSON.stringify(view)).not.toMatch(/<!|<@|<#|<http/)
      }),
      { numRuns: 60 },
    )
  })
})

// --- the real Bolt app ---

let faces: StartedFace[] = []
afterEach(async () => {
  await Promise.all(faces.map((one) => one.close()))
  faces = []
})

const FACTS: HomeFacts = {
  trouble: undefined,
  clusters: [standing('prod'), standing('secret')],
  storms: [],
  silences: [],
  handoffs: [],
}

type Opening = FaceOptions & {
  readonly facts?: () => Promise<HomeFacts>
  readonly claim?: () => Promise<boolean>
  readonly everyMs?: number
}

/** Its clock can be set forward. */
const homes = async ({
  facts = async () => FACTS,
  claim = async () => true,
  everyMs,
  ...options
}: Opening = {}) => {
  let ahead = 0
  const face = await startedFace({
    clusters: [clusterOf('prod', { operators: ['U8'] }), clusterOf('secret', { viewers: ['U8'] })],
    ...options,
    slack: { teams: ['T1'] },
    deps: {
      now: () => Date.now() + ahead,
      home: { facts, claim, ...(everyMs !== undefined && { everyMs }) },
      ...options.deps,
    },
  })
  faces.push(face)
  return { ...face, pass: (ms: number) => void (ahead += ms) }
}

type Who = {
  readonly user?: string
  readonly team?: string
  readonly tab?: string
  readonly id?: string
}

const openHome = (
  face: StartedFace,
  { user = 'U1', team = 'T1', tab = 'home', id = freshId('Ev') }: Who = {},
): Promise<Response> =>
  fetch(
    face.url(),
    signed(
      JSON.stringify({
        type: 'event_callback',
        team_id: team,
        api_app_id: 'A1',
        event_id: id,
        event_time: 1,
        event: { type: 'app_home_opened', user, channel: 'D1', tab, event_ts: '1.1' },
      }),
      { secret: SECRETS.signingSecret, contentType: 'application/json' },
    ),
  )

const shownTo = (face: StartedFace): string[] =>
  face.fake.of('views.publish').map(({ body }) => JSON.stringify(body))

describe('opening it', () => {
  test('shows the clusters that this person may see, and is audited', async () => {
    const face = await homes()
    expect((await openHome(face)).status).toBe(200)
    const [shown] = await face.fake.waitFor('views.publish')
    expect(shown?.body['user_id']).toBe('U1')
    expect(JSON.stringify(shown?.body['view'])).toContain('prod: Calm')
    expect(JSON.stringify(shown?.body['view'])).not.toContain('secret')
    expect(face.audits).toMatchObject([{ face: 'home', user: 'U1', outcome: 'answered' }])
  })

  test('by somebody with more rights shows more', async () => {
    const face = await homes()
    await openHome(face, { user: 'U8' })
    await face.fake.waitFor('views.publish')
    expect(shownTo(face)[0]).toContain('secret: Calm')
    expect(shownTo(face)[0]).toContain('You are an operator of prod')
  })

  test('from another workspace shows nothing', async () => {
    const face = await homes()
    await openHome(face, { team: 'T9' })
    await face.fake.waitFor('views.publish')
    expect(shownTo(face)[0]).toContain('You may see no cluster here.')
    expect(shownTo(face)[0]).toContain('This workspace may not ask here')
    expect(shownTo(face)[0]).not.toContain('Calm')
  })

  test('the messages tab, and the same delivery again, is nothing', async () => {
    const face = await homes()
    await openHome(face, { tab: 'messages' })
    await openHome(face, { id: 'Ev1' })
    await face.fake.waitFor('views.publish')
    face.pass(40_000)
    await openHome(face, { id: 'Ev1' })
    await openHome(face, { user: 'U2' })
    await face.fake.waitFor('views.publish', 2)
    expect(face.fake.of('views.publish').map(({ body }) => body['user_id'])).toEqual(['U1', 'U2'])
  })

  test('again within 30 s waits; after that it is shown', async () => {
    const face = await homes()
    await openHome(face)
    await face.fake.waitFor('views.publish')
    await openHome(face)
    await openHome(face, { user: 'U2' })
    await face.fake.waitFor('views.publish', 2)
    expect(face.fake.of('views.publish').map(({ body }) => body['user_id'])).toEqual(['U1', 'U2'])
    face.pass(30_000)
    await openHome(face)
    await face.fake.waitFor('views.publish', 3)
  })

  test('is shown anew when a state changes, and not while nothing does', async () => {
    let facts = FACTS
    const face = await homes({ facts: async () => facts, everyMs: 90 })
    await openHome(face)
    await face.fake.waitFor('views.publish')
    face.pass(6000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(face.fake.of('views.publish')).toHaveLength(1)
    facts = { ...FACTS, clusters: [standing('prod', { state: 'warning', severity: 'critical' })] }
    face.pass(6000)
    await face.fake.waitFor('views.publish', 2)
    expect(shownTo(face)[1]).toContain('prod: Storm warning')
    face.pass(31 * 60_000)
    facts = FACTS
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(face.fake.of('views.publish')).toHaveLength(2) // who opened it half an hour ago looks no more
  })

  test('on a second replica within 30 s is left to the first', async () => {
    const face = await homes({ claim: async () => false })
    await openHome(face)
    await face.audited()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(face.fake.of('views.publish')).toEqual([])
  })

  test('while the store is slow is tried once at a time', async () => {
    let asked = 0
    let free = (): void => undefined
    const slow = new Promise<void>((resolve) => (free = resolve))
    const face = await homes({
      everyMs: 30,
      claim: async () => {
        asked += 1
        if (asked === 1) await slow
        return false
      },
    })
    await openHome(face)
    await new Promise((resolve) => setTimeout(resolve, 400)) // forty turns
    free()
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBeLessThan(5)
  })

  test('while Slack says to wait shows nothing more to anybody until then', async () => {
    const face = await homes({
      script: ({ name }, nth) =>
        name === 'views.publish' && nth === 0
          ? { status: 429, json: { ok: false }, headers: { 'retry-after': '60' } }
          : undefined,
    })
    await openHome(face)
    await face.fake.waitFor('views.publish')
    await openHome(face, { user: 'U2' })
    await face.audited(2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(face.fake.of('views.publish')).toHaveLength(1)
    face.pass(61_000)
    await openHome(face, { user: 'U2' })
    await face.fake.waitFor('views.publish', 2)
  })

  test('while the store is away says so', async () => {
    const away = { ...FACTS, trouble: 'ECONNREFUSED', clusters: [unseen('prod')] }
    const face = await homes({ facts: async () => away })
    await openHome(face)
    await face.fake.waitFor('views.publish')
    expect(shownTo(face)[0]).toContain('The store cannot be read (ECONNREFUSED)')
  })
})

describe('a button in Home', () => {
  const press = (face: StartedFace, action: string): Promise<Response> =>
    interact(face, {
      type: 'block_actions',
      ...interacting('U8'),
      trigger_id: freshId('trigger'),
      container: { type: 'view', view_id: 'V1' },
      view: { id: 'V1', type: 'home' },
      actions: [
        {
          type: 'button',
          action_id: `storm_${action}`,
          block_id: 'storm s1 1',
          action_ts: '2.2',
          value: JSON.stringify({ c: 'prod', s: 's1', d: [] }),
        },
      ],
    })

  test('does what it does in the channel, and answers by a message to the person', async () => {
    const taken: string[] = []
    const face = await homes({
      deps: {
        deeds: {
          acknowledge: async ({ storm: id, who }) => {
            taken.push(`${id} ${who}`)
            return { ok: true, say: 'You acknowledged it.' }
          },
        },
      },
    })
    await press(face, 'acknowledge')
    await face.audited()
    expect(taken).toEqual(['s1 U8'])
    expect(face.fake.of('chat.postMessage')[0]?.body).toMatchObject({
      channel: 'U8',
      text: 'You acknowledged it.',
    })
    expect(face.audits).toMatchObject([{ command: 'acknowledge', outcome: 'answered' }])
  })

  test('opens the window of a silence', async () => {
    const face = await homes()
    await press(face, 'silence')
    await face.fake.waitFor('views.open')
    await until(() => face.audits.length > 0)
    expect(face.audits).toMatchObject([{ command: 'silence', outcome: 'answered' }])
  })
})
