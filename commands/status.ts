import { statusAnswer, statusOf } from '../src/diagnosis/status/status'
import type { Answer } from '../src/diagnosis/answer'
import { withWatch } from '../src/diagnosis/status/watched'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'
import { outlookIn } from './outlook'
import { watchedNow } from './words'

export const status: Command = {
  name: 'status',
  usage: '[CLUSTER]',
  summary: 'the state in one sentence, a table of members, what is wrong and what to do',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    if (rest.length > 0)
      return mistake(tools.now(), `status takes one cluster; what is “${rest.join(' ')}”?`)
    const [look, { outlook, unseen }, stands] = await Promise.all([
      tools.observe(cluster, ask.signal),
      outlookIn(cluster.name, tools, ask.signal),
      watchedNow(cluster.name, tools),
    ])
    const seen = statusOf(look, cluster.settings, cluster.limits, outlook)
    const answer = statusAnswer({ ...seen, unseen: [...seen.unseen, ...unseen] }, cluster.title)
    return stands === undefined ? answer : withWatch(answer, stands, tools.now())
  },
}
