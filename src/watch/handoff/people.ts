import type { HandoffConfig } from '../../config'
import { turnAt } from './rota'

/** Slack user ids and user groups. */
export type People = { readonly from: readonly string[]; readonly to: readonly string[] }

/** Who hands over to whom at a change of shift: whoever had the shift that began at `before`, if it is known. */
export const peopleAt = (
  { from, to, rota }: HandoffConfig,
  {
    change,
    before = change - 1,
  }: { readonly change: number; readonly before?: number | undefined },
): People => {
  const byRota = (at: number): readonly string[] => (rota === undefined ? [] : turnAt(rota, at).who)
  return { from: from ?? byRota(before), to: to ?? byRota(change) }
}

/** To whom a draft goes: a group is told in the channel only. */
export const writtenTo = ({ from, to }: People): readonly string[] =>
  [...new Set([...from, ...to])].filter((id) => /^[UW]/.test(id))
