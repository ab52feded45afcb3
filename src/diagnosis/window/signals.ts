import { absencesOf } from './absences'
import type { Absence } from './absences'
import { depositionsOf } from './depositions'
import type { Deposition } from './depositions'
import { historyOf } from './elections'
import type { History } from './elections'
import type { ClusterSettings, LogEvent } from '../facts'
import { latenessOf } from './lateness'
import type { Lateness } from './lateness'
import type { Limits } from '../limits'
import { linksOf } from './links'
import type { LinkSignals } from './links'
import { loadOf } from './load'
import type { Load } from './load'
import { rowsOf } from './look'
import type { Look, Rows } from './look'
import { memberSignals } from './member-signals'
import type { MemberSignals } from './member-signals'
import { NO_OUTLOOK } from '../usual/outlook'
import type { Outlook } from '../usual/outlook'
import { deviationsOf } from '../usual/unusual'
import type { Deviation } from '../usual/unusual'
import { troubleOf } from './trouble'
import type { Trouble } from './trouble'

/** Everything that causes are judged by: a window of looks, told apart into the calm and the troubled part. */
export type Signals = {
  readonly looks: readonly Look[]
  readonly rows: Rows
  /** With the timeouts that the members' own logs tell, where the configuration does not. */
  readonly settings: ClusterSettings
  readonly limits: Limits
  readonly lateness: Lateness
  readonly history: History
  /** Undefined: nothing was wrong in the window. */
  readonly trouble: Trouble | undefined
  /** Over the trouble, or over the whole window where all is calm. */
  readonly members: readonly MemberSignals[]
  readonly links: readonly LinkSignals[]
  /** The same links outside the trouble. */
  readonly calmLinks: readonly LinkSignals[]
  readonly depositions: readonly Deposition[]
  readonly absences: readonly Absence[]
  readonly load: Load
  readonly logs: readonly LogEvent[] | undefined
  /** What is known beyond the window; empty without a store. */
  readonly outlook: Outlook
  /** What has been far above the usual up to the last look. */
  readonly deviations: readonly Deviation[]
}

type Known = { readonly limits: Limits; readonly outlook?: Outlook | undefined }

export const signalsOf = (
  looks: readonly Look[],
  given: ClusterSettings,
  { limits, outlook = NO_OUTLOOK }: Known,
): Signals => {
  const settings = timeoutsFrom(looks, given)
  const rows = rowsOf(looks)
  const history = historyOf(looks)
  const lateness = latenessOf(looks, limits)
  const load = loadOf(looks, limits)
  const trouble = troubleOf({ looks, history, settings, lateness, limits, heavy: load.heavy })
  const last = looks.length - 1
  // What went on at the last troubled look is in the counters of the look after it
  const span = { from: trouble?.from ?? 0, to: Math.min(last, (trouble?.to ?? last) + 1) }
  const seen = { rows, history, lateness }
  return {
    looks,
    rows,
    settings,
    limits,
    lateness,
    history,
    trouble,
    members: memberSignals(span, {
      ...seen,
      settings,
      limits,
      calm: trouble !== undefined,
    }).map((member) => withLearned(member, outlook)),
    links: linksOf(seen, span),
    calmLinks: trouble === undefined ? [] : linksOf(seen, { from: 0, to: span.from - 1 }),
    depositions: depositionsOf(history, { looks, settings, lateness, limits }),
    absences: absencesOf({ looks, rows, history }),
    load,
    logs: looks.some((look) => look.logs !== undefined)
      ? looks.flatMap((look) => look.logs ?? [])
      : undefined,
    outlook,
    deviations: deviationsOf(looks, outlook, limits),
  }
}

/** Where the window has no calm part to compare with, what was learned stands in for it. */
const withLearned = (member: MemberSignals, { usual }: Outlook): MemberSignals => {
  const learned = usual.get(member.endpoint)
  if (learned === undefined) return member
  return {
    ...member,
    usualPageMs: member.usualPageMs ?? learned.pageMs?.median,
    usualStatusMs: member.usualStatusMs ?? learned.statusMs?.median,
    usualFsyncShare: member.usualFsyncShare ?? learned.fsyncShare?.median,
    usualCpuCores: member.usualCpuCores ?? learned.cpuCores?.median,
  }
}

const timeoutsFrom = (looks: readonly Look[], given: ClusterSettings): ClusterSettings => {
  if (given.timeoutsFrom !== 'default') return given
  const told = looks
    .flatMap((look) => look.logs ?? [])
    .findLast((event) => event.kind === 'settings' && event.electionMs !== undefined)
  if (told?.electionMs === undefined) return given
  return {
    ...given,
    electionMs: told.electionMs,
    heartbeatMs: told.heartbeatMs ?? given.heartbeatMs,
    timeoutsFrom: 'log',
  }
}
