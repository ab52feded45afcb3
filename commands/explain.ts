import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { explain as explained } from '../src/diagnosis/errors/errors'
import { answerOf, type Happening } from '../src/diagnosis/errors/explanation'
import { statusOf } from '../src/diagnosis/status/status'
import { mistake, type Ask, type Command, type Tools } from './command'

export const explain: Command = {
  name: 'explain',
  usage: '[CLUSTER] TEXT',
  summary:
    'an error or log line of etcd: who raises it, whether the write may have been applied, what to do',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const { cluster, text } = readWords(ask, tools)
    if (text.trim() === '')
      return mistake(
        tools.now(),
        'explain takes a text: paste an error or a log line of etcd after it.',
      )
    const explanation = explained(text)
    const look = explanation.found.length > 0 && cluster !== undefined
    const happening = look ? await lookAt(cluster, ask, tools) : undefined
    return answerOf(explanation, tools.now(), happening)
  },
}

type Asked = { readonly cluster: ClusterConfig | undefined; readonly text: string }

/** A first word that names a cluster is one where text follows; without it the only cluster is looked at. */
const readWords = (ask: Ask, tools: Tools): Asked => {
  const seen = tools.config().clusters.filter((cluster) => ask.may('viewer', cluster))
  const [first, ...rest] = ask.words
  const named = rest.length === 0 ? undefined : seen.find(({ name }) => name === first)
  const only = seen.length === 1 ? seen[0] : undefined
  return { cluster: named ?? only, text: (named === undefined ? ask.words : rest).join(' ') }
}

const lookAt = async (cluster: ClusterConfig, ask: Ask, tools: Tools): Promise<Happening> => {
  const look = await tools.observe(cluster, ask.signal)
  const { state, severity, summary } = statusOf(look, cluster.settings, cluster.limits)
  return { cluster: cluster.title, state, severity, summary }
}
