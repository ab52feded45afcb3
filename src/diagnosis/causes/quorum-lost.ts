import { majorityIn, mostAway, votersIn } from '../window/absences'
import type { Absence } from '../window/absences'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { hypothesis, nameOf } from './evidence'

/** So many members are away that the rest is no majority: no election can be won. */
export const quorumLost = (signals: Signals): Hypothesis => {
  const absences = signals.absences.filter(
    (absence) => absence.looks >= 2 || absence.to - absence.from >= signals.limits.memberDownMs / 2,
  )
  const away = mostAway(absences)
  const lost = away >= neededAway(signals) || (away > 0 && isTooFewLeft(signals))
  const confirmed = lost && !isLedMeanwhile(absences, signals)
  const still = absences.filter((absence) => !absence.isOver)
  return hypothesis('quorum-lost', {
    standing: confirmed ? 'likely' : lost ? 'possible' : 'ruled-out',
    summary: lost
      ? `${away < neededAway(signals) ? 'At least ' : ''}${away} of ${votersIn(signals)} members ${still.length > 0 ? 'are' : 'were'} down at once: the rest is no majority`
      : 'A majority was always there',
    supports: lost ? absences.map((absence) => evidenceOf(absence, signals)) : [],
    refutes: lost
      ? []
      : [
          {
            name: 'members away at once',
            value: away,
            unit: 'members',
            limit: neededAway(signals),
          },
        ],
    action:
      still.length > 0
        ? {
            say: `Start ${list(still, signals)}; restore from a snapshot only if their disks are lost for good`,
            run: 'systemctl start etcd # on each of them; then etcdctl endpoint status --cluster -w table',
          }
        : {
            say: 'Find why several members stopped together: host, power, rollout',
            run: 'journalctl -u etcd --since -1h # on each of them',
          },
  })
}

/** At most looks with members away somebody still saw a leader: then the missing ones were no majority. */
const isLedMeanwhile = (absences: readonly Absence[], { looks }: Signals): boolean => {
  const during = looks.filter((look) =>
    absences.some((one) => look.at >= one.from && look.at < one.to),
  )
  const led = during.filter((look) => look.members.some((member) => member.seesLeader === true))
  return led.length > during.length / 2
}

/** Without a leader, and with fewer members seen to run than elect one: the unwatched rest does not answer them either. */
const isTooFewLeft = (signals: Signals): boolean => {
  const needed = votersIn(signals) - neededAway(signals) + 1
  const leaderless = signals.looks.filter((look) => signals.history.leaderless.includes(look.at))
  return (
    leaderless.length >= 2 &&
    leaderless.every(
      (look) => look.members.filter((member) => member.seesLeader !== undefined).length < needed,
    )
  )
}

/** How many must be away for the rest to be no majority. */
export const neededAway = (signals: Signals): number =>
  Math.max(1, votersIn(signals) - majorityIn(signals) + 1)

const evidenceOf = (absence: Absence, signals: Signals) => ({
  name: absence.kind === 'refused' ? 'without a process' : 'without a word',
  value: Math.round((absence.to - absence.from) / 1000),
  unit: 's',
  member: nameOf(signals, absence.endpoint),
})

const list = (absences: readonly Absence[], signals: Signals): string =>
  [...new Set(absences.map((absence) => nameOf(signals, absence.endpoint)))].join(' and ')
