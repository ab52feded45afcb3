import type { Branch, Counts } from './writes'

/**
 * Counts writes by their path with bounded memory: at most twice `most` branches, of which the least written are folded
 * into what they lie below when there are more. What a branch counts is exact for all it was told since it stands; a
 * branch that is written much stands again at once after it was folded.
 *
 * A watch that samples tells how much more was written than seen: counts are fresh until `settle` scales them.
 */
export type WritesTree = {
  readonly add: (path: readonly string[], kind: Kind, bytes: number) => void
  /** Takes what was added since the last time so many times. */
  readonly settle: (times: number) => void
  /** All that was settled, so many times. */
  readonly scale: (times: number) => void
  readonly root: Branch
  /** Branches now. */
  readonly size: () => number
}

export type Kind = 'create' | 'update' | 'delete'

export const growTree = (most = 4096): WritesTree => {
  const root = node()
  let size = 1
  const below = (parent: Node, part: string): Node => {
    const known = parent.children.get(part)
    if (known !== undefined) return known
    const made = node()
    parent.children.set(part, made)
    size++
    return made
  }
  const add: WritesTree['add'] = (path, kind, bytes) => {
    let at = root
    count(at, kind, bytes)
    for (const part of path) {
      at = below(at, part)
      count(at, kind, bytes)
    }
    if (size > 2 * most) size = prune(root, most)
  }
  return {
    add,
    settle: (times) => settle(root, times),
    scale: (times) => walk(root, ({ counts }) => multiply(counts, times)),
    root,
    size: () => size,
  }
}

const multiply = (counts: Tally, times: number): void => {
  for (const name of NAMES) counts[name] *= times
}

type Tally = { -readonly [Name in keyof Counts]: Counts[Name] }

type Node = {
  readonly counts: Tally
  readonly fresh: Tally
  readonly children: Map<string, Node>
  folded: boolean
}

const node = (): Node => ({
  counts: none(),
  fresh: none(),
  children: new Map(),
  folded: false,
})

const none = (): Tally => ({ creates: 0, updates: 0, deletes: 0, bytes: 0 })

const FIELDS = { create: 'creates', update: 'updates', delete: 'deletes' } as const

const count = ({ fresh }: Node, kind: Kind, bytes: number): void => {
  fresh[FIELDS[kind]]++
  fresh.bytes += bytes
}

const NAMES = ['creates', 'updates', 'deletes', 'bytes'] as const

const settle = (at: Node, times: number): void => {
  for (const name of NAMES) {
    at.counts[name] += at.fresh[name] * times
    at.fresh[name] = 0
  }
  for (const child of at.children.values()) settle(child, times)
}

/** Keeps the `most` heaviest branches; answers how many are left. What lies above a branch is never lighter than it. */
const prune = (root: Node, most: number): number => {
  const whole = weightIn(root)
  const weights: number[] = []
  walk(root, (one) => weights.push(whole(one)))
  weights.sort((a, b) => b - a)
  const least = weights[most] ?? 0
  let left = 0
  walk(root, (one) => {
    left++
    for (const [part, child] of one.children)
      if (whole(child) <= least) {
        one.children.delete(part)
        one.folded = true
      }
  })
  return left
}

const walk = (at: Node, visit: (one: Node) => void): void => {
  visit(at)
  for (const child of at.children.values()) walk(child, visit)
}

/** The greater of its shares: few writes of large values fill a disk as well. */
const weightIn = (root: Node): ((one: Node) => number) => {
  const events = Math.max(1, writesIn(root))
  const bytes = Math.max(1, root.counts.bytes + root.fresh.bytes)
  return (one) => Math.max(writesIn(one) / events, (one.counts.bytes + one.fresh.bytes) / bytes)
}

const writesIn = ({ counts, fresh }: Node): number =>
  counts.creates + counts.updates + counts.deletes + fresh.creates + fresh.updates + fresh.deletes
