import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'
import { NO_OUTLOOK, outlookOf } from '../diagnosis/usual/outlook'
import type { Outlook } from '../diagnosis/usual/outlook'
import type { Store } from '../store/store'

export type OutlookStore = Pick<Store, 'samples' | 'baselines'>

/** What was learned of each cluster, and where its databases are going, read once in a while and remembered. */
export type Outlooks = {
  /** Read anew when it is older than `freshMs`. Rejects while the store cannot be read. */
  readonly read: (cluster: string, now: number, freshMs: number) => Promise<Outlook>
  /** As last read; empty when that is too long ago to be of now, or was never. */
  readonly known: (cluster: string, now: number) => Outlook
  /** After a look: whether it is time to read. Asked once for each reading. */
  readonly isDue: (cluster: ClusterConfig, look: Observation, now: number) => boolean
  readonly keepOnly: (clusters: ReadonlySet<string>) => void
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Summaries of the last half hour may not be made yet: how large the databases are now is in the last looks. */
const RECENT_MS = 2 * 60_000
/** What is usual at this hour, and a forecast, are of no use for longer. */
const STALE_MS = 2 * HOUR_MS

/** Reads the summaries of a day: 12 ms of CPU a member, and what is usual is of an hour. */
const EVERY_MS = HOUR_MS
/** While a database fills up, or has grown by so much of its quota since. */
const HURRY_MS = 10 * 60_000
const GROWN_SHARE = 0.02

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
  /** When it was last due, and how full the fullest database was then. */
  const dues = new Map<string, { readonly at: number; readonly share: number }>()
  const known = (cluster: string, now: number): Outlook => {
    const read = all.get(cluster)
    if (read?.value === undefined || Math.abs(now - read.at) > STALE_MS) return NO_OUTLOOK
    return aged(read.value, now - read.at)
  }
  return {
    read: async (cluster, now, freshMs) => {
      const before = all.get(cluster)
      if (before !== undefined && Math.abs(now - before.at) < freshMs) return before.outlook
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
    known,
    isDue: ({ name, limits }, look, now) => {
      const last = dues.get(name)
      const share = fullestShare(look)
      const isFilling =
        share - (last?.share ?? share) >= GROWN_SHARE ||
        isRunningOut(known(name, now), limits.quotaWarningMs)
      const isTime =
        last === undefined || Math.abs(now - last.at) >= (isFilling ? HURRY_MS : EVERY_MS)
      if (isTime) dues.set(name, { at: now, share })
      return isTime
    },
    keepOnly: (clusters) => {
      for (const cluster of dues.keys()) if (!clusters.has(cluster)) dues.delete(cluster)
      for (const cluster of all.keys()) if (!clusters.has(cluster)) all.delete(cluster)
    },
  }
}

const isRunningOut = ({ forecasts }: Outlook, withinMs: number): boolean =>
  [...forecasts.values()].some(({ timeToQuotaMs }) => (timeToQuotaMs ?? Infinity) <= withinMs)

/** Of the quotas that were seen; 0: none was. */
const fullestShare = ({ members }: Observation): number =>
  Math.max(
    0,
    ...members.map(({ status, scrape }) => {
      const page = scrape.ok ? scrape.value : undefined
      const size = page?.dbSizeBytes ?? (status.ok ? status.value.dbSizeBytes : 0)
      const quota = page?.quotaBytes ?? (status.ok ? status.value.quotaBytes : undefined)
      return quota === undefined || quota <= 0 ? 0 : size / quota
    }),
  )

/** Less time is left than when it was read. */
const aged = (outlook: Outlook, byMs: number): Outlook => {
  const isFinite = [...outlook.forecasts.values()].some((one) => one.timeToQuotaMs !== undefined)
  if (!isFinite || byMs <= 0) return outlook
  const forecasts = [...outlook.forecasts].map(([endpoint, one]) => {
    const left = one.timeToQuotaMs === undefined ? undefined : one.timeToQuotaMs - byMs
    return [endpoint, { ...one, timeToQuotaMs: left && Math.max(0, left) }] as const
  })
  return { ...outlook, forecasts: new Map(forecasts) }
}

const SLOT_MS = 300_000

/** The last of each five minutes, as summaries are. */
const everyFiveMinutes = <T extends { readonly at: number }>(looks: readonly T[]): readonly T[] =>
  looks.filter(
    ({ at }, i) =>
      Math.floor(at / SLOT_MS) !== Math.floor((looks[i + 1]?.at ?? Infinity) / SLOT_MS),
  )
