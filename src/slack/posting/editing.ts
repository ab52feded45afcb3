import type { Message } from '../message/blocks'
import { letterOf, type Letter } from './letter'
import { reasonOf, type Log } from '../log'
import type { Client, EditClaim, Edits } from './outbox'
import { outcomeOf, type Outcome } from './outcome'
import type { Pace } from './pace'
import { hasTime, metadataOf, QUIET, type PostTiming } from './posting'
import { simplerOf } from '../message/simpler'

export type EditOutcome = 'edited' | 'later' | 'gone' | 'unreadable' | 'dropped'

export type EditingDeps = {
  readonly client: Client
  readonly edits: Edits
  readonly pace: Pace
  readonly command: () => string
  readonly now: () => number
  readonly monotonicMs: () => number
  readonly timing: Pick<PostTiming, 'callMs'>
  readonly log: Log
  readonly redact: (text: string) => string
  readonly report: {
    readonly edit: (outcome: EditOutcome) => void
    readonly limited: (method: string) => void
    /** The bot itself is refused everywhere; undefined: no more. */
    readonly barred: (why: string | undefined) => void
  }
}

const UPDATE = 'chat.update'
const FAILED_MS = 5000

/** Shows a message's newest content. An edit may be repeated without harm, so that what is unknown is done again. */
export const sendEdit = async (
  deps: EditingDeps,
  claim: EditClaim,
  leaseEndsAt: number,
): Promise<void> => deps.report.edit(await tryEdit(deps, claim, leaseEndsAt))

const tryEdit = async (
  deps: EditingDeps,
  claim: EditClaim,
  leaseEndsAt: number,
): Promise<EditOutcome> => {
  const letter = letterOf(claim.payload, true)
  if (letter === undefined) return end(deps, claim, 'unreadable')
  const waitMs = deps.pace.take(UPDATE, claim.message.channel)
  if (waitMs > 0) return later(deps, claim, waitMs)
  if (!hasTime(deps, leaseEndsAt)) return 'dropped' // another may have shown newer content
  const message = letter.messageOf({ lateMs: 0, mayRepeat: false, command: deps.command() })
  return follow(deps, claim, await updateOnce(deps, claim, { letter, message }))
}

type Content = { readonly letter: Letter; readonly message: Message }

const updateOnce = async (
  deps: EditingDeps,
  claim: EditClaim,
  { letter, message }: Content,
): Promise<Outcome> => {
  const outcome = await update(deps, claim, { letter, message })
  const isOverBlocks = outcome.outcome === 'refused' && outcome.over === 'blocks'
  const simpler = isOverBlocks ? simplerOf(message) : undefined
  return simpler === undefined ? outcome : updateOnce(deps, claim, { letter, message: simpler })
}

const update = async (
  { client }: EditingDeps,
  { message: at, of }: EditClaim,
  { letter, message }: Content,
): Promise<Outcome> => {
  try {
    const { channel, ts } = at
    await client.chat.update({
      blocks: [], // an edit without blocks would keep the old ones
      ...message,
      ...QUIET,
      channel,
      ts,
      metadata: metadataOf(of, letter),
    })
    return { outcome: 'done', channel, ts }
  } catch (error) {
    return outcomeOf(error)
  }
}

const follow = async (
  deps: EditingDeps,
  claim: EditClaim,
  outcome: Outcome,
): Promise<EditOutcome> => {
  switch (outcome.outcome) {
    case 'done':
      deps.report.barred(undefined)
      return end(deps, claim, 'edited')
    case 'refused':
      deps.log.warn(
        { event: 'edit-refused', cluster: claim.cluster, key: claim.of, why: outcome.why },
        'Slack refused to edit a message',
      )
      return end(deps, claim, 'gone')
    case 'later':
      if (outcome.kind === 'limited') {
        deps.pace.limit(UPDATE, claim.message.channel, outcome.waitMs)
        deps.report.limited(UPDATE)
      }
      if (outcome.kind === 'bot') deps.report.barred(outcome.why)
      return later(deps, claim, outcome.waitMs)
    case 'unknown':
      return later(deps, claim, FAILED_MS)
  }
}

const end = async <T extends EditOutcome>(
  { edits, now }: EditingDeps,
  claim: EditClaim,
  outcome: T,
): Promise<T> => {
  await edits.settle(claim, now())
  return outcome
}

const later = async (
  { edits, now, log, redact }: EditingDeps,
  claim: EditClaim,
  waitMs: number,
): Promise<'later'> => {
  try {
    await edits.postpone(claim, waitMs, now())
  } catch (error) {
    log.warn({ event: 'edit', why: redact(reasonOf(error)) }, 'An edit waits for its lease to end')
  }
  return 'later'
}
