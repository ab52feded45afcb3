import type { Edits } from './edits'
import { createBooks } from './memory-book'
import type { Books } from './memory-book'
import { createMemoryEdits, createMemoryOutbox } from './memory-outbox'
import { createMemoryStorms, noteSent } from './memory-storms'
import type { Claim, Outbox } from './outbox'
import { createRejoin } from './rejoin'
import type { Lives, Storms } from './storms'

/** The path of an alert, from the decision to the message. */
export type Alerts = { readonly storms: Storms; readonly outbox: Outbox; readonly edits: Edits }

/** The same in Redis. */
export type RedisAlerts = Alerts & { readonly storms: Lives }

export type AlertsDeps = {
  readonly redis: RedisAlerts
  /** Unix ms of this replica. */
  readonly now: () => number
  /** How long a post is left to those that still reach Redis, ms. */
  readonly waitMs: () => number
  /** Whether this replica may post now without Redis: each has its turn, so that no two do at once. */
  readonly isOurTurn: (at: number) => boolean
}

/**
 * The alert path that never rejects: in Redis while there is one, else in the memory of this replica, which then decides
 * alone and says with each claim that the history must be read. What was decided and posted meanwhile goes into Redis as
 * soon as it answers; what Redis lost (a flush) is written again from what this replica remembers.
 */
export const createAlerts = ({ redis, now, waitMs, isOurTurn }: AlertsDeps): Alerts => {
  const books = createBooks()
  const memory: Alerts = {
    storms: createMemoryStorms(books, waitMs),
    outbox: createMemoryOutbox(books),
    edits: createMemoryEdits(books),
  }
  // A try that another replica began before Redis went away, or lost it, is over after its lease
  let leaseMs = 15_000
  const rejoin = createRejoin({ redis, books, now, leaseMs: () => leaseMs })
  let away = false
  const orElse = async <T>(first: () => Promise<T>, second: () => Promise<T> | T): Promise<T> => {
    try {
      const answer = await first()
      away = false
      return answer
    } catch {
      if (!away) letOthersFinish(books, now() + leaseMs + waitMs())
      away = true
      return second()
    }
  }
  return {
    storms: stormsOver({ redis, memory, books, rejoin, now, orElse }),
    outbox: outboxOver({
      redis,
      memory,
      books,
      rejoin,
      orElse,
      isOurTurn,
      onLease: (ms) => (leaseMs = ms),
    }),
    edits: editsOver({ redis, memory, orElse }),
  }
}

type Parts = {
  readonly redis: Alerts
  readonly memory: Alerts
  readonly books: Books
  readonly rejoin: ReturnType<typeof createRejoin>
  readonly now: () => number
  readonly orElse: <T>(first: () => Promise<T>, second: () => Promise<T> | T) => Promise<T>
}

const letOthersFinish = (books: Books, until: number): void => {
  for (const cluster of books.clusters())
    for (const held of books.of(cluster).waiting.values())
      if (held.told) held.dueAt = Math.max(held.dueAt, until)
}

const stormsOver = ({ redis, memory, rejoin, now, orElse }: Parts): Storms => ({
  read: (cluster) =>
    orElse(
      () => rejoin.read(cluster),
      () => memory.storms.read(cluster),
    ),
  decide: (cluster, decision, at) =>
    orElse(
      async () => {
        await rejoin.join(cluster)
        const decided = await redis.storms.decide(cluster, decision, at)
        if (decided.decided) rejoin.remember(cluster, decision, decided)
        else if (rejoin.isBehind(cluster, decided.now))
          return { decided: false, now: await rejoin.read(cluster) }
        return decided
      },
      () => memory.storms.decide(cluster, decision, now()),
    ),
  history: (cluster, span) =>
    orElse(
      () => redis.storms.history(cluster, span),
      () => memory.storms.history(cluster, span),
    ),
})

const isAlone = (claim: Claim): boolean => claim.because === 'no-redis'

type OutboxParts = Omit<Parts, 'now'> & {
  readonly isOurTurn: AlertsDeps['isOurTurn']
  readonly onLease: (leaseMs: number) => void
}

const outboxOver = ({
  redis,
  memory,
  books,
  rejoin,
  orElse,
  isOurTurn,
  onLease,
}: OutboxParts): Outbox => ({
  pending: (cluster) =>
    orElse(
      async () => {
        await rejoin.join(cluster)
        const pending = await redis.outbox.pending(cluster)
        if (pending !== 'due') await rejoin.reconcile(cluster)
        return pending
      },
      () => memory.outbox.pending(cluster),
    ),
  claim: (cluster, ask) => {
    onLease(ask.leaseMs)
    return orElse(
      async () => {
        await rejoin.join(cluster)
        const claim = await redis.outbox.claim(cluster, ask)
        if (claim === undefined) await rejoin.reconcile(cluster)
        return claim
      },
      () => (isOurTurn(ask.now) ? memory.outbox.claim(cluster, ask) : undefined),
    )
  },
  settle: async (claim, message, now) => {
    if (isAlone(claim)) {
      const settled = await memory.outbox.settle(claim, message, now)
      // Best now; else with the next command that reaches Redis
      await rejoin.join(claim.cluster).catch(() => undefined)
      return settled
    }
    return orElse(
      async () => {
        const settled = await redis.outbox.settle(claim, message, now)
        if (settled.settled) rejoin.sent(claim.cluster, claim.entry.key, message)
        return settled
      },
      () => {
        noteSent(books.of(claim.cluster), claim.entry.key, message)
        return { settled: true } as const
      },
    )
  },
  // A lease that cannot be changed ends by itself
  postpone: (claim, afterMs, now) =>
    isAlone(claim)
      ? memory.outbox.postpone(claim, afterMs, now)
      : orElse(
          () => redis.outbox.postpone(claim, afterMs, now),
          () => 'postponed' as const,
        ),
  refuse: (claim, why, now) =>
    isAlone(claim)
      ? memory.outbox.refuse(claim, why, now)
      : orElse(
          () => redis.outbox.refuse(claim, why, now),
          () => 'stolen' as const,
        ),
  waiting: (cluster) =>
    orElse(
      () => redis.outbox.waiting(cluster),
      () => memory.outbox.waiting(cluster),
    ),
  dead: (cluster) =>
    orElse(
      () => redis.outbox.dead(cluster),
      () => memory.outbox.dead(cluster),
    ),
  sentAs: (cluster, key) =>
    orElse(
      () => redis.outbox.sentAs(cluster, key),
      () => memory.outbox.sentAs(cluster, key),
    ),
})

const editsOver = ({ redis, memory, orElse }: Omit<Parts, 'books' | 'rejoin' | 'now'>): Edits => ({
  claim: (cluster, ask) =>
    orElse(
      () => redis.edits.claim(cluster, ask),
      () => memory.edits.claim(cluster, ask),
    ),
  settle: (claim, now) =>
    claim.revision < 0
      ? memory.edits.settle(claim, now)
      : orElse(
          () => redis.edits.settle(claim, now),
          () => undefined,
        ),
  postpone: (claim, afterMs, now) =>
    claim.revision < 0
      ? memory.edits.postpone(claim, afterMs, now)
      : orElse(
          () => redis.edits.postpone(claim, afterMs, now),
          () => undefined,
        ),
})
