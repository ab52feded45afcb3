import type { Action } from '../facts'
import { DISK_UNSEEN, forecastEvidence, soonText } from '../usual/quota-words'
import { runsOut } from '../usual/running-out'
import type { Signals } from '../window/signals'
import type { Hypothesis, Standing } from '../verdict'
import { hypothesis, seen, share, unplanned } from './evidence'

/** The database reached its quota: the alarm stands, and every write is refused until it is disarmed. */
export const space = (signals: Signals): Hypothesis => {
  const raised = isRaised(signals)
  const fullest = fullestIn(signals)
  const full = (fullest?.share ?? 0) >= signals.limits.spaceCriticalShare
  const [soon] = runningOut(signals)
  const speaks = raised || full || soon !== undefined
  return hypothesis('space', {
    standing: standingOf(signals, { raised, full, soon: soon !== undefined }),
    summary:
      raised || full || soon === undefined
        ? SUMMARIES[raised ? 'raised' : full ? 'full' : 'fine']
        : soonText(soon),
    ...(soon !== undefined && !raised && !full && { member: soon.endpoint }),
    [speaks ? 'supports' : 'refutes']: seen(
      raised ? { name: 'alarm', value: 'NOSPACE', unit: '' } : undefined,
      share('database of its quota', fullest?.share, {
        limit: signals.limits.spaceCriticalShare,
        ...(fullest && { member: fullest.name }),
      }),
      ...(soon === undefined ? [] : forecastEvidence(soon, signals.limits)),
    ),
    unseen: [
      ...(isUnread(signals) ? ['No Status was read: it names the alarms'] : []),
      ...(soon === undefined ? [] : [DISK_UNSEEN]),
    ],
    action: raised ? DISARM : shrink(signals),
  })
}

const SUMMARIES = {
  raised: 'The database is full: the NOSPACE alarm refuses every write',
  full: 'The database is nearly full',
  fine: 'The database is within its quota',
} as const

/** While no write is taken there is no writer to be seen. */
const DISARM: Action = {
  say: 'Compact, defragment one member after the other, the leader last, then disarm the alarm; then the subcommand writers tells who fills it',
  run: 'etcdctl compact $(etcdctl endpoint status -w json | jq ".[0].Status.header.revision"); etcdctl defrag; etcdctl alarm disarm',
}

const shrink = ({ settings }: Signals): Action => ({
  say: 'Compact and defragment one member after the other, the leader last, before the quota is reached; find the writer that fills it',
  ask: `writers ${settings.name}`,
})

type Fullness = { readonly raised: boolean; readonly full: boolean; readonly soon: boolean }

const runningOut = ({ looks, outlook, limits }: Signals) => {
  const last = looks.at(-1)
  return last === undefined ? [] : runsOut(last.members, outlook, limits)
}

/** Writes are refused, or will be within hours: critical whatever else goes on. */
export const isPressing = (signals: Signals): boolean =>
  isRaised(signals) ||
  (fullestIn(signals)?.share ?? 0) >= signals.limits.spaceCriticalShare ||
  runningOut(signals).some((one) => one.isPressing)

const standingOf = (signals: Signals, { raised, full, soon }: Fullness): Standing => {
  if (raised || ((full || soon) && isOnly(signals))) return 'likely'
  if (full || soon) return 'possible'
  return isUnread(signals) ? 'cannot-tell' : 'ruled-out'
}

/** While the trouble lasted: one that was disarmed before explains nothing after it. */
const isRaised = ({ looks, trouble }: Signals): boolean =>
  looks
    .slice(trouble?.from ?? looks.length, (trouble?.to ?? 0) + 1)
    .some((look) => look.members.some((member) => member.errors.some(isNoSpace)))

const isNoSpace = (error: string): boolean => error.includes('alarm:NOSPACE')

/** A nearly full database starts no election and slows nobody: it is the answer only where nothing else wants one. */
const isOnly = (signals: Signals): boolean =>
  unplanned(signals).length === 0 &&
  signals.history.leaderless.length === 0 &&
  signals.members.every(
    ({ pagesLate, stalls, refused, alone, heartbeatFailures }) =>
      pagesLate + stalls + refused + alone + (heartbeatFailures ?? 0) === 0,
  )

type Full = { readonly name: string; readonly share: number }

/** The member whose database is the fullest of its quota. */
const fullestIn = ({ looks }: Signals): Full | undefined =>
  (looks.at(-1)?.members ?? [])
    .flatMap(({ name, quotaShare }) =>
      quotaShare === undefined ? [] : [{ name, share: quotaShare }],
    )
    .toSorted((a, b) => b.share - a.share)[0]

const isUnread = ({ looks }: Signals): boolean =>
  looks.every((look) => look.members.every((member) => !member.status.came))
