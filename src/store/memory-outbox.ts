import { EDIT_EVERY_MS } from './edits'
import type { Edit, Edits } from './edits'
import { keepLast } from './memory-book'
import type { Book, Books, Held } from './memory-book'
import { noteSent } from './memory-storms'
import { TOO_OLD_MS } from './outbox'
import type { Ask, Claim, Outbox, Settled } from './outbox'

/** The outbox of one replica alone: other replicas post the same keys, so the history is read before every try. */
export const createMemoryOutbox = (books: Books): Outbox => {
  const oursIn = (claim: Claim): Held | undefined => {
    const held = books.of(claim.cluster).waiting.get(claim.entry.key)
    return held?.fence === claim.fence ? held : undefined
  }
  return {
    pending: async (cluster) => {
      const { waiting, edits } = books.of(cluster)
      return waiting.size + edits.size === 0 ? 'none' : 'due'
    },
    claim: async (cluster, ask) => {
      const book = books.of(cluster)
      buryOld(book, ask.now)
      const held = lowestDue(book, ask)
      if (held === undefined) return undefined
      held.dueAt = ask.now + ask.leaseMs
      held.attempts += 1
      held.fence = books.next()
      return claimOf(cluster, held, { book, now: ask.now })
    },
    settle: async (claim, message) => {
      const book = books.of(claim.cluster)
      const refusal = refusalOf(book, claim)
      if (refusal !== undefined) return refusal
      noteSent(book, claim.entry.key, message)
      return { settled: true }
    },
    postpone: async (claim, afterMs, now) => {
      const held = oursIn(claim)
      if (held === undefined) return 'stolen'
      held.dueAt = afterMs === 0 ? held.decidedAt : now + afterMs
      held.attempts -= 1
      return 'postponed'
    },
    refuse: async (claim, why, now) => {
      const held = oursIn(claim)
      if (held === undefined) return 'stolen'
      return moved(held, now) ? 'fallback' : bury(books.of(claim.cluster), held, { why, now })
    },
    waiting: async (cluster) =>
      [...books.of(cluster).waiting.values()].map(
        ({ entry, channel, decidedAt, dueAt, attempts }) => ({
          key: entry.key,
          channel,
          decidedAt,
          dueAt,
          attempts,
        }),
      ),
    dead: async (cluster) => books.of(cluster).dead,
    sentAs: async (cluster, key) => books.of(cluster).sent.get(key),
  }
}

const lowestDue = (book: Book, { now, skip = [] }: Ask): Held | undefined =>
  [...book.waiting.values()]
    .filter(({ dueAt, channel, entry }) => {
      const held = entry.parent !== undefined && book.waiting.has(entry.parent)
      return dueAt <= now && !held && !skip.includes(channel)
    })
    .toSorted((a, b) => a.dueAt - b.dueAt)[0]

const claimOf = (
  cluster: string,
  { entry, channel, fence, attempts, decidedAt }: Held,
  { book, now }: { readonly book: Book; readonly now: number },
): Claim => ({
  cluster,
  entry,
  channel,
  parent: entry.parent === undefined ? undefined : book.sent.get(entry.parent),
  fence,
  attempts,
  ageMs: now - decidedAt,
  mustCheckHistory: true,
  because: 'no-redis',
})

/** As Redis answers: stolen by a later claim, or settled by it. What is known of nowhere is ours to settle. */
const refusalOf = (book: Book, { entry, fence }: Claim): Settled | undefined => {
  const held = book.waiting.get(entry.key)
  const sent = book.sent.get(entry.key)
  if (held !== undefined)
    return held.fence === fence ? undefined : { settled: false, why: 'stolen', sent }
  return sent && { settled: false, why: 'gone', sent }
}

const moved = (held: Held, now: number): boolean => {
  const { fallback } = held.entry
  if (fallback === undefined || held.moved || fallback === held.channel) return false
  held.moved = true
  held.channel = fallback
  held.attempts = 0
  held.dueAt = now
  return true
}

type Why = { readonly why: string; readonly now: number }

const bury = (book: Book, { entry }: Held, { why, now }: Why): 'dead' => {
  book.waiting.delete(entry.key)
  book.dead = [{ key: entry.key, why: why.slice(0, 200), at: now }, ...book.dead].slice(0, 100)
  return 'dead'
}

const buryOld = (book: Book, now: number): void => {
  for (const held of book.waiting.values())
    if (now - held.decidedAt > TOO_OLD_MS) bury(book, held, { why: 'too old', now })
}

/** Edits of one replica alone. One whose post another replica sent waits for Redis, which knows where. */
export const createMemoryEdits = (books: Books): Edits => ({
  claim: async (cluster, { now, leaseMs }) => {
    const book = books.of(cluster)
    for (const [of, edit] of [...book.edits].filter(([, { dueAt }]) => dueAt <= now)) {
      const message = book.sent.get(of)
      if (message === undefined) continue
      edit.dueAt = now + leaseMs
      noteAlone(book, { of, payload: edit.payload })
      return { cluster, of, payload: edit.payload, message, revision: edit.revision }
    }
    return undefined
  },
  settle: async ({ cluster, of, payload, revision }, now) => {
    const book = books.of(cluster)
    const { edits, edited } = book
    noteAlone(book, { of, payload })
    keepLast(edited, [of, now + EDIT_EVERY_MS], 500)
    const edit = edits.get(of)
    if (edit?.revision === revision) edits.delete(of)
    else if (edit !== undefined) edit.dueAt = now + EDIT_EVERY_MS
  },
  postpone: async ({ cluster, of, payload }, afterMs, now) => {
    const book = books.of(cluster)
    noteAlone(book, { of, payload })
    const edit = book.edits.get(of)
    if (edit !== undefined) edit.dueAt = now + afterMs
  },
})

/** Also when it ends: Redis may have come back, and been told, while it was under way. */
const noteAlone = ({ alone }: Book, { of, payload }: Edit): void =>
  keepLast(alone, [of, { payload }], 500)
