import type { ClusterSettings } from '../facts'
import { stormLookOf, verdictOf } from '../judge'
import type { Limits } from '../limits'
import type { Look } from '../window/look'
import { noticeAfter, reasonToSpeak } from './notice'
import type { Notice, Reason } from './notice'
import type { Outlook } from '../usual/outlook'
import { signalsOf } from '../window/signals'
import { calmWeather, nextStorm } from './storm'
import type { Storm } from './storm'
import type { Verdict } from '../verdict'

/** What a watcher knows between two looks of one cluster. Plain data, so that it can be kept. */
export type Watch = {
  readonly storm: Storm
  readonly notice: Notice | undefined
  /** The cause named now, and at how many looks running. */
  readonly cause: Verdict['cause']
  readonly causeLooks: number
}

export const newWatch = (at: number): Watch => ({
  storm: calmWeather(at),
  notice: undefined,
  cause: 'none',
  causeLooks: 0,
})

export type Post = {
  readonly at: number
  readonly reason: Reason
  readonly verdict: Verdict
}

export type Watching = {
  /** The window, the new look last. */
  readonly looks: readonly Look[]
  readonly settings: ClusterSettings
  readonly limits: Limits
  /** What is known beyond the window, where there is a store. */
  readonly outlook?: Outlook | undefined
}

/** One more look: the weather and the verdict after it, and what to say, if anything. */
export const watchLook = (
  before: Watch,
  { looks, settings, limits, outlook }: Watching,
): { readonly watch: Watch; readonly verdict: Verdict; readonly post: Post | undefined } => {
  const signals = signalsOf(looks, settings, { limits, outlook })
  const storm = nextStorm(before.storm, stormLookOf(signals), limits)
  const verdict = verdictOf(signals, storm)
  const causeLooks = verdict.cause === before.cause ? before.causeLooks + 1 : 1
  const now = { at: verdict.at, storm, cause: verdict.cause, causeLooks, limits }
  const reason = reasonToSpeak(before.notice, now)
  const notice = reason === undefined ? before.notice : noticeAfter(reason, before.notice, now)
  return {
    watch: { storm, notice, cause: verdict.cause, causeLooks },
    verdict,
    post: reason && { at: verdict.at, reason, verdict },
  }
}
