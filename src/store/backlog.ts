/** Writes that wait for Redis: history, never alerts. */
export type Backlog = {
  /**
   * Writes now, or later in order. Resolves to true when it is written. A write that timed out may be written twice:
   * each must be harmless to repeat.
   */
  readonly put: (sizeBytes: number, write: Write) => Promise<boolean>
  /** Writes what waits, until it is empty or Redis fails again. */
  readonly drain: () => Promise<void>
  readonly waiting: () => number
  /** Let go of because too many waited. */
  readonly dropped: () => number
}

type Write = () => Promise<unknown>
type Waiting = { readonly sizeBytes: number; readonly write: Write }

/** Of looks: an hour of ten 5-member clusters, or two minutes of 300. */
const MAX_BYTES = 28 * 1024 * 1024
const MAX_WRITES = 20_000
/** Of what people ask for and type, each kind. */
const TYPED_BYTES = 1024 * 1024

/** One for each kind of write, so that none pushes out another, and one that Redis refuses holds up its own kind only. */
export type Backlogs = Readonly<
  Record<'samples' | 'silences' | 'notes' | 'audit' | 'outages', Backlog>
> &
  Pick<Backlog, 'drain' | 'waiting' | 'dropped'>

export const createBacklogs = (): Backlogs => {
  const kinds = {
    samples: createBacklog(),
    silences: createBacklog(TYPED_BYTES),
    notes: createBacklog(TYPED_BYTES),
    audit: createBacklog(TYPED_BYTES),
    outages: createBacklog(TYPED_BYTES),
  }
  const all = Object.values(kinds)
  const sum = (of: (backlog: Backlog) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  return {
    ...kinds,
    drain: async () => void (await Promise.all(all.map((one) => one.drain()))),
    waiting: () => sum((one) => one.waiting()),
    dropped: () => sum((one) => one.dropped()),
  }
}

export const createBacklog = (maxBytes = MAX_BYTES): Backlog => {
  const queue: Waiting[] = []
  let bytes = 0
  let dropped = 0
  let draining: Promise<void> | undefined

  const keep = (one: Waiting): void => {
    queue.push(one)
    bytes += one.sizeBytes
    while (bytes > maxBytes || queue.length > MAX_WRITES) {
      bytes -= queue.shift()?.sizeBytes ?? 0
      dropped += 1
    }
  }
  const writeAll = async (): Promise<void> => {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (!(await succeeds(first.write))) return
      // The oldest may have been let go of meanwhile
      if (queue[0] !== first) continue
      queue.shift()
      bytes -= first.sizeBytes
    }
  }
  const drain = (): Promise<void> => (draining ??= writeAll().finally(() => (draining = undefined)))

  return {
    put: async (sizeBytes, write) => {
      if (queue.length > 0) await drain()
      if (queue.length === 0 && (await succeeds(write))) return true
      keep({ sizeBytes, write })
      return false
    },
    drain,
    waiting: () => queue.length,
    dropped: () => dropped,
  }
}

const succeeds = (write: Write): Promise<boolean> =>
  write().then(
    () => true,
    () => false,
  )
