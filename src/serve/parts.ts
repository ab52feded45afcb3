import type { Journal } from '../cluster/logs/journal'
import type { Observer } from '../cluster/observe'
import type { Writers } from '../cluster/writes/writers'
import type { Reloading } from '../config/reload'
import type { Log } from '../log'
import type { Metrics } from '../metrics/metrics'
import type { Announcing } from '../slack/posting/announcing'
import type { Store } from '../store/store'

/** What the bot is made of: made once in serve.ts, and handed to what puts a face together. */
export type Parts = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly log: Log
  readonly metrics: Metrics
  readonly observer: Observer
  readonly journal: Journal
  readonly writers: Writers
  readonly following: Reloading
  readonly store: Store
  readonly announcer: Announcing
}
