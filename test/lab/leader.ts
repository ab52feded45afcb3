import { rootToken, type LabAuth } from './auth'
import type { Certificates } from './certificates'
import { ask } from './gateway'

export type LeaderQuestion = {
  /** Of all members, in their order. */
  readonly endpoints: readonly string[]
  readonly tls: Certificates | undefined
  readonly auth: LabAuth | undefined
  /** Member id to index, filled in as members answer: a stalled leader is then known from what the others say. */
  readonly ids: Map<string, number>
}

const GIVE_UP_MS = 15_000
const ASK_MS = 1000

/**
 * The index of the leader that a majority of members names now. Answers as soon as enough did, so that a member that
 * hangs does not slow it. Throws when there is none for 15 s.
 */
export const leaderOf = async (question: LeaderQuestion): Promise<number> => {
  const deadline = Date.now() + GIVE_UP_MS
  while (Date.now() < deadline) {
    const leader = await leaderNow(question)
    if (leader !== undefined) return leader
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Cannot tell the leader: no majority named one for ${GIVE_UP_MS} ms`)
}

/** Asks every member for its id, so that `ids` is complete. */
export const learnIds = async (question: LeaderQuestion): Promise<void> => {
  await Promise.all(question.endpoints.map((_, index) => leaderBy(question, index)))
}

/** One round of asking: at most a second. Undefined: no majority names one now. */
export const leaderNow = (question: LeaderQuestion): Promise<number | undefined> =>
  new Promise((resolve) => {
    const votes = new Map<number, number>()
    const asked = question.endpoints.map(async (_, index) => {
      const leader = await leaderBy(question, index)
      if (leader === undefined) return
      votes.set(leader, (votes.get(leader) ?? 0) + 1)
      if ((votes.get(leader) ?? 0) > question.endpoints.length / 2) resolve(leader)
    })
    void Promise.all(asked).then(() => resolve(undefined))
  })

/** Whom this member takes for the leader. */
const leaderBy = async (
  { auth, endpoints, ids, tls }: LeaderQuestion,
  index: number,
): Promise<number | undefined> => {
  const endpoint = endpoints[index] ?? ''
  const token = auth === undefined ? undefined : await rootToken(endpoint, tls, auth)
  const url = `${endpoint}/v3/maintenance/status`
  const answer = await ask({ url, tls, token, body: {}, timeoutMs: ASK_MS })
  if (answer?.code !== 200) return undefined
  const status = JSON.parse(answer.text) as { header: { member_id: string }; leader?: string }
  ids.set(status.header.member_id, index)
  return ids.get(status.leader ?? '')
}
