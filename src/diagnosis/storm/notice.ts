import type { State } from '../facts'
import type { Limits } from '../limits'
import type { Storm } from './storm'
import type { Verdict } from '../verdict'

/** Why a channel is told something now. */
export type Reason = 'first' | 'worse' | 'new cause' | 'still' | 'acknowledged' | 'all clear'

/** What was last posted of the storm that is open; undefined: nothing. Plain data, so that it can be kept. */
export type Notice = {
  readonly at: number
  readonly state: State
  readonly cause: Verdict['cause']
  /** The storm that it spoke of, or of the looks that could not be read. */
  readonly openedAt: number
  /** When somebody acknowledged it, and whether that was posted. */
  readonly acknowledgedAt?: number
  readonly isAcknowledgementPosted?: boolean
}

type Now = {
  readonly at: number
  readonly storm: Storm
  readonly cause: Verdict['cause']
  /** At how many looks running it was named. */
  readonly causeLooks: number
  readonly limits: Limits
}

/** The reason to speak at this look, or undefined: stay silent. The first that holds, the gravest first. */
export const reasonToSpeak = (last: Notice | undefined, now: Now): Reason | undefined => {
  const { storm } = now
  if (storm.state === 'all-clear')
    return last !== undefined && last.state !== 'all-clear' ? 'all clear' : undefined
  if (last !== undefined && isOver(storm) && last.state === 'unknown') return 'all clear'
  if (!isWorthAPost(storm, now.limits)) return undefined
  if (last === undefined || last.state === 'all-clear') return 'first'
  if (rank(storm.state) > rank(last.state)) return 'worse'
  if (isNewCause(last, now)) return 'new cause'
  if (last.acknowledgedAt !== undefined && last.isAcknowledgementPosted !== true)
    return 'acknowledged'
  return now.at - last.at >= now.limits.stillPostMs ? 'still' : undefined
}

/** What to keep after a post. Undefined after an all clear: the next storm is a first one. */
export const noticeAfter = (
  reason: Reason,
  last: Notice | undefined,
  now: Now,
): Notice | undefined =>
  reason === 'all clear'
    ? undefined
    : {
        at: now.at,
        state: now.storm.state,
        cause: now.cause,
        openedAt: last?.openedAt ?? now.storm.openedAt ?? now.at,
        ...(last?.acknowledgedAt !== undefined && {
          acknowledgedAt: last.acknowledgedAt,
          isAcknowledgementPosted: true,
        }),
      }

const isOver = ({ state, openedAt }: Storm): boolean =>
  openedAt === undefined && state !== 'unknown' && state !== 'watch' && state !== 'warning'

/** Watch and warning at once; a cluster that cannot be read only after some looks. Nothing else is posted. */
const isWorthAPost = (storm: Storm, limits: Limits): boolean =>
  storm.state === 'watch' ||
  storm.state === 'warning' ||
  (storm.state === 'unknown' && storm.unreadableLooks >= limits.unknownPostLooks)

const RANKS: readonly State[] = ['unknown', 'watch', 'warning']
const rank = (state: State): number => RANKS.indexOf(state)

/** Another name for what was named, or a first one, that holds. Ceasing to know is no news. */
const isNewCause = (last: Notice, { cause, causeLooks, limits }: Now): boolean =>
  cause !== last.cause &&
  cause !== 'unknown' &&
  cause !== 'none' &&
  causeLooks >= limits.causeHoldLooks
