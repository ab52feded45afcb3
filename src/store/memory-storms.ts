import { keepLast } from './memory-book'
import type { Book, Books, Held } from './memory-book'
import { KEPT_MS } from './keys'
import { MAX_WAITING } from './outbox'
import type { Entry, Message } from './outbox'
import { MAX_STORMS } from './storms'
import type { Decision, Storms } from './storms'
import { anything, read, write } from './stored'
import type { Json } from './stored'

/** Storms kept by one replica alone. `waitMs` says how long its posts let those of others go first. */
export const createMemoryStorms = (books: Books, waitMs: () => number): Storms => ({
  read: async (cluster) => {
    const { version, state } = books.of(cluster)
    return { version, state }
  },
  decide: async (cluster, decision, now) => {
    const book = books.of(cluster)
    if (book.version !== decision.expected)
      return { decided: false, now: { version: book.version, state: book.state } }
    const state = copied(decision.state)
    book.forkedFrom ??= book.version
    book.version = Math.max(book.version, decision.above ?? 0) + 1
    book.state = state
    keepStorm(book, decision, now)
    const filed = filePosts(book, decision, { now, waitMs: waitMs() })
    noteOurs(book, decision)
    for (const { of, payload } of decision.edits ?? []) fileEdit(book, of, { payload, books, now })
    return { decided: true, version: book.version, filed }
  },
  history: async (cluster, { from, to }) =>
    [...books.of(cluster).storms.values()]
      .filter(({ since }) => since >= from && since <= to)
      .toSorted((a, b) => a.since - b.since),
})

/** As it would come back from Redis, with its limits. */
export const copied = (value: unknown): Json | undefined =>
  read(write(value), anything, { kind: 'storm', counts: { poisoned: () => undefined } })

const keepStorm = (book: Book, { storm }: Decision, now: number): void => {
  if (storm === undefined) return
  const record = copied(storm.record) ?? null
  keepLast(book.storms, [storm.id, { id: storm.id, since: storm.since, record }], MAX_STORMS)
  book.untoldStorms.set(storm.id, 'new')
  for (const { id, since } of book.storms.values())
    if (since < now - KEPT_MS) book.storms.delete(id)
}

export const filePosts = (
  book: Book,
  { posts = [] }: Decision,
  { now, waitMs }: { readonly now: number; readonly waitMs: number },
): readonly string[] => {
  const filed: string[] = []
  for (const { tried = false, sent, afterMs, ...entry } of posts) {
    if (sent !== undefined) noteSent(book, entry.key, sent)
    if (book.sent.has(entry.key) || book.waiting.has(entry.key)) continue
    filed.push(entry.key)
    const held = heldOf(entry, now)
    held.dueAt += afterMs ?? waitMs
    held.attempts = tried ? 1 : 0
    keepLast(book.waiting, [entry.key, held], MAX_WAITING)
  }
  return filed
}

const heldOf = (entry: Entry, now: number): Held => ({
  entry: { ...entry, payload: copied(entry.payload) ?? null },
  decidedAt: now,
  channel: entry.channel,
  moved: false,
  dueAt: now,
  attempts: 0,
  fence: 0,
  told: false,
})

/** Redis is told on the way back. */
export const noteSent = (book: Book, key: string, message: Message): void => {
  book.waiting.delete(key)
  keepLast(book.sent, [key, message], 1000)
  book.untold.add(key)
}

/** Fewer than Redis keeps: what it let go of is not taken for lost. */
const MAX_OURS = 10

export const noteOurs = ({ ours }: Book, { edits = [] }: Pick<Decision, 'edits'>): void => {
  for (const { of, payload } of edits) keepLast(ours, [of, copied(payload) ?? null], MAX_OURS)
}

const fileEdit = (
  book: Book,
  of: string,
  { payload, books, now }: { readonly payload: Json; readonly books: Books; readonly now: number },
): void => {
  const dueAt = book.edits.get(of)?.dueAt ?? Math.max(now, book.edited.get(of) ?? 0)
  keepLast(
    book.edits,
    [of, { payload: copied(payload) ?? null, revision: books.next(), dueAt }],
    500,
  )
}
