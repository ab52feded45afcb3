import type { Answer, Cell } from '../src/diagnosis/answer'
import { countText, durationText, timeText } from '../src/diagnosis/quantity'
import { mistake, type Ask, type Command, type Silence, type Tools } from './command'
import { seenBy } from './words'

export const silences: Command = {
  name: 'silences',
  usage: '',
  summary: 'what is silenced, until when, by whom and why',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const at = tools.now()
    const { history } = tools
    if (ask.words.length > 0)
      return mistake(at, `silences takes no words; what is “${ask.words.join(' ')}”?`)
    if (history === undefined)
      return mistake(at, 'Only a running bot posts, and has silences: ask it in Slack.')
    const all = await Promise.all(
      seenBy(ask, tools).map(({ name }) => history.silences.list(name, at)),
    )
    return answerOf(
      all.flat().toSorted((a, b) => a.until - b.until),
      at,
      history.trouble(),
    )
  },
}

const answerOf = (stand: readonly Silence[], at: number, trouble: string | undefined): Answer => ({
  at,
  state: undefined,
  severity: trouble === undefined ? 'ok' : 'unknown',
  headline:
    stand.length > 0
      ? `${countText(stand.length, 'silence')} in force.`
      : trouble === undefined
        ? 'Nothing is silenced.'
        : 'No silence is known here, but not all could be read.',
  facts: [],
  tables:
    stand.length === 0
      ? []
      : [
          {
            title: 'Silences',
            columns: ['Cluster', 'Ends', 'In', 'By', 'Reason'].map((title) => ({
              title,
              align: 'left',
            })),
            rows: stand.map((silence) => rowOf(silence, at)),
          },
        ],
  findings: [],
  unseen: trouble === undefined ? [] : [`silences that other replicas were told: ${trouble}`],
  action: undefined,
  json: { at, silences: stand },
})

const rowOf = ({ cluster, until, by, reason }: Silence, at: number): readonly Cell[] => [
  { text: cluster },
  { text: timeText(until), value: until },
  { text: durationText(until - at), value: until - at },
  { text: by, isPerson: true },
  { text: reason },
]
