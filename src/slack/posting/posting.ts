import type { Message } from '../message/blocks'
import { readPosted, type Posted } from './channel-history'
import { letterOf, type Letter } from './letter'
import { reasonOf, type Log } from '../log'
import { EVENT_TYPE, type Claim, type Client, type Outbox, type Place, type Slots } from './outbox'
import { outcomeOf, type Outcome } from './outcome'
import type { Pace } from './pace'
import { simplerOf } from '../message/simpler'

/** What came of one try. `found`: it was there already. `dropped`: too little of the lease was left. */
export type PostOutcome =
  | 'posted'
  | 'found'
  | 'repeated' // nobody could look whether it is there: marked as a possible repeat
  | 'unknown'
  | 'later'
  | 'fallback'
  | 'dead'
  | 'dropped'
  | 'withdrawn' // another had posted it meanwhile: ours was deleted

export type PostingDeps = {
  readonly client: Client
  readonly outbox: Outbox
  readonly slots: Slots
  readonly pace: Pace
  readonly command: () => string
  readonly now: () => number
  readonly monotonicMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly log: Log
  readonly redact: (text: string) => string
  readonly report: PostReport
  readonly timing: PostTiming
}

export type PostReport = {
  readonly post: (outcome: PostOutcome, reason: Letter['reason'] | 'unreadable') => void
  /** A channel refused a post, took one, or may hold one twice. */
  readonly refused: (channel: string, why: string) => void
  readonly took: (channel: string) => void
  readonly doubted: (channel: string) => void
  /** The bot itself is refused everywhere. */
  readonly barred: (why: string | undefined) => void
  /** Nobody may look whether a post is there; undefined: it was read. */
  readonly hidden: (why: string | undefined) => void
  readonly limited: (method: string) => void
}

/** ms. */
export type PostTiming = {
  readonly callMs: number
  /** Slack may show a message late: so long after the first look at a channel comes a second one. */
  readonly lagMs: number
  /** Between two posts in a channel, of all replicas. */
  readonly paceMs: number
}

/** What must be left of a lease beyond the timeout of a call. */
const SPARE_MS = 500
/** Clocks of Slack, Redis and ours differ: the history is read from so long before the decision. */
const MARGIN_MS = 600_000
/** A code that nobody knows, and a channel that shows nothing: by then it is a refusal. */
const MOST_TRIES = 12

type Try = {
  readonly claim: Claim
  readonly letter: Letter
  readonly channel: string
  readonly thread: string | undefined
  /** Monotonic ms. */
  readonly leaseEndsAt: number
}

/** Sends one claimed post, or leaves it to a later try. Rejects only when the store does. */
export const sendPost = async (
  deps: PostingDeps,
  claim: Claim,
  leaseEndsAt: number,
): Promise<void> => {
  const letter = letterOf(claim.entry.payload)
  if (letter === undefined) {
    await giveUp(deps, claim, 'it cannot be read')
    return deps.report.post('dead', 'unreadable')
  }
  const outcome = await tryPost(deps, { claim, letter, ...placeOf(claim), leaseEndsAt })
  deps.report.post(outcome, letter.reason)
}

/** An entry goes where its root went. */
const placeOf = ({ channel, parent }: Claim): Pick<Try, 'channel' | 'thread'> => ({
  channel: parent?.channel ?? channel,
  thread: parent?.ts,
})

const POST = 'chat.postMessage'

const tryPost = async (deps: PostingDeps, trying: Try): Promise<PostOutcome> => {
  const { claim, channel } = trying
  const waitMs = deps.pace.take(POST, channel)
  if (waitMs > 0) return inItsPlace(deps, trying, waitMs)
  const turnMs = await turnOf(deps, trying)
  if (turnMs > 0) return inItsPlace(deps, trying, turnMs)
  if (claim.mustCheckHistory) deps.report.doubted(channel)
  const seen = await look(deps, trying)
  if (seen.is === 'later') return later(deps, claim, seen.waitMs)
  if (seen.is === 'there') return settle(deps, trying, { at: seen.at, as: 'found' })
  const mayRepeat = seen.is === 'hidden' && mayBeThere(claim)
  if (mayRepeat && !trying.letter.isSevere) return leave(deps, claim, seen.why)
  if (!hasTime(deps, trying.leaseEndsAt)) return 'dropped'
  const lateMs = claim.ageMs
  const message = trying.letter.messageOf({ lateMs, mayRepeat, command: deps.command() })
  const outcome = await sendOnce(deps, trying, message)
  return follow(deps, trying, { outcome, mayRepeat })
}

/** Without Redis replicas post in turns by the clock. */
const turnOf = ({ slots, timing }: PostingDeps, { claim, channel }: Try): Promise<number> =>
  claim.because === 'no-redis' ? Promise.resolve(0) : slots.take(channel, timing.paceMs)

/** Somebody just posted there. What was decided later must not go first. */
const inItsPlace = async (
  deps: PostingDeps,
  { claim, channel }: Try,
  waitMs: number,
): Promise<'later'> => {
  deps.pace.limit(POST, channel, waitMs)
  return later(deps, claim, channel === claim.channel ? 0 : waitMs)
}

/** A first post of a new store, or one decided before a reconnection, was hardly ever sent. */
const mayBeThere = ({ because }: Claim): boolean => because === 'tried' || because === 'no-redis'

/** The call must end while the lease is ours: a later try of another is then sure to see it. */
export const hasTime = (
  {
    monotonicMs,
    timing,
  }: Pick<PostingDeps, 'monotonicMs'> & { timing: Pick<PostTiming, 'callMs'> },
  leaseEndsAt: number,
): boolean => leaseEndsAt - monotonicMs() >= timing.callMs + SPARE_MS

// --- looking whether it is there ---

type Seen =
  | { readonly is: 'absent' }
  | { readonly is: 'there'; readonly at: Posted }
  | { readonly is: 'hidden'; readonly why: string }
  | { readonly is: 'later'; readonly waitMs: number }

const look = async (deps: PostingDeps, trying: Try): Promise<Seen> => {
  if (!trying.claim.mustCheckHistory) return { is: 'absent' }
  const seen = await lookOnce(deps, trying)
  if (seen.is !== 'absent' || trying.claim.because !== 'tried') return seen
  await deps.sleep(deps.timing.lagMs)
  return lookOnce(deps, trying)
}

const lookOnce = async (deps: PostingDeps, { claim, channel, thread }: Try): Promise<Seen> => {
  const sinceMs = deps.now() - claim.ageMs - MARGIN_MS
  const read = await readPosted(deps, { channel, thread, sinceMs })
  if (!read.read) {
    if (read.why === 'rate limited') deps.report.limited('conversations.history')
    if (read.kind === 'forbidden') {
      deps.report.hidden(read.why)
      return { is: 'hidden', why: read.why }
    }
    if (read.isBarred) deps.report.barred(read.why)
    return { is: 'later', waitMs: read.waitMs }
  }
  deps.report.hidden(undefined)
  const at = read.posted.find(({ key }) => key === claim.entry.key)
  return at === undefined ? { is: 'absent' } : { is: 'there', at }
}

// --- sending ---

const sendOnce = async (deps: PostingDeps, trying: Try, message: Message): Promise<Outcome> => {
  const outcome = await post(deps, trying, message)
  if (outcome.outcome !== 'refused') return outcome
  if (outcome.over === 'thread' && trying.thread !== undefined && hasTime(deps, trying.leaseEndsAt))
    return post(deps, { ...trying, thread: undefined }, message)
  const simpler = outcome.over === 'blocks' ? simplerOf(message) : undefined
  if (simpler !== undefined && hasTime(deps, trying.leaseEndsAt)) {
    deps.log.error({ event: 'blocks-refused', why: outcome.why }, 'Slack refused blocks of ours')
    return sendOnce(deps, trying, simpler)
  }
  return outcome
}

const post = async (
  { client }: PostingDeps,
  { claim, letter, channel, thread }: Try,
  message: Message,
): Promise<Outcome> => {
  try {
    const metadata = metadataOf(claim.entry.key, letter)
    const body = { ...message, ...QUIET, channel, metadata }
    const sent = await client.chat.postMessage(
      thread === undefined
        ? body
        : { ...body, thread_ts: thread, reply_broadcast: letter.broadcast },
    )
    if (sent.ts === undefined) return { outcome: 'unknown', why: 'Slack named no ts' }
    return { outcome: 'done', channel: sent.channel, ts: sent.ts }
  } catch (error) {
    return outcomeOf(error)
  }
}

export const QUIET = {
  unfurl_links: false,
  unfurl_media: false,
  link_names: false,
  parse: 'none',
} as const

/** By the key a message is found again, whatever it says. */
export const metadataOf = (key: string, { cluster, about, reason }: Letter) => ({
  event_type: EVENT_TYPE,
  event_payload: { key, cluster, storm: about, reason },
})

// --- what follows ---

type Ended = { readonly outcome: Outcome; readonly mayRepeat: boolean }

const follow = async (
  deps: PostingDeps,
  trying: Try,
  { outcome, mayRepeat }: Ended,
): Promise<PostOutcome> => {
  const { claim, channel } = trying
  switch (outcome.outcome) {
    case 'done': {
      deps.report.took(channel)
      deps.report.barred(undefined)
      const at = { channel: outcome.channel ?? channel, ts: outcome.ts }
      return settle(deps, trying, { at, as: mayRepeat ? 'repeated' : 'posted' })
    }
    case 'unknown':
      deps.report.doubted(channel)
      deps.log.warn(lineOf(deps, trying, outcome.why), 'What became of a post is unknown')
      return claim.attempts >= MOST_TRIES && /^\w+$/.test(outcome.why)
        ? refuse(deps, trying, outcome.why)
        : 'unknown' // the lease is the retry
    case 'later':
      if (outcome.kind === 'limited') {
        deps.pace.limit(POST, channel, outcome.waitMs)
        deps.report.limited(POST)
        const { waitMs } = outcome
        deps.log.warn({ ...lineOf(deps, trying, outcome.why), waitMs }, 'A post waits for Slack')
      }
      if (outcome.kind === 'bot') deps.report.barred(outcome.why)
      return later(deps, claim, outcome.waitMs)
    case 'refused':
      return refuse(deps, trying, outcome.why)
  }
}

const lineOf = ({ redact }: PostingDeps, { claim, channel, letter }: Try, why: string) => ({
  event: 'post',
  cluster: claim.cluster,
  storm: letter.about,
  reason: letter.reason,
  key: claim.entry.key,
  channel,
  attempts: claim.attempts,
  why: redact(why),
})

type Stood = { readonly at: Place; readonly as: 'posted' | 'found' | 'repeated' }

const settle = async (deps: PostingDeps, trying: Try, { at, as }: Stood): Promise<PostOutcome> => {
  const { channel, ts } = at
  const settled = await deps.outbox.settle(trying.claim, { channel, ts }, deps.now())
  if (settled.settled) {
    deps.log.info({ ...lineOf(deps, trying, as), ts }, 'A post is in its channel')
    return as
  }
  deps.report.doubted(channel)
  const { sent } = settled
  if (as === 'found' || sent === undefined || isSame(sent, at)) return as
  await withdraw(deps, at)
  return 'withdrawn'
}

const isSame = (a: Place, b: Place): boolean => a.channel === b.channel && a.ts === b.ts

/** Best effort: the sweep finds what is left. */
const withdraw = async ({ client, log, redact }: PostingDeps, at: Place): Promise<void> => {
  try {
    await client.chat.delete({ channel: at.channel, ts: at.ts })
  } catch (error) {
    log.warn({ event: 'withdraw', why: redact(reasonOf(error)) }, 'A second copy was not deleted')
  }
}

const later = async (deps: PostingDeps, claim: Claim, waitMs: number): Promise<'later'> => {
  await deps.outbox.postpone(claim, waitMs, deps.now())
  return 'later'
}

const refuse = async (deps: PostingDeps, trying: Try, why: string): Promise<PostOutcome> => {
  deps.report.refused(trying.channel, why)
  const next = await deps.outbox.refuse(trying.claim, why, deps.now())
  deps.log.error({ ...lineOf(deps, trying, why), next }, 'Slack refused a post')
  return next === 'stolen' ? 'unknown' : next
}

/** Not severe, and perhaps there: a reader misses less by its absence than by a second one. */
const leave = async (deps: PostingDeps, claim: Claim, why: string): Promise<PostOutcome> => {
  deps.log.warn(
    { event: 'post-left', cluster: claim.cluster, key: claim.entry.key, why },
    'A post may be in its channel, nobody may look, and it is not severe: it is not repeated. The history scopes would tell',
  )
  await giveUp(deps, claim, `not repeated: ${why}`)
  return 'dead'
}

/** Not in the fallback channel either. */
const giveUp = async ({ outbox, now }: PostingDeps, claim: Claim, why: string): Promise<void> => {
  const next = await outbox.refuse(claim, why, now())
  if (next === 'fallback') await outbox.refuse(claim, why, now())
}
