import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { diagnosisAnswer, progressText } from '../src/diagnosis/diagnosis'
import type { Observation } from '../src/diagnosis/facts'
import { judge } from '../src/diagnosis/judge'
import { takeLook, type Look, type Memory } from '../src/diagnosis/window/look'
import { durationText, timeText } from '../src/diagnosis/quantity'
import { statusOf } from '../src/diagnosis/status/status'
import type { Verdict } from '../src/diagnosis/verdict'
import { outlookIn } from './outlook'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'
import { durationIn, historyIn } from './words'

export const diagnose: Command = {
  name: 'diagnose',
  usage: '[CLUSTER] [WINDOW]',
  summary:
    'what shakes it, on which member, with evidence for and against: over the last 15m, or a WINDOW of 1m to 6h; 2s to 30s takes fresh looks',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    if (rest.length === 0) return asKept(cluster, { ask, tools })
    const seconds = secondsOf(rest)
    if (seconds !== undefined) return watch(cluster, seconds, { ask, tools })
    const windowMs = rest.length === 1 ? durationIn(rest[0]) : undefined
    if (windowMs === undefined || windowMs < LEAST_MS || windowMs > MOST_MS)
      return mistake(
        tools.now(),
        `Over which time? 1m to 6h of kept looks, or 2s to 30s to watch anew, such as “diagnose ${cluster.name} 30s”; have “${rest.join(' ')}”.`,
      )
    return over(cluster, windowMs, { ask, tools })
  },
}

const DEFAULT_SECONDS = 20
const DEFAULT_MS = 15 * 60_000
const LEAST_MS = 60_000
const MOST_MS = 6 * 3_600_000
const MOST_SECONDS = 30
/** Between the starts of two looks: a fault of a second or two shows in at least one of them. */
const EVERY_MS = 1500

/** `30`, `30s`. Undefined: not understood, or out of bounds. */
const secondsOf = (words: readonly string[]): number | undefined => {
  const [, digits] = /^(\d{1,4})s?$/.exec(words[0] ?? '') ?? []
  const seconds = Number(digits)
  return words.length === 1 && seconds >= 2 && seconds <= MOST_SECONDS ? seconds : undefined
}

/** The last 15 minutes where they were kept, else some looks taken now. */
const asKept = async (cluster: ClusterConfig, { ask, tools }: Watching): Promise<Answer> => {
  const kept = historyIn(tools)
  const looks = kept.ok ? await looksOver(cluster, DEFAULT_MS, tools) : []
  if (looks.length < 3) return watch(cluster, DEFAULT_SECONDS, { ask, tools })
  return verdictOver(cluster, looks, { ask, tools, windowMs: DEFAULT_MS })
}

const over = async (
  cluster: ClusterConfig,
  windowMs: number,
  { ask, tools }: Watching,
): Promise<Answer> => {
  const kept = historyIn(tools)
  if (!kept.ok)
    return mistake(
      tools.now(),
      `The last ${durationText(windowMs)} cannot be told: ${kept.why}. Ask “diagnose ${cluster.name} 30s”: that watches anew.`,
    )
  const looks = await looksOver(cluster, windowMs, tools)
  if (looks.length > 0) return verdictOver(cluster, looks, { ask, tools, windowMs })
  return mistake(
    tools.now(),
    `No look of the last ${durationText(windowMs)} at ${cluster.name} was kept.`,
  )
}

/** None when the store cannot be read just now. */
const looksOver = (
  { name }: ClusterConfig,
  windowMs: number,
  { history, now }: Tools,
): Promise<readonly Look[]> =>
  history === undefined
    ? Promise.resolve([])
    : history.looks(name, { from: now() - windowMs, to: now() }).catch(() => [])

/** The verdict over kept looks, and beside it what one look tells now. */
const verdictOver = async (
  cluster: ClusterConfig,
  looks: readonly Look[],
  { ask, tools, windowMs }: Watching & { readonly windowMs: number },
): Promise<Answer> => {
  const stands = await tools.history?.standing(cluster.name).catch(() => undefined)
  const isNow = stands !== undefined && stands.lookedAt === looks.at(-1)?.at
  const [last, { outlook, unseen }] = await Promise.all([
    tools.observe(cluster, ask.signal),
    outlookIn(cluster.name, tools, ask.signal),
  ])
  const { verdict } = judge(looks, {
    ...cluster,
    outlook,
    ...(isNow && { storm: stands.weather }),
  })
  const status = statusOf(last, cluster.settings, cluster.limits, outlook)
  const answer = diagnosisAnswer(verdict, status, cluster.title)
  const gaps = gapsIn(looks, tools.now() - windowMs, tools)
  return { ...answer, unseen: [...answer.unseen, ...unseen, ...gaps] }
}

/** Times in the window at which nobody looked. */
const gapsIn = (looks: readonly Look[], from: number, tools: Tools): readonly string[] => {
  const mostMs = 3 * tools.config().watch.everyMs
  const times = [from, ...looks.map(({ at }) => at), tools.now()]
  const gaps = times.flatMap((at, i) => {
    const before = times[i - 1]
    return before !== undefined && at - before > mostMs ? [{ before, ms: at - before }] : []
  })
  return gaps
    .slice(-3)
    .map(({ before, ms }) => `${durationText(ms)} from ${timeText(before)} on: nobody looked`)
}

type Watching = { readonly ask: Ask; readonly tools: Tools }

/** Takes looks until the time is over, telling the verdict so far after each from the second on. */
const watch = async (
  cluster: ClusterConfig,
  seconds: number,
  { ask, tools }: Watching,
): Promise<Answer> => {
  const count = Math.floor((seconds * 1000) / EVERY_MS) + 1
  const looks: Look[] = []
  let memory: Memory = new Map()
  let last: Observation | undefined
  let verdict: Verdict | undefined
  let unseen: readonly string[] = []
  const known = outlookIn(cluster.name, tools, ask.signal)
  const from = tools.now()
  while (looks.length < count && !ask.signal.aborted) {
    ask.onProgress(progressText(verdict, looks.length, count))
    const before: number = last?.at ?? from
    last = await tools.observe(cluster, ask.signal)
    const told = await tools.logsSince(cluster, last, before)
    unseen = told?.unseen ?? []
    const taken = takeLook(memory, told === undefined ? last : { ...last, logs: told.events })
    memory = taken.memory
    looks.push(taken.look)
    verdict = judge(looks, { ...cluster, outlook: (await known).outlook }).verdict
    if (tools.now() - from >= seconds * 1000) break // members that hang make looks slow
    if (looks.length < count)
      await tools.wait(from + looks.length * EVERY_MS - tools.now(), ask.signal)
  }
  if (last === undefined || verdict === undefined)
    return mistake(tools.now(), 'Nobody waited for the diagnosis.')
  const { outlook, unseen: unknown } = await known
  const status = statusOf(last, cluster.settings, cluster.limits, outlook)
  const answer = diagnosisAnswer(verdict, status, cluster.title)
  return { ...answer, unseen: [...answer.unseen, ...unseen, ...unknown] }
}
