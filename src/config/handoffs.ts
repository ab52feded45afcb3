import { HANDOFF_PREFIX } from '../config'
import type { HandoffConfig, Override, Rota, Weekday } from '../config'
import type { Limits } from '../diagnosis/limits'
import { instantOf, wallIn } from '../diagnosis/wallclock'
import type { WrittenHandoff, WrittenRota } from './handoff-schema'
import type { Mistake } from './mistakes'
import { durationMs } from './quantities'

type Written = {
  readonly handoffs: Readonly<Record<string, WrittenHandoff>>
  readonly clusters: Readonly<Record<string, unknown>>
}

/** What the schema cannot say of handoffs. */
export const handoffMistakes = ({ handoffs, clusters }: Written): readonly Mistake[] => {
  const names = Object.keys(clusters)
  const taken = names.filter((name) => name.startsWith(HANDOFF_PREFIX))
  return [
    ...taken.map((name) => ({
      path: ['clusters', name],
      text: `need a name that does not begin with ${HANDOFF_PREFIX}: handoffs are kept under such names`,
    })),
    ...Object.entries(handoffs).flatMap(([name, one]) =>
      [...placeMistakes(one, names), ...rotaMistakes(one)].map(({ path, text }) => ({
        path: ['handoffs', name, ...path],
        text,
      })),
    ),
  ]
}

const placeMistakes = (one: WrittenHandoff, names: readonly string[]): readonly Mistake[] => {
  const unknown = (one.clusters ?? []).flatMap((cluster, i) =>
    names.includes(cluster)
      ? []
      : [
          {
            path: ['clusters', i],
            text: `need a cluster of this file (${names.slice(0, 10).join(', ')}), have ${JSON.stringify(cluster)}`,
          },
        ],
  )
  const nobody = one.rota === undefined && one.to === undefined
  return [
    ...unknown,
    ...(nobody ? [{ path: [], text: 'need to (who takes over) or a rota, have neither' }] : []),
  ]
}

const rotaMistakes = ({ rota, timezone }: WrittenHandoff): readonly Mistake[] => {
  if (rota === undefined) return []
  return [...orderMistakes(rota), ...overrideMistakes(rota, rota.timezone ?? timezone)].map(
    ({ path, text }) => ({ path: ['rota', ...path], text }),
  )
}

const orderMistakes = ({ people, start, every, week }: WrittenRota): readonly Mistake[] => {
  if ((people === undefined) === (week === undefined))
    return [
      { path: [], text: 'need exactly one of people (with start and every) and week (with at)' },
    ]
  if (week !== undefined)
    return [
      ...(Object.keys(week).length === 0
        ? [{ path: ['week'], text: 'need somebody on at least one day, such as MON: U0123456789' }]
        : []),
      ...(start === undefined && every === undefined
        ? []
        : [{ path: ['week'], text: 'need neither start nor every: those go with people' }]),
    ]
  return [
    ...(start === undefined
      ? [
          {
            path: ['start'],
            text: 'need when the first turn begins, such as 2026-01-05T08:00: without it nobody can tell whose turn it is',
          },
        ]
      : []),
    ...(every === undefined
      ? [{ path: ['every'], text: 'need the length of a turn, such as 12h, 1d or 7d' }]
      : []),
  ]
}

const overrideMistakes = (rota: WrittenRota, timezone: string): readonly Mistake[] => {
  const overrides = overridesOf(rota, timezone)
  return overrides.flatMap((one, i) => {
    const path = ['overrides', i]
    if (one.until <= one.from) return [{ path, text: 'need until after from' }]
    const other = overrides.slice(0, i).findIndex((o) => o.from < one.until && one.from < o.until)
    return other === -1
      ? []
      : [{ path, text: `need overrides that do not overlap: it does with number ${other + 1}` }]
  })
}

export const handoffsOf = (
  { handoffs, clusters }: Written,
  limits: Limits,
): readonly HandoffConfig[] =>
  Object.entries(handoffs).map(([name, one]) => ({
    name,
    cron: one.cron,
    timezone: one.timezone,
    channel: one.channel,
    clusters: one.clusters ?? Object.keys(clusters),
    from: one.from,
    to: one.to,
    rota: one.rota && rotaOf(one.rota, one.rota.timezone ?? one.timezone),
    draftMs: durationMs(one.draft) ?? 3_600_000,
    acceptMs: limits.handoffAcceptMs,
    storeWaitMs: limits.handoffStoreWaitMs,
  }))

const rotaOf = (rota: WrittenRota, timezone: string): Rota => {
  const { people, start = '', every = 0, week, at } = rota
  const common = { timezone, overrides: overridesOf(rota, timezone) }
  if (people !== undefined)
    return { ...common, people, startWall: wallIn(start) ?? 0, everyMs: durationMs(every) ?? 0 }
  const [hours = 0, minutes = 0] = at.split(':').map(Number)
  return { ...common, week: namedOf(week), atMs: (hours * 60 + minutes) * 60_000 }
}

/** zod leaves the days that are not written undefined. */
const namedOf = (week: WrittenRota['week']): Partial<Record<Weekday, string>> =>
  Object.fromEntries(Object.entries(week ?? {}).filter(([, who]) => who !== undefined))

const overridesOf = ({ overrides }: WrittenRota, timezone: string): readonly Override[] =>
  overrides.map(({ who, from, until }) => ({
    who,
    from: instantOf(wallIn(from) ?? 0, timezone),
    until: instantOf(wallIn(until) ?? 0, timezone),
  }))
