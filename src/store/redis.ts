import { Redis } from 'ioredis'

/** The connection that all of store/ shares. Nothing outside this folder knows Redis. */
export type Connection = {
  readonly redis: Redis
  /** Why Redis cannot be used now, or undefined when it can. */
  readonly trouble: () => string | undefined
  readonly close: () => Promise<void>
}

/**
 * Opens redis:// or rediss://. Never rejects and never waits: while Redis is away each command rejects at once, and the
 * caller goes on without. A timed-out command may still have been carried out, hence nothing here is sent twice.
 */
export const connect = (url: string): Connection => {
  let trouble: string | undefined = 'not connected yet'
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 500,
    connectTimeout: 2000,
    socketTimeout: 5000,
    enableReadyCheck: false, // an ACL user may lack INFO
    retryStrategy: (tries) => Math.min(tries * 200, 2000) + Math.floor(Math.random() * 200),
  })
  redis.on('ready', () => (trouble = undefined))
  redis.on('close', () => (trouble ??= 'the connection is closed'))
  redis.on('error', (error: Error) => (trouble = sentenceOf(error)))
  return {
    redis,
    trouble: () => trouble,
    close: () =>
      redis
        .quit()
        .then(() => undefined)
        .catch(() => redis.disconnect()),
  }
}

/** Only the message: an ioredis error carries the command, which holds the password after a failed AUTH. */
const sentenceOf = (error: Error): string =>
  (error as NodeJS.ErrnoException).code ?? error.message.slice(0, 200)
