import type { Replicas } from '../store/replicas'

/** Who looks at which cluster when all is well: the same everywhere, once all replicas know of each other. */
export type Shares = {
  /** At the begin of each period: the clusters that there are, and how many of them we hold. */
  readonly begin: (names: readonly string[], held: number) => void
  readonly isOurs: (name: string) => boolean
  /** Whether to let go of it, after its look: we hold more than our share, and it falls to another. */
  readonly gives: (name: string) => boolean
}

/** Of what is too much a tenth goes in each period: a replica that joins has its share after some minutes. */
const GIVEN_PART = 10
/** What came back to us is kept for so long: who should have taken it is gone, and not yet forgotten. */
const KEPT_MS = 60_000

export const createShares = (
  replicas: Pick<Replicas, 'position' | 'count'>,
  monotonicMs: () => number,
): Shares => {
  let ranks: ReadonlyMap<string, number> = new Map()
  let surplus = 0
  const keptUntil = new Map<string, number>()
  const isOurs = (name: string): boolean =>
    (ranks.get(name) ?? 0) % replicas.count() === replicas.position()
  return {
    begin: (names, held) => {
      ranks = new Map(names.toSorted().map((name, rank) => [name, rank]))
      surplus = Math.ceil((held - Math.ceil(names.length / replicas.count())) / GIVEN_PART)
      for (const [name, until] of keptUntil) if (until <= monotonicMs()) keptUntil.delete(name)
    },
    isOurs,
    gives: (name) => {
      if (surplus <= 0 || isOurs(name) || keptUntil.has(name)) return false
      surplus -= 1
      keptUntil.set(name, monotonicMs() + KEPT_MS)
      return true
    },
  }
}
