import type { Answer } from '../src/diagnosis/answer'
import { countText, listText } from '../src/diagnosis/quantity'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'

export const unsilence: Command = {
  name: 'unsilence',
  usage: 'CLUSTER',
  summary: 'ends the silences of a cluster now',
  role: 'operator',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'operator')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const at = tools.now()
    if (rest.length > 0)
      return mistake(at, `unsilence takes one cluster; what is “${rest.join(' ')}”?`)
    const silences = tools.history?.silences
    if (silences === undefined)
      return mistake(at, 'Only a running bot posts, and has silences: ask it in Slack.')
    const stand = await silences.list(cluster.name, at)
    const lifted = await Promise.all(stand.map(({ id }) => silences.lift(cluster.name, id, at)))
    const ended = lifted.filter((one) => one !== undefined)
    const who = listText([...new Set(ended.map(({ by }) => by))])
    return {
      at,
      state: undefined,
      severity: 'ok',
      headline:
        ended.length === 0
          ? `${cluster.title} was not silenced.`
          : `${countText(ended.length, 'silence')} of ${cluster.title} ended, set by ${who}.`,
      facts: ended.length === 0 ? [] : ['A storm that is on now is announced at the next look.'],
      tables: [],
      findings: [],
      unseen: [],
      action: undefined,
      json: { at, lifted: ended },
    }
  },
}
