import { describe, expect, test } from '@jest/globals'
import type { Chart } from '../../src/diagnosis/answer'
import { blocksOf, type Frame, type Message } from '../../src/slack/message/blocks'
import type { ChartBlock } from '../../src/slack/message/chart'
import { simplerOf } from '../../src/slack/message/simpler'
import { troublesOf, viewTroublesOf } from '../support/block-kit'
import { answerOf } from '../support/face'

const FRAME: Frame = { tookMs: 1, audience: 'asker' }

const chartOf = (chart: Partial<Chart> = {}): Chart => ({
  title: 'Elections a day',
  kind: 'bar',
  yTitle: 'elections',
  labels: ['Nov 20', 'Nov 21', 'Nov 22'],
  series: [
    { name: 'unplanned', values: [0, 0, 7] },
    { name: 'planned', values: [1, 2, 1] },
  ],
  ...chart,
})

const manyLabels = (count: number): string[] => Array.from({ length: count }, (_, at) => `p${at}`)

const drawnIn = ({ blocks = [] }: Message): readonly ChartBlock[] =>
  blocks.filter((block) => block.type === 'data_visualization')

test('a chart stands between the headline and the table, each series with a point a category', () => {
  const table = {
    title: 'Members',
    columns: [{ title: 'Member', align: 'left' as const }],
    rows: [[{ text: 'm1' }]],
  }
  const message = blocksOf(answerOf({ charts: [chartOf()], tables: [table] }), FRAME)
  expect(troublesOf(message)).toEqual([])
  const types = message.blocks?.map(({ type }) => type)
  expect(types).toEqual(['section', 'data_visualization', 'table', 'context'])
  expect(drawnIn(message)[0]).toEqual({
    type: 'data_visualization',
    title: 'Elections a day',
    chart: {
      type: 'bar',
      series: [
        {
          name: 'unplanned',
          data: [
            { label: 'Nov 20', value: 0 },
            { label: 'Nov 21', value: 0 },
            { label: 'Nov 22', value: 7 },
          ],
        },
        {
          name: 'planned',
          data: [
            { label: 'Nov 20', value: 1 },
            { label: 'Nov 21', value: 2 },
            { label: 'Nov 22', value: 1 },
          ],
        },
      ],
      axis_config: { categories: ['Nov 20', 'Nov 21', 'Nov 22'], y_label: 'elections' },
    },
  })
})

test('the text tells every point, and zeros in one word where most are zero', () => {
  const { text } = blocksOf(answerOf({ charts: [chartOf()] }), FRAME)
  expect(text).toContain('Elections a day, unplanned (elections): 7 (Nov 22), else 0\n')
  expect(text).toContain(
    'Elections a day, planned (elections): 1 (Nov 20), 2 (Nov 21), 1 (Nov 22)\n',
  )
  const quiet = chartOf({ series: [{ name: 'unplanned', values: [0, 0, 0] }] })
  expect(blocksOf(answerOf({ charts: [quiet] }), FRAME).text).toContain('always 0')
})

describe('what Slack would refuse', () => {
  test('of more points than 20 the last are drawn, of more series the first 6, of more charts 2', () => {
    const large = chartOf({
      labels: manyLabels(24),
      series: manyLabels(8).map((name) => ({ name, values: manyLabels(24).map((_, at) => at) })),
    })
    const message = blocksOf(answerOf({ charts: [large, chartOf(), chartOf()] }), FRAME)
    expect(troublesOf(message)).toEqual([])
    const [first, ...others] = drawnIn(message)
    expect(others.length).toBeLessThanOrEqual(1)
    expect(first?.chart.series.length).toBeGreaterThanOrEqual(3)
    expect(first?.chart.axis_config.categories[0]).toBe('p4')
    expect(first?.chart.series[0]?.data.at(-1)).toEqual({ label: 'p23', value: 23 })
  })

  test('a series with a gap is not drawn; without any other there is no chart', () => {
    const gap = { name: 'm1', values: [1, Number.NaN, 2] }
    const short = { name: 'm2', values: [1] }
    const both = blocksOf(
      answerOf({
        charts: [chartOf({ series: [gap, short, { name: 'm3', values: [1, 2, 3] }] })],
      }),
      FRAME,
    )
    expect(drawnIn(both)[0]?.chart.series.map(({ name }) => name)).toEqual(['m3'])
    expect(drawnIn(blocksOf(answerOf({ charts: [chartOf({ series: [gap] })] }), FRAME))).toEqual([])
    const empty = chartOf({ labels: [], series: [{ name: 'm', values: [] }] })
    expect(drawnIn(blocksOf(answerOf({ charts: [empty] }), FRAME))).toEqual([])
  })

  test('long names keep the end, by which members differ, and are made unique', () => {
    const chart = chartOf({
      labels: ['a', 'a', '<!channel>'],
      series: [
        { name: 'etcd-prod-eu-west-1-member-1', values: [1, 2, 3] },
        { name: 'etcd-prod-eu-west-1-member-2', values: [1, 2, 3] },
        { name: 'x-etcd-prod-eu-west-1-member-2', values: [1, 2, 3] },
      ],
    })
    const message = blocksOf(answerOf({ charts: [chart] }), FRAME)
    expect(troublesOf(message)).toEqual([])
    const [{ chart: drawn }] = drawnIn(message) as [ChartBlock]
    expect(drawn.series.map(({ name }) => name)).toEqual([
      '…-eu-west-1-member-1',
      '…-eu-west-1-member-2',
      '…west-1-member-2 2',
    ])
    expect(drawn.axis_config.categories).toEqual(['a', 'a 2', '‹!channel›'])
  })

  test('a chart in a modal is one of the things that the checker finds', () => {
    const [block] = drawnIn(blocksOf(answerOf({ charts: [chartOf()] }), FRAME))
    const words = { type: 'plain_text', text: 'x' }
    const view = { title: words, submit: words, close: words, callback_id: 'x' }
    expect(viewTroublesOf({ ...view, private_metadata: '{}', blocks: [block] })).toEqual([
      'a chart in a view',
    ])
  })
})

test('after a refusal the chart goes first, then all blocks, then nothing is left to leave out', () => {
  const message = blocksOf(answerOf({ charts: [chartOf()] }), FRAME)
  const second = simplerOf(message)
  expect(second?.blocks?.map(({ type }) => type)).toEqual(['section', 'context'])
  expect(second?.text).toBe(message.text)
  const third = second && simplerOf(second)
  expect(third).toEqual({ text: message.text })
  expect(third && simplerOf(third)).toBeUndefined()
})
