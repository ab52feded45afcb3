import type { Rota, Weekday } from '../../config'
import { instantOf, wallOf } from '../../diagnosis/wallclock'

/** Who is on call by a rota, and until when. Unix ms. */
export type Turn = {
  /** Slack user ids or user groups; empty: nobody yet, the rota has not begun. */
  readonly who: readonly string[]
  readonly from: number
  readonly until: number
}

/** Who is on call at a time. */
export const turnAt = (rota: Rota, at: number): Turn => {
  const turn = 'week' in rota ? weekTurnAt(rota, at) : orderTurnAt(rota, at)
  const override = rota.overrides.find((one) => one.from <= at && at < one.until)
  if (override !== undefined) return { ...override, who: [override.who] }
  // An override that begins or ended within the turn cuts it
  const next = Math.min(...rota.overrides.map(({ from }) => from).filter((from) => from > at))
  const last = Math.max(...rota.overrides.map(({ until }) => until).filter((until) => until <= at))
  return { ...turn, from: Math.max(turn.from, last), until: Math.min(turn.until, next) }
}

/** Who takes over from whoever is on call at a time; the same person where nobody else ever does. */
export const nextTurn = (rota: Rota, at: number): Turn => {
  const now = turnAt(rota, at)
  let turn = now
  for (let many = 0; many < MOST_TURNS; many++) {
    turn = turnAt(rota, turn.until)
    if (turn.who.join() !== now.who.join()) return turn
  }
  return turn
}

/** More than any rota has people. */
const MOST_TURNS = 200
const DAY_MS = 86_400_000

type OrderRota = Extract<Rota, { readonly people: readonly string[] }>

/** Turns are counted on the wall: one of 24 h that begins at 08:00 begins there on the day after the clocks are set too. */
const orderTurnAt = ({ people, startWall, everyMs, timezone }: OrderRota, at: number): Turn => {
  const beginOf = (turn: number): number => instantOf(startWall + turn * everyMs, timezone)
  let turn = Math.floor((wallOf(at, timezone) - startWall) / everyMs)
  // An hour that comes twice, or a begin that is moved out of a gap
  while (beginOf(turn) > at) turn -= 1
  while (beginOf(turn + 1) <= at) turn += 1
  if (turn < 0) return { who: [], from: -Infinity, until: beginOf(0) }
  const who = people[turn % people.length]
  return { who: who === undefined ? [] : [who], from: beginOf(turn), until: beginOf(turn + 1) }
}

type WeekRota = Extract<Rota, { readonly week: object }>

/** A day that is not named goes on with whoever had the day before. */
const weekTurnAt = ({ week, atMs, timezone }: WeekRota, at: number): Turn => {
  const beginOf = (day: number): number => instantOf(day + atMs, timezone)
  let day = Math.floor(wallOf(at, timezone) / DAY_MS) * DAY_MS
  while (beginOf(day) > at) day -= DAY_MS
  const whoOn = (wall: number): string | undefined =>
    week[WEEKDAYS[new Date(wall).getUTCDay()] ?? 'SUN']
  let from = day
  while (whoOn(from) === undefined && day - from < 7 * DAY_MS) from -= DAY_MS
  let until = day + DAY_MS
  while (whoOn(until) === undefined && until - day < 8 * DAY_MS) until += DAY_MS
  const who = whoOn(from)
  return { who: who === undefined ? [] : [who], from: beginOf(from), until: beginOf(until) }
}

/** As Date counts them. */
const WEEKDAYS: readonly Weekday[] = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
