import type { LogEvent } from '../facts'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { foremost, hypothesis, nameOf, noLogs, seen, times } from './evidence'

/** A defragmentation holds a member's backend for its whole time: everything on it waits. */
export const maintenance = (signals: Signals): Hypothesis => {
  const defragging = foremost(signals.members, (member) => member.defrags)
  const logged = (signals.logs ?? []).filter(isLongWork)
  const suffers = signals.members.some(
    (member) =>
      member.endpoint === defragging?.endpoint &&
      (member.statusesSlow > 0 || member.led > 0 || (member.heartbeatFailures ?? 0) > 0),
  )
  const standing =
    defragging && signals.trouble
      ? suffers
        ? 'likely'
        : 'possible'
      : logged.length > 0 && signals.trouble
        ? 'possible'
        : 'ruled-out'
  return hypothesis('maintenance', {
    standing,
    summary: defragging
      ? `${defragging.name} is being defragmented: it answers nothing from its backend meanwhile`
      : logged.length > 0
        ? 'A compaction or snapshot took long'
        : 'No defragmentation or long compaction coincides',
    ...(defragging && { member: defragging.endpoint }),
    supports: seen(
      defragging && times('defragmentations', defragging.defrags, defragging.name),
      ...logged.slice(0, 3).map((event) => ({
        name: event.kind,
        value: Math.round(event.tookMs ?? 0),
        unit: 'ms',
        member: nameOf(signals, event.endpoint),
      })),
    ),
    unseen: noLogs(signals, 'compactions and snapshots that took long are only there'),
    action: {
      say: 'Let it finish; defragment one member at a time, the leader last, in quiet hours, and seldom',
    },
  })
}

const LONG_MS = 1000

const isLongWork = (event: LogEvent): boolean =>
  event.kind === 'defrag-start' ||
  (event.kind === 'snapshot' && (event.tookMs ?? 0) >= LONG_MS) ||
  (event.kind === 'compaction' && (event.tookMs ?? 0) >= LONG_MS)
