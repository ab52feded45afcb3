import type { Severity, State } from '../facts'
import { countText, durationText } from '../quantity'
import type { Verdict } from '../verdict'

/** What is kept of a storm, or of elections that made none. Plain data. Times are Unix ms. */
export type Story = {
  readonly id: string
  readonly cluster: string
  /** `elections`: too few for a storm. `unknown`: the cluster could not be read. */
  readonly kind: 'storm' | 'unknown' | 'elections'
  readonly since: number
  /** The last trouble. Undefined: it goes on. */
  readonly until?: number
  readonly worst: State
  /** Unplanned ones, and planned ones. */
  readonly elections: number
  readonly planned: number
  readonly cause: Verdict['cause']
  /** Shown name of the member, or of both ends of the link. */
  readonly where?: string
  readonly acknowledged?: { readonly by: string; readonly at: number }
  /** Why the channel was not told. Undefined: it was told, or there was nothing to tell. */
  readonly untold?: 'silence' | 'maintenance' | 'no channel'
}

/** How a cluster stands, as its watcher last decided it. */
export type Standing = {
  readonly cluster: string
  readonly lookedAt: number
  readonly state: State
  /** When the state began. */
  readonly since: number
  readonly severity: Severity | 'unknown'
  readonly headline: string
  readonly cause: Verdict['cause']
  /** Of the storm that is open. */
  readonly storm?: Story
}

/** `23 min, 12 elections, disk on m1` */
export const storyText = (story: Story, now: number): string => {
  const { since, until, elections, cause, where } = story
  const parts = [
    durationText(Math.max(0, (until ?? now) - since)),
    ...(story.kind === 'unknown' ? [] : [countText(elections, 'election')]),
    ...(cause === 'none' ? [] : [causeText(cause, where)]),
  ]
  return parts.join(', ')
}

export const causeText = (cause: Verdict['cause'], where: string | undefined): string => {
  if (cause === 'unknown') return 'cause not told'
  return where === undefined ? cause : `${cause} on ${where}`
}
