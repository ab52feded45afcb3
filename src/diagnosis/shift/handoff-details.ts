import type { Cell, Chart, Column, Table } from '../answer'
import type { HandedCluster, Handoff } from './handoff'
import { lengthOf } from './facts'
import { matterLine, rateText } from './matter-words'
import type { ShiftPoint } from './points'
import { tellingOf } from './handoff-words'
import { plainLine } from '../line'
import { durationText, shareText } from '../quantity'
import { causeText } from '../storm/story'
import { clockText, dayText } from '../zone'

/** What goes below the lines, into the thread: one chart, and a table or two. Empty where there is nothing to show. */
export type HandoffDetails = {
  readonly charts: readonly Chart[]
  readonly tables: readonly Table[]
}

export const detailsOf = (handoff: Handoff, zone = 'UTC'): HandoffDetails => ({
  charts: chartOf(handoff, zone),
  tables: [clustersTable(handoff), ...restTable(handoff, zone), ...stormsTable(handoff, zone)],
})

/** Two series of one height: elections, and percents of time. */
const chartOf = ({ points, span }: Handoff, zone: string): readonly Chart[] => {
  const seen = points.filter(isSeen)
  const isFlat = seen.every(({ elections, fsyncShare }) => elections === 0 && fsyncShare < 0.01)
  if (seen.length < 2 || isFlat) return []
  const text = lengthOf(span) > DAY_MS ? dayText : clockText
  return [
    {
      title: 'Elections, and time spent in fsync',
      kind: 'line',
      xTitle: zone,
      yTitle: 'elections; % of time',
      labels: unique(seen.map(({ at }) => text(at, zone))),
      series: [
        { name: 'elections', values: seen.map(({ elections }) => elections) },
        {
          name: 'fsync of the busiest member, %',
          values: seen.map(({ fsyncShare }) => Math.round(fsyncShare * 1000) / 10),
        },
      ],
    },
  ]
}

const DAY_MS = 86_400_000

type SeenPoint = ShiftPoint & { readonly fsyncShare: number }

const isSeen = (point: ShiftPoint): point is SeenPoint => point.fsyncShare !== undefined

/** An hour that comes twice, at the end of summer time, has two labels. */
const unique = (labels: readonly string[]): readonly string[] =>
  labels.map((label, i) => {
    const before = labels.slice(0, i).filter((one) => one === label).length
    return before === 0 ? label : `${label} (${before + 1})`
  })

const column = (title: string, align: Column['align'] = 'right'): Column => ({ title, align })

const clustersTable = ({ clusters, span }: Handoff): Table => ({
  title: 'Clusters',
  columns: [
    column('Cluster', 'left'),
    column('Seen'),
    column('Storms'),
    column('Elections'),
    column('Planned'),
    column('Shift before'),
    column(`Usual in ${durationText(lengthOf(span))}`),
    column('Quota'),
  ],
  rows: clusters.toSorted((a, b) => b.counts.elections - a.counts.elections).map(clusterRow),
})

const clusterRow = (cluster: HandedCluster): readonly Cell[] => {
  const { name, sight, counts, before, wasSeenBefore, usual, space } = cluster
  const share = sight.slots === 0 ? 0 : sight.seen / sight.slots
  const isSeenAtAll = sight.seen > 0
  return [
    { text: name },
    { text: shareText(share), value: share, ...(share < 1 && { severity: 'warning' }) },
    counted(counts.storms + counts.watches, isSeenAtAll),
    counted(counts.elections, isSeenAtAll, counts.isFloor),
    counted(counts.planned, isSeenAtAll),
    counted(before.elections, wasSeenBefore, before.isFloor),
    usual === undefined
      ? { text: '' }
      : { text: rateText(usual.elections), value: usual.elections },
    space === undefined ? { text: '' } : { text: shareText(space.share), value: space.share },
  ]
}

/** What nobody saw is not none. */
const counted = (count: number, isSeen: boolean, isFloor = false): Cell =>
  isSeen || count > 0 ? { text: `${isFloor ? '≥ ' : ''}${count}`, value: count } : { text: '' }

/** The lines tell the first of them, and count the others. */
const restTable = (handoff: Handoff, zone: string): readonly Table[] => {
  const { rest } = handoff
  if (rest.length < 2) return []
  const telling = tellingOf(handoff, zone)
  return [
    {
      title: 'Also to watch',
      columns: [column('Cluster', 'left'), column('What', 'left')],
      rows: rest.map((matter) => [
        { text: matter.cluster },
        { text: plainLine(matterLine(matter, telling)) },
      ]),
    },
  ]
}

const stormsTable = ({ clusters, span }: Handoff, zone: string): readonly Table[] => {
  const storms = clusters.flatMap((cluster) => cluster.storms)
  if (storms.length === 0) return []
  return [
    {
      title: 'Storms',
      columns: [
        column('Began', 'left'),
        column('Cluster', 'left'),
        column('Lasted'),
        column('Elections'),
        column('Cause', 'left'),
        column('Taken by', 'left'),
      ],
      rows: storms
        .toSorted((a, b) => b.since - a.since)
        .map(({ since, until, cluster, elections, cause, where, acknowledged }) => [
          { text: dayText(since, zone), value: since },
          { text: cluster },
          {
            text: `${durationText(Math.max(0, (until ?? span.to) - since))}${until === undefined ? ' so far' : ''}`,
            value: (until ?? span.to) - since,
            ...(until === undefined && { severity: 'critical' as const }),
          },
          { text: String(elections), value: elections },
          { text: cause === 'none' ? '' : causeText(cause, where) },
          { text: acknowledged?.by ?? '', isPerson: true },
        ]),
    },
  ]
}
