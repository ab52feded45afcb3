import { expect, test } from '@jest/globals'
import { storms } from '../../commands/storms'
import { HOUR, MINUTE } from '../watch/story'
import { CALM, NOW, cells, scene, story } from './kept'

test('storms tells when, how long, how many, the cause, who took it, and where to read it', async () => {
  const old = story({ id: 'x', since: NOW - 9 * 24 * HOUR, until: NOW - 9 * 24 * HOUR + HOUR })
  const { tools, ask } = scene({ stories: [story(), old] })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer.headline).toBe('Production: 1 storm in the last 7 days.')
  expect(answer.severity).toBe('ok')
  expect(cells(answer)).toEqual([
    ['2026-11-22 11:00:00 UTC', 'storm', '60 min', '12', '', 'disk on m1', 'U7'],
  ])
  const [row] = answer.tables[0]?.rows ?? []
  expect(row?.[1]?.link).toBe('https://slack.com/archives/C1/prod-t2-1')
  expect(row?.[6]).toEqual({ text: 'U7', isPerson: true })
  expect((await storms.run(ask('prod', '30d'), tools)).headline).toContain('2 storms')
})

test('a storm that goes on is said first, and what was not posted has no message to read', async () => {
  const open = story({ id: 'y', since: NOW - 5 * MINUTE, until: undefined, untold: 'silence' })
  const single = story({ id: 'e', kind: 'elections', elections: 1, acknowledged: undefined })
  const { tools, ask } = scene({ stories: [single, open] })
  const answer = await storms.run(ask(), tools)
  expect(answer).toMatchObject({ severity: 'critical', action: { ask: 'diagnose prod' } })
  expect(answer.headline).toBe(
    '2 clusters: a storm goes on at prod (5 min, 12 elections, disk on m1); 1 storm and 1 single election in the last 7 days.',
  )
  expect(cells(answer).map((row) => row[2])).toEqual(['storm (not posted: silence)', 'no storm'])
  expect(answer.tables[0]?.rows[0]?.[2]).not.toHaveProperty('link')
})

test('a storm that began before the time that is asked for and goes on is told', async () => {
  const open = story({ since: NOW - 5 * HOUR, until: undefined })
  const { tools, ask } = scene({ stories: [open] })
  expect((await storms.run(ask('prod', '1h'), tools)).headline).toContain('a storm goes on (5 h,')
})

test('elections of a storm are told with it, and others beside it', async () => {
  const at = NOW - 2 * HOUR
  const part = { kind: 'elections', elections: 1, acknowledged: undefined } as const
  const stories = [
    story({ id: 'before', ...part, since: at - HOUR, until: at - HOUR }),
    story({ id: 'first', ...part, since: at, until: at }),
    story({ id: 'second', ...part, since: at + 4 * MINUTE, until: at + 4 * MINUTE }),
    story({ id: 'planned', ...part, since: NOW - 1, elections: 0, planned: 1, cause: 'planned' }),
    story(),
  ]
  const { tools, ask } = scene({ stories })
  const answer = await storms.run(ask('prod', '4h'), tools)
  expect(answer.headline).toBe('Production: 1 storm and 1 single election in the last 4 h.')
  expect(cells(answer).map((row) => row[1])).toEqual(['planned', 'storm', 'no storm'])
})

test('storms draws elections over the time, planned ones apart, each counted once', async () => {
  const at = NOW - 2 * HOUR
  const part = { kind: 'elections', acknowledged: undefined } as const
  const { tools, ask } = scene({
    stories: [
      story({ id: 'first', ...part, elections: 2, since: at + 30 * MINUTE, until: at + HOUR }),
      story({ id: 'planned', ...part, since: NOW - 1, elections: 0, planned: 1 }),
      story(),
    ],
  })
  const [chart] = (await storms.run(ask('prod', '4h'), tools)).charts ?? []
  expect(chart).toMatchObject({ title: 'Elections every 15 min', kind: 'bar' })
  expect(chart?.labels[0]).toBe('09:00')
  const told = (name: string) =>
    (chart?.series.find((one) => one.name === name)?.values ?? []).flatMap((value, i) =>
      value === 0 ? [] : [[chart?.labels[i], value]],
    )
  expect(told('unplanned')).toEqual([
    ['11:00', 10],
    ['11:30', 2],
  ])
  expect(told('planned')).toEqual([['12:45', 1]])
  const week = await storms.run(ask('prod'), tools)
  expect(week.charts?.[0]?.title).toBe('Elections every 12 h')
  expect(week.charts?.[0]?.labels.at(-1)).toBe('11-22 12:00')
  expect((await storms.run(ask('prod', '35d'), tools)).charts?.[0]?.labels.at(-1)).toBe('11-21')
})

test.each(['5m', '1h', '90m', '8h', '24h', '3d', '7d', '30d', '35d'])(
  'a chart over %s has what Slack draws, each label once',
  async (span) => {
    const { tools, ask } = scene({ stories: [story({ since: NOW - MINUTE, until: NOW })] })
    const [chart] = (await storms.run(ask('prod', span), tools)).charts ?? []
    expect(chart?.labels.length).toBeLessThanOrEqual(20)
    expect(new Set(chart?.labels).size).toBe(chart?.labels.length)
    expect(chart?.series[0]?.values.reduce((sum, value) => sum + value, 0)).toBe(12)
  },
)

test('where nobody looks now, no storm is not fine', async () => {
  const stale = scene({ standing: { ...CALM, lookedAt: NOW - HOUR } })
  const answer = await storms.run(stale.ask('prod'), stale.tools)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toBe('Production: no storm in the last 7 days; nobody watches it now.')
  expect(answer.unseen).toEqual(['prod since 2026-11-22 12:00:00 UTC: nobody looked for 60 min'])
  const never = scene({ standing: undefined })
  expect((await storms.run(never.ask('prod'), never.tools)).unseen).toEqual([
    'prod: the watch has not looked at it yet',
  ])
})

test('a cluster that cannot be read now is unknown, never calm', async () => {
  const open = story({ kind: 'unknown', worst: 'unknown', until: undefined, cause: 'none' })
  const { tools, ask } = scene({ stories: [open] })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer).toMatchObject({ severity: 'unknown', action: { ask: 'status prod' } })
  expect(answer.headline).toContain('a time in which it cannot be read goes on (2 h)')
})

test('storms shows nobody a cluster that they may not see', async () => {
  const { tools, ask } = scene({ stories: [story()] }, (_, { name }) => name !== 'prod')
  expect(cells(await storms.run(ask(), tools))).toEqual([])
  expect((await storms.run(ask('prod'), tools)).headline).toContain('You may not')
})

test('a storm whose end was lost with a store does not go on for ever', async () => {
  const open = story({ until: undefined })
  const { tools, ask } = scene({ stories: [open], standing: CALM })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer).toMatchObject({
    severity: 'ok',
    headline: 'Production: 1 storm in the last 7 days.',
  })
  expect(cells(answer)[0]?.[2]).toBe('end unknown')
})
