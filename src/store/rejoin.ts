import type { RedisAlerts } from './alerts'
import { keepLast } from './memory-book'
import type { Book, Books } from './memory-book'
import { copied, filePosts } from './memory-storms'
import type { Message } from './outbox'
import type { Decided, Decision, Stored } from './storms'

type Deps = {
  readonly redis: RedisAlerts
  readonly books: Books
  readonly now: () => number
  /** How long a try of another replica may last. */
  readonly leaseMs: () => number
}

/** Told again: a try that is under way when Redis comes back is let to end. */
const RECONCILE_MS = 5000
const TRIES = 5

/** Brings what a replica decided and posted on its own into Redis, and what Redis lost back. All reject while it is away. */
export const createRejoin = ({ redis, books, now, leaseMs }: Deps) => {
  const joining = new Map<string, Promise<void>>()
  const reconciled = new Map<string, number>()

  const joinOnce = async (cluster: string): Promise<void> => {
    const book = books.of(cluster)
    for (let owed = owedOf(book, leaseMs()); owed !== undefined; owed = owedOf(book, leaseMs())) {
      const { version, state } = await write(cluster, book, owed)
      markTold(book, owed)
      if (book.version === owed.version) mirror(book, { version, state })
      else book.forkedFrom = version
    }
  }

  /**
   * A Redis that is behind what it told us has lost it: emptied, or back from an append-only file or a replica that
   * lacked the last second. Then ours is what stands, under a version above all that we know.
   */
  const orOurs = (book: Book, theirs: Stored): Stored => {
    if (!isBehind(book, theirs)) return theirs
    book.forkedFrom = theirs.version
    tellAgain(book)
    return { version: theirs.version, state: book.state }
  }

  /** Our state, if nobody decided since; else theirs, with our posts. */
  const write = async (cluster: string, book: Book, owed: Owed): Promise<Stored> => {
    let at =
      book.forkedFrom === undefined
        ? orOurs(book, await redis.storms.read(cluster))
        : { version: book.forkedFrom, state: book.state }
    for (let tries = 0; tries < TRIES; tries++) {
      const of = { expected: at.version, above: book.version, state: at.state ?? null }
      const decided = await redis.storms.decide(cluster, { ...owed.decision, ...of }, now())
      if (decided.decided) return { ...at, version: decided.version }
      at = orOurs(book, decided.now)
    }
    throw new Error(`Cannot join ${cluster} again: others decided ${TRIES} times meanwhile`)
  }

  /** What Redis may have lost without being behind for us: posts and messages, which are filed once however often told. */
  const tellNewLife = (book: Book, life: string): void => {
    if (book.life !== undefined && book.life !== life) tellAgain(book)
    book.life = life
  }

  const join = (cluster: string): Promise<void> => {
    const running = joining.get(cluster)
    if (running !== undefined) return running
    const started = joinOnce(cluster).finally(() => joining.delete(cluster))
    joining.set(cluster, started)
    return started
  }

  return {
    join,

    isBehind: (cluster: string, theirs: Stored): boolean => isBehind(books.of(cluster), theirs),

    /** Redis' state after joining. */
    read: async (cluster: string): Promise<Stored> => {
      await join(cluster)
      const book = books.of(cluster)
      const [stored, life] = await Promise.all([
        redis.storms.read(cluster),
        redis.storms.life(cluster),
      ])
      tellNewLife(book, life)
      if (orOurs(book, stored) === stored && owedOf(book, leaseMs()) === undefined)
        return seen(book, stored)
      await join(cluster)
      return seen(book, await redis.storms.read(cluster))
    },

    /** What Redis took. Its posts stay ours too until they are known to be sent. */
    remember: (
      cluster: string,
      decision: Decision,
      decided: Extract<Decided, { decided: true }>,
    ) => {
      const book = books.of(cluster)
      const posts = (decision.posts ?? []).filter(({ key }) => decided.filed.includes(key))
      filePosts(book, { ...decision, posts }, { now: now(), waitMs: 0 })
      for (const { key } of posts) {
        const held = book.waiting.get(key)
        if (held !== undefined) held.told = true
      }
      mirror(book, { version: decided.version, state: copied(decision.state) })
    },

    sent: (cluster: string, key: string, message: Message): void =>
      noteTold(books.of(cluster), key, message),

    /** Posts that Redis took and does not have any more are filed again, as tried; those it settled are let go. */
    reconcile: async (cluster: string): Promise<void> => {
      const book = books.of(cluster)
      const ripe = [...book.waiting.values()].filter(
        ({ told, decidedAt }) => told && now() - decidedAt >= RECONCILE_MS,
      )
      if (ripe.length === 0 || now() - (reconciled.get(cluster) ?? 0) < RECONCILE_MS) return
      reconciled.set(cluster, now())
      const waiting = new Set((await redis.outbox.waiting(cluster)).map(({ key }) => key))
      const dead = new Set((await redis.outbox.dead(cluster)).map(({ key }) => key))
      for (const held of ripe) {
        const { key } = held.entry
        const message = await redis.outbox.sentAs(cluster, key)
        if (message !== undefined) noteTold(book, key, message)
        else if (dead.has(key)) book.waiting.delete(key)
        else if (!waiting.has(key)) held.told = false
      }
      await join(cluster)
    },
  }
}

const mirror = (book: Book, { version, state }: Stored): Stored => {
  book.forkedFrom = undefined
  book.version = version
  book.state = state
  return { version, state }
}

/** What was read, unless we had to decide on our own while it came. */
const seen = (book: Book, stored: Stored): Stored =>
  book.forkedFrom === undefined
    ? mirror(book, stored)
    : { version: book.version, state: book.state }

const noteTold = (book: Book, key: string, message: Message): void => {
  book.waiting.delete(key)
  book.untold.delete(key)
  keepLast(book.sent, [key, message], 1000)
}

const isBehind = (book: Book, theirs: Stored): boolean =>
  theirs.version < (book.forkedFrom ?? book.version)

/** The last messages that are told again at once. */
const MOST_TOLD = 200

/** What we know of. */
const tellAgain = (book: Book): void => {
  for (const key of [...book.sent.keys()].slice(-MOST_TOLD)) book.untold.add(key)
  for (const id of book.storms.keys()) book.untoldStorms.add(id)
  for (const held of book.waiting.values()) held.told = false
}

type Owed = {
  readonly decision: Omit<Decision, 'expected' | 'state'>
  /** The book's version when this was put together. */
  readonly version: number
  readonly revisions: ReadonlyMap<string, number>
}

/** What Redis was not told. One record of a storm at a time. Undefined: nothing. */
const owedOf = (book: Book, leaseMs: number): Owed | undefined => {
  const posts = [...sentPosts(book), ...heldPosts(book, leaseMs)]
  const edits = [...book.edits].map(([of, { payload }]) => ({ of, payload }))
  const storm = [...book.untoldStorms].map((id) => book.storms.get(id)).find(Boolean)
  if (book.forkedFrom === undefined && posts.length + edits.length === 0 && !storm) return undefined
  return {
    decision: { posts, edits, ...(storm && { storm }) },
    version: book.version,
    revisions: new Map([...book.edits].map(([of, { revision }]) => [of, revision])),
  }
}

type Posts = NonNullable<Decision['posts']>

const sentPosts = (book: Book): Posts =>
  [...book.untold].flatMap((key) => {
    const sent = book.sent.get(key)
    return sent === undefined ? [] : [{ key, channel: sent.channel, payload: null, sent }]
  })

/** Others may have posted the same without Redis, or be at it: not before a lease is over, and never without a look. */
const heldPosts = (book: Book, leaseMs: number): Posts =>
  [...book.waiting.values()]
    .filter(({ told, attempts }) => !told || attempts > 0)
    .map(({ entry }) => ({ ...entry, tried: true, afterMs: leaseMs }))

const markTold = (book: Book, { decision, revisions }: Owed): void => {
  for (const { key, sent } of decision.posts ?? []) {
    if (sent !== undefined) book.untold.delete(key)
    const held = book.waiting.get(key)
    if (held !== undefined) Object.assign(held, { told: true, attempts: 0 })
  }
  if (decision.storm !== undefined) book.untoldStorms.delete(decision.storm.id)
  for (const [of, revision] of revisions)
    if (book.edits.get(of)?.revision === revision) book.edits.delete(of)
}
