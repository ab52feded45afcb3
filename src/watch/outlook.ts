import { NO_OUTLOOK, outlookOf } from '../diagnosis/outlook'
import type { Outlook } from '../diagnosis/outlook'
import type { Store } from '../store/store'

export type OutlookStore = Pick<Store, 'samples' | 'baselines'>

/** What was learned of each cluster, and where its databases are going, read once in a while and remembered. */
export type Outlooks = {
  /** Read anew when it is older than `freshMs`. Rejects while the store cannot be read. */
  readonly read: (cluster: string, now: number, freshMs: number) => Promise<Outlook>
  /** As last read; empty when that is too long ago to be of now, or was never. */
  readonly known: (cluster: string, now: number) => Outlook
  readonly keepOnly: (clusters: ReadonlySet<string>) => void
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Summaries of the last half hour may not be made yet: how large the databases are now is in the last looks. */
const RECENT_MS = 2 * 60_000
/** What is usual at this hour, and a forecast, are of no use for longer. */
const STALE_MS = 2 * HOUR_MS

type Read = { readonly at: number; readonly outlook: Promise<Outlook>; readonly value?: Outlook }

export const createOutlooks = (store: OutlookStore): Outlooks => {
  const all = new Map<string, Read>()
  const readNow = async (cluster: string, now: number): Promise<Outlook> => {
    const [baseline, summaries, recent] = await Promise.all([
      store.baselines.read(cluster),
      store.samples.summaries(cluster, { from: now - DAY_MS, to: now - RECENT_MS }),
      store.samples.range(cluster, { from: now - RECENT_MS, to: now }),
    ])
    return outlookOf({ baseline, looks: [...summaries, ...everyFiveMinutes(recent)] }, now)
  }
  return {
    read: async (cluster, now, freshMs) => {
      const before = all.get(cluster)
      if (before !== undefined && now - before.at < freshMs) return before.outlook
      const outlook = readNow(cluster, now)
      all.set(cluster, { ...before, at: now, outlook })
      try {
        const value = await outlook
        all.set(cluster, { at: now, outlook, value })
        return value
      } catch (error) {
        if (before === undefined) all.delete(cluster)
        else all.set(cluster, before)
        throw error
      }
    },
    known: (cluster, now) => {
      const read = all.get(cluster)
      return read?.value === undefined || now - read.at > STALE_MS ? NO_OUTLOOK : read.value
    },
    keepOnly: (clusters) => {
      for (const cluster of all.keys()) if (!clusters.has(cluster)) all.delete(cluster)
    },
  }
}

const SLOT_MS = 300_000

/** The last of each five minutes, as summaries are. */
const everyFiveMinutes = <T extends { readonly at: number }>(looks: readonly T[]): readonly T[] =>
  looks.filter(
    ({ at }, i) =>
      Math.floor(at / SLOT_MS) !== Math.floor((looks[i + 1]?.at ?? Infinity) / SLOT_MS),
  )
