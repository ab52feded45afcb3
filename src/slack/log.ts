import { LogLevel, type Logger } from '@slack/bolt'
import { cut } from './message/escape'

/** What the face logs to: pino's shape. */
export type Log = {
  readonly info: Line
  readonly warn: Line
  readonly error: Line
}

type Line = (fields: Readonly<Record<string, unknown>>, text: string) => void

/** The three secrets of an app: only those of its mode need to be there. */
export type SlackSecrets = {
  /** HTTP mode. */
  readonly signingSecret: string
  /** xoxb-… */
  readonly botToken: string
  /** Socket Mode: xapp-… */
  readonly appToken: string
}

/**
 * A text without our secrets, anything that looks like a token, and what a URL says after its host: a response_url and
 * Socket Mode's URL are secrets in themselves.
 */
export const redactorOf = ({ signingSecret, botToken, appToken }: SlackSecrets) => {
  const secrets = [signingSecret, botToken, appToken].filter((secret) => secret !== '')
  return (text: string): string =>
    secrets
      .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
      .replaceAll(/\bx(?:ox[a-z]|app|oxe\.xox[a-z])-[\w.-]+/gi, '[token]')
      .replaceAll(/\b(https?|wss?):\/\/(?:[^\s/?#]*@)?([^\s/?#'"<>]*)[^\s'"<>)]*/gi, '$1://$2/…')
}

export type Redact = ReturnType<typeof redactorOf>

/**
 * Bolt's logger on ours: texts and the messages of errors, cut and redacted. Objects (payloads) and debug lines, which
 * print payloads, are dropped.
 */
export const boltLogger = (log: Log, redact: Redact): Logger => {
  const say =
    (line: Line) =>
    (...parts: unknown[]) =>
      line({ from: 'bolt' }, redact(wordsOf(parts)))
  return {
    debug: () => undefined,
    info: say(log.info),
    warn: say(log.warn),
    error: say(log.error),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  }
}

const wordsOf = (parts: readonly unknown[]): string =>
  cut(parts.flatMap((part) => wordOf(part) ?? []).join(' '), 400)

const wordOf = (part: unknown): string | undefined => {
  if (typeof part === 'string') return part
  return part instanceof Error ? reasonOf(part) : undefined
}

/** What an error says, with the causes under it: `fetch failed: connect ECONNREFUSED 127.0.0.1:1`. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return cut(String(error), 300)
  const under = error.cause instanceof Error ? `: ${reasonOf(error.cause)}` : ''
  return cut(`${error.message || error.name}${under}`, 300)
}
