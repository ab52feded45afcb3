import type { Answer } from '../../diagnosis/answer'
import { cut, plain } from '../message/escape'
import type { Asker } from './request'

/** One line for each request: who, where, what, which cluster, what came of it, how long it took. */
export type AuditRecord = {
  /** Unix ms when the request arrived. */
  readonly at: number
  readonly user: string
  readonly team: string | undefined
  readonly channel: string
  readonly face: 'command' | 'mention' | 'button' | 'shortcut' | 'home'
  /** The subcommand's name; `unknown` for what is none; empty when it was refused before one was looked for. */
  readonly command: string
  /** What was typed: cut, one line, without secrets of ours. */
  readonly words: string
  readonly cluster: string | undefined
  readonly outcome: Outcome
  /** Why it was denied or failed. */
  readonly why?: string
  readonly tookMs: number
}

/** `mistake` is the asker's, `failed` is ours or Slack's. */
export type Outcome = 'answered' | 'denied' | 'mistake' | 'failed'

/** What a request asked `may` about: which clusters, and where the answer was no. */
export type Asked = Map<string, boolean>

/** An answer was given; a sentence about a cluster that the asker may not see was a denial. */
export const outcomeOf = (answer: Answer, asked: Asked, cluster: string | undefined): Outcome => {
  if (!isMistake(answer)) return 'answered'
  return cluster !== undefined && asked.get(cluster) === false ? 'denied' : 'mistake'
}

/** What subcommands answer to a request that cannot be carried out: commands give its JSON an `error`. */
export const isMistake = ({ json }: Answer): boolean =>
  typeof json === 'object' && json !== null && 'error' in json

/** The cluster that was meant: one that is named, or the only one that was asked about. */
export const clusterOf = (
  words: readonly string[],
  asked: Asked,
  names: readonly string[],
): string | undefined => {
  const named = words.slice(1).find((word) => names.includes(word))
  const [only] = asked.keys()
  return named ?? (asked.size === 1 ? only : undefined)
}

/** `who` of a record. */
export const whoOf = ({
  user,
  team,
  channel,
}: Asker): Pick<AuditRecord, 'user' | 'team' | 'channel'> => ({
  user,
  team,
  channel,
})

export const wordsText = (words: readonly string[], redact: (text: string) => string): string =>
  plain(cut(redact(words.join(' ').slice(0, 1000)), 120))
