import { forecastOf } from '../usual/forecast'
import type { Forecast, SizePoint } from '../usual/forecast'
import type { ShiftLook } from './facts'

/** The member that reaches its quota first, or that is nearest to it. */
export type SpaceAhead = Pick<Forecast, 'timeToQuotaMs' | 'growthBytesPerHour' | 'confidence'> & {
  readonly member: string
  readonly fileBytes: number
  readonly quotaBytes: number
  /** Of the quota, 0 to 1. */
  readonly share: number
}

/** From looks in order of time, as of `now`. Undefined: no member told its size and its quota. */
export const spaceAheadOf = (looks: readonly ShiftLook[], now: number): SpaceAhead | undefined => {
  const members = looks.at(-1)?.members ?? []
  return members
    .flatMap(({ endpoint, name, dbSizeBytes: fileBytes, quotaShare: share }) => {
      if (fileBytes === undefined || share === undefined || share <= 0) return []
      const quotaBytes = fileBytes / share
      const forecast = forecastOf(sizesOf(looks, endpoint), quotaBytes, now)
      return [{ ...forecast, member: name, fileBytes, quotaBytes, share }]
    })
    .toSorted(
      (a, b) =>
        (a.timeToQuotaMs ?? Number.MAX_VALUE) - (b.timeToQuotaMs ?? Number.MAX_VALUE) ||
        b.share - a.share,
    )[0]
}

const sizesOf = (looks: readonly ShiftLook[], endpoint: string): readonly SizePoint[] =>
  looks.flatMap(({ at, members }) => {
    const member = members.find((one) => one.endpoint === endpoint)
    const fileBytes = member?.dbSizeBytes
    return fileBytes === undefined ? [] : [{ at, fileBytes, inUseBytes: member?.dbInUseBytes }]
  })
