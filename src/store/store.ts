import { createAlerts } from './alerts'
import { createAudit } from './audit'
import { createBacklogs } from './backlog'
import { createBaselines } from './baselines'
import { createClicks } from './clicks'
import { createNotes } from './notes'
import { createOutages } from './outages'
import { connect } from './redis'
import type { StoreConfig } from './redis'
import { createRedisEdits } from './redis-edits'
import { createRedisOutbox } from './redis-outbox'
import { createRedisStorms } from './redis-storms'
import { createReplicas } from './replicas'
import { createSamples } from './samples'
import { createSeen } from './seen'
import { createSilences } from './silences'
import { createSlots } from './slots'
import { createTicks } from './ticks'
import { createWatched } from './watched'

export type Store = ReturnType<typeof openStore>

export type StoreDeps = {
  /** This process, unlike any other: a random id made at its start. */
  readonly replica: string
  /** Unix ms. */
  readonly now: () => number
}

/** Without Redis: a post is left for so long to replicas that may still reach it. */
const WAIT_MS = 4000

/** Everything that is kept, over one connection. It is usable at once, also while Redis is away. */
export const openStore = (where: string | StoreConfig, { replica, now }: StoreDeps) => {
  const connection = connect(where)
  const backlogs = createBacklogs()
  const replicas = createReplicas(connection, replica)
  const redis = {
    storms: createRedisStorms(connection),
    outbox: createRedisOutbox(connection),
    edits: createRedisEdits(connection),
  }
  const samples = createSamples(connection, backlogs.samples)
  const notes = createNotes(connection, backlogs.notes)
  connection.redis.on('ready', () => void notes.again().then(backlogs.drain))
  return {
    ...createAlerts({ redis, now, waitMs: () => WAIT_MS, isOurTurn: replicas.isOurTurn }),
    samples,
    baselines: createBaselines(connection, samples),
    silences: createSilences(connection, backlogs.silences),
    audit: createAudit(connection, backlogs.audit),
    notes,
    outages: createOutages(connection, backlogs.outages, replica),
    clicks: createClicks(connection),
    ticks: createTicks(connection, replica),
    replicas,
    slots: createSlots(connection),
    seen: createSeen(connection),
    watched: createWatched(connection),
    /** Why Redis cannot be used now, for /readyz. Undefined: it can. */
    trouble: connection.trouble,
    /** The same, but for a Redis that answers and is full. */
    away: connection.away,
    /** For metrics. */
    waiting: backlogs.waiting,
    dropped: backlogs.dropped,
    poisoned: connection.poisonedCounts,
    close: connection.close,
  }
}
