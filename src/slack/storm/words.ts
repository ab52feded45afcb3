import type { Action, State } from '../../diagnosis/facts'
import { countText, durationText, timeText } from '../../diagnosis/quantity'
import { cut } from '../message/escape'
import type { News, Reading, Reason } from './news'

/** The words of an announcement, not escaped yet: blocks and top-level text say the same. */

/** What is known of the sending. */
export type Sending = {
  /** Slack was away, or told us to wait: from the decision to now, ms. */
  readonly lateMs: number
  /** An earlier try may have arrived, and nobody can look. */
  readonly mayRepeat: boolean
  /** The slash command, `/etcd`. */
  readonly command: string
}

export const EMOJI: Record<News['severity'], string> = {
  ok: '🟢',
  warning: '🟡',
  critical: '🔴',
  unknown: '⚪',
}

/** As the diagnosis spells them too: its headline begins with the word. */
export const WORDS: Record<State, string> = {
  calm: 'Calm',
  unsettled: 'Unsettled',
  leaderless: 'No leader',
  watch: 'Storm watch',
  warning: 'Storm warning',
  'all-clear': 'All clear',
  unknown: 'Too few members could be read',
}

/** `🔴 Storm warning · prod · acknowledged`. */
export const titleOf = (news: News): string =>
  [
    `${EMOJI[news.severity]} ${stateOf(news)}`,
    cut(news.title, 80),
    ...(isOpen(news) && news.acknowledged !== undefined ? ['acknowledged'] : []),
    ...(isOpen(news) && news.silenced !== undefined ? ['silenced'] : []),
  ].join(' · ')

const stateOf = ({ kind, state, reason }: News): string => {
  if (reason === 'left') return LEFT
  if (kind === 'notice') return 'For office hours'
  return state === 'unknown' ? 'Cannot see' : WORDS[state]
}

const LEFT = 'No longer watched'

const isOpen = ({ until }: News): boolean => until === undefined

/** The verdict without the state, which the title says; of a storm that is over what it was. */
export const verdictOf = (news: News): string => {
  if (news.until !== undefined) return overText(news)
  const word = WORDS[news.state]
  const { headline } = news
  if (!headline.startsWith(word)) return headline
  const rest = headline.slice(word.length).replace(/^[,:]\s*/, '')
  return rest === '' ? headline : rest.slice(0, 1).toUpperCase() + rest.slice(1)
}

/** `Lasted 12 min, calm since 2026-11-22 10:00:00 UTC: 7 elections; the cause was disk on m2`. */
const overText = (news: News): string => {
  const { since, until = since, elections, kind } = news
  const lasted = durationText(Math.max(0, until - since))
  if (kind === 'watch') return `Every cluster is looked at again, after ${lasted}`
  if (kind === 'unknown') return `It can be read again, after ${lasted}`
  const calm = `Lasted ${lasted}, calm since ${timeText(until)}`
  return `${calm}: ${countText(elections, 'election')}; ${causeWas(news)}`
}

const causeWas = (news: News): string => {
  const { cause } = news
  if (cause === 'none' || cause === 'unknown') return 'its cause could not be told'
  return `the cause was ${cause}${whereText(news)}`
}

const whereText = ({ member, link }: News): string => {
  if (link !== undefined) return ` between ${link.join(' and ')}`
  return member === undefined ? '' : ` on ${member}`
}

/** `Cause: disk on m2`, or that it cannot be told. Empty where nothing is to be explained. */
export const causeText = (news: News): string => {
  const { cause, kind } = news
  if (kind !== 'storm' || cause === 'none') return ''
  return cause === 'unknown' ? 'Cause: cannot be told yet' : `Cause: ${cause}${whereText(news)}`
}

/** `7 elections in 12 min, since 2026-11-22 10:00:00 UTC`; of what is over, whose verdict says the rest, when it began. */
export const countsText = (news: News): string => {
  const { elections, planned, since, at, kind } = news
  if (kind === 'notice') return ''
  if (!isOpen(news)) return `Began ${timeText(since)}`
  const beside = planned > 0 ? ` (and ${planned} planned)` : ''
  const during = durationText(Math.max(0, at - since))
  const counted =
    kind === 'unknown' || kind === 'watch' ? '' : `${countText(elections, 'election')}${beside} in `
  return `${counted}${during}, since ${timeText(since)}`
}

const BECAUSE: Record<Reason, string> = {
  first: 'first word of it',
  worse: 'worse than when it was posted',
  'new cause': 'new cause',
  still: 'still, 4 h after the last word',
  acknowledged: 'acknowledged',
  reminder: 'reminder, acknowledged and it goes on',
  'all clear': 'all clear',
  unknown: 'unknown',
  left: 'left the configuration',
  notice: 'notice, once a week at most',
}

/** `Reason: worse · acknowledged · delayed by 12 min · possible repeat`. */
export const reasonText = (news: News, { lateMs, mayRepeat }: Sending): string =>
  [
    `Reason: ${BECAUSE[news.reason]}`,
    ...(isTakenSince(news) ? ['acknowledged since'] : []),
    ...(lateMs >= LATE_MS ? [`delayed by ${Math.round(lateMs / 60_000)} min`] : []),
    ...(mayRepeat ? ['possible repeat: an earlier try may have arrived'] : []),
  ].join(' · ')

/** On the root, whose reason is older than that; `acknowledged` and `reminder` say it themselves. */
const isTakenSince = ({ place, reason, acknowledged, until }: News): boolean =>
  place === 'root' &&
  acknowledged !== undefined &&
  until === undefined &&
  reason !== 'acknowledged' &&
  reason !== 'reminder'

/** From here on a delay is told. */
const LATE_MS = 120_000

/** How what people typed and who they are is shown: both come back escaped. */
export type Marking = {
  readonly who: (by: string) => string
  readonly typed: (text: string) => string
}

/** What people did about it, escaped as `marking` does. */
export const doneTexts = (news: News, { who, typed }: Marking): readonly string[] => {
  const { acknowledged, silenced, held } = news
  return [
    ...(acknowledged === undefined
      ? []
      : [`Acknowledged by ${who(acknowledged.by)} at ${timeText(acknowledged.at)}`]),
    ...(silenced === undefined || !isOpen(news)
      ? []
      : [
          `Silenced by ${who(silenced.by)} until ${timeText(silenced.until)}${because(silenced.reason, typed)}`,
        ]),
    ...(held === undefined
      ? []
      : [
          `Kept quiet by ${held.what === 'silence' ? 'a silence' : 'maintenance'} from ${timeText(held.from)} to ${timeText(held.until)}${because(held.reason, typed)}`,
        ]),
  ]
}

const because = (reason: string | undefined, typed: Marking['typed']): string =>
  reason === undefined || reason === '' ? '' : `: ${typed(reason)}`

/** The line of the thread. */
export const lineOf = (news: News): string => {
  const { reason } = news
  if (reason === 'acknowledged') return `${EMOJI[news.severity]} Acknowledged`
  const head = `${EMOJI[news.severity]} ${reason === 'left' ? LEFT : upperFirst(reason)}`
  return reason === 'all clear' ? `${head}. ${verdictOf(news)}` : `${head}. ${news.headline}`
}

const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** A command as Slack takes it: a subcommand of ours gets the slash command. Undefined: there is nothing to run. */
export const runText = (
  { ask, run }: Action,
  { command, cluster }: { readonly command: string; readonly cluster?: string | undefined },
): string | undefined => {
  const asked = ask ?? (run?.startsWith('stormwatch ') === true ? run.slice(11) : undefined)
  if (asked === undefined) return run
  const named = cluster === undefined ? asked : asked.replaceAll(/\bCLUSTER\b/g, cluster)
  return `${command} ${named}`
}

/** `12 ms`, or why it did not come. */
export const readingText = ({ came, tookMs, why }: Reading): string =>
  came ? durationText(Math.max(0, tookMs)) : (why ?? 'no answer')
