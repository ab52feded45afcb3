import type { ClusterConfig } from '../src/config'
import type { Standing } from '../src/diagnosis/storm/story'
import type { Answer } from '../src/diagnosis/answer'
import { mistake, type Ask, type History, type Tools } from './command'

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `45m`, `1h30m`, `7d` → ms. Undefined: not a duration. */
export const durationIn = (word: string | undefined): number | undefined => {
  if (word === undefined || !/^(\d{1,6}[smhd])+$/.test(word)) return undefined
  const parts = [...word.matchAll(/(\d+)([smhd])/g)]
  return parts.reduce(
    (total, [, count, unit]) => total + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  )
}

/** Two looks may fail before a cluster counts as not watched. */
const FRESH_MS = 120_000

/** Whether a look at that time still tells how a cluster stands; one by a clock that is far ahead does not. */
export const isFresh = (lookedAt: number, tools: Tools): boolean =>
  Math.abs(tools.now() - lookedAt) <= Math.max(FRESH_MS, 3 * tools.config().watch.everyMs)

/** How the watch says that a cluster stands. Undefined: nobody watches it now, or the store cannot be read. */
export const watchedNow = async (cluster: string, tools: Tools): Promise<Standing | undefined> => {
  const kept = historyIn(tools)
  if (!kept.ok) return undefined
  const stands = await kept.history.standing(cluster).catch(() => undefined)
  return stands !== undefined && isFresh(stands.lookedAt, tools) ? stands : undefined
}

/** The clusters that somebody may see. */
export const seenBy = (ask: Ask, tools: Tools): readonly ClusterConfig[] =>
  tools.config().clusters.filter((cluster) => ask.may('viewer', cluster))

/** What was kept, or why it cannot be told, a sentence. */
export const historyIn = (
  tools: Tools,
):
  | { readonly ok: true; readonly history: History }
  | { readonly ok: false; readonly why: string } => {
  const { history } = tools
  if (history === undefined)
    return {
      ok: false,
      why: 'there is no store here: only a running bot (stormwatch serve) keeps what it saw. Ask it in Slack, or set REDIS_URL to its Redis',
    }
  const trouble = history.trouble()
  return trouble === undefined ? { ok: true, history } : { ok: false, why: redisText(trouble) }
}

/** A bare code, as of an address that refuses, does not say whose it is. */
const redisText = (trouble: string): string =>
  trouble.includes('Redis') ? trouble : `Redis does not answer (${trouble})`

/** An answer out of what was kept, or why there is none: no store, or one that went away meanwhile. */
export const fromHistory = async (
  tools: Tools,
  what: string,
  tell: (history: History) => Promise<Answer>,
): Promise<Answer> => {
  const kept = historyIn(tools)
  if (!kept.ok) return mistake(tools.now(), `${what} cannot be told: ${kept.why}.`)
  try {
    return await tell(kept.history)
  } catch (error) {
    const why = kept.history.trouble()
    if (why === undefined) throw error // a fault of our own
    return mistake(tools.now(), `${what} cannot be told: ${redisText(why)}.`)
  }
}
