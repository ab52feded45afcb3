import type { Ask, History, Silence, Tools } from '../../commands/command'
import type { Answer } from '../../src/diagnosis/answer'
import { emptyBaseline } from '../../src/diagnosis/usual/baseline'
import type { Look } from '../../src/diagnosis/window/look'
import { NO_OUTLOOK } from '../../src/diagnosis/usual/outlook'
import type { Outlook } from '../../src/diagnosis/usual/outlook'
import { calmWeather } from '../../src/diagnosis/storm/storm'
import type { Story } from '../../src/diagnosis/storm/story'
import { HOUR, NOON, clusterConfig, seen } from '../watch/story'

export const NOW = NOON + HOUR

/** What a store keeps, made up. */
export type Kept = {
  readonly stories?: readonly Story[]
  readonly looks?: readonly Look[]
  readonly trouble?: string
  readonly standing?: Awaited<ReturnType<History['standing']>>
  readonly baseline?: Awaited<ReturnType<History['baseline']>>
  readonly outlook?: Outlook
  readonly none?: true
}

export const CALM = {
  cluster: 'prod',
  lookedAt: NOW - 5000,
  since: NOW - HOUR,
  state: 'calm',
  severity: 'ok',
  headline: 'Calm: nothing to explain',
  cause: 'none',
  weather: calmWeather(NOW),
} as const

const openIn = (stories: readonly Story[] = []) => {
  const storm = stories.find(({ kind, until }) => kind !== 'elections' && until === undefined)
  return storm === undefined ? {} : { storm }
}

export const scene = (kept: Kept = {}, may: Ask['may'] = () => true) => {
  const stand: Silence[] = []
  const history: History = {
    trouble: () => kept.trouble,
    standing: async () =>
      'standing' in kept ? kept.standing : { ...CALM, ...openIn(kept.stories) },
    stories: async (cluster, { from }) =>
      (kept.stories ?? []).filter((one) => one.cluster === cluster && one.since >= from),
    links: async (_, ids) => new Map(ids.map((id) => [id, `https://slack.com/archives/C1/${id}`])),
    looks: async (_, { from, to }) => (kept.looks ?? []).filter(({ at }) => at >= from && at <= to),
    baseline: async () => kept.baseline ?? emptyBaseline(0),
    outlook: async () => kept.outlook ?? NO_OUTLOOK,
    silences: {
      add: async (asked) => {
        const made = { ...asked, id: `s${stand.length}` }
        stand.push(made)
        return made
      },
      lift: async (_, id) =>
        stand.splice(
          stand.findIndex((one) => one.id === id),
          1,
        )[0],
      list: async (cluster, now) =>
        stand.filter((one) => one.cluster === cluster && one.until > now),
    },
    notes: { add: async () => true, list: async () => [] },
    shiftLooks: async () => [],
    handoff: () => Promise.reject(new Error('nobody asks for it here')),
  }
  const tools: Tools = {
    config: () =>
      ({
        clusters: [clusterConfig(), clusterConfig({ name: 'staging', title: 'Staging' })],
        watch: { everyMs: 15_000 },
      }) as unknown as ReturnType<Tools['config']>,
    observe: async () => seen(NOW),
    logsSince: async () => undefined,
    writers: async () => ({ kind: 'failed', tried: [] }),
    now: () => NOW,
    wait: async () => undefined,
    version: '0',
    ...(kept.none === undefined && { history }),
  }
  const ask = (...words: readonly string[]): Ask => ({
    words,
    by: 'U1',
    may,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
  return { tools, ask, stand }
}

export const historyOf = ({ history }: Tools): History => {
  if (history === undefined) throw new Error('want a history, have none')
  return history
}

type Over = { readonly [Name in keyof Story]?: Story[Name] | undefined }

export const story = (over: Over = {}): Story =>
  ({
    id: 'prod-t2-1',
    cluster: 'prod',
    kind: 'storm',
    since: NOW - 2 * HOUR,
    until: NOW - HOUR,
    worst: 'warning',
    elections: 12,
    planned: 0,
    cause: 'disk',
    where: 'm1',
    acknowledged: { by: 'U7', at: NOW - HOUR },
    ...over,
  }) as Story

export const cells = ({ tables }: Answer): readonly (readonly string[])[] =>
  (tables[0]?.rows ?? []).map((row) => row.map(({ text }) => text))
