import type { Usual, UsualSignal } from '../src/diagnosis/usual/baseline'
import { bytesText, durationText, shareText } from '../src/diagnosis/quantity'

/** One signal of one member: now, and what is usual. */
export type UsualLine = {
  readonly member: string
  readonly endpoint: string
  readonly signal: UsualSignal
  readonly now: number
  readonly usual: Usual | undefined
}

/** Above what 95 of 100 looks show, and not by a hair. */
export const isHigh = ({ now, usual }: UsualLine): boolean =>
  usual !== undefined && now > 1.5 * usual.high && now > 1.5 * usual.median

/** How far above: by what is seldom exceeded, since half of the looks may show next to nothing. */
const excessOf = ({ now, usual }: UsualLine): number =>
  usual === undefined || usual.high === 0 ? 0 : now / usual.high

/** What it takes to hurt: slow, not only busy, and not only several times next to nothing. ms, shares, proposals. */
const HURTS: Readonly<Partial<Record<UsualSignal, number>>> = {
  statusMs: 5,
  pageMs: 5,
  fsyncMs: 5, // etcd wants a disk that syncs within 10 ms
  fsyncShare: 0.05,
  commitMs: 5,
  spillMs: 5,
  roundTripMs: 5,
  pending: 5,
}

export const hurts = (line: UsualLine): boolean =>
  isHigh(line) && line.now >= (HURTS[line.signal] ?? Infinity)

/** What hurts before what is merely more, the farthest above its usual first. */
export const byUrgency = (a: UsualLine, b: UsualLine): number =>
  Number(hurts(b)) - Number(hurts(a)) || excessOf(b) - excessOf(a)

/** `mean fsync on m1 is 8 ms, usually 2 ms (4 ×)`. */
export const lineText = ({ member, signal, now, usual }: UsualLine): string => {
  const is = `${SIGNAL_NAMES[signal]} on ${member} is ${valueText(signal, now)}`
  if (usual === undefined) return is
  const times = usual.median === 0 ? '' : ` (${Number((now / usual.median).toPrecision(2))} ×)`
  return `${is}, usually ${valueText(signal, usual.median)}${times}`
}

export const SIGNAL_NAMES: Readonly<Record<UsualSignal, string>> = {
  statusMs: 'Status time',
  pageMs: 'metrics page time',
  fsyncMs: 'mean fsync',
  fsyncShare: 'time in fsync',
  commitMs: 'mean backend commit',
  spillMs: 'mean commit spill',
  roundTripMs: 'round trip of the slowest link',
  commitsPerSecond: 'commits a second',
  rangesPerSecond: 'ranges a second',
  clientBytesPerSecond: 'client traffic a second',
  cpuCores: 'CPU',
  goroutines: 'goroutines',
  pending: 'pending proposals',
}

export const valueText = (signal: UsualSignal, value: number): string => {
  if (signal.endsWith('Ms')) return durationText(Number(value.toPrecision(3)))
  if (signal.endsWith('Share')) return shareText(value)
  if (signal === 'clientBytesPerSecond') return bytesText(value)
  const number = Number(value.toPrecision(3))
  return signal === 'cpuCores' ? `${number} cores` : String(number)
}
