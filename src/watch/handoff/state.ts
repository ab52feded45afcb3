import { handoffNewsOf, type HandoffNews } from '../../slack/handoff/news'

/** What is kept of a handoff, under a name beside the clusters': what was handed over last. Plain JSON. */
export type HandoffState = {
  readonly v: 1
  /** The schedule that it was decided by: another one begins anew. */
  readonly schedule: string
  /** The last change that was handed over, or that passed before we began. Unix ms. */
  readonly handedAt: number
  /** The change whose draft went out. */
  readonly draftedFor?: number
  /** The last report, as it stands now. */
  readonly report?: Reported
}

export type Reported = {
  readonly change: number
  readonly key: string
  readonly channel: string
  readonly news: HandoffNews
  readonly isReminded: boolean
}

/** Undefined: nothing was kept, or it is not ours. Then it begins anew, and nothing that passed is told. */
export const handoffStateIn = (value: unknown): HandoffState | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { v, schedule, handedAt, draftedFor, report } = value as Record<string, unknown>
  if (v !== 1 || typeof schedule !== 'string' || typeof handedAt !== 'number') return undefined
  const reported = reportedIn(report)
  return {
    v,
    schedule,
    handedAt,
    ...(typeof draftedFor === 'number' && { draftedFor }),
    ...(reported !== undefined && { report: reported }),
  }
}

const reportedIn = (value: unknown): Reported | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { change, key, channel, news, isReminded } = value as Record<string, unknown>
  const told = handoffNewsOf(news)
  if (typeof change !== 'number' || typeof key !== 'string' || told === undefined) return undefined
  if (typeof channel !== 'string') return undefined
  return { change, key, channel, news: told, isReminded: isReminded === true }
}
