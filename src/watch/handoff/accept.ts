import { laneOf } from '../../config'
import type { Storms } from '../../store/storms'
import { jsonOf, recordOf } from './decision'
import { handoffStateIn } from './state'
import type { HandoffState, Reported } from './state'

/** What came of it. `over`: another report came after that one. */
export type Acceptance =
  | { readonly outcome: 'accepted' | 'already'; readonly by: string; readonly at: number }
  | { readonly outcome: 'over' | 'contended' }

export type Accepting = {
  readonly handoff: string
  /** Which change of shift, Unix ms. */
  readonly change: number
  /** A Slack user id. */
  readonly by: string
  readonly at: number
}

const TRIES = 8

/** Somebody takes a shift: kept, and shown by the report. Any replica may do it. */
export const accept = async (
  storms: Pick<Storms, 'read' | 'decide'>,
  asked: Accepting,
): Promise<Acceptance> => {
  const lane = laneOf(asked.handoff)
  let stored = await storms.read(lane)
  for (let tries = 0; tries < TRIES; tries++) {
    const state = handoffStateIn(stored.state)
    const report = state?.report
    if (state === undefined || report?.change !== asked.change) return { outcome: 'over' }
    const { accepted } = report.news
    if (accepted !== undefined) return { outcome: 'already', ...accepted }
    const decision = { expected: stored.version, ...decisionOf(state, report, asked) }
    const decided = await storms.decide(lane, decision, asked.at)
    if (decided.decided) return { outcome: 'accepted', by: asked.by, at: asked.at }
    stored = decided.now
  }
  return { outcome: 'contended' }
}

const decisionOf = (state: HandoffState, report: Reported, { by, at }: Accepting) => {
  const news = { ...report.news, accepted: { by: by.slice(0, 200), at } }
  return {
    state: { ...state, report: { ...report, news } },
    edits: [{ of: report.key, payload: jsonOf(news) }],
    storm: recordOf(news),
  }
}
