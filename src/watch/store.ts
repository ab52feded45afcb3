import { createAlerts } from '../store/alerts'
import type { Alerts } from '../store/alerts'
import { createAudit } from '../store/audit'
import type { Audit } from '../store/audit'
import { createBacklog } from '../store/backlog'
import type { Backlog } from '../store/backlog'
import { createBaselines } from '../store/baselines'
import type { Baselines } from '../store/baselines'
import { createClicks } from '../store/clicks'
import type { Clicks } from '../store/clicks'
import { createNotes } from '../store/notes'
import type { Notes } from '../store/notes'
import type { Connection } from '../store/redis'
import { createRedisEdits } from '../store/redis-edits'
import { createRedisOutbox } from '../store/redis-outbox'
import { createRedisStorms } from '../store/redis-storms'
import { createReplicas } from '../store/replicas'
import type { Replicas } from '../store/replicas'
import { createSamples } from '../store/samples'
import type { Samples } from '../store/samples'
import { createSilences } from '../store/silences'
import type { Silences } from '../store/silences'
import { createTicks } from '../store/ticks'
import type { Ticks } from '../store/ticks'

/** All that is kept, put together over one connection. */
export type Store = Alerts & {
  readonly samples: Samples
  readonly baselines: Baselines
  readonly silences: Silences
  readonly notes: Notes
  readonly audit: Audit
  readonly clicks: Clicks
  readonly ticks: Ticks
  readonly replicas: Replicas
  readonly backlog: Backlog
  /** Why history cannot be told now, a sentence; undefined when it can. */
  readonly trouble: () => string | undefined
}

export type StoreDeps = {
  /** Undefined: there is no Redis. Alerts then live in this process, and nothing else is kept. */
  readonly connection: Connection | undefined
  /** The name of this process, unlike any other. */
  readonly replica: string
  /** Unix ms. */
  readonly now: () => number
}

/** A replica without Redis lets those before it post first, this long each. */
const TURN_MS = 4000

export const openStore = ({ connection = NOWHERE, replica, now }: StoreDeps): Store => {
  const backlog = connection === NOWHERE ? createBacklog(64 * 1024) : createBacklog()
  const replicas = createReplicas(connection, replica)
  const samples = connection === NOWHERE ? NO_SAMPLES : createSamples(connection, backlog)
  const redis: Alerts = {
    storms: createRedisStorms(connection),
    outbox: createRedisOutbox(connection),
    edits: createRedisEdits(connection),
  }
  const waitMs = (): number => (connection === NOWHERE ? 0 : (replicas.position() + 1) * TURN_MS)
  return {
    ...createAlerts({ redis, now, waitMs }),
    samples,
    baselines: createBaselines(connection, samples),
    silences: createSilences(connection, backlog),
    notes: createNotes(connection, backlog),
    audit: createAudit(connection, backlog),
    clicks: createClicks(connection),
    ticks: createTicks(connection, replica),
    replicas,
    backlog,
    trouble: connection.trouble,
  }
}

const nowhere = (): Promise<never> =>
  Promise.reject(new Error('Cannot use the store: there is none'))

/** A Redis that is away for good: everything that lives without one does. */
const NOWHERE: Connection = {
  redis: undefined as unknown as Connection['redis'], // only `ask` and `run` reach it
  ask: nowhere,
  run: nowhere,
  trouble: () => 'there is no Redis: history is not kept',
  unbrokenMs: () => 0,
  poisoned: () => undefined,
  poisonedCounts: () => new Map(),
  close: () => Promise.resolve(),
}

const NO_SAMPLES: Samples = {
  append: () => Promise.resolve(),
  range: nowhere,
  summaries: nowhere,
}
