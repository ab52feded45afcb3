import type { Config } from '../../config'
import {
  clusterOf,
  isMistake,
  outcomeOf,
  wordsText,
  whoOf,
  type Asked,
  type AuditRecord,
} from './audit'
import { blocksOf, sentence } from '../message/blocks'
import { refusedWorkspace, type Memory } from './guard'
import { reasonOf, type Log } from '../log'
import { showProgress, type ProgressTiming } from './progress'
import type { Request } from './request'
import { run, type Ran, type RunDeps } from './running'
import type { Sent } from '../posting/sent'
import type { Voice } from './voice'

export type AnsweringDeps = RunDeps & {
  readonly config: () => Config
  readonly audit: (record: AuditRecord) => void
  readonly log: Log
  readonly now: () => number
  readonly memory: Memory
  /** Workspaces that may ask. Empty: not known yet. */
  readonly teams: () => readonly string[]
  readonly timing: ProgressTiming
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
  await delivery.voice.tell(sentence(why))
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
  const sent = await say(deps, delivery, ran)
  audit(deps, delivery, doneOf(deps, request, { asked, ran, sent }))
}

/** What was asked wrongly is nobody's business but the asker's, shared or not. */
const say = (deps: AnsweringDeps, { voice, arrivedAt }: Delivery, ran: Ran): Promise<Sent> => {
  if (!ran.ok) return voice.tell(sentence(ran.say))
  const alone = isMistake(ran.answer)
  const audience = alone && voice.audience === 'channel' ? 'asker' : voice.audience
  const message = blocksOf(ran.answer, {
    tookMs: deps.now() - arrivedAt,
    audience,
    command: deps.config().slack.command,
  })
  return alone ? voice.tell(message) : voice.answer(message)
}

type Outcomes = { readonly asked: Asked; readonly ran: Ran; readonly sent: Sent }

const doneOf = (deps: AnsweringDeps, { words }: Request, { asked, ran, sent }: Outcomes): Done => {
  const names = deps.config().clusters.map(({ name }) => name)
  const cluster = clusterOf(words, asked, names)
  if (!ran.ok) return { command: 'unknown', cluster, outcome: 'failed', why: ran.why }
  const { command, answer } = ran
  if (sent.ok) return { command, cluster, outcome: outcomeOf(answer, asked, cluster) }
  return { command, cluster, outcome: 'failed', why: `not delivered: ${deps.redact(sent.why)}` }
}
