import { USUAL_SIGNALS, dayOf, signalOf, usualOf } from './baseline'
import type { Baseline, Usual, UsualSignal } from './baseline'
import { forecastOf } from './forecast'
import type { Forecast, SizePoint } from './forecast'
import type { Look, MemberLook } from '../window/look'
import { median } from '../spread'

/** What is known of a cluster beyond the window: what is usual now, and where its databases are going. By endpoint. */
export type Outlook = {
  readonly usual: ReadonlyMap<string, MemberUsual>
  readonly forecasts: ReadonlyMap<string, Forecast>
}

/** Without a store, or before a day was learned. */
export const NO_OUTLOOK: Outlook = { usual: new Map(), forecasts: new Map() }

export type MemberUsual = { readonly [signal in UsualSignal]?: Expected }

/** `peak`: the highest `high` of any hour of the day. `lately`: the median of the last day; undefined: too little of it. */
export type Expected = Usual & { readonly peak: number; readonly lately: number | undefined }

/** Of the 24 hours of a day: what is usual is not told before nearly all of them were learned once. */
const ENOUGH_HOURS = 20

export type Past = {
  readonly baseline: Baseline
  /** Of the last day, in order of time, the last of them as recent as they are: one for 5 min will do. */
  readonly looks: readonly Look[]
}

export const outlookOf = ({ baseline, looks }: Past, at: number): Outlook => {
  const rows = rowsByEndpoint(looks)
  return {
    usual: new Map(
      [...rows].map(([endpoint, row]) => [endpoint, memberUsual(baseline, row, { endpoint, at })]),
    ),
    forecasts: new Map(
      [...rows].map(([endpoint, row]) => [endpoint, forecastOf(sizesOf(row), quotaOf(row), at)]),
    ),
  }
}

type Seen = { readonly at: number; readonly member: MemberLook }

const rowsByEndpoint = (looks: readonly Look[]): ReadonlyMap<string, readonly Seen[]> => {
  const rows = new Map<string, Seen[]>()
  for (const { at, members } of looks)
    for (const member of members) {
      const row = rows.get(member.endpoint)
      if (row === undefined) rows.set(member.endpoint, [{ at, member }])
      else row.push({ at, member })
    }
  return rows
}

type Place = { readonly endpoint: string; readonly at: number }

const memberUsual = (
  baseline: Baseline,
  row: readonly Seen[],
  { endpoint, at }: Place,
): MemberUsual =>
  Object.fromEntries(
    USUAL_SIGNALS.flatMap((signal) => {
      const usual = usualOf(baseline, signal, { endpoint, at })
      const { peak, hours } = dayOf(baseline, signal, endpoint)
      if (usual === undefined || hours < ENOUGH_HOURS) return []
      return [[signal, { ...usual, peak, lately: latelyOf(row, signal) }] as const]
    }),
  )

/** A median of fewer says nothing of a day. */
const FEWEST_LATELY = 24

const latelyOf = (row: readonly Seen[], signal: UsualSignal): number | undefined => {
  const values = row.flatMap(({ member }) => signalOf(member, signal) ?? [])
  return values.length < FEWEST_LATELY ? undefined : median(values)
}

const sizesOf = (row: readonly Seen[]): readonly SizePoint[] =>
  row.flatMap(({ at, member: { dbSizeBytes, dbInUseBytes } }) =>
    dbSizeBytes === undefined ? [] : [{ at, fileBytes: dbSizeBytes, inUseBytes: dbInUseBytes }],
  )

/** As last seen. */
const quotaOf = (row: readonly Seen[]): number | undefined => {
  const last = row.findLast(({ member }) => member.quotaShare !== undefined)?.member
  return last?.dbSizeBytes === undefined || !last.quotaShare
    ? undefined
    : last.dbSizeBytes / last.quotaShare
}
