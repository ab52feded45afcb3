import type { Access, ClusterConfig, Config, HandoffConfig } from '../../config'
import type { Roles } from '../asking/access'

/** Everybody whom a handoff names: Slack user ids and groups. */
export const namedIn = ({ from = [], to = [], rota }: HandoffConfig): readonly string[] => {
  if (rota === undefined) return [...new Set([...from, ...to])]
  const turns = 'people' in rota ? rota.people : Object.values(rota.week)
  return [...new Set([...from, ...to, ...turns, ...rota.overrides.map(({ who }) => who)])]
}

/** As a list that roles are asked with: by id or by group, and never somebody of another workspace. */
export const accessOf = (people: readonly string[]): Access => ({ viewers: [], operators: people })

/** Where somebody may add a note: operators, and the people of a handoff on its clusters. */
export const notableBy = (
  { clusters, handoffs }: Config,
  roles: Pick<Roles, 'may'>,
): readonly ClusterConfig[] => {
  const theirs = handoffs.filter((one) => roles.may('operator', accessOf(namedIn(one))))
  return clusters.filter(
    ({ name, access }) =>
      roles.may('operator', access) || theirs.some((one) => one.clusters.includes(name)),
  )
}

/** Who takes over, and operators of one of its clusters. */
export const mayAccept = (
  { clusters, handoffs }: Config,
  roles: Pick<Roles, 'may'>,
  { handoff, receivers }: { readonly handoff: string; readonly receivers: readonly string[] },
): boolean => {
  const names = handoffs.find(({ name }) => name === handoff)?.clusters ?? []
  return (
    roles.may('operator', accessOf(receivers)) ||
    clusters.some(({ name, access }) => names.includes(name) && roles.may('operator', access))
  )
}
