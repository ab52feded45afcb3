import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { diagnosisAnswer, progressText } from '../src/diagnosis/diagnosis'
import type { Observation } from '../src/diagnosis/facts'
import { judge } from '../src/diagnosis/judge'
import { takeLook, type Look, type Memory } from '../src/diagnosis/look'
import { statusOf } from '../src/diagnosis/status'
import type { Verdict } from '../src/diagnosis/verdict'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'

export const diagnose: Command = {
  name: 'diagnose',
  usage: '[CLUSTER] [SECONDS]',
  summary:
    'what shakes it, on which member, with the evidence for and against; watches for 20 s, or up to 30',
  role: 'viewer',
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const picked = pickCluster(ask, tools, 'viewer')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const seconds = secondsOf(rest)
    if (seconds === undefined)
      return mistake(
        tools.now(),
        `How long to watch? Seconds from 2 to 30, such as “diagnose ${cluster.name} 30s”; have “${rest.join(' ')}”.`,
      )
    return watch(cluster, seconds, { ask, tools })
  },
}

const DEFAULT_SECONDS = 20
const MOST_SECONDS = 30
/** Between the starts of two looks: a fault of a second or two shows in at least one of them. */
const EVERY_MS = 1500

/** `30`, `30s`. Undefined: not understood, or out of bounds. */
const secondsOf = (words: readonly string[]): number | undefined => {
  if (words.length === 0) return DEFAULT_SECONDS
  const [, digits] = /^(\d{1,4})s?$/.exec(words[0] ?? '') ?? []
  const seconds = Number(digits)
  return words.length === 1 && seconds >= 2 && seconds <= MOST_SECONDS ? seconds : undefined
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
    verdict = judge(looks, cluster).verdict
    if (tools.now() - from >= seconds * 1000) break // members that hang make looks slow
    if (looks.length < count)
      await tools.wait(from + looks.length * EVERY_MS - tools.now(), ask.signal)
  }
  if (last === undefined || verdict === undefined)
    return mistake(tools.now(), 'Nobody waited for the diagnosis.')
  const status = statusOf(last, cluster.settings, cluster.limits)
  const answer = diagnosisAnswer(verdict, status, cluster.title)
  return { ...answer, unseen: [...answer.unseen, ...unseen] }
}
