import type { ClusterConfig } from '../../config'
import type { Tried, Watched, Writes, WritesSoFar } from '../../diagnosis/writes/writes'
import type { ClientHttp2Session } from 'node:http2'
import { endpointFault } from '../client'
import { readCredentials, type Credentials } from '../credentials'
import { startDeadline } from '../deadline'
import { authenticate } from '../etcd'
import { failed, type Result } from '../failure'
import { openSession, WINDOW_BYTES } from '../knock'
import { createLine } from '../line'
import { passOf, type Pass } from '../login'
import { watchWrites } from './watch'

/** Who writes to a cluster: a watch on its keys, which is a read. One at a time on each cluster. */
export type Writers = {
  /**
   * Never rejects. Ends early with the signal; the answer is then what was seen. No watch and no connection of it are
   * left when this resolves.
   */
  readonly watch: (cluster: ClusterConfig, wanted: Wanted, signal: AbortSignal) => Promise<Watched>
  /** Ends all that run; each resolves with what it has seen. */
  readonly close: () => Promise<void>
}

export type Wanted = {
  /** Where to try, in this order: one is watched, since every member sees every write. */
  readonly endpoints: readonly string[]
  readonly forMs: number
  /** Undefined: all keys. */
  readonly prefix: string | undefined
  readonly onSoFar: (soFar: WritesSoFar) => void
}

export const createWriters = (): Writers => {
  const running = new Map<string, Running>()
  const watch: Writers['watch'] = async (cluster, wanted, signal) => {
    const other = running.get(cluster.name)
    if (other !== undefined)
      return { kind: 'busy', sinceMs: performance.now() - other.from, forMs: other.forMs }
    const life = new AbortController()
    const end = (): void => life.abort()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    const work = watchAny(cluster, wanted, life.signal)
    running.set(cluster.name, { from: performance.now(), forMs: wanted.forMs, end, work })
    try {
      return await work
    } finally {
      running.delete(cluster.name)
      signal.removeEventListener('abort', end)
    }
  }
  return {
    watch,
    close: async () => {
      const all = [...running.values()]
      for (const { end } of all) end()
      await Promise.all(all.map(({ work }) => work))
    },
  }
}

type Running = {
  readonly from: number
  readonly forMs: number
  readonly end: () => void
  readonly work: Promise<Watched>
}

const watchAny = async (
  cluster: ClusterConfig,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Watched> => {
  // its own user, else the one that reads the members; the others of the cluster's credentials are the same
  const user = cluster.writers ?? cluster.auth
  const credentials = readCredentials({ ...cluster, auth: user })
  if (!credentials.ok) return allFailed(wanted.endpoints.slice(0, 1), credentials.why)
  const tried: Tried[] = []
  for (const endpoint of wanted.endpoints) {
    const watched = await watchOne({ cluster, wanted, endpoint, ...credentials.value }, signal)
    if (watched.ok) return { kind: 'watched', writes: watched.value }
    const { why } = watched
    if (why.kind === 'denied') return { kind: 'denied', user: user?.username, why }
    tried.push({ endpoint, why })
    if (signal.aborted) break
  }
  return { kind: 'failed', tried }
}

const allFailed = (endpoints: readonly string[], why: Tried['why']): Watched => ({
  kind: 'failed',
  tried: endpoints.map((endpoint) => ({ endpoint, why })),
})

type One = Credentials & {
  readonly cluster: ClusterConfig
  readonly wanted: Wanted
  readonly endpoint: string
}

const watchOne = async (one: One, signal: AbortSignal): Promise<Result<Writes>> => {
  const { cluster, wanted, endpoint, tls } = one
  const fault = endpointFault(endpoint, tls)
  if (fault !== undefined) return failed('other', fault)
  const { readTimeoutMs, limits } = cluster
  const pass = await logIn(one, signal)
  if (pass.why !== undefined) return { ok: false, why: pass.why }
  const deadline = startDeadline(readTimeoutMs, signal)
  const opened = await openSession(endpoint, tls, deadline.signal)
  deadline.clear()
  if (!opened.ok) return opened
  const session = opened.value
  session.on('error', () => {}) // its streams tell it
  session.setLocalWindowSize(WINDOW_BYTES)
  try {
    return await watchWrites(
      {
        ...wanted,
        endpoint,
        session,
        authority: tls?.serverName,
        token: pass.token,
        prefix: wanted.prefix === undefined ? undefined : Buffer.from(wanted.prefix),
        readTimeoutMs,
        budget: {
          events: limits.writersEventsPerSecond,
          bytes: limits.writersBytesPerSecond,
        },
      },
      signal,
    )
  } finally {
    await hangUp(session)
  }
}

/** Without a user nobody is asked: with auth off there is nothing to log in to. */
const logIn = async ({ cluster, endpoint, tls, user }: One, signal: AbortSignal): Promise<Pass> => {
  if (user === undefined) return { token: undefined, why: undefined }
  const line = createLine(endpoint, tls)
  const deadline = startDeadline(2 * cluster.readTimeoutMs, signal) // a password is a slow hash
  const pass = passOf(await authenticate(line, user, deadline.signal))
  deadline.clear()
  line.close()
  return pass
}

/**
 * Resolves when the connection is gone; the member drops its watches with it. Not `session.close`: with a member that
 * hangs that waits for ever, and `destroy` after it as well.
 */
const hangUp = (session: ClientHttp2Session): Promise<void> =>
  new Promise((resolve) => {
    if (session.destroyed) return resolve()
    session.once('close', resolve)
    session.destroy()
  })
