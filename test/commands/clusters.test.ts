import { expect, test } from '@jest/globals'
import { clusters } from '../../commands/clusters'
import { calmWeather } from '../../src/diagnosis/storm/storm'
import { HOUR, MINUTE } from '../watch/story'
import { CALM, NOW, cells, scene, story } from './kept'

test('clusters tells how the watch stands, since when, of what storm, who took it and where to read it', async () => {
  const { tools, ask } = scene({
    standing: {
      cluster: 'prod',
      lookedAt: NOW - 5000,
      since: NOW - 10 * MINUTE,
      state: 'warning',
      severity: 'critical',
      headline: 'Storm warning, 3 elections: the disk of m1 is slow',
      cause: 'disk',
      weather: calmWeather(NOW),
      storm: story({ since: NOW - 10 * MINUTE, until: undefined }),
    },
  })
  const answer = await clusters.run(ask(), tools)
  expect(cells(answer)[0]).toEqual([
    'prod',
    'warning',
    'critical',
    '10 min',
    '5 s ago',
    'Storm warning, 3 elections: the disk of m1 is slow (10 min, 12 elections, disk on m1)',
    'U7',
  ])
  const [row] = answer.tables[0]?.rows ?? []
  expect(row?.[1]?.link).toBe('https://slack.com/archives/C1/prod-t2-1')
  expect(row?.[6]?.isPerson).toBe(true)
  expect(answer.headline).toBe(
    'prod: Storm warning, 3 elections: the disk of m1 is slow (10 min, 12 elections, disk on m1). 2 of 2 clusters need a look.',
  )
  expect(answer.action?.ask).toBe('diagnose prod')
  expect(answer.unseen).toEqual([])
})

test('all calm is one short line', async () => {
  const { tools, ask } = scene()
  const answer = await clusters.run(ask(), tools)
  expect(answer).toMatchObject({ headline: 'All 2 clusters are well.', severity: 'ok', unseen: [] })
  expect(cells(answer)[0]?.slice(1, 5)).toEqual(['calm', 'ok', '60 min', '5 s ago'])
})

test('a cluster that the watch has not looked at for long is not calm, however well it looks now', async () => {
  const { tools, ask } = scene({ standing: { ...CALM, lookedAt: NOW - HOUR } })
  const answer = await clusters.run(ask(), tools)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toBe(
    'prod: Not watched for 60 min; by one look now: all 3 members answer, one leads. 2 of 2 clusters need a look.',
  )
  expect(cells(answer)[0]?.slice(1, 5)).toEqual(['unknown', 'unknown', '', '60 min ago'])
  expect(answer.unseen).toEqual(['storms since 2026-11-22 12:00:00 UTC: the watch has not looked'])
  const fresh = scene({ standing: undefined })
  expect(cells(await clusters.run(fresh.ask(), fresh.tools))[0]?.[4]).toBe('never')
})

test('a look by a clock that is ahead is not how it stands', async () => {
  const { tools, ask } = scene({ standing: { ...CALM, lookedAt: NOW + HOUR } })
  const answer = await clusters.run(ask(), tools)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toContain('Last watched by a clock that is 60 min ahead')
})

test('without a store, or while it cannot be read, each cluster is looked at once', async () => {
  const none = scene({ none: true })
  const answer = await clusters.run(none.ask(), none.tools)
  expect(answer.headline).toBe('All 2 clusters are well.')
  expect(answer.unseen).toEqual([
    'the past: one look cannot tell whether leaders were lost before it',
  ])
  const away = scene({ trouble: 'ECONNREFUSED' })
  expect((await clusters.run(away.ask(), away.tools)).unseen).toEqual([
    'what the watch kept: ECONNREFUSED',
    'the past: one look cannot tell whether leaders were lost before it',
  ])
})
