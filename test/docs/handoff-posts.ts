import { handoffOf } from '../../src/diagnosis/shift/handoff'
import type { HandoffNews } from '../../src/slack/handoff/news'
import type { Message } from '../../src/slack/message/blocks'
import { letterOf } from '../../src/slack/posting/letter'
import {
  drafted,
  jsonOf,
  reminded,
  reported,
  type HandoffDecision,
} from '../../src/watch/handoff/decision'
import { reportFrom } from '../../src/watch/handoff/report'
import { CHANGE, HOUR, MINUTE, NIGHT, cluster, facts, story } from '../diagnosis/shifts'
import { linesOf } from '../lab/channel-blocks'
import { framed } from '../lab/channel-frame'
import { clusterConfig } from '../watch/story'
import { daily } from '../watch/handoff/shift'

const ANNA = 'U0123456701'
const BEN = 'U0123456702'
const WIDTH = 111

/** What a handoff says in Slack, from the draft on, as a part of `docs/handoffs.md`. The same at each call. */
export const handoffPosts = async (): Promise<string> => {
  const handoff = daily({ cron: '0 8,20 * * *', timezone: 'UTC' })
  const scene = {
    handoff,
    people: { from: [ANNA], to: [BEN] },
    at: CHANGE,
    because: 'not running',
    fallback: undefined,
  } as const
  const report = await reportFrom({ handoff: async () => handoffOf(night()) }, [clusterConfig()], {
    handoff,
    span: NIGHT,
  })
  const before = { v: 1, schedule: '', handedAt: 0 } as const
  const at = { change: CHANGE }
  const due = { is: 'report', missed: 0, ...at } as const
  const decided = reported(before, due, { report, scene })
  const late = { report, scene: { ...scene, at: CHANGE + 95 * MINUTE } }
  const reminder = reminded(decided.state, 30 * MINUTE, { scene })
  return [
    `The draft, to each of both, an hour before:`,
    shown(drafted(before, at, { report, scene }), 'a message to you'),
    `The report, at the change:`,
    shown(decided, 'in the channel'),
    `The same message after the button:`,
    accepted(decided),
    `In the thread, when nobody accepts for half an hour:`,
    shown(reminder, 'in the thread'),
    `A report that comes late, because the bot was down over two changes, begins so:`,
    shown(reported(before, { ...due, missed: 1 }, late), 'in the channel', 3),
  ].join('\n\n')
}

/** A storm at 03:00, over; one note. */
const night = () =>
  facts([
    cluster({
      stories: [story({ acknowledged: { by: ANNA, at: CHANGE - 5 * HOUR + 4 * MINUTE } })],
      notes: [
        {
          cluster: 'prod',
          at: CHANGE - HOUR,
          by: ANNA,
          text: 'the disk of etcd-2 is replaced at 14:00, do not restart it before',
        },
      ],
    }),
  ])

const shown = ({ posts }: HandoffDecision, where: string, most = Infinity): string =>
  boxOf(posts[0]?.payload, where, most)

const accepted = ({ state }: HandoffDecision): string => {
  const news = state.report?.news as HandoffNews
  const taken = { by: BEN, at: CHANGE + 4 * MINUTE }
  const lines = linesIn(jsonOf({ ...news, accepted: taken }))
  return boxed([...lines.slice(0, 2), '…', ...lines.slice(-3)], 'in the channel, edited')
}

const boxOf = (payload: unknown, where: string, most: number): string => {
  const lines = linesIn(payload)
  return boxed(most < lines.length ? [...lines.slice(0, most), '…'] : lines, where)
}

const boxed = (lines: readonly string[], where: string): string =>
  ['```', framed({ title: 'Stormwatch', note: where }, lines, WIDTH), '```'].join('\n')

const linesIn = (payload: unknown): readonly string[] => {
  const message = letterOf(payload)?.messageOf({ lateMs: 0, mayRepeat: false, command: '/etcd' })
  if (message === undefined) throw new Error('want a post of a handoff, have none')
  return linesOf(JSON.parse(named(JSON.stringify(message))) as Message).map(styled)
}

/** As Slack shows them: mentions as names, marks as styles. */
const named = (json: string): string =>
  json.replaceAll(`<@${ANNA}>`, '@anna').replaceAll(`<@${BEN}>`, '@ben')

const styled = (line: string): string => line.replaceAll(/\*([^*]+)\*/g, '$1').replaceAll('`', '')
