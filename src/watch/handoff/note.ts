import { laneOf } from '../../config'
import type { Notes } from '../../store/notes'
import type { Storms } from '../../store/storms'
import { jsonOf, keyOf } from './decision'
import { handoffStateIn } from './state'

export type Noted = {
  /** False: it waits for Redis. */
  readonly isKept: boolean
  /** It came after the report, and stands in its thread too. */
  readonly isInThread: boolean
}

export type Noting = {
  readonly cluster: string
  readonly by: string
  readonly text: string
  /** Unix ms. */
  readonly at: number
  /** The report or draft whose button was pressed. */
  readonly pressed?: { readonly handoff: string; readonly change: number } | undefined
}

const TRIES = 8

/** Keeps a note for the next report. One on a report that is posted already is told in its thread: the receiver reads there. */
export const addNote = async (
  { notes, storms }: { readonly notes: Notes; readonly storms: Pick<Storms, 'read' | 'decide'> },
  noting: Noting,
): Promise<Noted> => {
  const { cluster, by, text, at } = noting
  const isKept = await notes.add({ cluster, by, text, at })
  return { isKept, isInThread: await tellInThread(storms, noting) }
}

const tellInThread = async (
  storms: Pick<Storms, 'read' | 'decide'>,
  { pressed, cluster, by, text, at }: Noting,
): Promise<boolean> => {
  if (pressed === undefined) return false
  const lane = laneOf(pressed.handoff)
  let stored = await storms.read(lane)
  for (let tries = 0; tries < TRIES; tries++) {
    const state = handoffStateIn(stored.state)
    const report = state?.report
    if (state === undefined || report?.change !== pressed.change) return false // a draft, or an old one
    const news = { ...report.news, lines: [], remarks: [], note: { by, cluster, text } }
    const post = {
      key: keyOf({ name: pressed.handoff }, `note ${by} ${at}`, report.change),
      channel: report.channel,
      parent: report.key,
      payload: jsonOf({ ...news, place: 'note' }),
    }
    const decided = await storms.decide(
      lane,
      { expected: stored.version, state, posts: [post] },
      at,
    )
    if (decided.decided) return true
    stored = decided.now
  }
  return false
}
