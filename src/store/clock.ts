/** Redis' clock, estimated: leases and deadlines are told in its time, since those of the replicas differ. */
export type Clock = {
  /** Redis' Unix ms `ms` from now. Asks Redis for its time when it is not known. */
  readonly in: (ms: number) => Promise<number>
  readonly set: (redisMs: number) => void
  readonly forget: () => void
}

export const createClock = (
  time: () => Promise<readonly (number | string)[]>,
  monotonicMs: () => number = () => performance.now(),
): Clock => {
  let offset: number | undefined
  const set = (redisMs: number): number => (offset = redisMs - monotonicMs())
  return {
    in: async (ms) => Math.ceil((offset ?? set(msOf(await time()))) + monotonicMs() + ms),
    set,
    forget: () => (offset = undefined),
  }
}

const msOf = ([seconds, micros]: readonly (number | string)[]): number =>
  Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
