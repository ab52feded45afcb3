import { randomBytes } from 'node:crypto'
import type { Ask } from '../../commands/command'
import type { Config } from '../config'
import type { Answer } from '../diagnosis/answer'
import type { Roles } from './access'
import { clusterOf, outcomeOf, wordsText, whoOf, type Asked, type AuditRecord } from './audit'
import { blocksOf, type Message } from './blocks'
import { cut } from './escape'
import { refusedWorkspace, type Memory } from './guard'
import { reasonOf, type Log } from './log'
import type { Asker, Request } from './request'
import type { Sent } from './sent'
import type { Voice } from './voice'

/** Runs the subcommand that the words name: commands/dispatch.ts, given by main. */
export type Dispatch = (
  words: readonly string[],
  ask: Omit<Ask, 'words'>,
) => Promise<{ readonly command: string; readonly answer: Answer }>

export type AnsweringDeps = {
  readonly config: () => Config
  readonly dispatch: Dispatch
  readonly audit: (record: AuditRecord) => void
  readonly log: Log
  readonly redact: (text: string) => string
  readonly now: () => number
  readonly memory: Memory
  /** Workspaces that may ask. Empty: not known yet. */
  readonly teams: () => readonly string[]
  readonly rolesOf: (asker: Asker) => Promise<Roles>
  /** Aborted when the bot has no time left. */
  readonly ended: AbortSignal
  readonly timing: Timing
}

/** ms. */
export type Timing = {
  /** An answer that takes longer gets a line of progress. */
  readonly progressAfterMs: number
  /** Between two lines of progress. */
  readonly progressEveryMs: number
  /** Then nobody waits any more: the command is aborted. Slack takes answers for 30 min, people do not. */
  readonly answerWithinMs: number
}

/** A request that was acknowledged and waits for its answer. */
export type Delivery = {
  /** Says whether it is the same one again: trigger_id, event_id. */
  readonly key: string
  readonly face: AuditRecord['face']
  readonly arrivedAt: number
  readonly request: Request
  readonly voice: Voice
}

/** Requests of one person at one time; more are refused, so that one stuck script does not take the bot from others. */
const MOST_AT_ONCE = 10

/** From an acknowledged request to its answer and its line of audit. `answer` never rejects. */
export const createAnswering = (deps: AnsweringDeps) => {
  const busy = new Map<string, number>()
  let under = 0

  const answer = async (delivery: Delivery): Promise<void> => {
    under += 1
    await turn()
    try {
      await answerOnce(deps, delivery, busy)
    } catch (error) {
      deps.log.error({ why: deps.redact(reasonOf(error)) }, 'A request was lost by a fault')
    } finally {
      under -= 1
    }
  }
  return { answer, inFlight: (): number => under }
}

/** Lets other requests be acknowledged before this one is worked on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Busy = Map<string, number>

const answerOnce = async (deps: AnsweringDeps, delivery: Delivery, busy: Busy): Promise<void> => {
  if (await deps.memory.seenBefore(delivery.key)) {
    deps.log.info({ face: delivery.face }, 'The same delivery came again and was left alone')
    return
  }
  const { user } = delivery.request.asker
  const refusal = refusalOf(deps, delivery, busy.get(user) ?? 0)
  if (refusal !== undefined) return refuse(deps, delivery, refusal)
  busy.set(user, (busy.get(user) ?? 0) + 1)
  try {
    await answerFully(deps, delivery)
  } finally {
    leave(busy, user)
  }
}

const leave = (busy: Busy, user: string): void => {
  const left = (busy.get(user) ?? 1) - 1
  if (left === 0) busy.delete(user)
  else busy.set(user, left)
}

const refusalOf = (
  deps: AnsweringDeps,
  { request }: Delivery,
  atOnce: number,
): string | undefined => {
  const refused = refusedWorkspace(request.asker, deps.teams())
  if (refused !== undefined) return refused
  if (atOnce < MOST_AT_ONCE) return undefined
  return `You have ${atOnce} requests under way. Wait for an answer, then ask again.`
}

const refuse = async (deps: AnsweringDeps, delivery: Delivery, why: string): Promise<void> => {
  await delivery.voice.refuse(why)
  audit(deps, delivery, { command: '', cluster: undefined, outcome: 'denied', why })
}

type Done = Pick<AuditRecord, 'command' | 'cluster' | 'outcome' | 'why'>

const audit = (deps: AnsweringDeps, { request, face, arrivedAt }: Delivery, done: Done): void =>
  deps.audit({
    at: arrivedAt,
    ...whoOf(request.asker),
    face,
    words: wordsText(request.words, deps.redact),
    ...done,
    tookMs: deps.now() - arrivedAt,
  })

const answerFully = async (deps: AnsweringDeps, delivery: Delivery): Promise<void> => {
  const { voice, request } = delivery
  const progress = showProgress(voice, deps.timing)
  const asked: Asked = new Map()
  const ran = await run(deps, request, { asked, onProgress: progress.say })
  await progress.stop()
  const sent = await (ran.ok
    ? voice.answer(messageOf(deps, delivery, ran.answer))
    : voice.refuse(ran.say))
  audit(deps, delivery, doneOf(deps, request, { asked, ran, sent }))
}

const messageOf = (
  { now }: AnsweringDeps,
  { voice, arrivedAt }: Delivery,
  answer: Answer,
): Message => blocksOf(answer, { tookMs: now() - arrivedAt, audience: voice.audience })

type Ran =
  | { readonly ok: true; readonly command: string; readonly answer: Answer }
  | { readonly ok: false; readonly say: string; readonly why: string }

type Outcomes = { readonly asked: Asked; readonly ran: Ran; readonly sent: Sent }

const doneOf = (deps: AnsweringDeps, { words }: Request, { asked, ran, sent }: Outcomes): Done => {
  const names = deps.config().clusters.map(({ name }) => name)
  const cluster = clusterOf(words, asked, names)
  if (!ran.ok) return { command: 'unknown', cluster, outcome: 'failed', why: ran.why }
  const { command, answer } = ran
  if (sent.ok) return { command, cluster, outcome: outcomeOf(answer, asked, cluster) }
  return { command, cluster, outcome: 'failed', why: `not delivered: ${deps.redact(sent.why)}` }
}

// --- the command ---

type Watch = { readonly asked: Asked; readonly onProgress: (line: string) => void }

/** Never rejects: a command that throws or never ends is a fault of the bot, said with a reference for the log. */
const run = async (deps: AnsweringDeps, request: Request, watch: Watch): Promise<Ran> => {
  const limit = AbortSignal.timeout(deps.timing.answerWithinMs)
  const signal = AbortSignal.any([limit, deps.ended])
  try {
    const roles = await deps.rolesOf(request.asker)
    const ask = askOf(roles, watch, signal)
    const { command, answer } = await inTime(deps.dispatch(request.words, ask), signal)
    return { ok: true, command, answer: withUnread(answer, roles, watch.asked) }
  } catch (error) {
    return faultOf(deps, error, signal)
  }
}

const askOf = (
  roles: Roles,
  { asked, onProgress }: Watch,
  signal: AbortSignal,
): Omit<Ask, 'words'> => ({
  may: (role, cluster) => {
    const may = roles.may(role, cluster.access)
    asked.set(cluster.name, may)
    return may
  },
  onProgress,
  signal,
})

/** A right that was not found because Slack did not say who is in a group: told with the answer that lacks it. */
const withUnread = (answer: Answer, { unread }: Roles, asked: Asked): Answer => {
  const lacked = [...asked.values()].includes(false)
  if (!lacked || unread.length === 0) return answer
  return { ...answer, unseen: [...answer.unseen, ...unread] }
}

const inTime = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = (): void => reject(new Error('no answer in time'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })

const faultOf = (deps: AnsweringDeps, error: unknown, signal: AbortSignal): Ran => {
  if (deps.ended.aborted)
    return {
      ok: false,
      say: 'Stormwatch is being restarted. Ask again in a minute.',
      why: 'restarted',
    }
  if (signal.aborted)
    return { ok: false, say: 'This took too long and was given up. Ask again.', why: 'too slow' }
  const reference = randomBytes(4).toString('hex')
  const stack = error instanceof Error ? cut(deps.redact(error.stack ?? ''), 2000) : undefined
  deps.log.error(
    { reference, why: deps.redact(reasonOf(error)), stack },
    'A command failed by a fault',
  )
  return {
    ok: false,
    say: `Stormwatch could not answer by a fault of its own; nothing is said about the cluster. Its log has the reason under ${reference}.`,
    why: `fault ${reference}`,
  }
}

// --- progress ---

type Progress = { readonly say: (line: string) => void; readonly stop: () => Promise<void> }

/** Shows the last line after a second, then each new one at most every few seconds. One post at a time. */
const showProgress = (voice: Voice, { progressAfterMs, progressEveryMs }: Timing): Progress => {
  let line = 'Looking…'
  let shown = ''
  let posting: Promise<void> = Promise.resolve()
  const show = async (): Promise<void> => {
    if (line !== shown) {
      shown = line
      posting = voice.progress(line)
      await posting
    }
    if (!stopped) timer = setTimeout(() => void show(), progressEveryMs) // voices never reject
  }
  let stopped = false
  let timer = setTimeout(() => void show(), progressAfterMs) // voices never reject
  return {
    say: (next) => {
      line = next
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return posting
    },
  }
}
