import { historyOf } from './elections'
import { latenessOf } from './lateness'
import { isLeaderless, isReadable } from './leader'
import { reasonToSpeak } from './notice'
import { precursorsOf } from './precursors'
import { nextStorm } from './storm'
import { troubleOf } from './trouble'
import type { Trouble } from './trouble'
import type { Watch, Watching } from './watcher'

/** What costs little to know of a window. */
export type Glance = {
  /** Undefined: nothing was wrong in the window. */
  readonly trouble: Trouble | undefined
  /** After a look at which nothing wants an explanation: the same as `watchLook` gives. Undefined: judge the causes. */
  readonly quiet: Watch | undefined
}

/**
 * The state machine without the causes: most looks of most clusters need no more, and causes are four fifths of the cost.
 * `quiet` stands only where `watchLook` would find no cause, and nothing to say.
 */
export const glanceAt = (before: Watch, { looks, settings, limits }: Watching): Glance => {
  const history = historyOf(looks)
  const lateness = latenessOf(looks, limits)
  const trouble = troubleOf({ looks, history, settings, lateness, limits })
  const now = looks.at(-1)
  const timeoutsMayDiffer = settings.timeoutsFrom === 'default' && looks.some(tellsTimeouts)
  if (now === undefined || trouble !== undefined || timeoutsMayDiffer)
    return { trouble, quiet: undefined }
  const seen = {
    at: now.at,
    since: looks[0]?.at ?? now.at,
    readable: isReadable(now),
    leaderless: isLeaderless(now),
    elections: history.elections,
    precursors: precursorsOf({ looks, lateness, settings, limits }),
  }
  const storm = nextStorm(before.storm, seen, limits)
  const watch: Watch = {
    storm,
    notice: before.notice,
    cause: 'none',
    causeLooks: before.cause === 'none' ? before.causeLooks + 1 : 1,
  }
  const isQuiet = storm.state === 'calm' || storm.state === 'all-clear'
  const speaks = reasonToSpeak(before.notice, { ...watch, at: now.at, limits }) !== undefined
  return { trouble, quiet: isQuiet && !speaks ? watch : undefined }
}

/** Logs may tell other timeouts than the defaults: then what is trouble is another matter. */
const tellsTimeouts = ({ logs }: Watching['looks'][number]): boolean =>
  logs?.some(({ kind }) => kind === 'settings') === true
