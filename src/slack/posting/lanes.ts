/** One after another within a cluster, some clusters side by side. Times are monotonic ms. */
export type Lanes = {
  readonly start: () => void
  /** Resolves when what is under way has ended, or the grace has. */
  readonly stop: (graceMs: number) => Promise<void>
  /** A cluster's turn comes at once. */
  readonly wake: (cluster: string) => void
}

export type LanesDeps = {
  readonly clusters: () => readonly string[]
  /** One turn of a cluster: resolves to whether there was something to do. Never rejects. */
  readonly turn: (cluster: string) => Promise<boolean>
  readonly monotonicMs: () => number
  readonly timing: LaneTiming
}

export type LaneTiming = {
  /** Between two turns of a cluster that has something to do, and of one that has not. */
  readonly busyEveryMs: number
  readonly idleEveryMs: number
  /** A cluster stays busy for so long after it last had something to do. */
  readonly busyForMs: number
}

/** A Slack that hangs holds so many calls. */
const MOST_AT_ONCE = 16
const TICK_MS = 100

type Lane = { dueAt: number; busyUntil: number; isRunning: boolean; isWoken: boolean }

export const createLanes = ({ clusters, turn, monotonicMs, timing }: LanesDeps): Lanes => {
  const lanes = new Map<string, Lane>()
  let running = 0
  let timer: NodeJS.Timeout | undefined

  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? { ...FRESH, dueAt: monotonicMs() }
    lanes.set(name, lane)
    return lane
  }
  const run = async (name: string, lane: Lane): Promise<void> => {
    lane.isRunning = true
    lane.isWoken = false
    running += 1
    const wasBusy = await turn(name)
    running -= 1
    lane.isRunning = false
    if (wasBusy) lane.busyUntil = monotonicMs() + timing.busyForMs
    lane.dueAt = monotonicMs() + waitOf(lane)
  }
  const waitOf = ({ isWoken, busyUntil }: Lane): number => {
    if (isWoken) return 0
    return busyUntil > monotonicMs() ? timing.busyEveryMs : timing.idleEveryMs
  }
  const tick = (): void => {
    const names = clusters()
    for (const name of lanes.keys()) if (!names.includes(name)) lanes.delete(name)
    const due = names
      .map((name) => ({ name, lane: laneOf(name) }))
      .filter(({ lane }) => !lane.isRunning && lane.dueAt <= monotonicMs())
      .toSorted((a, b) => a.lane.dueAt - b.lane.dueAt)
    for (const { name, lane } of due.slice(0, MOST_AT_ONCE - running)) void run(name, lane) // never rejects
  }
  return {
    start: () => {
      timer = setInterval(tick, TICK_MS)
    },
    stop: async (graceMs) => {
      clearInterval(timer)
      const endsAt = monotonicMs() + graceMs
      while (running > 0 && monotonicMs() < endsAt) await pause(20)
    },
    wake: (name) => {
      const lane = laneOf(name)
      lane.isWoken = true
      lane.dueAt = monotonicMs()
    },
  }
}

const FRESH = { busyUntil: 0, isRunning: false, isWoken: false }

/** Ends early when the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted === true) end()
    else signal?.addEventListener('abort', end)
  })
