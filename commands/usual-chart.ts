import type { Chart } from '../src/diagnosis/answer'
import {
  seriesKey,
  WEEK_CELLS,
  type Baseline,
  type UsualSignal,
} from '../src/diagnosis/usual/baseline'
import { byUrgency, isHigh, SIGNAL_NAMES, type UsualLine } from './usual-line'

/**
 * What is usual over the day against now, of the one signal to look at first: what hurts and is farthest above its
 * usual, and where nothing is above, the slowest disk, because an fsync that takes long is what shakes etcd most often.
 * Undefined: less than half of the day was learned.
 */
export const usualChart = (
  lines: readonly UsualLine[],
  learned: Baseline,
  at: number,
): Chart | undefined => {
  const line = mostTelling(lines)
  if (line === undefined) return undefined
  const { signal, endpoint, member } = line
  const hours = hoursOf(learned, signal, endpoint)
  if (hours.length < HOURS / STEP / 2) return undefined
  const { unit, factor } = scaleOf(signal)
  const scaled = (value: number): number => Number((value * factor).toPrecision(3))
  return {
    title: `${SIGNAL_NAMES[signal]} on ${member}`,
    kind: 'line',
    xTitle: `hour of the day, UTC; now ${new Date(at).toISOString().slice(11, 16)}`,
    yTitle: unit,
    labels: hours.map(({ label }) => label),
    series: [
      { name: 'now', values: hours.map(() => scaled(line.now)) },
      { name: 'usual', values: hours.map(({ median }) => scaled(median)) },
      { name: 'mostly below', values: hours.map(({ high }) => scaled(high)) },
    ],
  }
}

const mostTelling = (lines: readonly UsualLine[]): UsualLine | undefined => {
  const [worst] = lines.filter(isHigh).toSorted(byUrgency)
  const fsyncs = lines.filter(({ signal }) => signal === 'fsyncMs')
  return worst ?? fsyncs.toSorted((a, b) => b.now - a.now)[0]
}

const HOURS = 24
/** Slack draws 20 points. */
const STEP = 2

type Hour = { readonly label: string; readonly median: number; readonly high: number }

/** Two hours a point: the mean of their medians, and the higher of what they seldom exceed. Not learned: left out. */
const hoursOf = ({ series }: Baseline, signal: UsualSignal, endpoint: string): readonly Hour[] => {
  const known = series.get(seriesKey(endpoint, signal))
  return Array.from({ length: HOURS / STEP }, (_, i) => i * STEP).flatMap((hour) => {
    const cells = [hour, hour + 1].map((one) => WEEK_CELLS + one)
    const medians = cells.flatMap((cell) => known?.medians[cell] ?? [])
    const highs = cells.flatMap((cell) => known?.highs[cell] ?? [])
    if (medians.length === 0 || highs.length === 0) return []
    const median = medians.reduce((sum, value) => sum + value, 0) / medians.length
    return [{ label: `${String(hour).padStart(2, '0')}:00`, median, high: Math.max(...highs) }]
  })
}

const scaleOf = (signal: UsualSignal): { readonly unit: string; readonly factor: number } => {
  if (signal.endsWith('Ms')) return { unit: 'ms', factor: 1 }
  if (signal.endsWith('Share')) return { unit: '%', factor: 100 }
  if (signal === 'clientBytesPerSecond') return { unit: 'KiB/s', factor: 1 / 1024 }
  if (signal === 'cpuCores') return { unit: 'cores', factor: 1 }
  return { unit: signal.endsWith('PerSecond') ? 'a second' : 'count', factor: 1 }
}
