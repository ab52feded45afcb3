import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startCluster, type LabCluster } from './lab/cluster'
import { until } from './support/face'
import { fakeSlack, type FakeSlack } from './support/fake-slack'
import { BOT_SECRETS, startServe, type Program } from './support/program'
import { commandBody, signed } from './support/slack'

let lab: LabCluster
let slack: FakeSlack
const programs: Program[] = []

beforeAll(async () => {
  lab = await startCluster({ members: 3 })
  slack = await fakeSlack()
}, 60_000)

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.close()))
})

afterAll(async () => {
  await lab.close()
  await slack.close()
})

const configOf = (
  over: { endpoints?: readonly string[]; apiUrl?: string; extra?: string } = {},
): string =>
  `clusters:
  prod:
    endpoints: [${(over.endpoints ?? lab.endpoints).join(', ')}]
${over.extra ?? ''}
slack: { mode: http, host: 127.0.0.1, port: 0, apiUrl: '${over.apiUrl ?? slack.apiUrl}' }
health: { host: 127.0.0.1, port: 0 }
`

const started = async (yaml: string, env: Record<string, string> = {}) => {
  const program = startServe(yaml, env)
  programs.push(program)
  const { healthPort, slackPort } = await program.event('started')
  const health = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${Number(healthPort)}${path}`)
  const command = (text: string, id: string): Promise<Response> =>
    fetch(
      `http://127.0.0.1:${Number(slackPort)}/slack/events`,
      signed(commandBody({ text, response_url: slack.responseUrl(id) }), {
        secret: BOT_SECRETS.SLACK_SIGNING_SECRET,
      }),
    )
  const ready = (): Promise<void> =>
    eventually(async () => (await health('/readyz')).status === 200)
  return { program, health, command, ready }
}

const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
  let held = false
  for (let i = 0; i < 200 && !held; i++) {
    held = await holds()
    if (!held) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(held).toBe(true)
}

test('a signed /etcd status is answered with the state of the real cluster', async () => {
  const { program, command, health, ready } = await started(configOf())
  await ready()
  expect((await command('status', 'real')).status).toBe(200)
  const [answer] = await slack.waitFor('response/real')
  expect(answer?.body).toMatchObject({ response_type: 'ephemeral' })
  expect(JSON.stringify(answer?.body)).toContain('prod is well: all 3 members answer')
  expect(await program.event('audit')).toMatchObject({
    user: expect.any(String),
    command: 'status',
    cluster: 'prod',
    outcome: 'answered',
  })
  const page = await (await health('/metrics')).text()
  expect(page).toContain(
    'stormwatch_commands_total{command="status",face="slack",outcome="answered"} 1',
  )
  expect(page).toMatch(/stormwatch_looks_total\{cluster="prod",outcome="whole"\} \d/)
  expect(page).toContain('stormwatch_slack_connected 1')
})

test('the port that Slack reaches shows neither metrics nor health', async () => {
  const { program } = await started(configOf())
  const { slackPort } = await program.event('started')
  for (const path of ['/metrics', '/healthz', '/readyz'])
    expect((await fetch(`http://127.0.0.1:${Number(slackPort)}${path}`)).status).toBe(404)
})

test('with Slack away the bot lives, says so, and recovers when Slack is back', async () => {
  let away = true
  const moody = await fakeSlack(() => (away ? { status: 500, text: 'sorry' } : undefined))
  const { health, ready } = await started(configOf({ apiUrl: moody.apiUrl }))
  expect((await health('/healthz')).status).toBe(200)
  const notReady = await health('/readyz')
  expect(notReady.status).toBe(503)
  expect(await notReady.text()).toContain('Slack')
  away = false
  await ready()
  await moody.close()
})

test('a good new configuration takes over without a restart, a bad one is refused and said', async () => {
  const { program, command, health, ready } = await started(configOf())
  await ready()
  writeFileSync(program.configFile, configOf().replace('prod:', 'staging:'))
  program.signal('SIGHUP')
  expect(await program.event('config-taken')).toMatchObject({ clusters: ['staging'] })
  writeFileSync(program.configFile, 'clusters: {}')
  program.signal('SIGHUP')
  expect((await program.event('config-refused'))['why']).toContain('need at least 1 cluster')
  const readyz = async (): Promise<string> => (await health('/readyz')).text()
  expect(await readyz()).toMatch(
    /^ready\nConfiguration: the one before stays .* at least 1 cluster/,
  )
  await command('status staging', 'reloaded')
  const [answer] = await slack.waitFor('response/reloaded')
  expect(JSON.stringify(answer?.body)).toContain('staging is well')
  writeFileSync(program.configFile, configOf())
  program.signal('SIGHUP')
  await eventually(async () => (await readyz()) === 'ready\n')
})

test('a changed file takes effect without a signal', async () => {
  const { program } = await started(configOf())
  await new Promise((resolve) => setTimeout(resolve, 1100)) // the file system's times must differ
  writeFileSync(program.configFile, configOf().replace('prod:', 'other:'))
  expect(await program.event('config-taken')).toMatchObject({ clusters: ['other'] })
})

test('SIGTERM lets an answer under way finish, then ends with 0', async () => {
  const hung = await startCluster({ members: 1 })
  try {
    await hung.pause(0)
    const { program, command, ready } = await started(configOf({ endpoints: hung.endpoints }))
    await ready()
    await command('status', 'last')
    program.signal('SIGTERM')
    expect(await program.exited).toBe(0)
    const answers = slack.of('response/last').map((call) => JSON.stringify(call.body))
    expect(answers.at(-1)).toContain('state unknown')
    expect(await program.event('stopped')).toMatchObject({ unanswered: 0 })
  } finally {
    await hung.close()
  }
})

test.each([
  ['all is well', undefined, {}],
  ['Redis is away', undefined, { REDIS_URL: 'redis://127.0.0.1:1' }],
  ['Slack hangs', 'hang', {}],
] as const)('SIGTERM ends an idle bot within a second when %s', async (_, reply, env) => {
  const own = await fakeSlack(() => reply)
  const { program } = await started(configOf({ apiUrl: own.apiUrl }), { ...env })
  await new Promise((resolve) => setTimeout(resolve, 2500)) // its first looks are over
  const from = performance.now()
  program.signal('SIGTERM')
  expect(await program.exited).toBe(0)
  expect(performance.now() - from).toBeLessThan(1000)
  await own.close()
})

test('Redis away is a line in /readyz and answers go on', async () => {
  const { command, health, program } = await started(configOf(), {
    REDIS_URL: 'redis://user:canaryredis@127.0.0.1:1',
  })
  await eventually(async () => {
    const text = await (await health('/readyz')).text()
    return text.startsWith('Redis: ECONNREFUSED')
  })
  await command('status', 'no-redis')
  await slack.waitFor('response/no-redis')
  await until(() => program.log.some((line) => line['event'] === 'audit'))
  expect(JSON.stringify(program.log) + program.stderr()).not.toContain('canaryredis')
})

test('after each good round the heartbeat URL is called, and a log line never holds it', async () => {
  const beats: string[] = []
  const beaten = createServer((request, response) => {
    beats.push(request.url ?? '')
    response.writeHead(beats.length === 1 ? 200 : 503).end()
  })
  await new Promise<void>((resolve) => beaten.listen(0, '127.0.0.1', resolve))
  const { port } = beaten.address() as AddressInfo
  const { program, health, ready } = await started(configOf({ extra: 'watch: { every: 1s }' }), {
    HEARTBEAT_URL: `http://127.0.0.1:${port}/canary-beat`,
  })
  await ready()
  expect(await program.event('heartbeat-failed')).toMatchObject({ why: 'the answer was 503' })
  expect(beats[0]).toBe('/canary-beat')
  const page = await (await health('/metrics')).text()
  expect(page).toContain('stormwatch_heartbeats_total{outcome="done"} 1')
  expect(page).toContain('stormwatch_cluster_state{cluster="prod",state="calm"} 1')
  expect(page).toContain('stormwatch_ready 1')
  expect(JSON.stringify(program.log) + program.stderr()).not.toContain('canary-beat')
  beaten.close()
  beaten.closeAllConnections()
})

test.each([
  [{ HEARTBEAT_URL: 'canary-no-url' }, 'Cannot call HEARTBEAT_URL: need an http or https URL'],
  [{ SLACK_BOT_TOKEN: '' }, 'Cannot start without SLACK_BOT_TOKEN'],
  [{ SLACK_SIGNING_SECRET: '' }, 'Cannot start without SLACK_SIGNING_SECRET'],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'unset it'],
])('with %j it refuses to start and says why', async (env, why) => {
  const program = startServe(configOf(), env)
  programs.push(program)
  expect(await program.exited).toBe(3)
  expect(program.stderr()).toContain(why)
})

test('no secret reaches the log, whatever fails', async () => {
  const broken = await fakeSlack((call) =>
    call.name === 'auth.test'
      ? undefined
      : { status: 500, text: 'xoxb-canary-bot-token-1234567890' },
  )
  const { program, command, ready } = await started(configOf({ apiUrl: broken.apiUrl }))
  await ready()
  await command('status prod xoxb-canary-bot-token-1234567890', 'x')
  await program.event('audit')
  const said = JSON.stringify(program.log) + program.stderr()
  for (const secret of Object.values(BOT_SECRETS)) expect(said).not.toContain(secret)
  await broken.close()
})
