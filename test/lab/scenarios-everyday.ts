import { QUIET, benign, type Scenario } from './scenario'

/** What happens to sound clusters: no warning is due for any of it. */
export const EVERYDAY: readonly Scenario[] = [
  benign('everyday-restart-follower', {
    faults: [{ kind: 'restart', on: 'follower', downMs: 3000 }],
    holdMs: 20_000,
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('everyday-restart-leader', {
    faults: [{ kind: 'restart', on: 'leader', downMs: 3000 }],
    holdMs: 20_000,
    truth: { cause: 'planned', or: 'none' },
  }),
  benign('everyday-one-pause', {
    faults: [{ kind: 'pause', on: 'leader', pauseMs: 2500 }],
    holdMs: 25_000,
    truth: { cause: 'pauses', or: 'none' },
  }),
  benign('everyday-lists', {
    faults: [
      {
        ...{ kind: 'load', does: 'lists', workers: 2, perSecond: 3 },
        ...{ valueBytes: 4096, keys: 500, prefix: '/registry/pods/' },
      },
    ],
    holdMs: 30_000,
    truth: { cause: 'none' },
  }),
  benign('everyday-reconnects', {
    faults: [
      {
        kind: 'load',
        does: 'puts',
        workers: 16,
        perSecond: 200,
        valueBytes: 512,
        reconnects: true,
      },
    ],
    holdMs: 30_000,
    truth: { cause: 'none', or: 'overload' },
  }),
  benign('everyday-backup', {
    prefill: { ...QUIET, workers: 8, perSecond: 200, valueBytes: 100_000, most: 400 },
    faults: [{ kind: 'snapshot', on: 'follower', everyMs: 10_000 }],
    holdMs: 30_000,
    truth: { cause: 'none', or: 'maintenance' },
  }),
  benign('everyday-learner', {
    faults: [{ kind: 'add-learner' }],
    holdMs: 25_000,
    truth: { cause: 'none', or: 'planned' },
  }),
]
