import { startCluster } from '../lab/cluster'
import { fakeSlack } from '../support/fake-slack'
import { BOT_SECRETS, startServe } from '../support/program'
import { commandBody, signed } from '../support/slack'
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
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: PARALLEL }, async (_, i) => {
          const id = `${round}-${i}`
          const body = commandBody({
            text: 'status',
            user_id: `U${i}`,
            response_url: slack.responseUrl(id),
          })
          const from = performance.now()
          await fetch(
            `http://127.0.0.1:${Number(slackPort)}/slack/events`,
            signed(body, { secret: BOT_SECRETS.SLACK_SIGNING_SECRET }),
          )
          took.push(performance.now() - from)
          await slack.waitFor(`response/${id}`)
        }),
      )
    }
    const figures = figuresOf(took.slice(PARALLEL)) // the first round warms up
    say(`  ${figuresText(figures)}`)
    against('p99', { value: figures.p99, target: 'under 100', unit: 'ms' })
  } finally {
    await program.close()
    await slack.close()
    await lab.close()
  }
}
