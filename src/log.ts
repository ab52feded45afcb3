import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'fatal'>

/**
 * One JSON line an event. Whatever a line would say, the secrets never leave: each is replaced as the line is written.
 * The methods stand on their own: whoever gets the log may take them apart.
 */
export const createLog = (
  secrets: readonly string[],
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log => {
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => write(without(secrets.flatMap(spellings), line)) },
  )
  return {
    info: log.info.bind(log),
    warn: log.warn.bind(log),
    error: log.error.bind(log),
    fatal: log.fatal.bind(log),
  }
}

/** Shorter ones would blank ordinary words. */
const SHORTEST = 6

/** As it is, as JSON writes it, and as a URL does. */
const spellings = (secret: string): readonly string[] =>
  secret.length < SHORTEST
    ? []
    : [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])]

const without = (secrets: readonly string[], line: string): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), line)

/** The field of a line that tells what went wrong: no stack, and nothing that an error carries beside its message. */
export const whyOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'no error'
