import type { Answer, Cell, Table } from '../src/diagnosis/answer'
import { durationText, timeText } from '../src/diagnosis/quantity'
import { causeText, type Story } from '../src/diagnosis/storm/story'

/** Of a storm, where its message can be read. */
export type Told = Story & {
  readonly link?: string | undefined
  /** It is over, and nobody knows since when. */
  readonly isEndLost?: boolean
}

/** Asked of one cluster, its name in each row would say nothing. */
export const stormTable = (
  stories: readonly Told[],
  { at, isFleet }: { readonly at: number; readonly isFleet: boolean },
): Table => {
  const isShown = (title: string): boolean => title !== 'Cluster' || isFleet
  const columns = COLUMNS.filter(({ title }) => isShown(title))
  return {
    title: 'Storms and elections',
    columns,
    rows: stories.map((story) =>
      rowOf(story, at).filter((_, i) => isShown(COLUMNS[i]?.title ?? '')),
    ),
  }
}

const COLUMNS: Table['columns'] = [
  { title: 'Began', align: 'left' },
  { title: 'Cluster', align: 'left' },
  { title: 'What', align: 'left' },
  { title: 'Lasted', align: 'right' },
  { title: 'Elections', align: 'right' },
  { title: 'Planned', align: 'right' },
  { title: 'Cause', align: 'left' },
  { title: 'Taken by', align: 'left' },
]

const rowOf = (story: Told, at: number): readonly Cell[] => {
  const { since, until, cluster, elections, planned, cause, where, acknowledged, link } = story
  const lastedMs = Math.max(0, (until ?? at) - since)
  const severity = severityOfStory(story)
  return [
    { text: timeText(since), value: since },
    { text: cluster },
    {
      text: whatOf(story),
      ...(link !== undefined && { link }),
      ...(isOpen(story) && severity !== 'unknown' && { severity }),
    },
    story.isEndLost === true
      ? { text: 'end unknown' }
      : { text: `${durationText(lastedMs)}${isOpen(story) ? ' so far' : ''}`, value: lastedMs },
    { text: String(elections), value: elections },
    { text: planned === 0 ? '' : String(planned), value: planned },
    { text: cause === 'none' ? '' : causeText(cause, where) },
    { text: acknowledged?.by ?? '', isPerson: true },
  ]
}

const whatOf = ({ kind, worst, untold, elections, planned }: Story): string => {
  if (kind === 'elections') return elections === 0 && planned > 0 ? 'planned' : 'no storm'
  const why = untold === undefined ? '' : ` (not posted: ${untold})`
  if (kind === 'unknown') return `not readable${why}`
  return `${worst === 'warning' ? 'storm' : 'storm watch'}${why}`
}

/** It goes on. */
export const isOpen = ({ kind, until, isEndLost = false }: Told): boolean =>
  kind !== 'elections' && until === undefined && !isEndLost

export const severityOfStory = ({ kind, worst }: Story): Answer['severity'] => {
  if (kind === 'unknown') return 'unknown'
  return worst === 'warning' ? 'critical' : 'warning'
}
