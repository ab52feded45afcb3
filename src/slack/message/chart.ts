import type { Chart } from '../../diagnosis/answer'
import { cut, plain } from './escape'
import { LIMITS } from './limits'
import { filled, sizeOf } from './pieces'

/**
 * Slack's chart, which its types do not know yet. Allowed in messages only: no modal, Home or container takes one. It is
 * new, so a workspace may refuse it: `simplerOf` is what is sent then, and the message's text says the same in words.
 */
export type ChartBlock = {
  readonly type: 'data_visualization'
  readonly title: string
  readonly chart: {
    readonly type: Chart['kind']
    readonly series: readonly { readonly name: string; readonly data: readonly Point[] }[]
    readonly axis_config: {
      readonly categories: readonly string[]
      readonly x_label?: string
      readonly y_label?: string
    }
  }
}

type Point = { readonly label: string; readonly value: number }

/** As many charts as Slack takes and `room` (characters of JSON) holds; a chart gives up its last series first. */
export const chartBlocks = (charts: readonly Chart[], room: number): readonly ChartBlock[] => {
  let left = room
  return charts.slice(0, LIMITS.charts).flatMap((chart) => {
    const block = blockWithin(chart, left)
    if (block === undefined) return []
    left -= sizeOf(block) + 1 // the comma
    return [block]
  })
}

const blockWithin = (chart: Chart, room: number): ChartBlock | undefined => {
  const drawn = chart.series.filter((one) => isWhole(one, chart)).slice(0, LIMITS.chartSeries)
  while (drawn.length > 0) {
    const block = blockOf(chart, drawn)
    if (sizeOf(block) <= room) return block
    drawn.pop()
  }
  return undefined
}

type Series = Chart['series'][number]

/** Slack takes no gap. */
const isWhole = ({ values }: Series, { labels }: Chart): boolean =>
  labels.length > 0 && values.length === labels.length && values.every(Number.isFinite)

/** The last points where there are too many: those of now. */
const blockOf = (chart: Chart, series: readonly Series[]): ChartBlock => {
  const labels = distinct(chart.labels.slice(-LIMITS.chartPoints))
  const names = distinct(series.map(({ name }) => name))
  return {
    type: 'data_visualization',
    title: filled(plain(cut(chart.title, LIMITS.chartTitle))),
    chart: {
      type: chart.kind,
      series: series.map(({ values }, at) => ({
        name: names[at] ?? '',
        data: values
          .slice(-LIMITS.chartPoints)
          .map((value, i) => ({ label: labels[i] ?? '', value: Number(value.toPrecision(6)) })),
      })),
      axis_config: {
        categories: labels,
        ...(chart.xTitle !== undefined && { x_label: axisText(chart.xTitle) }),
        ...(chart.yTitle !== undefined && { y_label: axisText(chart.yTitle) }),
      },
    },
  }
}

const axisText = (text: string): string => filled(plain(cut(text, LIMITS.chartAxis)))

/** Within Slack's length, and each once. */
const distinct = (texts: readonly string[]): readonly string[] => {
  const taken = new Set<string>()
  return texts.map((text) => {
    let name = endOf(text, LIMITS.chartLabel)
    for (let nth = 2; taken.has(name); nth++) name = `${endOf(text, LIMITS.chartLabel - 4)} ${nth}`
    taken.add(name)
    return name
  })
}

/** Cut at its beginning: names of members often differ only at their end. */
const endOf = (text: string, most: number): string => {
  const shown = filled(plain(text))
  return shown.length <= most ? shown : `…${shown.slice(1 - most).replace(/^[\uDC00-\uDFFF]/, '')}`
}
