/** What clients do to a cluster, as plain data sent to the load's process. */
export type LoadPlan = {
  /** `lists` read the whole prefix again and again, after writing `keys` keys. */
  readonly kind: 'puts' | 'lists'
  readonly workers: number
  readonly valueBytes: number
  /** Of all workers together. Undefined: as fast as the answers come. */
  readonly perSecond?: number
  /** Keys are taken in turn from this many. Default 1000. */
  readonly keys?: number
  /** A connection of its own for each request, as clients that reconnect all the time. */
  readonly reconnects?: boolean
  /** Default `/lab/`. */
  readonly prefix?: string
  /** Ends by itself after this many puts… */
  readonly most?: number
  /** …or after this time. */
  readonly forMs: number
}

export type LoadResult = {
  readonly done: number
  readonly failed: number
  /** The last refusal in etcd's own words, such as `etcdserver: mvcc: database space exceeded`. */
  readonly lastError: string | undefined
}

export type LoadAct =
  | { readonly act: 'start'; readonly endpoints: readonly string[]; readonly plan: LoadPlan }
  /** Answered with a LoadResult, at once. */
  | { readonly act: 'stop' }
  /** Answered with a LoadResult when the plan is at its end. */
  | { readonly act: 'wait' }
