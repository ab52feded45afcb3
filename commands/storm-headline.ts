import type { ClusterConfig } from '../src/config'
import { countText, durationText, listText } from '../src/diagnosis/quantity'
import { storyText, type Story } from '../src/diagnosis/storm/story'
import { isOpen, type Told } from './storm-table'

type Asked = {
  readonly at: number
  readonly sinceMs: number
  readonly clusters: readonly ClusterConfig[]
  /** A sentence for each cluster that nobody watches now. */
  readonly unseen: readonly string[]
}

/** What goes on, then what was, then where nobody looks. */
export const stormHeadline = (
  stories: readonly Told[],
  { at, sinceMs, clusters, unseen }: Asked,
): string => {
  const where =
    clusters.length === 1 ? (clusters[0]?.title ?? '') : countText(clusters.length, 'cluster')
  const on = clusters.length !== 1
  return `${[
    ...goingOn(stories.filter(isOpen), { at, on }),
    `${pastText(stories)} in the last ${durationText(sinceMs)}`,
    ...(unseen.length === 0 ? [] : [blindText(clusters.length, unseen.length)]),
  ].reduce((text, part, i) => `${text}${i === 0 ? ': ' : '; '}${part}`, where)}.`
}

/** `a storm goes on at prod (5 min, 12 elections, disk on m1), and 1 more`. */
const goingOn = (
  [worst, ...others]: readonly Story[],
  { at, on }: { readonly at: number; readonly on: boolean },
): readonly string[] => {
  if (worst === undefined) return []
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  const where = on ? ` at ${worst.cluster}` : ''
  return [`${nameOf(worst)} goes on${where} (${storyText(worst, at)})${more}`]
}

const nameOf = ({ kind, worst }: Story): string => {
  if (kind === 'unknown') return 'a time in which it cannot be read'
  return worst === 'warning' ? 'a storm' : 'a storm watch'
}

const blindText = (asked: number, blind: number): string =>
  asked === 1 ? 'nobody watches it now' : `nobody watches ${blind} of them now`

/** `2 storms, 1 storm watch and 3 single elections`. */
const pastText = (stories: readonly Story[]): string => {
  const storms = stories.filter(({ kind }) => kind === 'storm')
  const warnings = storms.filter(({ worst }) => worst === 'warning').length
  const watches = storms.length - warnings
  const singles = stories
    .filter(({ kind }) => kind === 'elections')
    .reduce((sum, { elections }) => sum + elections, 0)
  return listText([
    warnings === 0 ? 'no storm' : countText(warnings, 'storm'),
    ...(watches > 0 ? [`${watches} storm watch${watches === 1 ? '' : 'es'}`] : []),
    ...(singles > 0 ? [countText(singles, 'single election')] : []),
  ])
}
