import type { Answer } from '../src/diagnosis/answer'
import type { Ask, Command, Tools } from './command'

/** Help on the commands beside it. The list is handed in: list.ts names help, so help cannot name the list. */
export const helpOn = (others: readonly Command[]): Command => {
  const help: Command = {
    name: 'help',
    usage: '',
    summary: 'every subcommand in a line, and what you may do',
    role: 'viewer',
    run: (ask, tools) => Promise.resolve(answerOf([...others, help], ask, tools)),
  }
  return help
}

const answerOf = (commands: readonly Command[], ask: Ask, tools: Tools): Answer => ({
  at: tools.now(),
  state: undefined,
  severity: 'ok',
  headline: `Stormwatch ${tools.version} watches etcd clusters for election storms. It only reads: no command changes a cluster.`,
  facts: [...commands.map(line), rolesOf(ask, tools)],
  tables: [],
  findings: [],
  unseen: [],
  action: undefined,
  json: {
    version: tools.version,
    commands: commands.map(({ name, usage, summary, role }) => ({ name, usage, summary, role })),
  },
})

const line = ({ name, usage, summary }: Command): string =>
  `${[name, usage].filter(Boolean).join(' ')}: ${summary}`

const rolesOf = (ask: Ask, tools: Tools): string => {
  const { clusters } = tools.config()
  const seen = clusters.filter((cluster) => ask.may('viewer', cluster))
  if (seen.length === 0) return 'You may see no cluster here.'
  const operated = seen.filter((cluster) => ask.may('operator', cluster))
  const names = (list: typeof clusters): string => list.map((cluster) => cluster.name).join(', ')
  const operates = operated.length === 0 ? 'you operate none' : `you operate ${names(operated)}`
  return `You may ask about ${names(seen)}; ${operates}.`
}
