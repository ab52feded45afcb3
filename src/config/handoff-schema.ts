import { parse, validate as isCron, validateDetailed } from 'node-cron'
import { z } from 'zod'
import { wallIn } from '../diagnosis/wallclock'
import { channel, duration, timezone } from './fields'
import { durationMs } from './quantities'

/** The `handoffs` block: shifts, and who hands them over to whom. */

const person = z.string().regex(/^[UWS][A-Z0-9]{2,}$/, {
  error:
    'need a user id (U…) or a user group id (S…), not a name: Slack shows it under “Copy member ID”',
})

const people = z.array(person).min(1).max(20)

const wall = z.string().refine((text) => wallIn(text) !== undefined, {
  error: 'need a day and time without a zone, such as 2026-01-05T08:00',
})

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'need a time such as 08:00' })

/** What node-cron says is wrong with a line: also a day that no year has. */
const faultIn = (cron: string): string =>
  validateDetailed(cron).errors.find(({ message }) => message !== '')?.message ?? 'it is none'

/** Every second is no shift. */
const isShift = (cron: string): boolean =>
  !isCron(cron) || parse(cron).minute.length * parse(cron).second.length === 1

const cron = z
  .string()
  .refine(isCron, {
    error: ({ input }) =>
      `need a cron line that fires, such as 0 8,20 * * * (${faultIn(String(input))})`,
  })
  .refine(isShift, { error: 'need one change an hour at most, such as 0 8,20 * * *' })
  .describe('When the shift changes, by the wall clock of the time zone.')

const isTurn = (ms: number): boolean => ms >= 3_600_000 && ms % 3_600_000 === 0

const override = z.strictObject({
  who: person,
  from: wall,
  until: wall,
})

const rota = z
  .strictObject({
    people: people.optional().describe('In the order of their turns. Needs start and every.'),
    start: wall.optional().describe('When the first one begins, by the wall clock.'),
    every: z
      .union([z.number(), z.string()])
      .refine((value) => isTurn(durationMs(value) ?? 0), {
        error: 'need the length of a turn in whole hours, such as 12h, 1d or 7d',
      })
      .optional()
      .describe('The length of a turn. Days are days of the wall clock.'),
    week: z
      .strictObject({
        MON: person.optional(),
        TUE: person.optional(),
        WED: person.optional(),
        THU: person.optional(),
        FRI: person.optional(),
        SAT: person.optional(),
        SUN: person.optional(),
      })
      .optional()
      .describe('Who takes over on which day; a day that is not named goes on as the day before.'),
    at: clock.default('08:00').describe('When those of week take over.'),
    timezone: timezone.optional().describe('Default: the handoff’s.'),
    overrides: z.array(override).default([]).describe('Holidays and swaps.'),
  })
  .describe('Who is on call when: people in turns, or by the day of the week.')

export const handoff = z.strictObject({
  cron,
  timezone: timezone.default('UTC'),
  channel: channel.describe('Where the report goes. Invite the bot there.'),
  clusters: z.array(z.string()).min(1).optional().describe('Default: all.'),
  from: people.optional().describe('Who hands over. Default: by the rota.'),
  to: people.optional().describe('Who takes over. Default: by the rota.'),
  rota: rota.optional(),
  draft: duration('1h').describe('How long before the change both get the draft.'),
})

export type WrittenHandoff = z.output<typeof handoff>
export type WrittenRota = z.output<typeof rota>
