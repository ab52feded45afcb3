import type { Action, Evidence, Severity, State } from '../diagnosis/facts'
import type { Standing, Verdict } from '../diagnosis/verdict'

/**
 * What a channel is told: the payload of a post in the outbox, and of the edit of a storm's root message. Plain JSON, so
 * that any replica can render it, of version 1, and at most 20 KB (`MAX_BYTES`): texts and lists are cut where they are
 * made. Texts are plain: nothing is escaped, names of members are foreign. Times are Unix ms.
 *
 * A storm is one root message (`place: 'root'`, key of the storm), which is edited in place: an edit's payload is a whole
 * root announcement with the newest content. Everything later is a `thread` entry, whose parent is the root.
 */
export type Announcement = {
  readonly v: 1
  /** `storm`: a watch or a warning. `unknown`: the cluster cannot be read. `notice`: something for office hours. `watch`: nobody looks. */
  readonly kind: 'storm' | 'unknown' | 'notice' | 'watch'
  readonly place: 'root' | 'thread'
  /** Why this is said now. An edit of the root repeats the reason that was spoken last; never `acknowledged`. */
  readonly reason: SpokenReason
  /** A thread entry that is shown in the channel too: only when it got worse. */
  readonly broadcast: boolean
  /** A user group to be mentioned: once in a storm, with the first post at which it is a warning. Never in an edit. */
  readonly mention?: string
  /** The name as configured, and as people call it. */
  readonly cluster: string
  readonly title: string
  /** The same on every replica. It goes with acknowledge and silence, and into the metadata. */
  readonly stormId: string
  readonly state: State
  readonly severity: Severity | 'unknown'
  /** One sentence, without the cluster's name and without a full stop. */
  readonly headline: string
  readonly cause: Verdict['cause']
  /** Shown name of the member at fault, or of the two ends of the link. */
  readonly member?: string
  readonly link?: readonly [string, string]
  /** What is likely or possible, the likeliest first; at most 4. */
  readonly causes: readonly CauseLine[]
  /** What speaks for the named cause; at most 6. */
  readonly evidence: readonly Evidence[]
  readonly action: Action
  /** Unplanned elections of the storm so far, and planned ones in the last 15 min. */
  readonly elections: number
  readonly planned: number
  /** When the storm began, and when this was said. */
  readonly since: number
  readonly at: number
  /** When it was over; with it the storm lasted `until - since`. */
  readonly until?: number
  /** What could not be seen, a sentence each; at most 6. */
  readonly unseen: readonly string[]
  readonly acknowledged?: Acknowledged
  /** The root of a storm that is silenced now. */
  readonly silenced?: Silenced
  /** Why a storm that began earlier is announced only now. */
  readonly held?: Held
  /** Buttons that make sense now. */
  readonly buttons: readonly Button[]
  /** The members at the last look, for the thread; at most 9, those in trouble first. */
  readonly members: readonly MemberLine[]
}

/** The reasons of the diagnosis, and those that only a watcher has. `unknown`: for 3 looks nothing could be said. */
export type SpokenReason =
  | 'first'
  | 'worse'
  | 'new cause'
  | 'still' // 4 h after the last word
  | 'acknowledged'
  | 'reminder' // acknowledged, and goes on for 2 h
  | 'all clear'
  | 'unknown'
  | 'left' // the configuration, with something open
  | 'notice' // certificates, versions: once a week at most

export type CauseLine = {
  readonly cause: string
  readonly standing: Standing
  /** Shown names: a member, or both ends of a link. */
  readonly where?: string
  readonly summary: string
}

/** `by` is a Slack user id, or a name from the terminal. */
export type Acknowledged = { readonly by: string; readonly at: number }

export type Silenced = { readonly by: string; readonly until: number; readonly reason?: string }

/** What kept a storm from being announced, from `from` to `until`. */
export type Held = {
  readonly what: 'silence' | 'maintenance'
  readonly from: number
  readonly until: number
  readonly reason?: string
}

export type Button = 'acknowledge' | 'silence' | 'unsilence' | 'diagnose' | 'details'

/** One member at the last look; a field that was not seen is absent. */
export type MemberLine = {
  readonly name: string
  readonly endpoint: string
  readonly role: 'leader' | 'follower' | 'learner' | 'unseen'
  readonly seesLeader?: boolean
  readonly term?: number
  /** Why a reading failed, or how long it took. */
  readonly status: ReadingLine
  readonly page: ReadingLine
  /** Share of the quota, 0 to 1. */
  readonly quotaShare?: number
}

export type ReadingLine = { readonly came: boolean; readonly tookMs: number; readonly why?: string }

/** Of an announcement as JSON. */
export const MAX_BYTES = 20 * 1024
