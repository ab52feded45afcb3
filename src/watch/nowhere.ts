import { createAlerts } from '../store/alerts'
import { createAudit } from '../store/audit'
import { createBacklog } from '../store/backlog'
import { createBaselines } from '../store/baselines'
import { createClicks } from '../store/clicks'
import { createNotes } from '../store/notes'
import { createOutages } from '../store/outages'
import type { Connection } from '../store/redis'
import { createRedisEdits } from '../store/redis-edits'
import { createRedisOutbox } from '../store/redis-outbox'
import { createRedisStorms } from '../store/redis-storms'
import { createReplicas } from '../store/replicas'
import type { Samples } from '../store/samples'
import { createSilences } from '../store/silences'
import { createSlots } from '../store/slots'
import type { Store, StoreDeps } from '../store/store'
import { createTicks } from '../store/ticks'
import { createWatched } from '../store/watched'

/** History that waits for a Redis that never comes, bytes. */
const BACKLOG_BYTES = 64 * 1024

/** A store without Redis: it is away for good. Alerts live in this process, and nothing else is kept. */
export const openNowhere = ({ replica, now }: StoreDeps): Store => {
  const backlog = createBacklog(BACKLOG_BYTES)
  const redis = {
    storms: createRedisStorms(NOWHERE),
    outbox: createRedisOutbox(NOWHERE),
    edits: createRedisEdits(NOWHERE),
  }
  return {
    ...createAlerts({ redis, now, waitMs: () => 0, isOurTurn: () => true }),
    samples: NO_SAMPLES,
    baselines: createBaselines(NOWHERE, NO_SAMPLES),
    silences: createSilences(NOWHERE, backlog),
    audit: createAudit(NOWHERE, backlog),
    notes: createNotes(NOWHERE, backlog),
    outages: createOutages(NOWHERE, backlog, replica),
    clicks: createClicks(NOWHERE),
    ticks: createTicks(NOWHERE, replica),
    replicas: createReplicas(NOWHERE, replica),
    slots: createSlots(NOWHERE),
    seen: nowhere,
    watched: createWatched(NOWHERE),
    trouble: NOWHERE.trouble,
    away: NOWHERE.away,
    waiting: backlog.waiting,
    dropped: backlog.dropped,
    poisoned: NOWHERE.poisonedCounts,
    close: NOWHERE.close,
  }
}

const nowhere = (): Promise<never> =>
  Promise.reject(new Error('Cannot use the store: there is none'))

const NOWHERE: Connection = {
  redis: undefined as unknown as Connection['redis'], // all goes by `ask` and `run`
  ask: nowhere,
  run: nowhere,
  trouble: () => 'there is no Redis: history is not kept',
  away: () => 'there is no Redis',
  unbrokenMs: () => 0,
  lives: () => 0,
  absence: () => undefined,
  poisoned: () => undefined,
  poisonedCounts: () => new Map(),
  close: () => Promise.resolve(),
}

const NO_SAMPLES: Samples = {
  append: () => Promise.resolve(),
  range: nowhere,
  summaries: nowhere,
  watchedMs: nowhere,
}
