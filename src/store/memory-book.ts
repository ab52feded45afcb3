import type { Dead, Entry, Message } from './outbox'
import type { StormRecord } from './storms'
import type { Json } from './stored'

/** What a replica keeps of a cluster for the time that Redis is away. Bounded like the store itself. */
export type Book = {
  version: number
  state: Json | undefined
  /** Redis' version before we decided on our own; undefined: nothing was decided on our own. */
  forkedFrom: number | undefined
  /** The life of Redis that was told what we know; undefined: none yet. */
  life: string | undefined
  /** Posts not known to be sent, by key. */
  readonly waiting: Map<string, Held>
  /** The last 1,000 posts that were sent. */
  readonly sent: Map<string, Message>
  /** Keys of those that Redis was not told yet. */
  readonly untold: Set<string>
  readonly edits: Map<string, HeldEdit>
  /** What was shown, or may have been, without Redis: it may have gone over newer content of another replica. */
  readonly alone: Map<string, Alone>
  /** The last content of each post that we decided, as long as nobody else decided since: Redis may lose it. */
  readonly ours: Map<string, Json>
  /** Until when a message is left alone after an edit. */
  readonly edited: Map<string, number>
  readonly storms: Map<string, StormRecord>
  /** Ids of those that Redis was not told yet, or may have lost. */
  readonly untoldStorms: Map<string, 'new' | 'again'>
  dead: readonly Dead[]
}

export type Held = {
  readonly entry: Entry
  readonly decidedAt: number
  channel: string
  moved: boolean
  dueAt: number
  attempts: number
  fence: number
  /** Redis has it too. */
  told: boolean
}

export type HeldEdit = { payload: Json; revision: number; dueAt: number; ifMissing?: boolean }

export type Alone = { readonly payload: Json }

export type Books = ReturnType<typeof createBooks>

export const createBooks = () => {
  const books = new Map<string, Book>()
  let last = 0
  return {
    of: (cluster: string): Book => {
      const book = books.get(cluster) ?? emptyBook()
      books.set(cluster, book)
      return book
    },
    clusters: (): readonly string[] => [...books.keys()],
    /** A fence or a revision that no other is. Below 0, where Redis' are above. */
    next: (): number => --last,
  }
}

const emptyBook = (): Book => ({
  version: 0,
  state: undefined,
  forkedFrom: undefined,
  life: undefined,
  waiting: new Map(),
  sent: new Map(),
  untold: new Set(),
  edits: new Map(),
  alone: new Map(),
  ours: new Map(),
  edited: new Map(),
  storms: new Map(),
  untoldStorms: new Map(),
  dead: [],
})

/** Puts at the end, and lets go of the oldest beyond `most`. */
export const keepLast = <V>(
  map: Map<string, V>,
  [key, value]: readonly [string, V],
  most: number,
): void => {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}
