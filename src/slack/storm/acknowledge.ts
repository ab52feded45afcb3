import type { Context, Logger } from '@slack/bolt'

export type AcknowledgeDeps = {
  readonly logger: Logger
  /** From a request of Slack to its acknowledgement, ms. */
  readonly acknowledged?: ((tookMs: number) => void) | undefined
}

/** When a request came in, by a clock that nobody sets: both entrances put it into the context. */
export const ARRIVED = 'arrivedAtMonotonic'

/** A socket that broke in between loses the acknowledgement, not the request: the answer goes another way. */
export const acknowledge = async (
  { logger, acknowledged }: AcknowledgeDeps,
  ack: () => Promise<unknown>,
  context: Context,
): Promise<void> => {
  try {
    await ack()
  } catch (error) {
    logger.warn('An acknowledgement was lost:', error)
  }
  const arrivedAt: unknown = context[ARRIVED]
  if (typeof arrivedAt === 'number') acknowledged?.(performance.now() - arrivedAt)
}
