import type { ClusterConfig, Config, HandoffConfig, SlackConfig } from '../../src/config'
import type { Answer } from '../../src/diagnosis/answer'
import { createSlackFace, type SlackDeps } from '../../src/slack/app'
import type { AuditRecord } from '../../src/slack/asking/audit'
import type { Asking } from '../../src/slack/asking/running'
import { fakeSlack, type Script } from './fake-slack'
import { commandBody, interactionBody, signed, type CommandFields } from './slack'

/** The Slack face with small things around it: what a test does not care about is filled in. */

export const SECRETS = {
  signingSecret: 'canary-signing-secret',
  botToken: 'xoxb-canary-bot-token',
  appToken: 'xapp-canary-app-token',
}

export const answerOf = (answer: Partial<Answer> = {}): Answer => ({
  at: 1_700_000_000_000,
  state: 'calm',
  severity: 'ok',
  headline: 'prod is well: all 3 members answer.',
  facts: [],
  tables: [],
  findings: [],
  unseen: [],
  action: undefined,
  json: {},
  ...answer,
})

export const clusterOf = (
  name: string,
  access: Partial<ClusterConfig['access']> = {},
): ClusterConfig =>
  ({ name, title: name, access: { viewers: ['*'], operators: [], ...access } }) as ClusterConfig

export type Lines = string[]

/** Keeps every line as JSON, to look for what must not be in one. */
export const logTo = (lines: Lines) => {
  const line =
    (level: string) =>
    (fields: object, text: string): void =>
      void lines.push(JSON.stringify({ level, ...fields, text }))
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

export type FaceOptions = {
  readonly script?: Script
  readonly clusters?: readonly ClusterConfig[]
  readonly handoffs?: readonly HandoffConfig[]
  readonly slack?: Partial<SlackConfig>
  readonly deps?: Partial<SlackDeps>
  readonly dispatch?: SlackDeps['dispatch']
}

/** A tiny stand-in of commands/dispatch.ts: `status CLUSTER`, everything else is unknown. */
export const smallDispatch =
  (clusters: readonly ClusterConfig[]): SlackDeps['dispatch'] =>
  async ([name = 'help', word], ask: Asking) => {
    if (name !== 'status')
      return { command: 'unknown', answer: mistakeOf(`no subcommand “${name}”`) }
    const cluster = clusters.find((one) => one.name === (word ?? clusters[0]?.name))
    if (cluster === undefined) return { command: name, answer: mistakeOf(`no cluster “${word}”`) }
    if (!ask.may('viewer', cluster))
      return { command: name, answer: mistakeOf(`You may not do this on ${cluster.name}`) }
    return { command: name, answer: answerOf() }
  }

export const mistakeOf = (headline: string): Answer =>
  answerOf({ headline, state: undefined, severity: 'unknown', json: { error: headline } })

/** A started face in front of a fake Slack. `close` ends both. */
export const startedFace = async ({
  script,
  clusters,
  handoffs,
  slack,
  deps,
  dispatch,
}: FaceOptions = {}) => {
  const fake = await fakeSlack(script)
  const known = clusters ?? [clusterOf('prod')]
  const audits: AuditRecord[] = []
  const lines: Lines = []
  const config = {
    clusters: known,
    handoffs: handoffs ?? [],
    slack: {
      mode: 'http',
      host: '127.0.0.1',
      port: 0,
      command: '/etcd',
      teams: [],
      apiUrl: fake.apiUrl,
      ...slack,
    },
  } as unknown as Config
  const face = createSlackFace({
    config: () => config,
    secrets: SECRETS,
    dispatch: dispatch ?? smallDispatch(known),
    audit: (record) => void audits.push(record),
    log: logTo(lines),
    now: Date.now,
    onDeaf: () => undefined,
    ...deps,
  })
  await face.start().catch(async (error: unknown) => {
    await fake.close()
    throw error
  })
  const url = (): string => `http://127.0.0.1:${face.port() ?? 0}/slack/events`
  return {
    face,
    fake,
    audits,
    lines,
    url,
    /** Sends a signed slash command whose answer goes to `response/ID` of the fake. */
    command: (text: string, fields: Partial<CommandFields> = {}, id = 'r'): Promise<Response> =>
      fetch(
        url(),
        signed(commandBody({ text, response_url: fake.responseUrl(id), ...fields }), {
          secret: SECRETS.signingSecret,
        }),
      ),
    /** Resolves when Slack has told who the bot is. */
    known: async (): Promise<void> => {
      await until(() => face.state().connected)
    },
    audited: async (count = 1): Promise<AuditRecord[]> => {
      await until(() => audits.length >= count)
      return audits
    },
    close: async (): Promise<void> => {
      await face.stop(1000)
      await fake.close()
    },
  }
}

export type StartedFace = Awaited<ReturnType<typeof startedFace>>

/** A button, a window or a shortcut: the payload, signed. */
export const interact = (face: StartedFace, payload: object): Promise<Response> =>
  fetch(face.url(), signed(interactionBody(payload), { secret: SECRETS.signingSecret }))

export const until = async (true_: () => boolean, withinMs = 10_000): Promise<void> => {
  for (let waited = 0; !true_(); waited += 10) {
    if (waited > withinMs) throw new Error(`not true within ${withinMs} ms: ${true_.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
