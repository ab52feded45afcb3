import { randomBytes } from 'node:crypto'
import type { ClusterConfig } from '../../config'
import type { Answer } from '../../diagnosis/answer'
import type { Role, Roles } from './access'
import type { Asked } from './audit'
import { cut } from '../message/escape'
import { reasonOf, type Log } from '../log'
import type { Asker, Request } from './request'

/** Runs the subcommand that the words name. Declared here because Slack needs it; main gives it. */
export type Dispatch = (
  words: readonly string[],
  ask: Asking,
) => Promise<{ readonly command: string; readonly answer: Answer }>

/** What a subcommand learns of whoever asks. */
export type Asking = {
  /** The Slack user id. */
  readonly by: string
  readonly may: (role: Role, cluster: ClusterConfig) => boolean
  readonly onProgress: (line: string) => void
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

export type RunDeps = {
  readonly dispatch: Dispatch
  readonly rolesOf: (asker: Asker) => Promise<Roles>
  readonly log: Log
  readonly redact: (text: string) => string
  /** Aborted when the bot has no time left. */
  readonly ended: AbortSignal
  /** ms; then nobody waits any more. */
  readonly answerWithinMs: number
}

export type Ran =
  | { readonly ok: true; readonly command: string; readonly answer: Answer }
  | { readonly ok: false; readonly say: string; readonly why: string }

type Watch = { readonly asked: Asked; readonly onProgress: (line: string) => void }

/**
 * Runs a request's subcommand with the rights of its asker. Never rejects: a subcommand that throws or never ends is a
 * fault of the bot, said with a reference for the log.
 */
export const run = async (deps: RunDeps, request: Request, watch: Watch): Promise<Ran> => {
  const limit = limitOf(deps)
  try {
    const roles = await deps.rolesOf(request.asker)
    const ask = { by: request.asker.user, ...askingOf(roles, watch, limit.signal) }
    const { command, answer } = await Promise.race([
      deps.dispatch(request.words, ask),
      limit.reached,
    ])
    return { ok: true, command, answer: withUnread(answer, roles, watch.asked) }
  } catch (error) {
    return faultOf(deps, error, limit.signal)
  } finally {
    limit.close()
  }
}

/** `reached` rejects when time is up. Not AbortSignal.any: it would hold on to every request for as long as we run. */
const limitOf = ({ ended, answerWithinMs }: RunDeps) => {
  const controller = new AbortController()
  const end = (): void => controller.abort()
  const timer = setTimeout(end, answerWithinMs)
  ended.addEventListener('abort', end)
  if (ended.aborted) end()
  const { signal } = controller
  const reached = new Promise<never>((_, reject) => {
    const tell = (): void => reject(new Error('no answer in time'))
    if (signal.aborted) tell()
    else signal.addEventListener('abort', tell)
  })
  reached.catch(() => undefined) // it may be reached while nobody listens yet
  const close = (): void => {
    clearTimeout(timer)
    ended.removeEventListener('abort', end)
  }
  return { signal, reached, close }
}

const askingOf = (
  roles: Roles,
  { asked, onProgress }: Watch,
  signal: AbortSignal,
): Omit<Asking, 'by'> => ({
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

const faultOf = (deps: RunDeps, error: unknown, signal: AbortSignal): Ran => {
  if (deps.ended.aborted) return RESTARTING
  if (signal.aborted) return TOO_SLOW
  const reference = randomBytes(4).toString('hex')
  const stack = error instanceof Error ? cut(deps.redact(error.stack ?? ''), 2000) : undefined
  const why = deps.redact(reasonOf(error))
  deps.log.error({ reference, why, stack }, 'A command failed by a fault')
  return {
    ok: false,
    say: `Stormwatch could not answer by a fault of its own; nothing is said about the cluster. Its log has the reason under ${reference}.`,
    why: `fault ${reference}`,
  }
}

const RESTARTING: Ran = {
  ok: false,
  say: 'Stormwatch is being restarted. Ask again in a minute.',
  why: 'restarted',
}

const TOO_SLOW: Ran = {
  ok: false,
  say: 'This took too long and was given up. Ask again.',
  why: 'too slow',
}
