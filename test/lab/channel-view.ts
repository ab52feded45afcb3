import type { Kept } from '../support/slack-workspace'
import { CHANNEL, type Channel, type Happening } from './channel'
import { linesOf, type Said } from './channel-blocks'
import { editText, framed } from './channel-frame'

const BOT = `${CHANNEL.name}  ⚡ Stormwatch`

/** What happened, as text. Undefined: nothing that a person would see. */
export const textOf = (happening: Happening, columns: number): string | undefined => {
  switch (happening.what) {
    case 'post':
      return postText(happening.number, happening.message, columns)
    case 'reply':
      return replyText(happening.number, happening.message, columns)
    case 'edit': {
      const { number, message, before } = happening
      const frame = { title: `message ${number} edited`, note: timeOf(Date.now()) }
      return editText(frame, { before, after: linesOf(message) }, columns)
    }
    case 'answer':
      return answerText(happening.said, happening.isShared, columns)
    case 'window':
      return 'Slack opens a window that asks for how long. Here, type it: silence demo 30m REASON'
  }
}

const postText = (number: number, message: Kept, columns: number): string => {
  const edits = message.edits > 0 ? ' (edited)' : ''
  const note = `message ${number}${edits} · ${timeOf(message.at)}`
  return framed({ title: BOT, note }, linesOf(message), columns)
}

const replyText = (number: number, message: Kept, columns: number): string => {
  const also = message.broadcast ? ', shown in the channel too' : ''
  const title = `↳ thread of message ${number}${also}`
  return framed({ title, note: timeOf(message.at), indent: 2 }, linesOf(message), columns)
}

const answerText = (said: Said, isShared: boolean, columns: number): string => {
  if (isProgress(said)) return `   ${said.text}`
  const note = isShared ? 'shown to the channel' : 'only visible to you'
  return framed({ title: BOT, note }, linesOf(said), columns)
}

/** A line that the answer will replace. */
export const isProgress = ({ text }: Said): boolean => text.startsWith('⏳')

/** The whole channel as it stands now: messages with their threads. */
export const channelText = (channel: Channel, columns: number): string => {
  const texts = channel
    .roots()
    .flatMap((message, at) => [
      postText(at + 1, message, columns),
      ...channel.repliesTo(message).map((reply) => replyText(at + 1, reply, columns)),
    ])
  return texts.length === 0 ? `${CHANNEL.name} is empty: nothing was posted` : texts.join('\n')
}

/** UTC, as in the messages themselves. */
const timeOf = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`
