import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { packageRoot } from '../src/package'
import { startClients } from './lab/clients'
import { startCluster, type LabCluster } from './lab/cluster'
import { fakeSlack, type FakeSlack } from './support/fake-slack'
import { BOT_SECRETS, startServe } from './support/program'
import { commandBody, signed } from './support/slack'

let lab: LabCluster
let slack: FakeSlack

beforeAll(async () => {
  lab = await startCluster({ members: 3 })
  slack = await fakeSlack()
}, 60_000)

afterAll(async () => {
  await lab.close()
  await slack.close()
})

const clusterText = (): string =>
  `clusters:\n  prod:\n    endpoints: [${lab.endpoints.join(', ')}]\n`

/** Watchers on all members. */
const watchers = async (): Promise<number> => {
  const pages = await Promise.all(
    lab.members.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()),
  )
  return pages.reduce(
    (sum, page) => sum + Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(page)?.[1]),
    0,
  )
}

const watchersAre = async (count: number): Promise<void> => {
  for (let i = 0; i < 200 && (await watchers()) !== count; i++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await watchers()).toBe(count)
}

test('Slack is told who writes, with progress; a bot that is stopped tells what it has seen and leaves no watch', async () => {
  const program = startServe(`${clusterText()}
access: { viewers: ['*'], operators: ['*'] }
slack: { mode: http, host: 127.0.0.1, port: 0, apiUrl: '${slack.apiUrl}' }
health: { host: 127.0.0.1, port: 0 }
`)
  const clients = await startClients(lab, {
    kind: 'puts',
    workers: 2,
    valueBytes: 100,
    perSecond: 40,
    prefix: '/shop/cart/',
    forMs: 60_000,
  })
  try {
    const { healthPort, slackPort } = await program.event('started')
    for (let i = 0; i < 100; i++) {
      const { status } = await fetch(`http://127.0.0.1:${Number(healthPort)}/readyz`)
      if (status === 200) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const command = (text: string, id: string) =>
      fetch(
        `http://127.0.0.1:${Number(slackPort)}/slack/events`,
        signed(commandBody({ text, response_url: slack.responseUrl(id) }), {
          secret: BOT_SECRETS.SLACK_SIGNING_SECRET,
        }),
      )
    await command('writers prod 3', 'three')
    const told = await slack.waitFor('response/three', 2)
    expect(JSON.stringify(told[0]?.body)).toMatch(/Watching|Looking/)
    expect(JSON.stringify(told.at(-1)?.body)).toMatch(/of the writes go to .*\/shop\/cart\//)

    await command('writers prod 30', 'thirty')
    await watchersAre(1)
    await command('writers prod', 'second')
    const [busy] = await slack.waitFor('response/second')
    expect(JSON.stringify(busy?.body)).toContain('is being watched for its writers already')
    await new Promise((resolve) => setTimeout(resolve, 1200)) // until some were seen
    program.signal('SIGTERM')
    expect(await program.exited).toBe(0)
    const answer = (await slack.waitFor('response/thirty')).at(-1)
    expect(JSON.stringify(answer?.body)).toContain('it was ended early')
    await watchersAre(0)
  } finally {
    await clients.stop()
    await program.close()
  }
}, 90_000)

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a terminal that is left by %s leaves no watch',
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'storm writers '))
    const file = join(folder, 'clusters.yaml')
    writeFileSync(file, clusterText())
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/main.ts', 'writers', 'prod', '30', '--config', file],
      { cwd: packageRoot(), stdio: 'ignore' },
    )
    const exited = new Promise((resolve) => child.once('close', resolve))
    await watchersAre(1)
    child.kill(signal)
    await exited
    await watchersAre(0)
    expect(child.signalCode ?? child.exitCode).not.toBe(0)
    rmSync(folder, { recursive: true })
  },
  60_000,
)
