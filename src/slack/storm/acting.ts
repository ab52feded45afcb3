import type { Config } from '../../config'
import type { Role, Roles } from '../asking/access'
import { whoOf, wordsText, type AuditRecord, type Outcome } from '../asking/audit'
import { sentence, type Message } from '../message/blocks'
import { refusedWorkspace, type Memory } from '../asking/guard'
import { reasonOf, type Log } from '../log'
import { peopleText } from '../asking/people'
import type { Asker } from '../asking/request'
import type { Voice } from '../asking/voice'

/**
 * What buttons change and no subcommand does. Declared here because Slack needs it; main gives it. `say` is for whoever
 * pressed.
 */
export type Deeds = {
  readonly acknowledge: (asked: Asked) => Promise<Done>
  readonly handoffs?: HandoffDeeds
}

/** Of shifts. */
export type HandoffDeeds = {
  /** Who may accept it besides operators: Slack user ids and groups. Undefined: it is over, or was none. */
  readonly receivers: (which: Which) => Promise<readonly string[] | undefined>
  readonly accept: (which: Which & { readonly who: string; readonly at: number }) => Promise<Done>
  readonly note: (note: Noted) => Promise<Done>
}

/** A handoff by its name, and a change of shift of it, Unix ms. */
export type Which = { readonly handoff: string; readonly change: number }

export type Noted = {
  readonly cluster: string
  readonly who: string
  readonly text: string
  readonly at: number
  /** The draft or report whose button was pressed. */
  readonly pressed?: Which | undefined
}

export type Asked = {
  readonly cluster: string
  readonly storm: string
  /** A Slack user id. */
  readonly who: string
  /** Unix ms. */
  readonly at: number
}

/** `isUndone`: nothing was changed, and pressing again may do it. */
export type Done = { readonly ok: boolean; readonly say: string; readonly isUndone?: boolean }

/** A click is done once on all replicas, and its result said again. Rejects while the store is away. */
export type Clicks = {
  readonly begin: (click: Click, now: number) => Promise<Turn>
  readonly end: (click: Click, result: unknown, now: number) => Promise<void>
  /** Nothing came of it: it may be pressed again. */
  readonly release: (click: Click) => Promise<void>
}

export type Click = { readonly user: string; readonly messageTs: string; readonly actionId: string }

type Turn =
  { readonly turn: 'yours' | 'under-way' } | { readonly turn: 'done'; readonly result: unknown }

export type ActingDeps = {
  readonly config: () => Config
  readonly rolesOf: (asker: Asker) => Promise<Roles>
  readonly teams: () => readonly string[]
  readonly memory: Memory
  readonly clicks?: Clicks | undefined
  readonly audit: (record: AuditRecord) => void
  readonly log: Log
  readonly redact: (text: string) => string
  readonly now: () => number
}

/** A click that was acknowledged. */
export type Action = {
  /** Says whether it is the same delivery again. */
  readonly key: string
  readonly asker: Asker
  /** Empty: it is about none. */
  readonly cluster: string
  /** On that cluster. */
  readonly role: Role
  /** In place of the role: why it may not be done. */
  readonly refuse?: (roles: Roles) => Promise<Refusal | undefined>
  readonly face?: AuditRecord['face']
  /** As the audit names it: `acknowledge`, `silence`. */
  readonly command: string
  readonly words: readonly string[]
  readonly arrivedAt: number
  /** A deed that changes something is done once for each of these. */
  readonly click?: Click
  readonly voice: Pick<Voice, 'tell'>
  readonly run: () => Promise<Done>
}

/** A sentence, and who may do it: Slack user ids and groups. */
export type Refusal = { readonly why: string; readonly who?: readonly string[] }

/** From an acknowledged click to its deed, its answer and its line of audit. `act` never rejects. */
export const createActing = (deps: ActingDeps) => {
  let under = 0
  const act = async (action: Action): Promise<void> => {
    under += 1
    try {
      if (await deps.memory.seenBefore(action.key)) return
      await actOnce(deps, action)
    } catch (error) {
      deps.log.error({ why: deps.redact(reasonOf(error)) }, 'A click was lost by a fault')
    } finally {
      under -= 1
    }
  }
  return { act, inFlight: (): number => under }
}

type Result = {
  readonly outcome: Outcome
  readonly say: string
  readonly why?: string
  readonly who?: readonly string[]
}

const actOnce = async (deps: ActingDeps, action: Action): Promise<void> => {
  const result = await resultOf(deps, action)
  const told = result.say === '' ? undefined : await action.voice.tell(messageOf(result))
  const undelivered = told === undefined || told.ok ? {} : { why: `not told: ${told.why}` }
  audit(deps, action, { ...undelivered, ...result })
}

const messageOf = ({ say, who = [] }: Result): Message => {
  const { text } = sentence(say)
  return { text: who.length === 0 ? text : `${text} That is ${peopleText(who)}.` }
}

const resultOf = async (deps: ActingDeps, action: Action): Promise<Result> => {
  const refused = await refusalOf(deps, action)
  if (refused !== undefined) return refused
  try {
    return await once(deps, action)
  } catch (error) {
    const why = deps.redact(reasonOf(error))
    return { outcome: 'failed', why, say: `This could not be done: ${why}. Try it again.` }
  }
}

const refusalOf = async (
  deps: ActingDeps,
  { asker, cluster, role, refuse }: Action,
): Promise<Result | undefined> => {
  const workspace = refusedWorkspace(asker, deps.teams())
  if (workspace !== undefined) return denied(workspace)
  if (refuse !== undefined) return refusedBy(deps, asker, refuse)
  const known = deps.config().clusters.find(({ name }) => name === cluster)
  if (known === undefined)
    return { outcome: 'mistake', say: `Stormwatch knows no cluster ${cluster} any more.` }
  const roles = await deps.rolesOf(asker)
  if (roles.may(role, known.access)) return undefined
  return denied(
    [`You may not do this on ${cluster}: it takes the ${role} role there.`, ...roles.unread].join(
      ' ',
    ),
  )
}

const refusedBy = async (
  { rolesOf }: ActingDeps,
  asker: Asker,
  refuse: NonNullable<Action['refuse']>,
): Promise<Result | undefined> => {
  const roles = await rolesOf(asker)
  const refused = await refuse(roles)
  if (refused === undefined) return undefined
  const { why, who = [] } = refused
  return { ...denied([...roles.unread, why].join(' ')), who }
}

const denied = (say: string): Result => ({ outcome: 'denied', say, why: say })

const once = async (deps: ActingDeps, action: Action): Promise<Result> => {
  const { click } = action
  if (click === undefined || deps.clicks === undefined) return resultFrom(await action.run())
  const turn = await deps.clicks.begin(click, deps.now())
  if (turn.turn === 'under-way')
    return { outcome: 'answered', say: 'This was pressed already, and is under way.' }
  if (turn.turn === 'done') return { outcome: 'answered', say: saidIn(turn.result) }
  const done = await runOrRelease(deps.clicks, click, action)
  if (done.isUndone === true) await deps.clicks.release(click)
  else await deps.clicks.end(click, done.say, deps.now())
  return resultFrom(done)
}

/** Whoever is told to try again must be able to. Done twice, each deed changes no more than done once. */
const runOrRelease = async (clicks: Clicks, click: Click, { run }: Action): Promise<Done> => {
  try {
    return await run()
  } catch (error) {
    await clicks.release(click)
    throw error
  }
}

const resultFrom = ({ ok, say }: Done): Result =>
  ok ? { outcome: 'answered', say } : { outcome: 'mistake', say, why: say }

const saidIn = (result: unknown): string =>
  typeof result === 'string' ? result : 'This was done already.'

const audit = (
  deps: ActingDeps,
  { asker, arrivedAt, command, words, cluster, face = 'button' }: Action,
  { outcome, why }: Result,
): void =>
  deps.audit({
    at: arrivedAt,
    ...whoOf(asker),
    face,
    command,
    words: wordsText(words, deps.redact),
    cluster: cluster === '' ? undefined : cluster,
    outcome,
    ...(why === undefined ? {} : { why: deps.redact(why) }),
    tookMs: deps.now() - arrivedAt,
  })
