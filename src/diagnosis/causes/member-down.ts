import { isLong, isRolling } from '../window/absences'
import type { Absence } from '../window/absences'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { hypothesis, nameOf, noLogs, seen } from './evidence'
import { quorumLost as judgeQuorum } from './quorum-lost'

/** A member's process was away for longer than a restart takes. */
export const memberDown = (signals: Signals): Hypothesis => {
  const long = signals.absences.filter((absence) => isLong(absence, signals))
  const worst = long.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0]
  if (worst === undefined) return looping(signals) ?? awayNow(signals) ?? present(signals)
  const name = nameOf(signals, worst.endpoint)
  const quorumLost = judgeQuorum(signals).standing === 'likely'
  return hypothesis('member-down', {
    standing: quorumLost || isRolling(signals) ? 'possible' : 'likely',
    summary: `${name} ${worst.isOver ? 'was' : 'is'} ${worst.kind === 'refused' ? 'down: nothing listens there' : 'gone: it answers nobody, and its peers hear nothing of it'}`,
    member: worst.endpoint,
    supports: long.map((absence) => ({
      name: absence.kind === 'refused' ? 'without a process' : 'without a word',
      value: Math.round((absence.to - absence.from) / 1000),
      unit: 's',
      limit: signals.limits.memberDownMs / 1000,
      member: nameOf(signals, absence.endpoint),
    })),
    refutes: seen(
      worst.asked
        ? { name: 'asked to stop', value: 'yes, by a signal', unit: '', member: name }
        : undefined,
    ),
    unseen:
      worst.kind === 'silent'
        ? [`Whether ${name} hangs, is off, or is cut off from everybody: only its host tells`]
        : [],
    action: worst.isOver
      ? {
          say: `Find why ${name} stopped: its log, the kernel's, the supervisor's`,
          run: 'journalctl -u etcd --since -1h; journalctl -k --since -1h | grep -i oom',
        }
      : {
          say: `Start ${name}; if its disk is lost, remove it from the cluster before adding a new one`,
          run: 'systemctl status etcd; journalctl -u etcd --since -1h',
        },
  })
}

/** The same process ended again and again, and nobody asked it to: each absence is short, the sum is not. */
const looping = (signals: Signals): Hypothesis | undefined => {
  const unasked = signals.history.restarts.filter((restart) => restart.asked !== true)
  const counts = new Map<string, number>()
  for (const { endpoint } of unasked) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
  const [endpoint, most] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? []
  if (endpoint === undefined || most === undefined || most < 2) return undefined
  const name = nameOf(signals, endpoint)
  return hypothesis('member-down', {
    standing: 'likely',
    summary: `${name} keeps ending and starting again: ${most} times in this window`,
    member: endpoint,
    supports: [...counts].map(([one, count]) => ({
      name: 'process started anew',
      value: count,
      unit: 'times',
      member: nameOf(signals, one),
    })),
    unseen: noLogs(signals, 'the line before each end, or a signal, tells why it ended'),
    action: {
      say: `Find why ${name} keeps ending: its last log lines, the kernel's (out of memory), the supervisor's (a failing probe)`,
      run: 'journalctl -u etcd --since -1h | grep -iE "panic|fatal|signal"; journalctl -k --since -1h | grep -i oom',
    },
  })
}

/** A single look that met nobody may be a moment's. */
const isSure = ({ kind, looks }: Absence): boolean => kind === 'refused' || looks >= 2

/** Gone now, and not for longer than a restart takes: it may come back, or stay away. */
const awayNow = (signals: Signals): Hypothesis | undefined => {
  const now = signals.absences.find((absence) => !absence.isOver && isSure(absence))
  if (now === undefined) return undefined
  const name = nameOf(signals, now.endpoint)
  return hypothesis('member-down', {
    standing: 'possible',
    summary:
      now.kind === 'refused'
        ? `${name} is away now: nothing listens there, for no longer than a restart takes so far`
        : `${name} is silent now: it answers nobody, and its peers hear nothing of it; for no longer than a pause may take so far`,
    member: now.endpoint,
    supports: [
      {
        name: now.kind === 'refused' ? 'without a process' : 'without a word',
        value: Math.round((now.to - now.from) / 1000),
        unit: 's',
        limit: signals.limits.memberDownMs / 1000,
        member: name,
      },
    ],
    unseen: [
      `Whether ${name} comes back: ask again in a few seconds`,
      ...(now.kind === 'silent'
        ? [`Whether ${name} hangs, is paused, or is cut off from everybody: only its host tells`]
        : []),
    ],
    action: {
      say:
        now.kind === 'refused'
          ? `If ${name} was not restarted on purpose, start it`
          : `See whether ${name}'s host runs and can be reached`,
      run: 'systemctl status etcd',
    },
  })
}

const present = (signals: Signals): Hypothesis =>
  hypothesis('member-down', {
    standing: 'ruled-out',
    summary: 'No member was away for longer than a restart takes',
    refutes: signals.members
      .filter((member) => member.refused > 0)
      .map((member) => ({
        name: 'looks refused',
        value: member.refused,
        unit: 'looks',
        member: member.name,
      })),
    action: { say: 'Nothing to do' },
  })
