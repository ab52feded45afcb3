import { commonKey } from './keys'
import type { Connection } from './redis'

/** Slack repeats for 5 min at most, and a signature is refused after 5: 10 min covers both with clocks apart. */
const KEPT_SECONDS = 600

/**
 * Remembers keys for all replicas. Resolves to true when any replica had this key before. Rejects while Redis is away:
 * the caller then has its own memory only.
 */
export const createSeen =
  ({ ask }: Connection) =>
  async (key: string): Promise<boolean> =>
    (await ask((redis) => redis.set(commonKey(`seen:${key}`), '1', 'EX', KEPT_SECONDS, 'NX'))) ===
    null
