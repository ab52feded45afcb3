import type { Evidence } from '../facts'
import { meanRoundTripMs, unplanned } from './evidence'
import type { Rates } from '../window/load'
import { deviationName, learnedText } from '../usual/unusual'
import type { Deviation, RiskySignal } from '../usual/unusual'
import type { MemberUsual } from '../usual/outlook'
import type { Signals } from '../window/signals'
import type { CauseName, Hypothesis } from '../verdict'

/**
 * A hypothesis beside what was learned of the cluster. Far above the usual speaks for a cause, and makes one possible that
 * the window alone rules out. High by the absolute limit but usual here speaks against it, where nothing broke. What was
 * learned names no cause by itself, and takes none away that an election stands for.
 */
export const besideUsual = (one: Hypothesis, signals: Signals): Hypothesis => {
  if (signals.outlook.usual.size === 0) return one
  const against = isBroken(signals) ? [] : usualEvidence(one, signals)
  if (one.standing === 'likely' && against.length > 0)
    return { ...one, standing: 'possible', refutes: [...one.refutes, ...against] }
  const speaking = signals.deviations.filter(({ signal }) => SPEAKS_FOR[signal] === one.cause)
  const [first] = speaking
  if (first === undefined) return one
  const supports = [...one.supports, ...speaking.map(deviationEvidence)]
  if (one.standing !== 'ruled-out') return { ...one, supports }
  return {
    ...one,
    standing: 'possible',
    summary: `${first.name}'s ${deviationName(first)} is far above the usual`,
    member: first.endpoint,
    supports,
  }
}

const SPEAKS_FOR: Readonly<Record<RiskySignal, CauseName>> = {
  fsyncShare: 'disk',
  statusMs: 'disk',
  pageMs: 'cpu',
  roundTripMs: 'network',
  pending: 'overload',
}

const deviationEvidence = ({ name, signal, value, usual, limit }: Deviation): Evidence => {
  const [times, unit] = UNITS[signal]
  const shown = (one: number): number => Number((one * times).toPrecision(3))
  return {
    name: `${deviationName({ signal })}, far above the usual`,
    value: shown(value),
    unit,
    limit: shown(limit),
    usual: shown(usual.median),
    member: name,
  }
}

/** Shares are told as per cent. */
const UNITS: Readonly<Record<RiskySignal, readonly [number, string]>> = {
  fsyncShare: [100, '%'],
  statusMs: [1, 'ms'],
  pageMs: [1, 'ms'],
  roundTripMs: [1, 'ms'],
  pending: [1, 'waiting'],
}

/** An election, or nobody to lead: that is never usual. */
const isBroken = (signals: Signals): boolean =>
  unplanned(signals).length > 0 || signals.history.leaderless.length > 0

/** Above the learned high by a hair is still usual. */
const NEAR = 1.25

/** What the cause rests on, where it is no more than usual at this hour. */
const usualEvidence = (one: Hypothesis, signals: Signals): readonly Evidence[] => {
  if (one.cause === 'overload') return usualLoad(signals)
  const endpoints = one.member === undefined ? (one.link ?? []) : [one.member]
  if (one.cause === 'disk') return endpoints.flatMap((endpoint) => usualFsyncs(endpoint, signals))
  return one.cause === 'network' ? usualTrips(endpoints, signals) : []
}

const usualFsyncs = (endpoint: string, { members, outlook }: Signals): readonly Evidence[] => {
  const member = members.find((candidate) => candidate.endpoint === endpoint)
  const learned = outlook.usual.get(endpoint)?.fsyncShare
  const value = member?.fsyncShare
  if (value === undefined || learned === undefined || value > NEAR * learned.high) return []
  return [
    {
      name: `time in fsync, usual ${learnedText(learned)}`,
      value: Number((100 * value).toPrecision(3)),
      unit: '%',
      usual: Number((100 * learned.median).toPrecision(3)),
      ...(member !== undefined && { member: member.name }),
    },
  ]
}

/** Only where the links are slow and whole: one that is silent or broken is never usual. */
const usualTrips = (endpoints: readonly string[], signals: Signals): readonly Evidence[] => {
  const links = signals.links.filter(({ ends }) =>
    endpoints.length === 0 ? true : ends.some((end) => endpoints.includes(end)),
  )
  const isWhole = links.every(
    (link) => link.silent + link.unconnected + link.sentFailures + link.disconnects === 0,
  )
  const value = Math.max(0, ...links.flatMap((link) => meanRoundTripMs(link) ?? []))
  const learned = links
    .flatMap(({ ends }) => ends.flatMap((end) => signals.outlook.usual.get(end)?.roundTripMs ?? []))
    .toSorted((a, b) => b.high - a.high)[0]
  if (!isWhole || learned === undefined || value === 0 || value > NEAR * learned.high) return []
  return [
    {
      name: `round trip, usual ${learnedText(learned)}`,
      value: Number(value.toPrecision(3)),
      unit: 'ms',
      usual: Number(learned.median.toPrecision(3)),
    },
  ]
}

const LOADS = {
  commits: 'commitsPerSecond',
  clientBytes: 'clientBytesPerSecond',
  ranges: 'rangesPerSecond',
} as const satisfies Readonly<Record<keyof Rates, keyof MemberUsual>>

/** Every rate that was seen is one that the cluster carries at this hour. */
const usualLoad = ({ load, members, outlook }: Signals): readonly Evidence[] => {
  const all = (['commits', 'clientBytes', 'ranges'] as const).flatMap((rate) => {
    const learned = members.flatMap(
      ({ endpoint }) => outlook.usual.get(endpoint)?.[LOADS[rate]] ?? [],
    )
    const value = load.now[rate]
    if (value === undefined || learned.length < members.length) return []
    const highs = learned.map(({ high }) => high)
    // Each member commits every entry; clients are spread over them
    const high = rate === 'commits' ? Math.max(...highs) : highs.reduce((sum, one) => sum + one, 0)
    return [{ rate, value, high, learned: learned[0] }]
  })
  if (all.length === 0 || all.some(({ value, high }) => value > NEAR * high)) return []
  return all.slice(0, 1).map(({ rate, value, high, learned }) => ({
    name: `${LOAD_NAMES[rate]}, usual ${learned === undefined ? '' : learnedText(learned)}`,
    value: Number(value.toPrecision(3)),
    unit: 'a second',
    usual: Number(high.toPrecision(3)),
  }))
}

const LOAD_NAMES: Readonly<Record<keyof Rates, string>> = {
  commits: 'commits',
  clientBytes: 'bytes from and to clients',
  ranges: 'ranges',
}
