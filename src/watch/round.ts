import type { Election } from '../diagnosis/window/elections'
import type { Observation } from '../diagnosis/facts'
import { takeLook } from '../diagnosis/window/look'
import type { Look, Memory } from '../diagnosis/window/look'
import { areSlow } from '../diagnosis/storm/precursors'
import { glanceAt } from '../diagnosis/window/quiet'
import { thinned } from '../diagnosis/window/thin'
import type { Trouble } from '../diagnosis/window/trouble'
import type { State } from '../diagnosis/facts'
import type { Verdict } from '../diagnosis/verdict'
import { watchLook } from '../diagnosis/storm/watcher'
import type { Post, Watch, Watching } from '../diagnosis/storm/watcher'

/** A watcher judges by the last 15 minutes (design, *diagnose*). */
export const WINDOW_MS = 15 * 60_000

/** What one watcher saw of one cluster: the last pages, and the looks that it judges by, in order of time. */
export type Eyes = { readonly memory: Memory; readonly window: readonly Look[] }

export const FRESH_EYES: Eyes = { memory: new Map(), window: [] }

/** One more look; what is older than the window is let go. */
export const seeNext = ({ memory, window }: Eyes, observation: Observation): Eyes => {
  const taken = takeLook(memory, observation)
  return { memory: taken.memory, window: slid([...window, taken.look], observation.at) }
}

export const slid = (looks: readonly Look[], at: number): readonly Look[] =>
  looks.filter((look) => look.at > at - WINDOW_MS)

/** What a window says after its last look. */
export type Judged = {
  readonly watch: Watch
  readonly post: Post | undefined
  /** In the window, planned ones too. */
  readonly elections: readonly Election[]
  /** Worth another look in two seconds: not calm, or the last look had something to explain. */
  readonly isRestless: boolean
  /** A watch for what comes on slowly: a database that fills up, a signal that is not as usual. */
  readonly isSlow: boolean
  /** Nobody asks for a cause: none was judged. */
  readonly isQuiet: boolean
  /** The window to go on with: calm looks long ago are put together. */
  readonly window: readonly Look[]
  /** Judged when asked for: in quiet weather few do. */
  readonly verdict: () => Verdict
}

/** Exactly what watches live, and what `replay` runs over a trace. The window must not be empty. */
export const judgeWindow = (before: Watch, watching: Watching): Judged => {
  const { trouble, elections, precursors, quiet } = glanceAt(before, watching)
  const hasJumped = (trouble?.weights.at(-1) ?? 0) > 0
  if (quiet !== undefined)
    return {
      watch: quiet,
      post: undefined,
      elections,
      isRestless: hasJumped,
      isSlow: false,
      isQuiet: true,
      window: windowAfter(watching, { trouble, isOver: isOver(before, quiet) }),
      verdict: () => watchLook(before, watching).verdict,
    }
  const { watch, verdict, post } = watchLook(before, watching)
  const { storm } = watch
  const isSlow = storm.worst === 'watch' && storm.elections.length === 0 && areSlow(precursors)
  return {
    watch,
    post,
    elections,
    isRestless: (RESTLESS.includes(watch.storm.state) && !isSlow) || hasJumped,
    isSlow,
    isQuiet: false,
    window: windowAfter(watching, { trouble, isOver: isOver(before, watch) }),
    verdict: () => verdict,
  }
}

const isOver = (before: Watch, { storm }: Watch): boolean =>
  storm.state === 'all-clear' && before.storm.state !== 'all-clear'

type After = { readonly trouble: Trouble | undefined; readonly isOver: boolean }

/** With an all clear that comes before the window has passed, the next storm must not be given the cause of this one. */
const windowAfter = ({ looks, limits }: Watching, { trouble, isOver }: After): readonly Look[] => {
  const window = thinned(looks, { trouble, limits })
  if (!isOver) return window
  const last = looks.findLast((_, i) => (trouble?.weights[i] ?? 0) > 0)
  return last === undefined ? window : window.filter(({ at }) => at > last.at)
}

const RESTLESS: readonly State[] = ['watch', 'warning', 'leaderless', 'unknown']
