import type { LinkSignals } from '../window/links'
import { processOf } from '../status/process'
import { bytesText } from '../quantity'
import type { Signals } from '../window/signals'
import type { Hypothesis, Link, Standing } from '../verdict'
import {
  hypothesis,
  meanRoundTripMs,
  millis,
  nameOf,
  noLogs,
  seen,
  times,
  unplanned,
} from './evidence'
import { placeOf } from './network-place'
import type { Findings, Place } from './network-place'

/** Members that run do not hear each other, or hear each other too late. */
export const network = (signals: Signals): Hypothesis => {
  const found = findingsOf(signals)
  const standing = standingOf(found, signals)
  const place = standing === 'ruled-out' ? {} : placeOf(found, signals)
  return hypothesis('network', {
    standing,
    summary:
      standing === 'ruled-out'
        ? 'Running members heard each other'
        : summaryOf(found, place, signals),
    ...place,
    supports: evidenceOf(found, signals),
    refutes:
      standing === 'ruled-out'
        ? signals.links
            .filter((link) => link.watched > 0)
            .map((link) => ({
              name: 'received',
              value: `${bytesText(link.bytes)}, silent at ${link.silent} of ${link.watched} looks`,
              unit: '',
              member: ends(link.ends, signals),
            }))
        : [],
    unseen: noLogs(
      signals,
      '"stepped down since quorum is not active" tells a cut link from a pause',
    ),
    action: actionOf(place, signals),
  })
}

const findingsOf = (signals: Signals): Findings => {
  const late = new Set(
    signals.members
      .filter((one) => processOf(one, signals) === 'starved')
      .map((one) => one.endpoint),
  )
  const away = new Set(signals.absences.map((absence) => absence.endpoint))
  const links = signals.links.filter(
    ({ ends: pair }) => !pair.some((end) => late.has(end) || away.has(end)),
  )
  const cut = signals.depositions.filter((deposition) => deposition.how === 'cut')
  const clean = signals.depositions.filter((deposition) => deposition.how === 'clean')
  const broken = links.filter(
    (link) => link.sentFailures + link.disconnects > 0 || link.unconnected > 0,
  )
  return {
    silent: links.filter(
      (link) => isSurelySilent(link, signals) || (link.silent === 1 && link.watched <= 3),
    ),
    broken,
    resetting: broken.filter((link) => link.broken >= RESETTING_LOOKS),
    far: links.filter((link) => isFar(link, signals)),
    cut: cut.map((deposition) => deposition.leader),
    told: cut.filter((deposition) => deposition.log === 'quorum-inactive').length,
    clean: clean.length,
    alone:
      away.size > 0
        ? []
        : signals.members.filter((member) => member.alone >= 2).map((member) => member.endpoint),
    leaderless: away.size > 0 ? 0 : signals.history.leaderless.length,
  }
}

/** Established streams of processes that run do not break by themselves: once is a stream renewed, this often is the way. */
const RESETTING_LOOKS = 3

/** Short timeouts make no network slow: below a tenth of the default one they are what is wrong. */
const DEFAULT_ELECTION_MS = 1000

const isFar = (link: LinkSignals, { calmLinks, limits, settings }: Signals): boolean => {
  const now = meanRoundTripMs(link)
  const before = meanRoundTripMs(calmLinks.find((calm) => calm.ends.join() === link.ends.join()))
  if (now === undefined) return false
  return (
    now >=
      Math.max(
        limits.farFloorMs,
        limits.farShare * Math.max(DEFAULT_ELECTION_MS, settings.electionMs),
      ) && now >= limits.slowFactor * (before ?? 0)
  )
}

const standingOf = (found: Findings, signals: Signals): Standing => {
  if (signals.trouble === undefined) return 'ruled-out'
  const sees = found.silent.length > 0 || found.broken.length > 0 || found.far.length > 0
  const cuts = found.cut.length
  if (found.silent.some((link) => isSurelySilent(link, signals))) return 'likely'
  if (found.leaderless >= 2 || found.alone.length > 0) return 'likely'
  if (hasStalled(signals))
    return cuts > 0 && found.told > 0 ? 'likely' : sees || cuts > 0 ? 'possible' : 'ruled-out'
  if (cuts >= 2 || found.told > 0 || (cuts === 1 && sees)) return 'likely'
  if (found.resetting.length > 0) return 'likely'
  if (cuts === 1 || found.clean > 0 || (sees && unplanned(signals).length > 0)) return 'possible'
  if (found.far.some((link) => isFarBeyondDoubt(link, signals))) return 'likely'
  return sees ? 'possible' : 'ruled-out'
}

/** Two looks, or one that reaches as far back: no chance loses that many heartbeats. */
const isSurelySilent = ({ silent, silentMs }: LinkSignals, { limits }: Signals): boolean =>
  silent >= 2 || silentMs >= limits.silentLinkMs

/**
 * Where nothing but the round trip speaks: a probe also counts how long both processes waited for the processor, and one
 * sample is half a minute of a busy host. Twice the limit in more than one sample, and less before, is the way.
 */
const isFarBeyondDoubt = (link: LinkSignals, { calmLinks, limits, settings }: Signals): boolean => {
  const election = Math.max(DEFAULT_ELECTION_MS, settings.electionMs)
  return (
    (link.roundTrip?.count ?? 0) > 1 &&
    (meanRoundTripMs(link) ?? 0) >= 2 * limits.farShare * election &&
    calmLinks.some((calm) => (calm.roundTrip?.count ?? 0) > 0)
  )
}

/** A leader that did not run explains silence and late probes as well. */
const hasStalled = ({ depositions }: Signals): boolean =>
  depositions.some(
    (deposition) => deposition.how === 'stalled' || deposition.how === 'stalled-in-fsync',
  )

const ends = ([a, b]: Link, signals: Signals): string =>
  `${nameOf(signals, a)} – ${nameOf(signals, b)}`

const summaryOf = (found: Findings, { member, link }: Place, signals: Signals): string => {
  if (link !== undefined)
    return `The link ${ends(link, signals)} is cut or loses traffic; both members run`
  const far = Math.max(0, ...found.far.map((one) => meanRoundTripMs(one) ?? 0))
  if (far >= signals.settings.electionMs / 2)
    return `Round trips take ${Math.round(far)} ms: no election can be won in ${signals.settings.electionMs} ms`
  if (isOnlyFar(found))
    return `Round trips take ${Math.round(far)} ms of the ${signals.settings.electionMs} ms that followers wait: little room for a gap`
  if (member === undefined) return 'Members that run do not hear each other'
  const leaders = new Set(found.cut)
  if (leaders.size > 1 && leaders.has(member))
    return `Whoever leads loses its followers for a while though it runs, ${nameOf(signals, member)} last`
  return `${nameOf(signals, member)} runs and is not heard by the others`
}

const isOnlyFar = ({ silent, broken, far, cut, alone, leaderless }: Findings): boolean =>
  far.length > 0 &&
  [silent, broken, cut, alone].every((one) => one.length === 0) &&
  leaderless === 0

const evidenceOf = (found: Findings, signals: Signals) => [
  ...found.silent.map((link) => ({
    name: 'looks without a byte',
    value: link.silent,
    unit: `of ${link.watched} looks`,
    member: ends(link.ends, signals),
  })),
  ...seen(
    ...found.far.map((link) =>
      millis('round trip, mean', meanRoundTripMs(link), {
        limit: signals.limits.farShare * signals.settings.electionMs,
        member: ends(link.ends, signals),
      }),
    ),
  ),
  ...seen(
    ...found.broken.map((link) =>
      times(
        'broken connections and failed sends',
        link.sentFailures + link.disconnects,
        ends(link.ends, signals),
      ),
    ),
  ),
  ...seen(
    found.cut.length > 0
      ? times('leaders that lost their place while they ran', found.cut.length)
      : undefined,
    found.told > 0 ? times('"quorum is not active" in their logs', found.told) : undefined,
    found.leaderless > 0 ? times('looks without a leader', found.leaderless) : undefined,
  ),
  ...found.alone.map((endpoint) => ({
    name: 'ran and saw no leader',
    value: signals.members.find((one) => one.endpoint === endpoint)?.alone ?? 0,
    unit: 'looks',
    member: nameOf(signals, endpoint),
  })),
]

const actionOf = ({ member, link }: Place, signals: Signals) => {
  if (link !== undefined)
    return {
      say: `Test the peer port between ${ends(link, signals)} from both hosts, then firewalls and routes on the way`,
      run: 'nc -vz PEER 2380; ping -c 50 PEER; ss -ti dst PEER # retrans',
    }
  if (member !== undefined)
    return {
      say: `Test the peer port of ${nameOf(signals, member)} from the other members, then its interface, firewall and routes`,
      run: 'nc -vz PEER 2380; ping -c 50 PEER; ss -ti dst PEER # retrans',
    }
  return {
    say: "Measure round trips and loss between the members' hosts, then what lies between them all",
    run: 'ping -c 50 PEER; mtr -rwc 50 PEER',
  }
}
