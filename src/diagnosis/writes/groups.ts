import { isKubernetes } from './path'
import { eventsOf, type Branch, type Counts } from './writes'

/** A part of the key space that tells who writes. */
export type Group = {
  /** See `pathOf`. Empty: all keys. */
  readonly path: readonly string[]
  /** It is what is left of its path beside the groups below it. */
  readonly isRest: boolean
  readonly counts: Counts
  /** The greater of its shares of all writes and of all bytes. */
  readonly weight: number
  /** Different keys; more than that were written when `folded`. */
  readonly keys: number
  readonly folded: boolean
  /** One key that takes a good part of it. */
  readonly hottest: Hottest | undefined
}

export type Hottest = {
  readonly path: readonly string[]
  /** Of the group's writes. */
  readonly share: number
  readonly counts: Counts
}

/**
 * The key space cut where it tells most, the heaviest part first: Kubernetes by resource and namespace; other keys by
 * the longest prefixes that few enough share the writes. All groups together are all writes.
 */
export const groupsOf = (tree: Branch): readonly Group[] =>
  split({ branch: tree, path: [] }, weightIn(tree.counts))
    .filter(({ counts }) => eventsOf(counts) > 0)
    .toSorted((a, b) => b.weight - a.weight)

/** The greater of the shares of writes and of bytes: few writes of large values fill a disk as well. */
export const weightIn =
  (whole: Counts) =>
  (counts: Counts): number =>
    Math.max(part(eventsOf(counts), eventsOf(whole)), part(counts.bytes, whole.bytes))

const part = (some: number, all: number): number => (all === 0 ? 0 : some / all)

type Place = { readonly branch: Branch; readonly path: readonly string[] }
type Weigh = (counts: Counts) => number

const split = (place: Place, weigh: Weigh): readonly Group[] => {
  const heavy = heavyBelow(place, weigh)
  if (heavy.length === 0) return [groupOf(place, weigh)]
  return [...heavy.flatMap((one) => split(one, weigh)), restOf(place, heavy, weigh)]
}

/** Parts of it that are worth a group, when together they tell most of it. */
const heavyBelow = (place: Place, weigh: Weigh): readonly Place[] => {
  const { branch, path } = place
  if (isKubernetes(path[0]) && path.length >= 3) return [] // objects are a namespace's hottest key
  const heavy = [...branch.children]
    .map(([name, child]) => ({ branch: child, path: [...path, name] }))
    .filter((one) => weigh(one.branch.counts) >= leastOf(one, place, weigh))
  if (path.length === 0 || isKubernetes(path.at(-1))) return heavy
  const told = heavy.reduce((sum, one) => sum + weigh(one.branch.counts), 0)
  return told >= weigh(branch.counts) / 2 ? heavy : []
}

const leastOf = (one: Place, above: Place, weigh: Weigh): number => {
  if (above.branch.children.size === 1 && !above.branch.folded) return 0
  if (one.path.length <= 2 && isKubernetes(one.path[0])) return 0.01
  if (!isKey(one)) return one.path.length === 1 ? 0.02 : 0.05
  return Math.max(0.05, weigh(above.branch.counts) / 5) // ten keys alike are their prefix
}

/** A whole key, and no prefix of some. */
export const isKey = ({ branch, path }: Place): boolean => {
  if (branch.children.size > 0 || branch.folded || path.length === 0) return false
  return isKubernetes(path[0]) ? path.length === 4 : !(path.at(-1) ?? '').endsWith('/')
}

const groupOf = (place: Place, weigh: Weigh): Group => ({
  path: place.path,
  isRest: false,
  counts: place.branch.counts,
  weight: weigh(place.branch.counts),
  ...keysIn(place.branch),
  hottest: isKey(place) ? undefined : hottestIn(place),
})

const restOf = ({ branch, path }: Place, heavy: readonly Place[], weigh: Weigh): Group => {
  const apart = new Set(heavy.map((one) => one.branch))
  const light = [...branch.children.values()].filter((child) => !apart.has(child))
  const counts = heavy.reduce((left, one) => minus(left, one.branch.counts), branch.counts)
  const keys = light.map(keysIn)
  return {
    path,
    isRest: true,
    counts,
    weight: weigh(counts),
    keys: keys.reduce((sum, one) => sum + one.keys, 0),
    folded: branch.folded || keys.some((one) => one.folded),
    hottest: undefined,
  }
}

/** What is left of a sum of fractions may be a hair below nothing. */
const minus = (a: Counts, b: Counts): Counts => ({
  creates: less(a.creates, b.creates),
  updates: less(a.updates, b.updates),
  deletes: less(a.deletes, b.deletes),
  bytes: less(a.bytes, b.bytes),
})

const less = (a: number, b: number): number => (a - b < 1e-6 * a ? 0 : a - b)

const keysIn = (branch: Branch): Pick<Group, 'keys' | 'folded'> => {
  if (branch.children.size === 0) return { keys: branch.folded ? 0 : 1, folded: branch.folded }
  const below = [...branch.children.values()].map(keysIn)
  return {
    keys: below.reduce((sum, one) => sum + one.keys, 0),
    folded: branch.folded || below.some((one) => one.folded),
  }
}

const HOT_SHARE = 0.2

const hottestIn = (place: Place): Hottest | undefined => {
  const [hottest] = keysBelow(place).toSorted(
    (a, b) => eventsOf(b.branch.counts) - eventsOf(a.branch.counts),
  )
  if (hottest === undefined) return undefined
  const { counts } = hottest.branch
  const share = part(eventsOf(counts), eventsOf(place.branch.counts))
  return share < HOT_SHARE ? undefined : { path: hottest.path, share, counts }
}

const keysBelow = (place: Place): readonly Place[] =>
  isKey(place)
    ? [place]
    : [...place.branch.children].flatMap(([name, branch]) =>
        keysBelow({ branch, path: [...place.path, name] }),
      )
