import type { Forecast } from './forecast'
import type { Limits } from '../limits'
import type { Outlook } from './outlook'

/** A member whose database reaches its quota within `quotaWarningMs`, at the pace that was seen. */
export type RunningOut = {
  readonly endpoint: string
  readonly name: string
  readonly forecast: Forecast
  readonly timeToQuotaMs: number
  /** Within `quotaCriticalMs`, or unsteady and so at most a warning. */
  readonly isPressing: boolean
}

/** The soonest first. */
export const runsOut = (
  members: readonly { readonly endpoint: string; readonly name: string }[],
  { forecasts }: Outlook,
  limits: Limits,
): readonly RunningOut[] =>
  members
    .flatMap(({ endpoint, name }) => {
      const forecast = forecasts.get(endpoint)
      const timeToQuotaMs = forecast?.timeToQuotaMs
      if (forecast === undefined || timeToQuotaMs === undefined) return []
      if (timeToQuotaMs > limits.quotaWarningMs) return []
      const isPressing = timeToQuotaMs <= limits.quotaCriticalMs && forecast.confidence === 'good'
      return [{ endpoint, name, forecast, timeToQuotaMs, isPressing }]
    })
    .toSorted((a, b) => a.timeToQuotaMs - b.timeToQuotaMs)
