import type { Look } from '../diagnosis/window/look'
import type { Storm } from '../diagnosis/storm/storm'

const DAY_MS = 86_400_000

export type Incident = {
  readonly cluster: string
  readonly storm: Storm
  readonly window: readonly Look[]
  /** Before the first election, as the watch saw it. Undefined: it began in the middle of them. */
  readonly calmTerm: number | undefined
  /** When looks of this cluster begin within a period, and how long that is, ms. */
  readonly offsetMs: number
  readonly everyMs: number
  /** Ids that are taken. */
  readonly past: readonly string[]
}

/**
 * The id of what begins now, from what was seen: replicas that cannot talk to each other derive the same one. A storm of
 * elections is named after the term before the first of them, which all members tell alike and which never comes back;
 * one without after the period of its first look.
 */
export const incidentId = (incident: Incident): string => {
  const { cluster, past } = incident
  const id = `${cluster}-${nameOf(incident)}`
  if (!past.includes(id)) return id
  for (let n = 2; ; n++) if (!past.includes(`${id}.${n}`)) return `${id}.${n}`
}

const MOST_TAKEN = 20

/** With an id that is taken from now on. */
export const pastWith = (past: readonly string[], id: string): readonly string[] =>
  [...past, id].slice(-MOST_TAKEN)

const nameOf = ({ storm, window, calmTerm, ...slot }: Incident): string => {
  const at = window.at(-1)?.at ?? storm.since
  if (storm.elections.length === 0 && storm.leaderlessLooks === 0) return periodOf(at, slot)
  const before = calmTerm ?? termBefore(storm.elections[0] ?? at, window)
  // A term may begin anew with a restored backup
  return before === undefined ? periodOf(at, slot) : `t${before}-${Math.floor(at / DAY_MS)}`
}

/** The highest term of the last look before; else of the first look of the window that tells one. */
const termBefore = (at: number, window: readonly Look[]): number | undefined => {
  const terms = window.map((look) => ({ at: look.at, term: termIn(look) }))
  const known = terms.filter(({ term }) => term >= 0)
  return (known.findLast((one) => one.at < at) ?? known[0])?.term
}

/** -1: nobody tells one. */
export const termIn = (look: Look): number =>
  Math.max(-1, ...look.members.map(({ term }) => term ?? -1))

/** Clocks and timers may be half a second early. */
const EARLY_MS = 500

const periodOf = (
  at: number,
  { offsetMs, everyMs }: Pick<Incident, 'offsetMs' | 'everyMs'>,
): string => `p${Math.floor((at - offsetMs + EARLY_MS) / everyMs)}`
