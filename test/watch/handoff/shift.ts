import type { HandoffConfig } from '../../../src/config'
import { line } from '../../../src/diagnosis/line'
import type { HandoffNews } from '../../../src/slack/handoff/news'
import { answerOf } from '../../support/face'

/** Builders: a shift that changes at 08:00 in Berlin, from U1 to U2. */

export const daily = (over: Partial<HandoffConfig> = {}): HandoffConfig => ({
  name: 'daily',
  cron: '0 8 * * *',
  timezone: 'Europe/Berlin',
  channel: 'C1',
  clusters: ['prod'],
  from: ['U1'],
  to: ['U2'],
  rota: undefined,
  draftMs: 3_600_000,
  acceptMs: 1_800_000,
  storeWaitMs: 900_000,
  ...over,
})

export const reportNews = (over: Partial<HandoffNews> = {}): HandoffNews => ({
  v: 1,
  kind: 'handoff',
  place: 'report',
  lane: 'handoff.daily',
  handoff: 'daily',
  change: Date.parse('2026-11-23T07:00Z'),
  changeText: 'Mon 23 Nov 08:00',
  from: ['U1'],
  to: ['U2'],
  lines: [line('prod: quiet')],
  remarks: [],
  ...over,
})

export const quietReport = (text = 'prod: quiet') => ({
  lines: [line(text)],
  details: answerOf({ headline: 'The shift in numbers.', state: undefined, json: {} }),
  isWhole: true,
})
