import { unescaped } from '../message/escape'

/** One request of a person, by slash command or mention. */
export type Request = {
  readonly asker: Asker
  readonly words: readonly string[]
  readonly share: boolean
}

/** Who asks, and where. */
export type Asker = {
  readonly user: string
  readonly team: string | undefined
  readonly enterprise: string | undefined
  readonly channel: string
  /** Of another workspace, in a channel that is shared with it (Slack Connect). */
  readonly outsider: boolean
}

export type Words = { readonly words: readonly string[]; readonly share: boolean }

/** The words that somebody typed, without the face's own option. */
export const wordsOf = (text: string): Words => {
  const typed = unescaped(text.slice(0, 4000)).split(/\s+/).filter(Boolean)
  const words = typed.filter((word) => !isShare(word))
  return { words, share: words.length < typed.length }
}

/** Phones and Macs turn two hyphens into a dash. */
const isShare = (word: string): boolean => /^(?:--|—|–)share$/i.test(word)

/** What follows the mention of the bot: `<@U1> status prod`, and `hey <@U1> status prod` too. */
export const afterMention = (text: string, botUser: string | undefined): string => {
  const mention = botUser === undefined ? /<@[^>]*>/ : new RegExp(`<@${botUser}(?:\\|[^>]*)?>`)
  const found = mention.exec(text)
  return found === null ? text : text.slice(found.index + found[0].length)
}
