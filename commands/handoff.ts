import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import type { Handoff } from '../src/diagnosis/shift/handoff'
import { detailsOf } from '../src/diagnosis/shift/handoff-details'
import { isTitled, linesOf } from '../src/diagnosis/shift/handoff-words'
import { plainLine } from '../src/diagnosis/line'
import { nextOf } from '../src/diagnosis/shift/matter-words'
import { mistake, pickCluster, type Ask, type Command, type Span, type Tools } from './command'
import { takeOptions } from './options'
import { TIME_FORM, timeIn } from './times'
import { durationIn, historyIn, seenBy } from './words'

export const handoff: Command = {
  name: 'handoff',
  usage: '[CLUSTER…] [HOURS]',
  summary:
    'what the next person on call needs of the last 12 hours, or HOURS up to 168; a past shift by --from and --to',
  role: 'viewer',
  isOfPast: true,
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const asked = askedIn(ask, tools)
    if (!asked.ok) return asked.answer
    if (asked.clusters.length === 0)
      return mistake(tools.now(), 'You may see no cluster, so there is no shift to tell.')
    const kept = historyIn(tools)
    if (!kept.ok) return mistake(tools.now(), `The shift cannot be told: ${kept.why}.`)
    return answerOf(await kept.history.handoff(asked.clusters, asked.span))
  },
}

const HOUR_MS = 3_600_000
const DEFAULT_HOURS = 12
const MOST_HOURS = 168
const KEPT_MS = 35 * 24 * HOUR_MS

type Asked =
  | { readonly ok: true; readonly clusters: readonly ClusterConfig[]; readonly span: Span }
  | { readonly ok: false; readonly answer: Answer }

const askedIn = (ask: Ask, tools: Tools): Asked => {
  const wrong = (why: string): Asked => ({ ok: false, answer: mistake(tools.now(), why) })
  const taken = takeOptions(ask.words, ['hours', 'from', 'to'])
  if (!taken.ok) return wrong(`A handoff cannot be made: ${taken.why}.`)
  const { words, options } = taken
  const last = hoursIn(words.at(-1))
  const names = last === undefined ? words : words.slice(0, -1)
  if (last !== undefined && options.hours !== undefined)
    return wrong(`How many hours: ${words.at(-1) ?? ''} or ${options.hours}? Say it once.`)
  const span = spanOf(
    { ...options, hours: options.hours ?? (last === undefined ? undefined : words.at(-1)) },
    tools.now(),
  )
  if (typeof span === 'string') return wrong(span)
  if (names.length === 0) return { ok: true, clusters: seenBy(ask, tools), span }
  const clusters: ClusterConfig[] = []
  for (const name of new Set(names)) {
    const picked = pickCluster({ ...ask, words: [name] }, tools, 'viewer')
    if (!picked.ok) return picked
    if (picked.rest.length > 0) return wrong(`There is no cluster “${name}”.`)
    clusters.push(picked.cluster)
  }
  return { ok: true, clusters, span }
}

/** `12`, `12h`, `1d` → hours. Undefined: not a number of hours. */
const hoursIn = (word: string | undefined): number | undefined => {
  if (word === undefined) return undefined
  if (/^\d{1,4}$/.test(word)) return Number(word)
  const ms = durationIn(word)
  return ms === undefined ? undefined : ms / HOUR_MS
}

type Written = { readonly [Name in 'hours' | 'from' | 'to']?: string | undefined }

/** The span, or what is wrong with what was asked. */
const spanOf = ({ hours: written, from, to }: Written, now: number): Span | string => {
  const hours = written === undefined ? undefined : hoursIn(written)
  if (written !== undefined && (hours === undefined || hours < 1 || hours > MOST_HOURS))
    return `Over how many hours? A handoff takes 1 to ${MOST_HOURS}, such as 12; have “${written}”.`
  const [begin, end] = [from, to].map((word) => (word === undefined ? undefined : timeIn(word)))
  if (from !== undefined && begin === undefined) return `--from needs ${TIME_FORM}; have “${from}”.`
  if (to !== undefined && end === undefined) return `--to needs ${TIME_FORM}; have “${to}”.`
  if (begin !== undefined && end !== undefined && hours !== undefined)
    return 'A span has two ends: give two of --from, --to and hours, not all three.'
  const lengthMs = (hours ?? DEFAULT_HOURS) * HOUR_MS
  const until = end ?? (begin === undefined || hours === undefined ? now : begin + lengthMs)
  return checked({ from: begin ?? until - lengthMs, to: until }, now)
}

const checked = ({ from, to }: Span, now: number): Span | string => {
  if (to > now + 60_000)
    return 'The shift must be over: its end lies ahead. Leave --to away for now.'
  if (from >= to) return 'The shift ends before it begins: --from must lie before --to.'
  if (to - from > MOST_HOURS * HOUR_MS)
    return `A handoff takes up to ${MOST_HOURS} h: ask for less.`
  if (to - from < HOUR_MS) return 'A handoff takes at least an hour: ask for more.'
  if (from < now - KEPT_MS) return 'Shifts are kept for 35 days: this one began before.'
  return { from, to }
}

/** For a face that shows answers: the first line, the others as facts, what was not seen in its own place. */
const answerOf = (handed: Handoff): Answer => {
  const [head = [], ...lines] = linesOf(handed)
  const told = lines.map((line) => ({
    line,
    text: plainLine(line.filter(({ is }) => is !== 'ask')),
  }))
  const ask = handed.start && nextOf(handed.start)
  return {
    at: handed.at,
    state: undefined,
    severity: handed.severity,
    headline: plainLine(head),
    facts: told.filter(({ line }) => !isTitled(line, 'Not seen')).map(({ text }) => text),
    ...detailsOf(handed),
    findings: [],
    unseen: told
      .filter(({ line }) => isTitled(line, 'Not seen'))
      .map(({ text }) => text.replace(/^Not seen: |\.$/g, '')),
    action: ask === undefined ? undefined : { say: 'Look at this first:', ask },
    json: { ...handed, lines: [head, ...lines].map(plainLine) },
  }
}
