import type { Access } from '../../config'
import type { Asker } from './request'
import { reasonOf } from '../log'

export type Role = 'viewer' | 'operator'

/** What somebody may do: `may` is asked once for each cluster, and `unread` says which groups could not be read. */
export type Roles = {
  readonly may: (role: Role, access: Access) => boolean
  readonly unread: readonly string[]
}

export type AccessDeps = {
  /** The user ids of a user group; rejects when Slack does not say. */
  readonly groupMembers: (group: string) => Promise<readonly string[]>
  readonly now: () => number
  readonly keepMs?: number
}

/**
 * Roles by user id, user group, channel or `*`. Nobody is what no list names. Operators may view. `*` means everyone of
 * our own workspaces: somebody of another one, in a shared channel, must be named by id, group or channel to view, and
 * never operates.
 */
export const createAccess = (deps: AccessDeps) => {
  const groups = groupCache(deps)
  const rolesOf = async (asker: Asker, lists: readonly Access[]): Promise<Roles> => {
    const ids = new Set(lists.flatMap(namesOf).filter(isGroup))
    const read = await Promise.all([...ids].map(async (id) => ({ id, ...(await groups(id)) })))
    const member = new Set(read.flatMap(({ id, users }) => (users.has(asker.user) ? [id] : [])))
    return {
      may: (role, access) => mayIn({ asker, member }, role, access),
      unread: read.flatMap(({ id, why }) => (why === undefined ? [] : [unreadText(id, why)])),
    }
  }
  return { rolesOf }
}

const namesOf = ({ viewers, operators }: Access): readonly string[] => [...viewers, ...operators]

const isGroup = (id: string): boolean => /^S[A-Z0-9]+$/.test(id)

type Who = { readonly asker: Asker; readonly member: ReadonlySet<string> }

const mayIn = (who: Who, role: Role, { viewers, operators }: Access): boolean => {
  const operates = !who.asker.outsider && isNamed(who, operators)
  return role === 'operator' ? operates : operates || isNamed(who, viewers)
}

const isNamed = ({ asker, member }: Who, names: readonly string[]): boolean =>
  names.some(
    (name) =>
      name === asker.user ||
      name === asker.channel ||
      member.has(name) ||
      (name === '*' && !asker.outsider),
  )

const unreadText = (group: string, why: string): string =>
  `The user group ${group} could not be read (${why}), so its members have no rights by it.`

type Group = { readonly users: ReadonlySet<string>; readonly why?: string }

/** Kept for 5 minutes; a failure is kept for 10 s, so that a Slack that is down is not asked at every command. */
const groupCache = ({ groupMembers, now, keepMs = 300_000 }: AccessDeps) => {
  const kept = new Map<string, { readonly until: number; readonly group: Promise<Group> }>()
  return (id: string): Promise<Group> => {
    const known = kept.get(id)
    if (known !== undefined && now() < known.until) return known.group
    const group = groupMembers(id).then(
      (users): Group => ({ users: new Set(users) }),
      (error: unknown): Group => {
        kept.set(id, { until: now() + 10_000, group })
        return { users: new Set(), why: reasonOf(error) }
      },
    )
    kept.set(id, { until: now() + keepMs, group })
    return group
  }
}
