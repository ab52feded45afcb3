import type { ShiftLook } from './facts'

/** The member that is nearest to its quota. */
export type SpaceAhead = {
  readonly member: string
  readonly fileBytes: number
  readonly quotaBytes: number
  /** Of the quota, 0 to 1. */
  readonly share: number
  /** Undefined: it does not grow, or too little was seen. */
  readonly timeToQuotaMs: number | undefined
  readonly growthBytesPerHour: number | undefined
  readonly confidence: 'good' | 'fair' | 'too little seen'
}

/** Undefined: no member told its size and its quota. */
export const spaceAheadOf = (looks: readonly ShiftLook[]): SpaceAhead | undefined => {
  const members = looks.at(-1)?.members ?? []
  return members
    .flatMap(({ name, dbSizeBytes: fileBytes, quotaShare: share }) =>
      fileBytes === undefined || share === undefined || share <= 0
        ? []
        : [
            {
              member: name,
              fileBytes,
              quotaBytes: fileBytes / share,
              share,
              timeToQuotaMs: undefined,
              growthBytesPerHour: undefined,
              confidence: 'too little seen' as const,
            },
          ],
    )
    .toSorted((a, b) => b.share - a.share)[0]
}
