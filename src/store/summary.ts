import type { Value } from './columns'
import type { Row } from './layout'
import { KINDS, LAYOUTS, emptyRows } from './rows'
import type { Kind, Rows } from './rows'

/** How long a summary lasts. */
export const SUMMARY_MS = 300_000

/**
 * Looks of five minutes as one look, at the time of the last: gains are summed, answers are the slowest, state is the
 * last that was seen. Learnt from when all were. Takes and gives looks in order of time.
 */
export const summariesOf = (looks: readonly Rows[]): readonly Rows[] => {
  const slots = new Map<number, Rows[]>()
  for (const look of looks) {
    const slot = Math.floor(atOf(look) / SUMMARY_MS)
    const others = slots.get(slot)
    if (others === undefined) slots.set(slot, [look])
    else others.push(look)
  }
  return [...slots.values()].map(summaryOf)
}

const AT = LAYOUTS.look.idOf('at')

export const atOf = (rows: Rows): number => Number(rows.look.get('')?.[AT] ?? 0)

const summaryOf = (looks: readonly Rows[]): Rows => {
  const summary = emptyRows()
  for (const look of looks)
    for (const kind of KINDS)
      for (const [thing, row] of look[kind]) {
        const before = summary[kind].get(thing)
        summary[kind].set(thing, before === undefined ? row.slice() : join(kind, before, row))
      }
  return summary
}

type Joining = (before: Value, now: Value) => Value

/** By name of field: what two looks say together, both having seen it. */
const SPECIAL: Readonly<Record<string, Joining>> = {
  learn: (before, now) => before === true && now === true,
  logs: (before, now) => [...listOf(before), ...listOf(now)],
  errors: (before, now) => [...new Set([...listOf(before), ...listOf(now)])],
  restarted: (before, now) => before === true || now === true,
  seesLeader: (before, now) => (before === false ? false : now),
  pending: (before, now) => Math.max(Number(before), Number(now)),
  gcPauseMaxSeconds: (before, now) => Math.max(Number(before), Number(now)),
  activeConnections: (_, now) => now,
}

const listOf = (value: Value): readonly unknown[] => (Array.isArray(value) ? value : [])

const sum: Joining = (before, now) =>
  typeof before === 'number' && typeof now === 'number' ? before + now : now

const last: Joining = (_, now) => now

const joinings: { readonly [kind in Kind]: Joining[] } = { look: [], member: [], link: [] }

const joiningOf = (kind: Kind, id: number): Joining => {
  const path = LAYOUTS[kind].pathOf(id)
  const isGain = kind === 'link' || path.startsWith('gain.')
  return (joinings[kind][id] ??= SPECIAL[path] ?? (isGain ? sum : last))
}

/** Changes `before`. */
const join = (kind: Kind, before: Row, now: Row): Row => {
  const answers = kind === 'member' ? ANSWERS.map((ids) => slower(ids, before, now)) : []
  now.forEach((value, id) => {
    const old = before[id]
    if (value !== undefined)
      before[id] = old === undefined ? value : joiningOf(kind, id)(old, value)
  })
  answers.forEach((answer, i) =>
    answer.forEach((value, j) => (before[ANSWERS[i]?.[j] ?? 0] = value)),
  )
  return before
}

/** came, tookMs, why of both answers of a member. */
const ANSWERS = ['status', 'page'].map((part) =>
  ['came', 'tookMs', 'why'].map((name) => LAYOUTS.member.idOf(`${part}.${name}`)),
)

/** One that did not come is slower than any that did. */
const slower = (ids: readonly number[], before: Row, now: Row): readonly Value[] => {
  const [a, b] = [before, now].map((row) => ids.map((id) => row[id])) as [Value[], Value[]]
  if (a[0] !== b[0]) return a[0] === false ? a : b
  return Number(a[1] ?? 0) >= Number(b[1] ?? 0) ? a : b
}
