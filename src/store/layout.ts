import type { Histogram } from '../diagnosis/facts'
import type { Value } from './columns'
import { isRecord } from './stored'

/** The fields of one kind of thing by number. It grows with what is seen; numbers hold for this process only. */
export type Layout = {
  /** Values by number of field. Objects are walked, histograms split into buckets. */
  readonly flat: (thing: object) => Row
  /** The way back, without what is unseen. */
  readonly deep: (row: Row) => Record<string, unknown>
  readonly idOf: (path: string) => number
  readonly pathOf: (id: number) => string
}

export type Row = Value[]

type Node = {
  readonly path: string
  readonly id: number
  readonly children: Map<string, Node>
  /** Of a histogram: edges, sum, over, then the buckets. */
  readonly buckets: number[]
}

export const createLayout = (): Layout => {
  const ids = new Map<string, number>()
  const paths: string[] = []
  const idOf = (path: string): number => {
    const known = ids.get(path)
    if (known !== undefined) return known
    ids.set(path, paths.length)
    return paths.push(path) - 1
  }
  const nodeAt = (path: string): Node => ({
    path,
    id: idOf(path),
    children: new Map(),
    buckets: [],
  })
  const root = nodeAt('')
  const childOf = (node: Node, name: string): Node => {
    const known = node.children.get(name)
    if (known !== undefined) return known
    const child = nodeAt(node === root ? name : `${node.path}.${name}`)
    node.children.set(name, child)
    return child
  }
  const bucketOf = (node: Node, i: number): number =>
    (node.buckets[i] ??= idOf(`${node.path}.${i < NAMED.length ? NAMED[i] : i - NAMED.length}`))

  const walk = (node: Node, thing: object, row: Row): void => {
    for (const name in thing) {
      const value = (thing as Record<string, Value>)[name]
      if (value === undefined) continue
      const child = childOf(node, name)
      if (typeof value !== 'object' || Array.isArray(value)) row[child.id] = value
      else if (isHistogram(value)) spread(child, value, row)
      else walk(child, value, row)
    }
  }
  /** Buckets on their own: cumulative counts say everything twice. */
  const spread = (node: Node, { edges, counts, count, sum }: Histogram, row: Row): void => {
    row[bucketOf(node, 0)] = shared(edges)
    row[bucketOf(node, 1)] = sum
    let before = 0
    for (let i = 0; i < counts.length; i++) {
      const upTo = counts[i] ?? before
      row[bucketOf(node, NAMED.length + i)] = upTo - before
      before = upTo
    }
    row[bucketOf(node, 2)] = count - before
  }
  const splits: (readonly string[])[] = []
  return {
    idOf,
    pathOf: (id) => paths[id] ?? '',
    flat: (thing) => {
      const row: Row = []
      walk(root, thing, row)
      return row
    },
    deep: (row) => {
      const thing: Record<string, unknown> = {}
      row.forEach((value, id) => {
        if (value === undefined) return
        put(thing, (splits[id] ??= (paths[id] ?? '').split('.')), value)
      })
      return withHistograms(thing)
    },
  }
}

const NAMED = ['edges', 'sum', 'over'] as const

/** Edges that were seen before, by how many and how large: a dozen kinds. */
const known: (readonly number[])[] = []

/** The same array for the same edges, so that its text is made once. */
const shared = (edges: readonly number[]): readonly number[] => {
  const same = known.find((one) => one === edges || isSame(one, edges))
  if (same !== undefined) return same
  if (known.length < 64) known.push(edges)
  return edges
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((edge, i) => edge === b[i])

const isHistogram = (value: object): value is Histogram =>
  'edges' in value && 'counts' in value && Array.isArray(value.edges)

const put = (thing: Record<string, unknown>, names: readonly string[], value: Value): void => {
  let place = thing
  for (let i = 0; i < names.length - 1; i++)
    place = (place[names[i] ?? ''] ??= {}) as Record<string, unknown>
  place[names.at(-1) ?? ''] = value
}

const withHistograms = (thing: Record<string, unknown>): Record<string, unknown> => {
  for (const [name, value] of Object.entries(thing))
    if (isRecord(value))
      thing[name] = Array.isArray(value['edges']) ? histogramOf(value) : withHistograms(value)
  return thing
}

const histogramOf = (value: Readonly<Record<string, unknown>>): Histogram => {
  const edges = value['edges'] as readonly number[]
  let count = 0
  const counts = edges.map((_, i) => (count += numberIn(value, `${i}`)))
  count += numberIn(value, 'over')
  return { edges, counts, count, sum: numberIn(value, 'sum') }
}

const numberIn = (value: Readonly<Record<string, unknown>>, name: string): number =>
  typeof value[name] === 'number' ? value[name] : 0
