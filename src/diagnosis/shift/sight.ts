import type { ShiftLook, Span } from './facts'
import type { MemberLook } from '../window/look'

/** Looks are kept by five minutes: what was not seen for less is not known here. */
export const SLOT_MS = 300_000

/** How much of a span was seen. */
export type Sight = {
  /** Whole five minutes of the span that are over, and those in which somebody looked. */
  readonly slots: number
  readonly seen: number
  /** When nobody looked. */
  readonly gaps: readonly Span[]
  /** Members that gave no answer though somebody looked, the longest first. */
  readonly unread: readonly { readonly name: string; readonly ms: number }[]
  /** Members that gave none at the last look, of so many. */
  readonly away: readonly string[]
  readonly members: number
  readonly lastAt: number | undefined
}

/** `earlier`: looks that may know the name of a member that is silent since. */
export const sightOf = (
  looks: readonly ShiftLook[],
  { from, to }: Span,
  earlier: readonly ShiftLook[] = [],
): Sight => {
  const first = Math.ceil(from / SLOT_MS)
  const slots = Array.from(
    { length: Math.max(0, Math.floor(to / SLOT_MS) - first) },
    (_, i) => first + i,
  )
  const bySlot = slotsOf(looks)
  const last = looks.at(-1)
  const nameOf = namesIn([...earlier, ...looks])
  return {
    slots: slots.length,
    seen: slots.filter((slot) => bySlot.has(slot)).length,
    gaps: gapsIn(slots, (slot) => bySlot.has(slot)),
    unread: unreadIn([...bySlot.values()], nameOf),
    away: (last?.members ?? [])
      .filter((member) => !answered(member))
      .map(nameOf)
      .toSorted(),
    members: last?.members.length ?? 0,
    lastAt: last?.at,
  }
}

/** Looks by the number of their five minutes. */
const slotsOf = (looks: readonly ShiftLook[]): ReadonlyMap<number, readonly ShiftLook[]> => {
  const slots = new Map<number, ShiftLook[]>()
  for (const look of looks) {
    const slot = Math.floor(look.at / SLOT_MS)
    const others = slots.get(slot)
    if (others === undefined) slots.set(slot, [look])
    else others.push(look)
  }
  return slots
}

/** Of several looks as one, the answers are the worst and the gains all that came. */
const answered = ({ status, page, gain }: MemberLook): boolean =>
  status.came || page.came || gain !== undefined

const gapsIn = (slots: readonly number[], isSeen: (slot: number) => boolean): readonly Span[] => {
  const gaps: Span[] = []
  for (const slot of slots) {
    if (isSeen(slot)) continue
    const [from, to] = [slot * SLOT_MS, (slot + 1) * SLOT_MS]
    const last = gaps.at(-1)
    if (last?.to === from) gaps[gaps.length - 1] = { from: last.from, to }
    else gaps.push({ from, to })
  }
  return gaps
}

type NameOf = (member: Pick<MemberLook, 'endpoint' | 'name'>) => string

/** A member that was never reached by the one who looks goes by its address: another look may know its name. */
const namesIn = (looks: readonly ShiftLook[]): NameOf => {
  const names = new Map<string, string>()
  for (const { members } of looks)
    for (const { endpoint, name, id } of members) if (id !== undefined) names.set(endpoint, name)
  return ({ endpoint, name }) => names.get(endpoint) ?? name
}

const unreadIn = (slots: readonly (readonly ShiftLook[])[], nameOf: NameOf): Sight['unread'] => {
  const ms = new Map<string, number>()
  for (const looks of slots) {
    const members = looks.flatMap((look) => look.members)
    const seen = new Set(members.filter(answered).map(({ endpoint }) => endpoint))
    const asked = new Map(members.map((member) => [member.endpoint, nameOf(member)]))
    for (const [endpoint, name] of asked)
      if (!seen.has(endpoint)) ms.set(name, (ms.get(name) ?? 0) + SLOT_MS)
  }
  return [...ms]
    .map(([name, all]) => ({ name, ms: all }))
    .toSorted((a, b) => b.ms - a.ms || a.name.localeCompare(b.name))
}
