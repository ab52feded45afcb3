import { laneOf } from '../../config'
import type { HandoffConfig } from '../../config'
import type { Answer } from '../../diagnosis/answer'
import type { Line } from '../../diagnosis/line'
import { countText, durationText } from '../../diagnosis/quantity'
import { dayText } from '../../diagnosis/zone'
import type { HandoffNews } from '../../slack/handoff/news'
import { alertKey } from '../../store/outbox'
import type { Decision } from '../../store/storms'
import type { Due } from './due'
import { scheduleName } from './due'
import { writtenTo } from './people'
import type { People } from './people'
import type { HandoffState } from './state'

/** What the store told of the shift. */
export type Report = {
  readonly lines: readonly Line[]
  readonly details: Answer
  /** Everything that is kept of it could be read. */
  readonly isWhole: boolean
}

/** What one turn changes and says, as data: all of it is stored in one change, or none. */
export type HandoffDecision = {
  readonly state: HandoffState
  readonly posts: NonNullable<Decision['posts']>
  readonly storm?: NonNullable<Decision['storm']>
}

export type Scene = {
  readonly handoff: HandoffConfig
  readonly people: People
  readonly at: number
  /** Why it comes late, where it does. */
  readonly because: keyof typeof BECAUSE
  readonly fallback: string | undefined
}

/** Later than this is told as late. */
const LATE_MS = 120_000

export const begun = (handoff: HandoffConfig, handedAt: number): HandoffDecision => ({
  state: { v: 1, schedule: scheduleName(handoff), handedAt },
  posts: [],
})

type Change = { readonly change: number }

/** To each person by a message of their own. */
export const drafted = (
  state: HandoffState,
  { change }: Change,
  { report, scene }: { readonly report: Report; readonly scene: Scene },
): HandoffDecision => {
  const { handoff, people } = scene
  const news = newsOf('draft', change, { report, scene })
  return {
    state: { ...state, draftedFor: change },
    posts: writtenTo(people).map((person) => ({
      key: keyOf(handoff, `draft ${person}`, change),
      channel: person,
      payload: jsonOf(news),
    })),
  }
}

/** The report, and its details in the thread. */
export const reported = (
  state: HandoffState,
  due: Extract<Due, { is: 'report' }>,
  { report, scene }: { readonly report: Report; readonly scene: Scene },
): HandoffDecision => {
  const { handoff } = scene
  const { change } = due
  const news = { ...newsOf('report', change, { report, scene }), remarks: remarksOf(due, scene) }
  const key = keyOf(handoff, 'report', change)
  const details = {
    ...newsOf('details', change, { report: { ...report, lines: [] }, scene }),
    answer: report.details,
  }
  const post = { channel: handoff.channel, ...fallbackOf(scene) }
  return {
    state: {
      ...state,
      handedAt: change,
      report: { change, key, channel: handoff.channel, news, isReminded: false },
    },
    posts: [
      { ...post, key, payload: jsonOf(news) },
      {
        ...post,
        key: keyOf(handoff, 'details', change),
        parent: key,
        payload: jsonOf(details),
      },
    ],
    storm: recordOf(news),
  }
}

export const reminded = (
  state: HandoffState,
  waitedMs: number,
  { scene }: { readonly scene: Scene },
): HandoffDecision => {
  const { report } = state
  if (report === undefined) return { state, posts: [] }
  const news: HandoffNews = { ...report.news, place: 'reminder', lines: [], remarks: [], waitedMs }
  return {
    state: { ...state, report: { ...report, isReminded: true } },
    posts: [
      {
        key: keyOf(scene.handoff, 'reminder', report.change),
        channel: report.channel,
        parent: report.key,
        payload: jsonOf(news),
      },
    ],
  }
}

/** The same on every replica: by the handoff's name and the change of shift. */
export const keyOf = (
  { name }: Pick<HandoffConfig, 'name'>,
  kind: string,
  change: number,
): string => alertKey(laneOf(name), kind, `${change}`)

/** Kept with the history, for those who ask later who took a shift. */
export const recordOf = (news: HandoffNews): NonNullable<Decision['storm']> => {
  const { handoff, change, from, to, accepted } = news
  return {
    id: `${handoff}-${change}`,
    since: change,
    record: { handoff, change, from, to, ...(accepted !== undefined && { accepted }) },
  }
}

/** Undefined fields are left out. */
export const jsonOf = (news: HandoffNews): Payload => JSON.parse(JSON.stringify(news)) as Payload

type Payload = NonNullable<Decision['posts']>[number]['payload']

const newsOf = (
  place: HandoffNews['place'],
  change: number,
  { report, scene }: { readonly report: Report; readonly scene: Scene },
): HandoffNews => ({
  v: 1,
  kind: 'handoff',
  place,
  lane: laneOf(scene.handoff.name),
  handoff: scene.handoff.name,
  change,
  changeText: dayText(change, scene.handoff.timezone),
  ...scene.people,
  lines: report.lines,
  remarks: [],
})

const BECAUSE = {
  'not running': 'Stormwatch was not running',
  'no store': 'Redis could not be read',
  'held up': 'Stormwatch was held up',
} as const

const remarksOf = (
  { change, missed }: Extract<Due, { is: 'report' }>,
  { at, because }: Scene,
): readonly string[] => {
  const lateMs = at - change
  const why = BECAUSE[because]
  const late = lateMs < LATE_MS ? [] : [`Posted ${durationText(lateMs)} late: ${why}.`]
  const before = missed === 0 ? [] : [`${countText(missed, 'handoff')} before it were not posted.`]
  return [
    ...late,
    ...before.map((one) => one.replace('1 handoff before it were', '1 handoff before it was')),
  ]
}

const fallbackOf = ({ handoff, fallback }: Scene) =>
  fallback === undefined || fallback === handoff.channel ? {} : { fallback }
