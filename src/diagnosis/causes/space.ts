import type { Signals } from '../signals'
import type { Hypothesis } from '../verdict'
import { hypothesis, seen, share } from './evidence'

/** The database reached its quota: the alarm stands, and every write is refused until it is disarmed. */
export const space = (signals: Signals): Hypothesis => {
  const raised = signals.looks.some((look) =>
    look.members.some((member) => member.errors.some(isNoSpace)),
  )
  const fullest = Math.max(0, ...lastShares(signals))
  const full = fullest >= signals.limits.spaceCriticalShare
  const unread = signals.looks.every((look) => look.members.every((member) => !member.status.came))
  return hypothesis('space', {
    standing: raised ? 'likely' : full ? 'possible' : unread ? 'cannot-tell' : 'ruled-out',
    summary: raised
      ? 'The database is full: the NOSPACE alarm refuses every write'
      : full
        ? 'The database is nearly full'
        : 'The database is within its quota',
    [raised || full ? 'supports' : 'refutes']: seen(
      raised ? { name: 'alarm', value: 'NOSPACE', unit: '' } : undefined,
      share('database of its quota', fullest || undefined, {
        limit: signals.limits.spaceCriticalShare,
      }),
    ),
    unseen: unread ? ['No Status was read: it names the alarms'] : [],
    action: {
      say: 'Compact, defragment one member after the other, the leader last, then disarm the alarm; find the writer that filled it',
      run: 'etcdctl compact $(etcdctl endpoint status -w json | jq ".[0].Status.header.revision"); etcdctl defrag; etcdctl alarm disarm',
    },
  })
}

const isNoSpace = (error: string): boolean => error.includes('alarm:NOSPACE')

const lastShares = ({ looks }: Signals): readonly number[] =>
  (looks.at(-1)?.members ?? [])
    .map((member) => member.quotaShare)
    .filter((value) => value !== undefined)
