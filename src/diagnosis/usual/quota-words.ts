import type { Evidence } from '../facts'
import type { Forecast } from './forecast'
import type { Limits } from '../limits'
import { bytesText, durationText } from '../quantity'
import type { RunningOut } from './running-out'

/** etcd's metrics know the database and nothing else of the disk. */
export const DISK_UNSEEN =
  "The rest of the disk: etcd tells the size of its database only, not of its write-ahead log, its snapshots, or what else fills the device (df on the member's host does)"

/** m1's database reaches its quota in 5.2 h: the file grows by 120 MiB an hour (seen over 24 h, steady). */
export const soonText = (soon: RunningOut): string =>
  `${soon.name}'s database reaches its quota in about ${durationText(soon.timeToQuotaMs)}: ${growthText(soon.forecast)}`

export const growthText = ({ growthBytesPerHour = 0, of, overMs, confidence }: Forecast): string =>
  `${of === 'file' ? 'the file' : 'what is in use'} grows by ${bytesText(growthBytesPerHour)} an hour (seen over ${durationText(overMs)}, ${confidence === 'good' ? 'steady' : 'not long or not steady: a rough guess'})`

export const forecastEvidence = (
  { name, timeToQuotaMs, forecast }: RunningOut,
  limits: Limits,
): readonly Evidence[] => [
  {
    name: 'time to the quota',
    value: Number((timeToQuotaMs / HOUR_MS).toPrecision(2)),
    unit: 'h',
    limit: limits.quotaWarningMs / HOUR_MS,
    member: name,
  },
  {
    name: `growth of ${forecast.of === 'file' ? 'the file' : 'what is in use'} an hour`,
    value: forecast.growthBytesPerHour ?? 0,
    unit: 'bytes',
    member: name,
  },
  { name: 'seen over', value: Math.round(forecast.overMs / HOUR_MS), unit: 'h', member: name },
  { name: 'confidence', value: forecast.confidence, unit: '', member: name },
]

const HOUR_MS = 3_600_000
