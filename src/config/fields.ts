import { z } from 'zod'
import { durationMs } from './quantities'

/** Kinds of values that several blocks of the configuration have. */

export const duration = (fallback?: string) => {
  const written = z
    .union([z.number(), z.string()])
    .refine((value) => (durationMs(value) ?? -1) > 0, {
      error: 'need a duration such as 250ms, 2s or 1h30m',
    })
  return fallback === undefined ? written : written.default(fallback)
}

const isTimezone = (text: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: text }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}

export const timezone = z
  .string()
  .refine(isTimezone, { error: 'need an IANA time zone such as Europe/Zurich' })

/** A name would do for a post, and not for the look into the channel's history that keeps it from being doubled. */
export const channel = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,}$/, { error: 'need a channel id (C…), not its name' })
