import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { openStore } from '../src/store/store'
import { BOT_SECRETS, startServe, type Program } from './support/program'
import { pause, startRedis, until, type TestRedis } from './support/redis'
import { freshId, interacting, interactionBody, signed } from './support/slack'
import { slackWorkspace, type SlackWorkspace } from './support/slack-workspace'

/** The real program with a scheduled handoff: a missed one, killed and started again, accepted, and Home. */

const DAY_MS = 86_400_000

let redis: TestRedis
let slack: SlackWorkspace
const programs: Program[] = []
beforeAll(async () => {
  redis = await startRedis()
  slack = await slackWorkspace()
})
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.close()))
})
afterAll(async () => {
  await slack.close()
  await redis.close()
  await pause(2100)
})

/** Once a day, at the last full hour: the next change is far away. */
const HOUR = new Date().getUTCHours()

const yaml = (): string => `clusters:
  prod:
    endpoints: [http://127.0.0.1:1]
slack: { mode: http, host: 127.0.0.1, port: 0, apiUrl: '${slack.apiUrl}', teams: [T1] }
health: { host: 127.0.0.1, port: 0 }
handoffs:
  nightly:
    cron: 0 ${HOUR} * * *
    channel: C0123
    from: [U0001]
    to: [U0002]
    draft: 1s
`

const started = async (): Promise<{ program: Program; port: number; healthPort: number }> => {
  const program = startServe(yaml(), { REDIS_URL: redis.url })
  programs.push(program)
  const { slackPort, healthPort } = await program.event('started')
  return { program, port: Number(slackPort), healthPort: Number(healthPort) }
}

/** As a replica left it that ended three days ago. */
const handedOverBefore = async (): Promise<number> => {
  const store = openStore(redis.url, { replica: 'r0', now: Date.now })
  await until(() => store.trouble() === undefined)
  const change = new Date().setUTCHours(HOUR, 0, 0, 0)
  const state = { v: 1, schedule: `0 ${HOUR} * * * UTC`, handedAt: change - 3 * DAY_MS }
  await store.storms.decide('handoff.nightly', { expected: 0, state }, Date.now())
  await store.close()
  return change
}

const request = (port: number, body: string, contentType?: string): Promise<Response> =>
  fetch(
    `http://127.0.0.1:${port}/slack/events`,
    signed(body, {
      secret: BOT_SECRETS.SLACK_SIGNING_SECRET,
      ...(contentType === undefined ? {} : { contentType }),
    }),
  )

const reports = () => slack.shown().filter(({ text }) => text.startsWith('Handoff nightly'))

test('a missed handoff is posted once over kill and restart, accepted by its button, and shown in Home', async () => {
  const change = await handedOverBefore()
  const first = await started()
  await until(() => slack.shown().some(({ thread }) => thread !== undefined), 30_000)
  first.program.signal('SIGKILL')
  const { port, healthPort, program } = await started()
  const [report] = reports()
  expect(report?.channel).toBe('C0123')
  expect(report?.text).toContain('<@U0002>: the shift is yours. <@U0001> hands over.')
  expect(report?.text).toContain('2 handoffs before it were not posted.')

  const value = JSON.stringify({ h: 'nightly', t: change })
  const payload = {
    type: 'block_actions',
    ...interacting('U0002'),
    trigger_id: freshId('trigger'),
    response_url: slack.responseUrl('accept'),
    channel: { id: 'C0123', name: 'ops' },
    container: { type: 'message', message_ts: report?.ts, channel_id: 'C0123' },
    message: { type: 'message', ts: report?.ts, text: '' },
    actions: [
      { type: 'button', action_id: 'handoff_accept', block_id: 'b', action_ts: '1', value },
    ],
  }
  expect((await request(port, interactionBody(payload))).status).toBe(200)
  await until(() => reports()[0]?.text.includes('Accepted by <@U0002>') === true, 30_000)

  const opened = {
    type: 'event_callback',
    team_id: 'T1',
    api_app_id: 'A1',
    event_id: freshId('Ev'),
    event_time: 1,
    event: { type: 'app_home_opened', user: 'U0002', channel: 'D1', tab: 'home', event_ts: '1.1' },
  }
  await request(port, JSON.stringify(opened), 'application/json')
  const [home] = await slack.waitFor('views.publish')
  expect(JSON.stringify(home?.body['view'])).toContain('*nightly*: ')
  expect(JSON.stringify(home?.body['view'])).not.toMatch(/are well|🟢/)

  expect(reports()).toHaveLength(1)
  const page = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()
  expect(page).toContain('stormwatch_handoffs_total{what="accepted"} 1')
  expect(program.log.filter(({ event }) => event === 'handoff-fault')).toEqual([])
}, 90_000)
