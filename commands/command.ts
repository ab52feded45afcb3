import { distance } from 'fastest-levenshtein'
import type { ClusterConfig, Config } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import type { Baseline } from '../src/diagnosis/usual/baseline'
import type { LogEvent, Observation } from '../src/diagnosis/facts'
import type { Handoff } from '../src/diagnosis/shift/handoff'
import type { Look } from '../src/diagnosis/window/look'
import type { Outlook } from '../src/diagnosis/usual/outlook'
import type { Storm } from '../src/diagnosis/storm/storm'
import type { Standing, Story } from '../src/diagnosis/storm/story'
import type { Watched, WritesSoFar } from '../src/diagnosis/writes/writes'

/** One subcommand. It knows neither Slack nor the terminal: words in, an Answer out. */
export type Command = {
  readonly name: string
  /** The words after the name: `[CLUSTER]`. */
  readonly usage: string
  /** One line for help. */
  readonly summary: string
  readonly role: Role
  /** It tells, or keeps, what a bot remembers: the terminal then opens that. */
  readonly isOfPast?: true
  /** Never rejects for what a user typed or a cluster did: that is an Answer. */
  readonly run: (ask: Ask, tools: Tools) => Promise<Answer>
}

export type Role = 'viewer' | 'operator'

/** What somebody asked. */
export type Ask = {
  /** The words after the subcommand, the face's own options (`--share`, `--json`) taken out. */
  readonly words: readonly string[]
  /** Who asks, as the face knows them: a Slack user id, a login name. */
  readonly by?: string
  /** Whether the asker may act in this role on this cluster. The terminal may always. */
  readonly may: (role: Role, cluster: ClusterConfig) => boolean
  /** Called with a short line when an answer takes a while; a face shows the last one. */
  readonly onProgress: (line: string) => void
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What a command may use. Declared here because commands need it; main puts it together. */
export type Tools = {
  readonly config: () => Config
  readonly observe: (cluster: ClusterConfig, signal: AbortSignal) => Promise<Observation>
  /** What the members' logs told since `atMs`. Undefined: the cluster has no log source. Never rejects. */
  readonly logsSince: (
    cluster: ClusterConfig,
    look: Observation,
    atMs: number,
  ) => Promise<LogsTold | undefined>
  /**
   * Watches the keys of a cluster for writes on the first of the endpoints that lets it; ends early with the signal, and
   * tells then what was seen. One at a time on each cluster. Never rejects.
   */
  readonly writers: (
    cluster: ClusterConfig,
    wanted: WritersWanted,
    signal: AbortSignal,
  ) => Promise<Watched>
  /** Unix ms. */
  readonly now: () => number
  /** Resolves after so many ms, at once if there are none, and early when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly version: string
  /** What was kept. Undefined: there is no store, as in the terminal. */
  readonly history?: History
}

export type WritersWanted = {
  readonly endpoints: readonly string[]
  readonly forMs: number
  /** Undefined: all keys. */
  readonly prefix: string | undefined
  /** Called every second or so. */
  readonly onSoFar: (soFar: WritesSoFar) => void
}

/** What the watch and people left in the store. All reject while it cannot be read, but `silences`. */
export type History = {
  /** Why it cannot be told now, a sentence; undefined when it can. */
  readonly trouble: () => string | undefined
  /** As the watcher last decided; undefined: it has not looked yet. */
  readonly standing: (
    cluster: string,
  ) => Promise<(Standing & { readonly weather: Storm }) | undefined>
  /** Those that began in the span. */
  readonly stories: (cluster: string, span: Span) => Promise<readonly Story[]>
  /** By id of a story, where its message can be read; those that were posted, and not too long ago. */
  readonly links: (cluster: string, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** In order of time; numbers of gains to 2 %. */
  readonly looks: (cluster: string, span: Span) => Promise<readonly Look[]>
  readonly baseline: (cluster: string) => Promise<Baseline>
  /** What is usual now and where the databases are going; kept for some minutes. */
  readonly outlook: (cluster: string, now: number) => Promise<Outlook>
  readonly silences: Silences
  readonly notes: Notes
  /** Looks of five minutes as one, the last ones as they were: up to 35 days back. */
  readonly shiftLooks: (cluster: string, span: Span) => Promise<readonly Look[]>
  /** Never rejects: what could not be read is said in it. */
  readonly handoff: (clusters: readonly ClusterConfig[], span: Span) => Promise<Handoff>
}

/** A line for the next handoff. `at` is Unix ms. */
export type Note = {
  readonly cluster: string
  readonly at: number
  readonly by: string
  readonly text: string
}

export type Notes = {
  /** Resolves to false when it waits for the store. Never rejects. */
  readonly add: (note: Note) => Promise<boolean>
  /** In order of time. */
  readonly list: (cluster: string, span: Span) => Promise<readonly Note[]>
}

/** Unix ms, both included. */
export type Span = { readonly from: number; readonly to: number }

export type Silence = {
  readonly id: string
  readonly cluster: string
  readonly from: number
  readonly until: number
  readonly by: string
  readonly reason: string
}

export type Silences = {
  readonly add: (silence: Omit<Silence, 'id'>) => Promise<Silence>
  readonly lift: (cluster: string, id: string, now: number) => Promise<Silence | undefined>
  /** Those that stand, the next to end first. */
  readonly list: (cluster: string, now: number) => Promise<readonly Silence[]>
}

export type LogsTold = {
  readonly events: readonly LogEvent[]
  /** What could not be read, a sentence each. */
  readonly unseen: readonly string[]
}

export type Picked =
  | { readonly ok: true; readonly cluster: ClusterConfig; readonly rest: readonly string[] }
  | { readonly ok: false; readonly answer: Answer }

/**
 * The cluster that the first word names. The only one need not be named; an unknown one gets the nearest name offered;
 * one that the asker may not see is answered as denied, which names no more than what the asker typed.
 */
export const pickCluster = (ask: Ask, tools: Tools, role: Role): Picked => {
  const { clusters } = tools.config()
  const [word, ...rest] = ask.words
  const named = clusters.find((cluster) => cluster.name === word)
  const only = clusters.length === 1 ? clusters[0] : undefined
  const cluster = named ?? (word === undefined || isNoName(word) ? only : undefined)
  if (cluster === undefined) return { ok: false, answer: noSuchCluster(ask, tools, role) }
  if (!ask.may(role, cluster)) return { ok: false, answer: denied(tools.now(), cluster.name, role) }
  return { ok: true, cluster, rest: named === undefined ? ask.words : rest }
}

/** A time, a number or an option: `diagnose 5m` speaks of the only cluster. */
const isNoName = (word: string): boolean => /^(\d+([smhd]\S*)?|--.*)$/.test(word)

const noSuchCluster = (ask: Ask, tools: Tools, role: Role): Answer => {
  const names = tools
    .config()
    .clusters.filter((cluster) => ask.may(role, cluster))
    .map((cluster) => cluster.name)
  const word = ask.words[0]
  const known = names.length === 0 ? 'You may see no cluster.' : `Clusters: ${names.join(', ')}.`
  if (word === undefined) return mistake(tools.now(), `Which cluster? ${known}`)
  const near = nearest(word, names)
  const guess = near === undefined ? '' : ` Did you mean ${near}?`
  return mistake(tools.now(), `There is no cluster “${word}”.${guess} ${known}`)
}

const denied = (at: number, cluster: string, role: Role): Answer =>
  mistake(
    at,
    `You may not do this on ${cluster}: it takes the ${role} role there. ` +
      `Ask whoever keeps Stormwatch's configuration to add you to clusters.${cluster}.access.${role}s.`,
  )

/** The nearest of the names, if it is near enough to be a slip: a third of the letters, at least two. */
export const nearest = (word: string, names: readonly string[]): string | undefined => {
  const typed = word.slice(0, 64).toLowerCase()
  const [best] = names
    .map((name) => ({ name, far: distance(typed, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.far - b.far)
  return best?.name
}

/** An answer to a request that cannot be carried out: what was wrong and what to do. Exit code 3. */
export const mistake = (at: number, text: string): Answer => ({
  at,
  state: undefined,
  severity: 'unknown',
  headline: text,
  facts: [],
  tables: [],
  findings: [],
  unseen: [],
  action: undefined,
  json: { error: text },
})
