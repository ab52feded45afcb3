import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { durationText, timeText } from '../src/diagnosis/quantity'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'
import { durationIn } from './words'

export const silence: Command = {
  name: 'silence',
  usage: 'CLUSTER DURATION [REASON]',
  summary:
    'posts nothing of a cluster for 30m to 24h; a storm that is on at the end is announced then',
  role: 'operator',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'operator')
    if (!picked.ok) return picked.answer
    const [word, ...reason] = picked.rest
    const forMs = durationIn(word)
    if (forMs === undefined || forMs < LEAST_MS || forMs > MOST_MS)
      return mistake(tools.now(), howTo(picked.cluster, word))
    return silenced(picked.cluster, { forMs, reason: reason.join(' ') }, { ask, tools })
  },
}

const LEAST_MS = 30 * 60_000
const MOST_MS = 24 * 3_600_000
const LONGEST_REASON = 300

const howTo = ({ name }: ClusterConfig, word: string | undefined): string =>
  `For how long? A silence takes 30m to 24h, such as “silence ${name} 2h disk is replaced”; have ${
    word === undefined ? 'nothing' : `“${word}”`
  }.`

type Wanted = { readonly forMs: number; readonly reason: string }
type Asking = { readonly ask: Ask; readonly tools: Tools }

const silenced = async (
  { name, title }: ClusterConfig,
  { forMs, reason }: Wanted,
  { ask, tools }: Asking,
): Promise<Answer> => {
  const at = tools.now()
  if (tools.history === undefined)
    return mistake(at, 'Only a running bot posts, and can be silenced: ask it in Slack.')
  const made = await tools.history.silences.add({
    cluster: name,
    from: at,
    until: at + forMs,
    by: ask.by ?? 'unknown',
    reason: reason.slice(0, LONGEST_REASON),
  })
  const trouble = tools.history.trouble()
  return {
    at,
    state: undefined,
    severity: 'ok',
    headline: `${title} is silenced for ${durationText(forMs)}, until ${timeText(made.until)}.`,
    facts: ['Looks, history and answers go on. A storm that is on when it ends is announced then.'],
    tables: [],
    findings: [],
    unseen:
      trouble === undefined
        ? []
        : [`whether other replicas know of it: ${trouble}; it is told as soon as that is over`],
    action: { say: 'To end it earlier:', ask: `unsilence ${name}` },
    json: { at, silence: made },
  }
}
