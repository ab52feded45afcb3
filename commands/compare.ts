import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { compare as compared, type ComparedWindow } from '../src/diagnosis/compare/compare'
import { compareAnswer } from '../src/diagnosis/compare/words'
import { durationText, timeText } from '../src/diagnosis/quantity'
import {
  mistake,
  pickCluster,
  type Ask,
  type Command,
  type History,
  type Span,
  type Tools,
} from './command'
import { takeOptions } from './options'
import { TIME_FORM, timeIn } from './times'
import { durationIn, historyIn } from './words'

export const compare: Command = {
  name: 'compare',
  usage: 'CLUSTER WINDOW',
  summary:
    'did the fix work? the last WINDOW (30m to 14d) against the one before, or before and after --since TIME',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const at = tools.now()
    const taken = takeOptions(ask.words, ['since'])
    if (!taken.ok) return mistake(at, `Nothing can be compared: ${taken.why}.`)
    const picked = pickCluster({ ...ask, words: taken.words }, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const windows = windowsOf({ rest, since: taken.options.since, name: cluster.name }, at)
    if (typeof windows === 'string') return mistake(at, windows)
    const kept = historyIn(tools)
    if (!kept.ok) return mistake(at, `The past cannot be told: ${kept.why}.`)
    return answerOf(cluster, windows, { history: kept.history, at })
  },
}

const MINUTE_MS = 60_000
const LEAST_MS = 30 * MINUTE_MS
const MOST_MS = 14 * 86_400_000

type Windows = { readonly before: Span; readonly after: Span; readonly what: string }
type Asked = {
  readonly rest: readonly string[]
  readonly since: string | undefined
  readonly name: string
}

/** Both windows, or what is wrong with what was asked. */
const windowsOf = ({ rest, since, name }: Asked, now: number): Windows | string => {
  const howTo = `such as “compare ${name} 24h”, or “compare ${name} --since 2026-11-21T08:00”`
  const windowMs = durationIn(rest[0])
  if (rest.length > 1 || (rest.length === 1 && windowMs === undefined))
    return `Over which window? 30m to 14d, ${howTo}; have “${rest.join(' ')}”.`
  if (windowMs !== undefined && (windowMs < LEAST_MS || windowMs > MOST_MS))
    return `A window is 30m to 14d, ${howTo}; have “${rest[0] ?? ''}”.`
  if (since !== undefined) return around(since, windowMs, now)
  if (windowMs === undefined) return `Over which window? 30m to 14d, ${howTo}.`
  const from = now - windowMs
  return {
    before: { from: from - windowMs, to: from - 1 },
    after: { from, to: now },
    what: `the last ${durationText(windowMs)}`,
  }
}

const around = (written: string, windowMs: number | undefined, now: number): Windows | string => {
  const since = timeIn(written)
  if (since === undefined) return `--since needs ${TIME_FORM}; have “${written}”.`
  if (since > now) return `--since lies ahead: ${timeText(since)}. Give the time of the change.`
  const lengthMs = Math.min(windowMs ?? now - since, now - since)
  if (lengthMs < LEAST_MS)
    return `The change was ${durationText(now - since)} ago: half an hour at least must have been seen since.`
  if (lengthMs > MOST_MS)
    return 'The change was more than 14 days ago: give a window too, such as 7d.'
  return {
    before: { from: since - (windowMs ?? lengthMs), to: since - 1 },
    after: { from: since, to: since + lengthMs },
    what: `the ${durationText(lengthMs)} since ${timeText(since)}`,
  }
}

type Kept = { readonly history: History; readonly at: number }

const STORY_MS = 35 * 86_400_000
/** Below, single looks are compared; above, those of five minutes as one. */
const SINGLE_MS = 2 * 60 * MINUTE_MS

const answerOf = async (
  { name, title }: ClusterConfig,
  { before, after, what }: Windows,
  { history, at }: Kept,
): Promise<Answer> => {
  const windowOf = async (span: Span): Promise<ComparedWindow> => {
    const isShort = span.to - span.from < SINGLE_MS && span.from > at - 40 * 60 * MINUTE_MS
    const looks = await (isShort ? history.looks(name, span) : history.shiftLooks(name, span))
    return { span, looks, reachMs: isShort ? 1.5 * MINUTE_MS : 7.5 * MINUTE_MS }
  }
  const [a, b, stories] = await Promise.all([
    windowOf(before),
    windowOf(after),
    history.stories(name, { from: at - STORY_MS, to: at }),
  ])
  return compareAnswer({ at, title, what, comparison: compared(a, b, stories) })
}
