import type { Message } from '../message/blocks'
import { handoffMessage } from '../handoff/blocks'
import { handoffNewsOf, type HandoffNews } from '../handoff/news'
import { newsOf, type News, type Reason } from '../storm/news'
import { stormMessage } from '../storm/blocks'
import type { Sending } from '../storm/words'

/** A post of the outbox as it is brought to Slack, whatever it tells. */
export type Letter = {
  /** The name that the store keeps it under: a cluster's, or a handoff's. */
  readonly cluster: string
  /** The storm, or the handoff and its change. */
  readonly about: string
  readonly reason: Reason | HandoffReason
  readonly broadcast: boolean
  /** Where nobody can look whether it is there: rather twice than never. */
  readonly isSevere: boolean
  readonly messageOf: (sending: Sending) => Message
}

type HandoffReason = `handoff ${HandoffNews['place']}`

/** Undefined: it cannot be read. An edit shows a storm's root, whatever place its payload names. */
export const letterOf = (payload: unknown, isEdit = false): Letter | undefined => {
  const news = newsOf(payload)
  if (news !== undefined) return showable(stormLetter(isEdit ? { ...news, place: 'root' } : news))
  const handoff = handoffNewsOf(payload)
  return handoff && showable(handoffLetter(handoff))
}

/** It came from a store. What holds something else deep inside throws when it is put into words: tried again for a day. */
const showable = (letter: Letter): Letter | undefined => {
  try {
    letter.messageOf({ lateMs: 0, mayRepeat: false, command: '/etcd' })
    return letter
  } catch {
    return undefined
  }
}

const stormLetter = (news: News): Letter => ({
  cluster: news.cluster,
  about: news.stormId,
  reason: news.reason,
  broadcast: news.broadcast,
  isSevere: news.severity === 'critical' || news.state === 'warning' || news.state === 'unknown',
  messageOf: (sending) => stormMessage(news, sending),
})

/** A draft twice is a shrug; none, and nobody adds what only they know. */
const handoffLetter = (news: HandoffNews): Letter => ({
  cluster: news.lane,
  about: `${news.handoff} ${news.change}`,
  reason: `handoff ${news.place}`,
  broadcast: false,
  isSevere: news.place === 'draft' || news.place === 'report',
  messageOf: (sending) => handoffMessage(news, sending),
})
