/** A CPU profile as the inspector tells it: the parts that are needed. */
export type Profile = {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** µs before each sample. */
  readonly timeDeltas: readonly number[]
}

type ProfileNode = {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

export type Work = 'read' | 'parse' | 'judge' | 'keep' | 'garbage' | 'other'

/** First match counts, from the innermost frame outwards. */
const PLACES: readonly (readonly [RegExp, Work])[] = [
  [/\/cluster\/page\/(exposition|families)\./, 'parse'],
  [/\/src\/cluster\/|grpc-js|node:(net|internal\/(http2|stream_base))|etcd3/, 'read'],
  [/\/src\/store\/|ioredis|redis-parser|node:zlib/, 'keep'],
  [/\/src\/(diagnosis|watch)\//, 'judge'],
]

/** ms of the main thread by the work that it was done for. Where no frame tells, `other`: mostly the kernel's sockets. */
export const workOf = ({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<Work, number> => {
  const works = worksOf(nodes)
  const spent = new Map<Work, number>()
  samples.forEach((id, i) => {
    const work = works.get(id)
    if (work === undefined) return
    spent.set(work, (spent.get(work) ?? 0) + (timeDeltas[i] ?? 0) / 1000)
  })
  return spent
}

/** Undefined: it waited. */
const worksOf = (nodes: readonly ProfileNode[]): ReadonlyMap<number, Work | undefined> => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const works = new Map<number, Work | undefined>()
  const walk = (node: ProfileNode, outer: Work): void => {
    const work = workAt(node, outer)
    works.set(node.id, node.callFrame.functionName === '(idle)' ? undefined : work)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child !== undefined) walk(child, work)
    }
  }
  const [root] = nodes
  if (root !== undefined) walk(root, 'other')
  return works
}

const workAt = ({ callFrame: { functionName, url } }: ProfileNode, outer: Work): Work => {
  if (functionName === '(garbage collector)') return 'garbage'
  return PLACES.find(([place]) => place.test(url))?.[1] ?? outer
}
