/** A dead man's switch: a URL that is called after each good round, and whose owner warns when the calls stop. */
export type Heartbeat = {
  /** A round was good. Returns at once; never throws. A call that is still under way is not joined by another. */
  readonly beat: () => void
  /** Resolves when no call is under way. */
  readonly close: () => Promise<void>
}

export type HeartbeatDeps = {
  /** A secret: whoever has it can keep the switch quiet. */
  readonly url: string
  readonly call?: (url: string, init: RequestInit) => Promise<Response>
  /** Of a call: done, refused (the answer was no 2xx), failed. */
  readonly report: (outcome: 'done' | 'refused' | 'failed') => void
  /** Why a call did not do, when it is news; neither the URL nor its host stands in it. */
  readonly onTrouble: (why: string) => void
}

const CALL_MS = 5000

/** Throws an error without the URL when it is none. */
export const createHeartbeat = ({
  url,
  call = fetch,
  report,
  onTrouble,
}: HeartbeatDeps): Heartbeat => {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error('Cannot call HEARTBEAT_URL: need an http or https URL')
  let last: string | undefined
  const learn = (why: string | undefined): void => {
    if (why !== undefined && why !== last) onTrouble(why)
    last = why
  }
  const beat = async (): Promise<void> => {
    try {
      const answer = await call(url, { signal: AbortSignal.timeout(CALL_MS), redirect: 'error' })
      await answer.body?.cancel()
      report(answer.ok ? 'done' : 'refused')
      learn(answer.ok ? undefined : `the answer was ${answer.status}`)
    } catch (error) {
      report('failed')
      learn(reasonOf(error))
    }
  }
  let underWay: Promise<void> | undefined
  return {
    beat: () => {
      underWay ??= beat().finally(() => (underWay = undefined))
    },
    close: async () => underWay,
  }
}

/** A code, never a message: that of `fetch` may hold the host. */
const reasonOf = (error: unknown): string => {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return `no answer within ${CALL_MS / 1000} s`
  const code: unknown = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'the call failed'
}
