import type { Action } from '../facts'
import { processOf } from '../status/process'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { foremost, hypothesis, millis, seen, share, times } from './evidence'

/** Clients ask far more than before, and the members strain under it: both must be seen. */
export const overload = (signals: Signals): Hypothesis => {
  const strained = strainedMembers(signals)
  const heavy = isHeavy(signals)
  const partly = heavy || heavyPart(signals) >= signals.limits.heavyShare / 2
  const standing = heavy && strained.length > 0 ? 'likely' : partly ? 'possible' : 'ruled-out'
  return hypothesis('overload', {
    standing: signals.load.rates.some((rate) => rate.commits !== undefined)
      ? standing
      : 'cannot-tell',
    summary: summaryOf(signals, { heavy, partly, strained: strained.length > 0 }),
    supports: partly ? [...loadEvidence(signals), ...strainEvidence(signals)] : [],
    refutes: partly ? [] : loadEvidence(signals),
    unseen: signals.load.rates.some((rate) => rate.commits !== undefined)
      ? []
      : ['No metrics page came twice: what clients ask was not seen'],
    action: listsMore(signals) ? FIND_LISTER : findWriter(signals),
  })
}

const findWriter = ({ settings }: Signals): Action => ({
  say: 'Find who writes most and slow that client down; then size the nodes for it. While a storm warning is open it wants --force',
  ask: `writers ${settings.name}`,
})

const FIND_LISTER: Action = {
  say: 'Find who lists most and slow that client down; then size the nodes for it',
  run: 'curl -s ENDPOINT/metrics | grep ^grpc_server_started_total | sort -gk2 | tail -5 # twice: which call grows',
}

/** Reads rose, and by more than writes did: a watch of writes would show nobody. */
const listsMore = ({ load: { now, usual } }: Signals): boolean =>
  rise(now.ranges, usual.ranges) > Math.max(1, rise(now.commits, usual.commits))

const rise = (now: number | undefined, usual: number | undefined): number =>
  now === undefined ? 0 : now / Math.max(1, usual ?? 0)

/**
 * Most of what was wrong was wrong under the load. An election makes clients list again: then the trouble came first, and
 * weighs more than what follows.
 */
export const isHeavy = (signals: Signals): boolean =>
  signals.load.heavy.length > 0 && heavyPart(signals) >= signals.limits.heavyShare

/** How much of what was wrong was wrong under the load, 0 to 1. */
const heavyPart = ({ load, trouble }: Signals): number => {
  if (trouble === undefined || load.heavy.length === 0) return 0
  const weight = (i: number): number => trouble.weights[i] ?? 0
  const inside = load.heavy.filter((i) => i >= trouble.from && i <= trouble.to)
  const all = trouble.weights.slice(trouble.from, trouble.to + 1).reduce((sum, one) => sum + one, 0)
  const under = inside.reduce((sum, i) => sum + weight(i), 0)
  return all === 0 ? Number(inside.length > 0) : under / all
}

const strainedMembers = (signals: Signals): readonly MemberSignals[] =>
  signals.members.filter((member) => strainsOf(member, signals) >= 2)

const strainsOf = (member: MemberSignals, signals: Signals): number => {
  const { limits } = signals
  const { usualStatusMs, usualFsyncShare } = member
  return [
    (member.pendingMax ?? 0) >= limits.pendingStrain,
    (member.heartbeatFailures ?? 0) > 0,
    (member.statusMs ?? 0) >=
      Math.max(limits.strainedStatusMs, limits.slowFactor * (usualStatusMs ?? 0)) ||
      member.statusesSlow >= 2,
    (member.fsyncShare ?? 0) >= Math.max(limits.fsyncTimeShare, 2 * (usualFsyncShare ?? 0)),
    (member.spillsSlow ?? 0) >= 1,
    processOf(member, signals) !== 'prompt' || member.pagesSlow >= 2,
  ].filter(Boolean).length
}

const loadEvidence = ({ load }: Signals) => {
  const now = load.heavy.length > 0 ? load.now : load.rates.at(-1)
  return seen(
    rate('commits', now?.commits, load.usual.commits),
    rate('bytes from and to clients', now?.clientBytes, load.usual.clientBytes),
    rate('ranges', now?.ranges, load.usual.ranges),
  )
}

const rate = (name: string, value: number | undefined, usual: number | undefined) =>
  value === undefined
    ? undefined
    : {
        name,
        value: round(value),
        unit: 'a second',
        ...(usual !== undefined && { usual: round(usual) }),
      }

const round = (value: number): number => Number(value.toPrecision(3))

const strainEvidence = (signals: Signals) => {
  const worst = foremost(signals.members, (member) => member.pendingMax ?? 0)
  const slowest = foremost(signals.members, (member) => member.statusMs ?? 0)
  const busiest = foremost(signals.members, (member) => member.fsyncShare ?? 0)
  const late = foremost(signals.members, (member) => member.heartbeatFailures ?? 0)
  return seen(
    worst && times('proposals waiting', worst.pendingMax, worst.name),
    late && times('heartbeats sent late', late.heartbeatFailures, late.name),
    slowest &&
      millis('Status, median', slowest.statusMs, {
        usual: slowest.usualStatusMs,
        member: slowest.name,
      }),
    busiest &&
      share('time in fsync', busiest.fsyncShare, {
        usual: busiest.usualFsyncShare,
        member: busiest.name,
      }),
  )
}

type Weighed = { readonly heavy: boolean; readonly partly: boolean; readonly strained: boolean }

const summaryOf = ({ load }: Signals, { heavy, partly, strained }: Weighed): string => {
  if (!partly)
    return load.heavy.length === 0
      ? 'Clients ask no more than before'
      : 'Clients asked more for a while, and what was wrong was mostly wrong without it'
  const rose =
    load.times === undefined || load.times < 2
      ? 'much'
      : `${Math.round(load.times)} times the usual`
  if (!heavy) return `Clients ask ${rose} for part of the trouble`
  return strained
    ? `Clients ask ${rose}, and the members strain under it`
    : `Clients ask ${rose}, and the members carry it`
}
