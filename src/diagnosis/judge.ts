import { besideUsual } from './causes/usual'
import { CAUSES } from './causes/list'
import type { Action, ClusterSettings, Severity, State } from './facts'
import type { Limits } from './limits'
import { isLeaderless, isReadable } from './status/leader'
import type { Look } from './window/look'
import type { Outlook } from './usual/outlook'
import { precursorsOf } from './storm/precursors'
import { countText } from './quantity'
import { deviationText } from './usual/unusual'
import { isPressing } from './causes/space'
import { signalsOf } from './window/signals'
import type { Signals } from './window/signals'
import { calmWeather, nextStorm } from './storm/storm'
import type { Storm, StormLook } from './storm/storm'
import type { Hypothesis, Standing, Verdict } from './verdict'

export type Judgement = {
  readonly verdict: Verdict
  readonly signals: Signals
}

export type Judging = {
  readonly settings: ClusterSettings
  readonly limits: Limits
  /** The weather as a watcher knows it; without it the window alone tells. */
  readonly storm?: Storm
  /** What is known beyond the window, where there is a store. */
  readonly outlook?: Outlook | undefined
}

/**
 * Names the cause over a window of looks, the last one now. At least two looks are needed for anything that a counter tells;
 * fewer than 3 looks of trouble give honest but thin answers. `looks` must not be empty.
 */
export const judge = (
  looks: readonly Look[],
  { settings, limits, storm, outlook }: Judging,
): Judgement => {
  const signals = signalsOf(looks, settings, { limits, outlook })
  return { signals, verdict: verdictOf(signals, storm ?? stormOver(signals)) }
}

/** The verdict over signals that are already there. */
export const verdictOf = (signals: Signals, { state }: Storm): Verdict => {
  const { looks, history } = signals
  const causes = ranked(Object.values(CAUSES).map((cause) => besideUsual(cause(signals), signals)))
  const named = nameable(causes, signals)
  const cause = named?.cause ?? (wantsCause(state, signals) ? 'unknown' : 'none')
  const planned = history.elections.filter((election) => election.planned !== undefined).length
  return {
    at: looks.at(-1)?.at ?? 0,
    since: looks[0]?.at ?? 0,
    looks: looks.length,
    state,
    severity: severityOf(state, cause, signals),
    headline: headlineOf({ state, named, cause }, signals),
    cause,
    ...(named?.member !== undefined && { member: named.member }),
    ...(named?.link !== undefined && { link: named.link }),
    causes,
    elections: history.elections,
    unplanned: history.elections.length - planned,
    planned,
    unseen: unseenOf(causes, named, signals),
    action: named?.action ?? actionWithout(cause, causes),
    unusual: signals.deviations.map(deviationText),
    names: new Map(signals.members.map((member) => [member.endpoint, member.name])),
  }
}

const STANDINGS: readonly Standing[] = ['likely', 'possible', 'cannot-tell', 'ruled-out']

/** The list of causes is in the order in which they explain each other: a stable sort keeps it. */
const ranked = (causes: readonly Hypothesis[]): readonly Hypothesis[] =>
  causes.toSorted((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing))

/** The first that is likely, if anything was wrong at all. */
const nameable = (causes: readonly Hypothesis[], { trouble }: Signals): Hypothesis | undefined => {
  const [best] = causes
  // A database that fills up troubles nobody until it is full
  if (best?.standing !== 'likely' || (trouble === undefined && best.cause !== 'space'))
    return undefined
  return best
}

const wantsCause = (state: State, { history }: Signals): boolean =>
  (state !== 'calm' && state !== 'all-clear') ||
  history.elections.some((election) => election.planned === undefined)

const severityOf = (
  state: State,
  cause: Verdict['cause'],
  signals: Signals,
): Verdict['severity'] => {
  const own = SEVERITIES[state]
  if (own === 'unknown') return own
  const isGrave = cause === 'quorum-lost' || (cause === 'space' && isPressing(signals))
  return own === 'warning' && isGrave ? 'critical' : own
}

const SEVERITIES: Readonly<Record<State, Severity | 'unknown'>> = {
  calm: 'ok',
  'all-clear': 'ok',
  unsettled: 'ok',
  leaderless: 'critical',
  watch: 'warning',
  warning: 'critical',
  unknown: 'unknown',
}

const STATES: Readonly<Record<State, string>> = {
  calm: 'Calm',
  'all-clear': 'All clear',
  unsettled: 'Unsettled',
  leaderless: 'No leader',
  watch: 'Storm watch',
  warning: 'Storm warning',
  unknown: 'Too few members could be read',
}

type Named = {
  readonly state: State
  readonly named: Hypothesis | undefined
  readonly cause: Verdict['cause']
}

const headlineOf = ({ state, named, cause }: Named, { history, deviations }: Signals): string => {
  const elections = history.elections.filter((election) => election.planned === undefined).length
  const count = elections > 0 ? `, ${countText(elections, 'unplanned election')}` : ''
  const why =
    named !== undefined
      ? named.summary
      : cause === 'unknown'
        ? (unusualText(deviations) ?? 'the cause cannot be told from what was seen')
        : 'nothing to explain'
  return `${STATES[state]}${count}: ${lowerFirst(why)}`
}

/** What is far from usual, where nothing names a cause. */
const unusualText = (deviations: Signals['deviations']): string | undefined => {
  const [first, ...others] = deviations
  if (first === undefined) return undefined
  const more = others.length === 0 ? '' : `; ${countText(others.length, 'signal')} more`
  return `${deviationText(first)}${more}; the cause cannot be told from it`
}

/** Member names keep their spelling. */
const lowerFirst = (text: string): string =>
  /^(The|No|All|Members|Round|Clients|Whoever|Somebody|An|A|Without|Most) /.test(text)
    ? text.slice(0, 1).toLowerCase() + text.slice(1)
    : text

/** What the named cause lacks; without a name, what would settle the ones that are left. */
const unseenOf = (
  causes: readonly Hypothesis[],
  named: Hypothesis | undefined,
  { looks }: Signals,
): readonly string[] => {
  const open = named === undefined ? causes.filter((one) => one.standing !== 'ruled-out') : [named]
  const few = looks.length < 3 ? ['More looks: two or fewer tell little of what changes'] : []
  return [...new Set([...few, ...open.flatMap((one) => one.unseen)])]
}

const actionWithout = (cause: Verdict['cause'], causes: readonly Hypothesis[]): Action => {
  if (cause === 'none') return { say: 'Nothing to do' }
  const open = causes.filter((one) => one.standing === 'possible').slice(0, 2)
  const between = open.length > 0 ? ` (left: ${open.map((one) => one.cause).join(', ')})` : ''
  return {
    say: `Take looks 2 s apart while it lasts, with the members' logs${between}`,
    run: 'stormwatch diagnose CLUSTER',
  }
}

/** The weather at the end of a window, from nothing but the window. */
export const stormOver = (signals: Signals): Storm =>
  signals.looks.reduce(
    (storm, _, i) => nextStorm(storm, stormLookOf(signals, i), signals.limits),
    calmWeather(signals.looks[0]?.at ?? 0),
  )

/** What precursors need to look back: two samples of round trips at looks 2 s apart. */
const RECENT_LOOKS = 50

/** What look `index` of a window tells of storms. A watcher asks for the last one. */
export const stormLookOf = (signals: Signals, index = signals.looks.length - 1): StormLook => {
  const now = signals.looks[index]
  const looks = signals.looks.slice(Math.max(0, index + 1 - RECENT_LOOKS), index + 1)
  const leaders = signals.history.leaders.slice(Math.max(0, index + 1 - RECENT_LOOKS), index + 1)
  const { lateness, settings, limits, outlook } = signals
  return {
    at: now?.at ?? 0,
    since: signals.looks[0]?.at ?? 0,
    readable: now !== undefined && isReadable(now),
    leaderless: now !== undefined && isLeaderless(now),
    elections: signals.history.elections.filter((election) => election.at <= (now?.at ?? 0)),
    precursors: precursorsOf({ looks, leaders, lateness, settings, limits, outlook }),
  }
}
