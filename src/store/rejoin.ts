import type { RedisAlerts } from './alerts'
import { keepLast } from './memory-book'
import type { Alone, Book, Books } from './memory-book'
import { copied, filePosts, noteOurs } from './memory-storms'
import type { Edit } from './edits'
import type { Message } from './outbox'
import { write } from './stored'
import type { Decided, Decision, StormNow, Stored } from './storms'

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
      const { version, state, isOurs } = await tell(cluster, book, owed)
      // Edits fall with their state: while we go on from it, they are still to be told
      const isTaken = isOurs || book.version === owed.version
      markTold(book, owed, isTaken)
      if (!isOurs && isTaken) book.ours.clear()
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
    showAgain(book)
    return { version: theirs.version, state: book.state }
  }

  const judged = (book: Book, theirs: Stored): Written => {
    const at = orOurs(book, theirs)
    return { ...at, isOurs: at !== theirs }
  }

  const standing = async (cluster: string, book: Book): Promise<Written> =>
    book.forkedFrom === undefined
      ? judged(book, await redis.storms.read(cluster))
      : { version: book.forkedFrom, state: book.state, isOurs: true }

  /**
   * Our state, if nobody decided since; else theirs, with our posts. Edits go with the state that they show: ours would
   * put older words over those of another.
   */
  const tell = async (cluster: string, book: Book, owed: Owed): Promise<Written> => {
    let at = await standing(cluster, book)
    for (let tries = 0; tries < TRIES; tries++) {
      const of = { expected: at.version, above: book.version, state: at.state ?? null }
      const told = at.isOurs ? { ...owed.decision, edits: owed.edits } : besideTheirs(owed)
      const decided = await redis.storms.decide(cluster, { ...told, ...of }, now())
      if (decided.decided) return { ...at, version: decided.version }
      at = judged(book, decided.now)
    }
    throw new Error(`Cannot join ${cluster} again: others decided ${TRIES} times meanwhile`)
  }

  /** What Redis may have lost without being behind for us: posts and messages, which are filed once however often told. */
  const tellNewLife = (book: Book, life: string, { state }: Stored): void => {
    const isNew = book.life !== undefined && book.life !== life
    book.life = life
    if (!isNew) return
    tellAgain(book)
    // Told by another that did not decide it
    if (write(state) === write(book.state)) showAgain(book)
  }

  const showAgain = (book: Book): void => {
    const lost = { revision: books.next(), dueAt: 0, ifMissing: true }
    for (const [of, payload] of book.ours)
      if (!book.edits.has(of)) book.edits.set(of, { payload, ...lost })
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
      tellNewLife(book, life, stored)
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
      noteOurs(book, decision)
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
const seen = (book: Book, stored: Stored): Stored => {
  if (book.forkedFrom !== undefined) return { version: book.version, state: book.state }
  if (stored.version !== book.version) book.ours.clear()
  return mirror(book, stored)
}

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
  for (const id of book.storms.keys())
    book.untoldStorms.set(id, book.untoldStorms.get(id) ?? 'again')
  for (const held of book.waiting.values()) held.told = false
}

/** `isOurs`: the state that stands is the one that we decided. */
type Written = Stored & { readonly isOurs: boolean }

type Owed = {
  readonly decision: Pick<Decision, 'posts' | 'storm'>
  /** What our state shows. */
  readonly edits: readonly Edit[]
  /** What may stand over newer words. */
  readonly alone: ReadonlyMap<string, Alone>
  /** The book's version when this was put together. */
  readonly version: number
  readonly revisions: ReadonlyMap<string, number>
}

/** Their state stands: our posts, and what is missing. What we wrote over their words alone is to be shown anew. */
const besideTheirs = ({ decision, edits, alone }: Owed): Omit<Decision, 'expected' | 'state'> => ({
  ...decision,
  ...(decision.storm && { storm: { ...decision.storm, ifMissing: true } }),
  edits: edits.filter(({ ifMissing }) => ifMissing),
  again: [...alone.keys()],
})

/** What Redis was not told. One record of a storm at a time. Undefined: nothing. */
const owedOf = (book: Book, leaseMs: number): Owed | undefined => {
  const posts = [...sentPosts(book), ...heldPosts(book, leaseMs)]
  const pending = [...book.edits].map(([of, { payload, ifMissing = false }]) => ({
    of,
    payload,
    ifMissing,
  }))
  const alone = [...book.alone].map(([of, { payload }]) => ({ of, payload }))
  const edits = [...alone.filter(({ of }) => !book.edits.has(of)), ...pending]
  const storm = untoldStorm(book)
  if (book.forkedFrom === undefined && posts.length + edits.length === 0 && !storm) return undefined
  return {
    decision: { posts, ...(storm && { storm }) },
    edits,
    alone: new Map(book.alone),
    version: book.version,
    revisions: new Map([...book.edits].map(([of, { revision }]) => [of, revision])),
  }
}

/** One that we heard of again, or that another may have written meanwhile, is only written where it is missing. */
const untoldStorm = ({ untoldStorms, storms }: Book): StormNow | undefined => {
  for (const [id, which] of untoldStorms) {
    const record = storms.get(id)
    if (record !== undefined) return { ...record, ifMissing: which === 'again' }
  }
  return undefined
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

const markTold = (book: Book, { decision, revisions, alone }: Owed, isTaken: boolean): void => {
  for (const { key, sent } of decision.posts ?? []) {
    if (sent !== undefined) book.untold.delete(key)
    const held = book.waiting.get(key)
    if (held !== undefined) Object.assign(held, { told: true, attempts: 0 })
  }
  if (decision.storm !== undefined) book.untoldStorms.delete(decision.storm.id)
  if (!isTaken) return
  for (const [of, one] of alone) if (book.alone.get(of) === one) book.alone.delete(of)
  for (const [of, revision] of revisions)
    if (book.edits.get(of)?.revision === revision) book.edits.delete(of)
}
