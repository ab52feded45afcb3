import { historyOf } from './elections'
import type { Election } from './elections'
import type { State } from '../facts'
import { latenessOf } from './lateness'
import { isLeaderless, isReadable } from '../status/leader'
import { reasonToSpeak } from '../storm/notice'
import { NO_OUTLOOK } from '../usual/outlook'
import { precursorsOf } from '../storm/precursors'
import type { Precursor } from '../storm/precursors'
import { nextStorm } from '../storm/storm'
import { troubleOf } from './trouble'
import type { Trouble } from './trouble'
import type { Watch, Watching } from '../storm/watcher'

/** What costs little to know of a window. */
export type Glance = {
  /** Undefined: nothing was wrong in the window. */
  readonly trouble: Trouble | undefined
  /** In the window, planned ones too. */
  readonly elections: readonly Election[]
  /** What holds at the last look. */
  readonly precursors: readonly Precursor[]
  /**
   * After a look at which nobody asks for a cause: the weather and the notice of `watchLook`, and no cause. Undefined: judge
   * the causes.
   */
  readonly quiet: Watch | undefined
}

/**
 * The state machine without the causes: most looks of most clusters need no more, and causes are four fifths of the cost.
 * A cause is asked for only where something is said, or a storm goes on.
 */
export const glanceAt = (
  before: Watch,
  { looks, settings, limits, outlook = NO_OUTLOOK }: Watching,
): Glance => {
  const history = historyOf(looks)
  const lateness = latenessOf(looks, limits)
  const trouble = troubleOf({ looks, history, settings, lateness, limits })
  const { elections } = history
  const now = looks.at(-1)
  const precursors = precursorsOf({
    looks,
    leaders: history.leaders,
    lateness,
    settings,
    limits,
    outlook,
  })
  const timeoutsMayDiffer = settings.timeoutsFrom === 'default' && looks.some(tellsTimeouts)
  if (now === undefined || timeoutsMayDiffer)
    return { trouble, elections, precursors, quiet: undefined }
  const seen = {
    at: now.at,
    since: looks[0]?.at ?? now.at,
    readable: isReadable(now),
    leaderless: isLeaderless(now),
    elections,
    precursors,
  }
  const storm = nextStorm(before.storm, seen, limits)
  const watch: Watch = { storm, notice: before.notice, cause: 'none', causeLooks: 0 }
  const speaks = reasonToSpeak(before.notice, { ...watch, at: now.at, limits }) !== undefined
  return {
    trouble,
    elections,
    precursors,
    quiet: QUIET.includes(storm.state) && !speaks ? watch : undefined,
  }
}

const QUIET: readonly State[] = ['calm', 'unsettled', 'all-clear']

/** Logs may tell other timeouts than the defaults: then what is trouble is another matter. */
const tellsTimeouts = ({ logs }: Watching['looks'][number]): boolean =>
  logs?.some(({ kind }) => kind === 'settings') === true
