import type { Election } from './elections'
import type { Look, MemberLook } from './look'

/** A process of a member that ended and began anew. Times in Unix ms. */
export type Restart = {
  readonly endpoint: string
  /** The last look at which the old process answered. */
  readonly lastSeenAt: number
  /** The first look after that at which it did not; undefined: it was never missed. */
  readonly missedAt: number | undefined
  /** When the new process began. */
  readonly startedAt: number
  /** A signal asked it to stop, as its log tells. Undefined: no log. */
  readonly asked: boolean | undefined
  /** The first of this member in 30 minutes: only that one may explain an election. */
  readonly isFirst: boolean
}

/** So that a crash loop is still a storm (design, *planned*). */
const FIRST_IN_MS = 30 * 60_000

/** From process start times, and from log lines of a start where the page is not read. In order of time. */
export const restartsOf = (looks: readonly Look[]): readonly Restart[] => {
  const endpoints = new Set(looks.flatMap((look) => look.members.map((member) => member.endpoint)))
  const all = [...endpoints].flatMap((endpoint) => restartsOfMember(looks, endpoint))
  return all
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((restart, i, sorted) => ({ ...restart, isFirst: isFirstOf(restart, sorted.slice(0, i)) }))
}

const isFirstOf = (restart: Unranked, earlier: readonly Unranked[]): boolean =>
  !earlier.some(
    (other) =>
      other.endpoint === restart.endpoint && restart.startedAt - other.startedAt < FIRST_IN_MS,
  )

type Unranked = Omit<Restart, 'isFirst'>

const restartsOfMember = (looks: readonly Look[], endpoint: string): readonly Unranked[] => {
  const restarts: Unranked[] = []
  let lastSeenAt: number | undefined
  let missedAt: number | undefined
  let stopAsked = false
  for (const look of looks) {
    const member = look.members.find((one) => one.endpoint === endpoint)
    stopAsked ||= hasEvent(look, endpoint, 'stopping') && lastSeenAt !== undefined
    const startedAt =
      member && lastSeenAt !== undefined ? startOf(look, member, lastSeenAt) : undefined
    if (startedAt !== undefined && lastSeenAt !== undefined) {
      restarts.push({ endpoint, lastSeenAt, missedAt, startedAt, asked: look.logs && stopAsked })
      stopAsked = false
    }
    if (member && answers(member)) {
      lastSeenAt = look.at
      missedAt = undefined
    } else missedAt ??= look.at
  }
  return restarts
}

const answers = (member: MemberLook): boolean => member.status.came || member.page.came

const hasEvent = (look: Look, endpoint: string, kind: 'stopping' | 'started'): boolean =>
  (look.logs ?? []).some((event) => event.kind === kind && event.endpoint === endpoint)

const startOf = (look: Look, member: MemberLook, lastSeenAt: number): number | undefined => {
  if (member.restarted && member.processStartSeconds !== undefined)
    return Math.max(lastSeenAt, member.processStartSeconds * 1000)
  if (member.page.came || !hasEvent(look, member.endpoint, 'started')) return undefined
  return look.at
}

/** Lines and looks differ by moments, and a new leader stands a little after the old one went. */
const SLACK_MS = 5000

/** Marks an election as planned when a transfer, or the first restart of the leader that it deposed, explains it. */
export const explainerOf = (
  election: Election,
  { looks, restarts }: { readonly looks: readonly Look[]; readonly restarts: readonly Restart[] },
): Election => {
  if (isTransferred(election, looks)) return { ...election, planned: 'transfer' }
  const restart = restarts.find((one) => explains(one, election))
  if (restart !== undefined || isStopping(election, looks))
    return { ...election, planned: 'restart' }
  return election
}

const isTransferred = ({ at, since }: Election, looks: readonly Look[]): boolean =>
  looks.some(
    (look) =>
      look.at >= since &&
      look.at - at < 60_000 &&
      (look.logs ?? []).some(
        (event) => event.kind === 'transfer' && event.at >= since - 1000 && event.at <= at + 1000,
      ),
  )

/** A log that tells of no signal tells of a crash, and a crash is no plan. */
const explains = (restart: Restart, election: Election): boolean =>
  restart.isFirst &&
  restart.asked !== false &&
  restart.endpoint === election.from &&
  election.at >= restart.lastSeenAt &&
  election.since <= restart.startedAt + SLACK_MS

/** The old leader was asked to stop and is not back yet. */
const isStopping = ({ from, at, since }: Election, looks: readonly Look[]): boolean =>
  looks.some((look) =>
    (look.logs ?? []).some(
      (event) =>
        event.kind === 'stopping' &&
        event.endpoint === from &&
        event.at >= since - SLACK_MS &&
        event.at <= at + 1000,
    ),
  )
