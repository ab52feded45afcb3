import { longestOver } from '../histogram'
import type { Signals } from '../window/signals'
import { adviseTimeouts } from '../timeouts'
import type { Hypothesis, Standing } from '../verdict'
import { hypothesis, millis, seen, times, unplanned, usualRoundTripMs } from './evidence'

/** etcd's default, which rides out a lost segment, a collection and a short stall. */
const DEFAULT_ELECTION_MS = 1000

/** Both ends store two samples each 30 s: a minute of calm. */
const STEADY_SAMPLES = 8

/** The timeouts leave no room for the gaps that this network and these hosts have anyway. */
export const timeouts = (signals: Signals): Hypothesis => {
  const { settings } = signals
  const roundTripMs = usualRoundTripMs(signals)
  const advice = adviseTimeouts({
    ...settings,
    roundTripMs: nowRoundTripMs(signals) ?? roundTripMs,
    stallMs: longestStallMs(signals),
  })
  const tight = isTight(signals, roundTripMs)
  const standing = standingOf(signals, tight)
  const evidence = seen(
    millis('election timeout', settings.electionMs, { limit: 10 * Math.max(1, roundTripMs ?? 0) }),
    millis('heartbeat interval', settings.heartbeatMs),
    millis('round trip, mean', nowRoundTripMs(signals) ?? roundTripMs, { usual: roundTripMs }),
    times('elections', unplanned(signals).length),
  )
  return hypothesis('timeouts', {
    standing,
    summary: tight
      ? `An election timeout of ${settings.electionMs} ms leaves no room for the gaps seen here`
      : `An election timeout of ${settings.electionMs} ms is enough for this network`,
    [tight ? 'supports' : 'refutes']: evidence,
    unseen:
      settings.timeoutsFrom === 'default'
        ? [
            "The configured timeouts: neither the configuration nor a start log tells them, etcd's defaults are assumed",
          ]
        : [],
    action: tight
      ? advice
      : {
          say: 'Do not touch the timeouts: longer ones only hide what stalls, and lengthen every real failover',
        },
  })
}

const isTight = ({ settings }: Signals, roundTripMs: number | undefined): boolean =>
  settings.electionMs < DEFAULT_ELECTION_MS ||
  (roundTripMs !== undefined && settings.electionMs < 10 * roundTripMs)

const standingOf = (signals: Signals, tight: boolean): Standing => {
  const { limits, settings } = signals
  if (!tight)
    return settings.timeoutsFrom === 'default' && usualRoundTripMs(signals) === undefined
      ? 'cannot-tell'
      : 'ruled-out'
  const suffers =
    unplanned(signals).length > 0 ||
    signals.members.some((member) => (member.heartbeatFailures ?? 0) > 0) ||
    10 * (nowRoundTripMs(signals) ?? 0) > settings.electionMs
  if (!suffers || signals.trouble === undefined) return 'ruled-out'
  const far = (nowRoundTripMs(signals) ?? 0) > limits.saneRoundTripMs
  // Only a round trip from before the trouble tells what is normal here: a fault lengthens it
  const normal =
    settings.electionMs < DEFAULT_ELECTION_MS ||
    signals.calmLinks.some((link) => (link.roundTrip?.count ?? 0) >= STEADY_SAMPLES)
  // A gap that would depose a leader under the default timeout as well is no matter of timeouts
  const long =
    longestStallMs(signals) >= DEFAULT_ELECTION_MS ||
    signals.links.some((link) => link.silent >= 2) ||
    hasLongAbsence(signals)
  return far || long || !normal ? 'possible' : 'likely'
}

const hasLongAbsence = (signals: Signals): boolean =>
  signals.members.some((member) => member.pagesLate > 0 || member.refused > 0 || member.alone >= 3)

const longestStallMs = (signals: Signals): number =>
  1000 * Math.max(0, ...signals.members.map((member) => longestOver(member.fsync)))

const nowRoundTripMs = ({ links }: Signals): number | undefined => {
  const means = links.flatMap(({ roundTrip }) =>
    roundTrip === undefined || roundTrip.count === 0
      ? []
      : [(1000 * roundTrip.sum) / roundTrip.count],
  )
  return means.length === 0 ? undefined : Math.max(...means)
}
