import { Agent } from 'node:http'
import { startCluster } from '../lab/cluster'
import { fakeSlack, type FakeSlack } from '../support/fake-slack'
import { BOT_SECRETS, startServe } from '../support/program'
import { commandBody, signed, timesUntilAck, type SignedRequest } from '../support/slack'
import { against, figuresOf, figuresText, say } from './timing'

const PARALLEL = 50
const ROUNDS = 6

/** How soon Slack gets its 200 when many ask at once: 50 people, each `/etcd status`, on a real cluster. */
export const benchAck = async (): Promise<void> => {
  say(`acknowledgement: ${PARALLEL} commands at once, ${ROUNDS} times`)
  const lab = await startCluster({ members: 3 })
  const slack = await fakeSlack()
  const program = startServe(
    `clusters:\n  lab:\n    endpoints: [${lab.endpoints.join(', ')}]\n` +
      `slack: { mode: http, host: 127.0.0.1, port: 0, teams: [T1], apiUrl: '${slack.apiUrl}' }\n` +
      'health: { host: 127.0.0.1, port: 0 }\n',
  )
  try {
    const { slackPort } = await program.event('started')
    const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      took.push(...(await timesUntilAck(Number(slackPort), commandsOf(round, slack), agent)))
      await slack.waitFor(`response/${round}-${PARALLEL - 1}`)
    }
    agent.destroy()
    const figures = figuresOf(took.slice(PARALLEL)) // the first round warms up
    say(`  ${figuresText(figures)}`)
    against('p99', { value: figures.p99, target: 'under 100', unit: 'ms' })
  } finally {
    await program.close()
    await slack.close()
    await lab.close()
  }
}

/** Fifty people: one alone may ask ten things at once. */
const commandsOf = (round: number, slack: FakeSlack): readonly SignedRequest[] =>
  Array.from({ length: PARALLEL }, (_, i) =>
    signed(
      commandBody({
        text: 'status',
        user_id: `U${i}`,
        response_url: slack.responseUrl(`${round}-${i}`),
      }),
      { secret: BOT_SECRETS.SLACK_SIGNING_SECRET },
    ),
  )
