import type { Answer } from '../src/diagnosis/answer'
import { timeText } from '../src/diagnosis/quantity'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'

export const note: Command = {
  name: 'note',
  usage: 'CLUSTER TEXT',
  summary: 'a line for the next handoff',
  role: 'operator',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'operator')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const at = tools.now()
    const text = rest.join(' ').trim()
    if (text === '')
      return mistake(
        at,
        `What is to be noted? Such as “note ${cluster.name} disk of m2 is replaced on Monday”.`,
      )
    if (text.length > LONGEST)
      return mistake(
        at,
        `A note has ${LONGEST} characters at most, this one has ${text.length}: link to the rest.`,
      )
    if (tools.history === undefined)
      return mistake(
        at,
        'There is nowhere to keep it: ask the running bot in Slack, or set REDIS_URL to its Redis.',
      )
    const made = { cluster: cluster.name, at, by: ask.by ?? 'unknown', text }
    const isKept = await tools.history.notes.add(made)
    return {
      at,
      state: undefined,
      severity: 'ok',
      headline: `Noted for the next handoff of ${cluster.title}, at ${timeText(at)}: ${text}`,
      facts: [],
      tables: [],
      findings: [],
      unseen: isKept
        ? []
        : ['whether it is kept: the store is away, and it is written when that is over'],
      action: undefined,
      json: { at, note: made, kept: isKept },
    }
  },
}

/** A handoff is read aloud. */
const LONGEST = 500
