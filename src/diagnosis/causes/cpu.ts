import { processOf } from '../status/process'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { foremost, hypothesis, millis, pagesLate, seen, times } from './evidence'
import { isHeavy } from './overload'

/** The process waits for a processor: everything that it does takes long, the page too, and its CPU use falls. */
export const cpu = (signals: Signals): Hypothesis => {
  const states = signals.members.map((member) => processOf(member, signals))
  const starved = signals.members.filter((_, i) => states[i] === 'starved')
  const worst = foremost(starved, (member) => member.pagesSlow)
  if (worst === undefined) return unstarved(signals, states)
  const everywhere = starved.length > signals.members.length / 2 && !movesOn(starved)
  return hypothesis('cpu', {
    standing: isHeavy(signals) || !starved.some(isHarmed) ? 'possible' : 'likely',
    summary: everywhere
      ? 'All members wait for the processor: pages, fsyncs and collections are late together'
      : `${worst.name} waits for the processor: pages, fsyncs and collections are late together`,
    ...(!everywhere && { member: worst.endpoint }),
    supports: starved.flatMap((member) => evidenceOf(member)),
    refutes: isHeavy(signals) ? [{ name: 'load', value: 'far above the usual', unit: '' }] : [],
    action: {
      say: `Give ${everywhere ? 'the members' : worst.name} processor time: raise its CPU limit or move its noisy neighbours; its CPU use falls while it starves`,
      run: "cat /sys/fs/cgroup/cpu.stat # nr_throttled, throttled_usec of etcd's cgroup",
    },
  })
}

/** Somebody waited for it: a page far too late, or its own heartbeats. */
const isHarmed = (member: MemberSignals): boolean =>
  member.pagesLate >= 2 || (member.heartbeatFailures ?? 0) >= 2

const unstarved = (signals: Signals, states: readonly string[]): Hypothesis => {
  const blind = states.every((state) => state === 'unseen')
  return hypothesis('cpu', {
    standing: blind ? 'cannot-tell' : states.includes('late') ? 'possible' : 'ruled-out',
    summary: blind
      ? 'Whether the processes ran in time was not seen'
      : 'No process waited for everything at once',
    refutes: seen(...signals.members.map(pagesLate)),
    unseen: blind ? ['No metrics page was read: its lateness would tell a late process'] : [],
    action: { say: 'Leave the CPU limits as they are' },
  })
}

/** A quota that follows the leader starves one member after the other, never most of them most of the time. */
const movesOn = (starved: readonly MemberSignals[]): boolean =>
  starved.some((member) => member.pagesSlow < member.pages / 2) &&
  starved.filter((member) => member.led > 0).length >= 2

const evidenceOf = (member: MemberSignals) =>
  seen(
    pagesLate(member),
    member.gcPauseMs !== undefined && member.gcPauseMs >= 20
      ? millis('longest garbage collection', member.gcPauseMs, { member: member.name })
      : undefined,
    member.spillsSlow
      ? times('commits slow without I/O', member.spillsSlow, member.name)
      : undefined,
    times('heartbeats sent late', member.heartbeatFailures, member.name),
    member.cpuCores === undefined
      ? undefined
      : {
          name: 'CPU used',
          value: Number(member.cpuCores.toPrecision(2)),
          unit: 'cores',
          ...(member.usualCpuCores !== undefined && {
            usual: Number(member.usualCpuCores.toPrecision(2)),
          }),
          member: member.name,
        },
  )
