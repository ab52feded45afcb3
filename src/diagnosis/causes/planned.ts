import { isLong, isRolling } from '../window/absences'
import { countText } from '../quantity'
import type { Signals } from '../window/signals'
import type { Hypothesis, Standing } from '../verdict'
import { hypothesis, nameOf, noLogs, unplanned } from './evidence'

/** Somebody meant it: a restart of a member, or a transfer of the leadership. */
export const planned = (signals: Signals): Hypothesis => {
  const explained = signals.history.elections.filter((election) => election.planned !== undefined)
  const { restarts } = signals.history
  const transfers = explained.filter((election) => election.planned === 'transfer').length
  return hypothesis('planned', {
    standing: standingOf(signals, explained.length),
    summary:
      explained.length === 0 && restarts.length === 0
        ? 'No restart and no transfer of the leadership was seen'
        : `${restarts.length > 0 ? `${countText(new Set(restarts.map((one) => one.endpoint)).size, 'member')} restarted` : 'The leadership was transferred'}, and ${countText(explained.length, 'election')} followed from it`,
    supports: [
      ...restarts.map((restart) => ({
        name: 'restarted',
        value: restart.asked === true ? 'by a signal' : 'once',
        unit: '',
        member: nameOf(signals, restart.endpoint),
      })),
      ...(transfers > 0 ? [{ name: 'leadership transfers', value: transfers, unit: 'times' }] : []),
    ],
    refutes:
      unplanned(signals).length > 0
        ? [
            {
              name: 'unplanned elections',
              value: unplanned(signals).length,
              unit: 'times',
            },
          ]
        : [],
    unseen: [
      ...noLogs(signals, 'a transfer of the leadership is only there'),
      ...(restarts.some((restart) => restart.asked === undefined) ? [CRASH_OR_RESTART] : []),
    ],
    action: { say: 'Nothing to do, if this was you' },
  })
}

/** The first end of a process explains an election whoever ended it. */
const CRASH_OR_RESTART =
  'Crash or restart: without the log of the member that ended nothing tells whether somebody asked it to; the log would (a signal, or none)'

const standingOf = (signals: Signals, explained: number): Standing => {
  const left = unplanned(signals)
  const { restarts } = signals.history
  const away = signals.absences
  // A log that tells of no signal tells of a crash
  const crashing = restarts.some((restart) => !restart.isFirst || restart.asked === false)
  if (left.length > 0) return isClean(signals) ? 'possible' : 'ruled-out'
  if (explained === 0 && restarts.length === 0) return 'ruled-out'
  if (crashing || away.some((absence) => !absence.isOver)) return 'possible'
  if (isRolling(signals) || !away.some((absence) => isLong(absence, signals))) return 'likely'
  return 'possible'
}

/** Leaders that changed while nothing else was wrong: transfers that no log tells, or a fault that left no trace. */
const isClean = ({ history, depositions, logs }: Signals): boolean =>
  logs === undefined &&
  history.leaderless.length === 0 &&
  depositions.every((deposition) => deposition.how === 'clean')
