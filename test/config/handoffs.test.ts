import { describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load'

const CLUSTERS = 'clusters:\n  prod:\n    endpoints: [http://127.0.0.1:2379]\n'

const handoffOf = (lines: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'storm-handoff-'))
  const file = join(folder, 'clusters.yaml')
  writeFileSync(file, `${CLUSTERS}handoffs:\n  day:\n${lines.replace(/^/gm, '    ')}\n`)
  try {
    return loadConfig(file, {}).handoffs[0]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const mistakeIn = (lines: string): string => {
  try {
    handoffOf(lines)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the handoff was accepted')
}

const FRAME = 'cron: 0 8 * * *\nchannel: C0123\n'
const rota = (lines: string): string => `${FRAME}rota:\n${lines.replace(/^/gm, '  ')}`
const order = (lines: string): string =>
  rota(`people: [U01, U02]\nstart: 2026-01-05T08:00\nevery: 7d\n${lines}`)

describe('a handoff', () => {
  test('of a group needs little', () => {
    expect(handoffOf(`${FRAME}to: [S0123]`)).toMatchObject({
      name: 'day',
      cron: '0 8 * * *',
      timezone: 'UTC',
      clusters: ['prod'],
      to: ['S0123'],
      from: undefined,
      rota: undefined,
      draftMs: 3_600_000,
      acceptMs: 1_800_000,
    })
  })

  test('by a rota takes its zone from the handoff', () => {
    const made = handoffOf(
      `${order('overrides: [{who: U03, from: 2026-07-01T08:00, until: 2026-07-02T08:00}]')}\ntimezone: Europe/Berlin`,
    )
    expect(made?.rota).toEqual({
      people: ['U01', 'U02'],
      startWall: Date.UTC(2026, 0, 5, 8),
      everyMs: 7 * 86_400_000,
      timezone: 'Europe/Berlin',
      overrides: [{ who: 'U03', from: Date.UTC(2026, 6, 1, 6), until: Date.UTC(2026, 6, 2, 6) }],
    })
  })

  test('by the day of the week', () => {
    expect(handoffOf(rota('week: {MON: U01, THU: U02}\nat: "07:30"'))?.rota).toEqual({
      week: { MON: 'U01', THU: 'U02' },
      atMs: 27_000_000,
      timezone: 'UTC',
      overrides: [],
    })
  })

  test('on 29 February is one', () =>
    expect(handoffOf('cron: 0 8 29 2 *\nchannel: C0123\nto: [U01]')).toBeDefined())
})

describe('what is wrong with a handoff is named with its cure', () => {
  test.each([
    [
      'a line that is none',
      'cron: soon\nchannel: C0123\nto: [U01]',
      'cron (line 6): need a cron line that fires, such as',
    ],
    [
      'a line that never fires',
      'cron: 0 8 31 2 *\nchannel: C0123\nto: [U01]',
      'need a cron line that fires, such as 0 8,20 * * * (31 2 is an impossible day',
    ],
    [
      'a change every minute',
      'cron: "* * * * *"\nchannel: C0123\nto: [U01]',
      'one change an hour at most',
    ],
    [
      'a zone that is none',
      `${FRAME}to: [U01]\ntimezone: Europe/Zuerich`,
      'need an IANA time zone',
    ],
    [
      'a channel’s name',
      'cron: 0 8 * * *\nchannel: "#ops"\nto: [U01]',
      'need a channel id (C…), not its name',
    ],
    ['nobody', FRAME, 'need to (who takes over) or a rota, have neither'],
    ['an empty list', `${FRAME}to: []`, 'to (line 8): need at least 1 entries'],
    [
      'a name of a person',
      `${FRAME}to: [ada]`,
      'need a user id (U…) or a user group id (S…), not a name',
    ],
    [
      'a cluster that is not there',
      `${FRAME}to: [U01]\nclusters: [prd]`,
      'clusters.0 (line 9): need a cluster of this file (prod), have "prd"',
    ],
    [
      'a rota of nobody',
      rota('people: []\nstart: 2026-01-05T08:00\nevery: 7d'),
      'people (line 9): need at least 1 entries',
    ],
    [
      'a rota without its start',
      rota('people: [U01]\nevery: 7d'),
      'need when the first turn begins, such as 2026-01-05T08:00',
    ],
    [
      'a start that is no day',
      rota('people: [U01]\nstart: 2026-02-30T08:00\nevery: 7d'),
      'need a day and time without a zone',
    ],
    [
      'a rota without the length of a turn',
      rota('people: [U01]\nstart: 2026-01-05T08:00'),
      'need the length of a turn',
    ],
    ['turns of minutes', rota('people: [U01]\nstart: 2026-01-05T08:00\nevery: 90m'), 'whole hours'],
    ['turns and a week', order('week: {MON: U01}'), 'need exactly one of people'],
    ['a week of nobody', rota('week: {}'), 'need somebody on at least one day'],
    [
      'a week with a start',
      rota('week: {MON: U01}\nstart: 2026-01-05T08:00'),
      'need neither start nor every',
    ],
    ['a day that is none', rota('week: {MONDAY: U01}'), 'the nearest is'],
    [
      'an override that ends before it begins',
      order('overrides: [{who: U01, from: 2026-01-05T08:00, until: 2026-01-05T08:00}]'),
      'need until after from',
    ],
    [
      'overrides that overlap',
      order(
        'overrides:\n  - {who: U01, from: 2026-01-05T08:00, until: 2026-01-07T08:00}\n  - {who: U02, from: 2026-01-06T08:00, until: 2026-01-08T08:00}',
      ),
      'overrides.1 (line 14): need overrides that do not overlap: it does with number 1',
    ],
  ])('%s', (_, lines, said) => expect(mistakeIn(lines)).toContain(said))

  test('a cluster may not take the place that handoffs have in the store', () => {
    const folder = mkdtempSync(join(tmpdir(), 'storm-handoff-'))
    const file = join(folder, 'clusters.yaml')
    writeFileSync(file, CLUSTERS.replace('prod', 'handoff.day'))
    expect(() => loadConfig(file, {})).toThrow('need a name that does not begin with handoff.')
    rmSync(folder, { recursive: true })
  })
})
