import type { Answer } from '../answer'
import type { State } from '../facts'
import { durationText, timeText } from '../quantity'
import { storyText, type Standing } from '../storm/story'

/**
 * The answer of one look, with what the watch knows beside it: one look in the middle of a storm may see a leader, and a
 * cluster that is well.
 */
export const withWatch = (answer: Answer, stands: Standing, now: number): Answer => {
  const { state, since, severity, headline, cause, lookedAt } = stands
  const told = {
    ...answer,
    facts: [watchText(stands, now), ...answer.facts],
    unseen: [
      ...answer.unseen.filter((line) => !line.startsWith('the past:')),
      ...beforeText(stands, now),
    ],
    json: {
      ...(answer.json as object),
      watch: { state, since, severity, headline, cause, lookedAt },
    },
  }
  if (!TROUBLED.includes(state)) return told
  return {
    ...told,
    state,
    severity: worse(severity, answer.severity),
    headline: `The watch says: ${headline}${stormText(stands, now)}. One look now: ${answer.headline}`,
    action:
      answer.action ??
      ({
        say: 'See what shakes it.',
        ask: `diagnose ${stands.cluster}`,
      } satisfies Answer['action']),
  }
}

const HOUR_MS = 3_600_000

/** A calm that is young may be the watch's own beginning. */
const beforeText = ({ state, since, cluster }: Standing, now: number): readonly string[] =>
  state === 'calm' && now - since < HOUR_MS
    ? [`what was before ${timeText(since)}: ask storms ${cluster}`]
    : []

/** What a single look cannot see. */
const TROUBLED: readonly State[] = ['unsettled', 'watch', 'warning']

const watchText = ({ state, since, lookedAt }: Standing, now: number): string =>
  `The watch: ${state.replace('-', ' ')} for ${durationText(Math.max(0, now - since))}, last look ${durationText(Math.max(0, now - lookedAt))} ago.`

const stormText = ({ storm }: Standing, now: number): string =>
  storm === undefined ? '' : ` (${storyText(storm, now)})`

const GRADES: readonly Answer['severity'][] = ['ok', 'warning', 'unknown', 'critical']

const worse = (one: Answer['severity'], other: Answer['severity']): Answer['severity'] =>
  GRADES.indexOf(one) >= GRADES.indexOf(other) ? one : other
