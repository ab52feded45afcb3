import { describe, expect, test } from '@jest/globals'
import { handoffOf } from '../../../src/diagnosis/shift/handoff'
import type { ClusterFacts } from '../../../src/diagnosis/shift/facts'
import { letterOf } from '../../../src/slack/posting/letter'
import type { History } from '../../../src/watch/history'
import { reported } from '../../../src/watch/handoff/decision'
import { reportFrom } from '../../../src/watch/handoff/report'
import { CHANGE, MINUTE, NIGHT, cluster, facts, standing, story } from '../../diagnosis/shifts'
import { troublesOf } from '../../support/block-kit'
import { clusterConfig } from '../story'
import { daily } from './shift'

/** From what is kept to what Slack is given. */

const historyOf = (clusters: readonly ClusterFacts[]): Pick<History, 'handoff'> => ({
  handoff: async (asked) =>
    handoffOf(facts(clusters.filter(({ name }) => asked.some((one) => one.name === name)))),
})

const handoff = daily({ cron: '0 8,20 * * *', timezone: 'UTC' })
const SENDING = { lateMs: 0, mayRepeat: false, command: '/etcd' }

const told = async (clusters: readonly ClusterFacts[], of = handoff) => {
  const configs = clusters.map(({ name }) => clusterConfig({ name }))
  const report = await reportFrom(historyOf(clusters), configs, { handoff: of, span: NIGHT })
  const scene = {
    handoff: of,
    people: { from: ['U1'], to: ['U2'] },
    at: CHANGE,
    because: 'not running',
    fallback: undefined,
  } as const
  const state = { v: 1, schedule: '', handedAt: 0 } as const
  const due = { is: 'report', change: CHANGE, missed: 0 } as const
  const { posts } = reported(state, due, { report, scene })
  const messages = posts.map(({ payload }) => letterOf(payload)?.messageOf(SENDING))
  return { report, posts, messages }
}

const storm = story({ since: CHANGE - 90 * MINUTE, until: undefined, elections: 14 })
const stormy = (over: Partial<ClusterFacts> = {}): ClusterFacts =>
  cluster({ standing: standing({ state: 'warning', storm }), stories: [storm], ...over })

describe('a change of shift, as Slack shows it', () => {
  test('during a storm', async () => {
    const { messages, report } = await told([
      stormy({
        notes: [{ cluster: 'prod', at: CHANGE - MINUTE, by: 'U1', text: 'disk is ordered' }],
      }),
    ])
    const [root, details] = messages
    expect(report.isWhole).toBe(true)
    const lines = root?.text.split('\n') ?? []
    expect(lines.slice(0, 2)).toEqual([
      'Handoff daily · Sun 22 Nov 08:00',
      '<@U2>: the shift is yours. <@U1> hands over. Please accept.',
    ])
    expect(lines[3]).toMatch(/^\*Start here:\* prod .* Next: `\/etcd diagnose prod`$/)
    expect(lines.at(-1)).toMatch(/^\*Notes:\* prod .*<@U1> “disk is ordered”/)
    expect(lines.length).toBeLessThanOrEqual(14)
    const numbers = details?.text.split('\n') ?? []
    expect(numbers[0]).toBe('The shift in numbers, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC.')
    expect(details?.blocks?.map(({ type }) => String(type))).toContain('data_visualization')
    expect(details?.text).not.toContain('took 0 ms')
    for (const message of messages) expect(troublesOf(message)).toEqual([])
  })

  test('of a quiet night', async () => {
    const { messages } = await told([cluster()])
    const lines = messages[0]?.text.split('\n') ?? []
    expect(lines).toHaveLength(4)
    expect(lines[2]).toContain('quiet')
  })

  test('tells only of the handoff’s clusters', async () => {
    const { messages } = await told([cluster(), stormy({ name: 'far', title: 'far' })])
    expect(messages[0]?.text).not.toContain('far')
  })
})

test('a cluster that could not be read makes a report that is not whole', async () => {
  const { report } = await told([cluster({ trouble: 'Cannot use the store: ECONNREFUSED' })])
  expect(report.isWhole).toBe(false)
})

test('a report of 120 clusters in a storm is taken by the store and by Slack', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `cluster-with-a-long-name-${i}`)
  const one = stormy()
  const clusters = names.map((name) => ({ ...one, name, title: name.repeat(3) }))
  const { posts, messages } = await told(clusters, { ...handoff, clusters: names })
  for (const { payload } of posts) expect(JSON.stringify(payload).length).toBeLessThan(60_000)
  for (const message of messages) expect(troublesOf(message)).toEqual([])
}, 30_000)
