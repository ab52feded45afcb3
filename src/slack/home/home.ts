import type { types } from '@slack/bolt'
import type { Severity, State } from '../../diagnosis/facts'
import { countText, listText, timeText } from '../../diagnosis/quantity'
import { buttonsBlock } from '../storm/buttons'
import { fitted, markdown, plain } from '../message/escape'
import type { News } from '../storm/news'
import { peopleText, personText } from '../asking/people'
import { context, inSections, marked, section } from '../message/pieces'
import { countsText, EMOJI, titleOf, verdictOf, WORDS } from '../storm/words'

/** What App Home shows one person. Times are Unix ms, texts plain and foreign. */
export type Home = {
  readonly at: number
  /** The slash command, `/etcd`. */
  readonly command: string
  /** Why the store cannot be read: then nothing here is known to be calm. */
  readonly trouble: string | undefined
  readonly clusters: readonly HomeCluster[]
  /** Root messages of the storms that are open. */
  readonly storms: readonly News[]
  readonly silences: readonly HomeSilence[]
  readonly handoffs: readonly HomeHandoff[]
  /** Names of clusters on which they are an operator. */
  readonly operates: readonly string[]
  /** What could not be told of them, a sentence each. */
  readonly unread: readonly string[]
}

export type HomeCluster = {
  readonly name: string
  readonly title: string
  /** Undefined: nobody looked, or not lately, or nobody can tell. */
  readonly stands:
    | {
        readonly state: State
        readonly severity: Severity | 'unknown'
        readonly since: number
        readonly headline: string
      }
    | undefined
  /** The last look; undefined: none is known. */
  readonly lookedAt: number | undefined
}

export type HomeSilence = {
  readonly cluster: string
  readonly until: number
  readonly by: string
  readonly reason: string
}

export type HomeHandoff = {
  readonly name: string
  /** `Mon 23 Nov 08:00`, in the zone that is named. */
  readonly changeText: string
  readonly timezone: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly channel: string
  /** Clusters of it that this person may see. */
  readonly clusters: readonly string[]
}

const MOST_STORMS = 10
const MOST_SILENCES = 15
const MOST_HANDOFFS = 5
/** Ten of the longest fill a section. */
const MOST_CLUSTERS = 300

/** The fleet worst first, storms with their buttons, silences, the next handoffs, and what this person may do. */
export const homeView = (home: Home): types.HomeView => ({
  type: 'home',
  blocks: [
    header('Stormwatch'),
    section(fitted(summaryOf(home), 600, plain)),
    ...stormBlocks(home.storms),
    ...titled('Clusters', fleetSections(home)),
    ...titled('Silences', silenceSections(home)),
    ...titled('Next handoffs', handoffSections(home)),
    { type: 'divider' },
    context(
      ...[roleText(home), ...home.unread.slice(0, 5)].map((text) => fitted(text, 600, plain)),
    ),
    context(
      `As of ${timeText(home.at)}. Shown anew when something changes, while you look in now and then.`,
    ),
  ],
})

const header = (text: string): types.HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text, emoji: false },
})

const titled = (title: string, sections: readonly string[]): types.KnownBlock[] =>
  sections.length === 0 ? [] : [header(title), ...sections.map(marked)]

// --- the sentence ---

const summaryOf = ({ trouble, clusters, command }: Home): string => {
  if (clusters.length === 0) return 'You may see no cluster here.'
  const unknown = clusters.filter(({ stands }) => isUnknown(stands))
  if (trouble !== undefined)
    return `⚪ The store cannot be read (${trouble}). ${unknownText(unknown, clusters)} Ask ${command} status CLUSTER: that looks by itself.`
  const bad = clusters.filter(({ stands }) => stands !== undefined && isBad(stands))
  const parts = [
    ...(bad.length === 0
      ? []
      : [`${bad.length} of ${countText(clusters.length, 'cluster')} need a look.`]),
    ...(unknown.length === 0 ? [] : [unknownText(unknown, clusters)]),
  ]
  if (parts.length > 0) return parts.join(' ')
  return clusters.length === 1
    ? 'The only cluster is well.'
    : `All ${clusters.length} clusters are well.`
}

type Stands = HomeCluster['stands']

const isUnknown = (stands: Stands): boolean =>
  stands === undefined || stands.severity === 'unknown' || stands.state === 'unknown'

const isBad = ({ severity }: NonNullable<Stands>): boolean =>
  severity === 'warning' || severity === 'critical'

const unknownText = (unknown: readonly HomeCluster[], clusters: readonly HomeCluster[]): string =>
  unknown.length === 0
    ? 'What stands here was seen within the last two minutes.'
    : `How ${unknown.length} of ${countText(clusters.length, 'cluster')} stand is not known.`

// --- storms ---

const stormBlocks = (storms: readonly News[]): types.KnownBlock[] => {
  if (storms.length === 0) return []
  const more = storms.length - MOST_STORMS
  return [
    header(storms.length === 1 ? 'Open storm' : 'Open storms'),
    ...storms
      .slice(0, MOST_STORMS)
      .flatMap((news) => [
        section(fitted(`${titleOf(news)}: ${verdictOf(news)}`, 900, plain)),
        ...stormContext(news),
        ...buttonsBlock(news),
      ]),
    ...(more > 0 ? [context(`and ${more} more`)] : []),
  ]
}

const stormContext = (news: News): types.ContextBlock[] => {
  const { acknowledged } = news
  const texts = [
    fitted(countsText(news), 300, markdown),
    ...(acknowledged === undefined ? [] : [`Acknowledged by ${personText(acknowledged.by)}`]),
  ].filter((text) => text !== '')
  if (texts.length === 0) return []
  return [
    {
      type: 'context',
      elements: texts.map((text) => ({ type: 'mrkdwn', text, verbatim: true })),
    },
  ]
}

// --- the fleet ---

/** Unknown ranks above warning: it may hide anything. */
const RANKS: readonly (Severity | 'unknown')[] = ['critical', 'unknown', 'warning', 'ok']

const fleetSections = ({ clusters }: Home): readonly string[] => {
  const rankOf = ({ stands }: HomeCluster): number => RANKS.indexOf(stands?.severity ?? 'unknown')
  const lines = clusters.toSorted((a, b) => rankOf(a) - rankOf(b)).map(clusterLine)
  return sectionsOf(lines, MOST_CLUSTERS)
}

const clusterLine = ({ name, title, stands, lookedAt }: HomeCluster): string => {
  const shown = title === name ? name : `${title} (${name})`
  const last = lookedAt === undefined ? 'no look is known' : `last look ${clock(lookedAt)}`
  if (stands === undefined)
    return fitted(`${EMOJI.unknown} ${shown}: not known, ${last}`, 280, markdown)
  const { state, severity, since } = stands
  return fitted(
    `${EMOJI[severity]} ${shown}: ${WORDS[state]} since ${clock(since)}, ${last}`,
    280,
    markdown,
  )
}

const clock = (at: number): string => timeText(at)

/** What does not fit is counted. */
const sectionsOf = (lines: readonly string[], most: number): readonly string[] => {
  const more = lines.length - most
  return inSections(more > 0 ? [...lines.slice(0, most), `and ${more} more`] : lines)
}

// --- the rest ---

const silenceSections = ({ silences }: Home): readonly string[] => {
  const lines = silences
    .toSorted((a, b) => a.until - b.until)
    .map(({ cluster, until, by, reason }) => {
      const why = reason === '' ? '' : `: ${fitted(reason, 200, markdown)}`
      return `${fitted(cluster, 80, markdown)} until ${clock(until)} by ${personText(by)}${why}`
    })
  return sectionsOf(lines, MOST_SILENCES)
}

const handoffSections = ({ handoffs }: Home): readonly string[] =>
  sectionsOf(handoffs.map(handoffLine), MOST_HANDOFFS)

const handoffLine = ({ name, changeText, timezone, from, to, channel }: HomeHandoff): string => {
  const giver = from.length === 0 || from.join() === to.join() ? '' : `${peopleText(from)} to `
  const taker = to.length === 0 ? 'nobody is named' : `${giver}${peopleText(to)}`
  const where = /^[CG][A-Z0-9]+$/.test(channel) ? `, in <#${channel}>` : ''
  return `*${fitted(name, 80, markdown)}*: ${changeText} ${fitted(timezone, 60, markdown)}, ${taker}${where}`
}

const roleText = ({ operates, clusters }: Home): string => {
  if (operates.length === 0) return 'You may look. Operators acknowledge, silence and note.'
  const where =
    operates.length === clusters.length
      ? clusters.length === 1
        ? (operates[0] ?? '')
        : 'all clusters shown here'
      : listText(operates.slice(0, 10))
  const more = operates.length > 10 && operates.length < clusters.length ? ', and others' : ''
  return `You are an operator of ${where}${more}: you may acknowledge, silence and note.`
}
