import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { schedule } from 'node-cron'
import type { ScheduledTask, TaskContext } from 'node-cron'
import { wait } from './wait'

/** A named thing that is looked at once a period. */
export type Slot = {
  /** When its turn is, Unix ms: the start of the period and the offset of its name. */
  readonly at: number
  /** Before the next turn. */
  readonly endsAt: number
  /** This replica was elected for the period: it does what is done once. */
  readonly isElected: boolean
}

export type TickDeps = {
  readonly everyMs: number
  readonly names: () => readonly string[]
  /** One turn of a name. Aborted before its next turn. What it throws is told to `onFault`. */
  readonly turn: (name: string, slot: Slot, signal: AbortSignal) => Promise<void>
  /** At the begin of each period. */
  readonly onPeriod: (isElected: boolean) => void
  /** node-cron's coordinator: true for one replica a period, and for all when it cannot tell. */
  readonly elect: (key: string, ttlMs: number) => Promise<boolean>
  /** Unix ms. */
  readonly now: () => number
  readonly report: TickReport
}

/** Called as it happens; none may throw. */
export type TickReport = {
  /** From when a turn should have begun to when it did, ms. */
  readonly late: (ms: number) => void
  /** Periods that never came: the process was busy, or the clock was set. */
  readonly missed: (periods: number) => void
  /** The task stood still for so long, ms, and was started anew. */
  readonly restarted: (silentMs: number) => void
  readonly fault: (error: unknown) => void
  /** Every name had its turn in a period that was ours from its begin. */
  readonly passed?: () => void
}

export type Tick = {
  readonly start: () => void
  /** No new turns; resolves when those under way have ended. */
  readonly stop: () => Promise<void>
  /** Since all turns of a period were over, ms; since the start before the first time. */
  readonly sincePassMs: () => number
  /** Why looks cannot be relied on now. */
  readonly trouble: () => string | undefined
}

/** Longer without a completed pass, and the task is started anew (dependencies.md, §3). */
const MOST_INTERVALS = 3
/** A turn ends this long before the next one begins. */
const MARGIN_MS = 100
/** Turns are spread over this part of the period: the rest is for looks that take long. */
const SPREAD = 0.8

/** What hangs is left behind. */
const CLOSE_MS = 5000

/** When in a period the turn of a name is, ms: the same on every replica. */
export const offsetOf = (name: string, everyMs: number): number =>
  Math.floor(
    (createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32) * everyMs * SPREAD,
  )

/** Periods that node-cron can tell: parts of a minute, or a minute. */
export const PERIODS_MS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60].map((s) => s * 1000)

const cronOf = (everyMs: number): string =>
  everyMs === 60_000 ? '0 * * * * *' : `*/${everyMs / 1000} * * * * *`

/**
 * Ticks: node-cron says when a period begins, and nothing more; each name has its turn within it. A watchdog on a clock
 * that nobody sets notices a task that stands still.
 */
export const createTick = (deps: TickDeps): Tick => {
  const { everyMs, report } = deps
  const passes = createPasses(deps)
  let task: ScheduledTask | undefined
  let watchdog: NodeJS.Timeout | undefined
  const schedulePasses = (): void => {
    task = schedule(cronOf(everyMs), (context) => passes.begin(slotOf(context, everyMs), true), {
      name: 'stormwatch-look',
      timezone: 'UTC',
      distributed: true,
      runCoordinator: { shouldRun: (key, ttlMs) => deps.elect(key, ttlMs).catch(() => true) },
      distributedLease: 2 * everyMs,
      missedExecutionTolerance: everyMs / 2,
      suppressMissedWarning: true,
    })
    task.on('execution:skipped', (context) => passes.begin(slotOf(context, everyMs), false))
  }
  const unschedule = (): void => {
    void task?.destroy() // of a task in this process it is done at once
    task = undefined
  }
  const check = (): void => {
    const silentMs = passes.sinceMs()
    if (silentMs <= MOST_INTERVALS * everyMs) return
    unschedule()
    report.restarted(silentMs)
    passes.abandon()
    schedulePasses()
    passes.begin(periodAt(deps.now(), everyMs), true)
  }
  return {
    start: () => {
      passes.open()
      schedulePasses()
      watchdog = setInterval(check, everyMs)
      passes.begin(periodAt(deps.now(), everyMs), false)
    },
    stop: async () => {
      clearInterval(watchdog)
      unschedule()
      await passes.close()
    },
    sincePassMs: passes.sinceMs,
    trouble: () =>
      passes.sinceMs() <= MOST_INTERVALS * everyMs
        ? undefined
        : `no pass over the clusters was completed for ${Math.round(passes.sinceMs() / 1000)} s`,
  }
}

const periodAt = (at: number, everyMs: number): number => Math.floor(at / everyMs) * everyMs

const slotOf = ({ date }: TaskContext, everyMs: number): number =>
  periodAt(date.getTime() + everyMs / 2, everyMs)

type Passes = {
  readonly open: () => void
  /** Turns of all names in the period that begins then (Unix ms). Returns at once. A period is begun once. */
  readonly begin: (periodAt: number, isElected: boolean) => void
  readonly sinceMs: () => number
  /** What hangs is given up: other turns of those names may begin. */
  readonly abandon: () => void
  readonly close: () => Promise<void>
}

const createPasses = (deps: TickDeps): Passes => {
  const { everyMs, now, report } = deps
  const busy = new Map<string, object>()
  const underWay = new Set<Promise<void>>()
  let closing = newClosing()
  let completedAt = performance.now()
  let openedAt = -Infinity
  let lastPeriod = -Infinity

  /** Whether it was taken, and ended. */
  const turn = async (name: string, slot: Slot): Promise<boolean> => {
    await wait(slot.at - now(), closing.signal)
    if (closing.signal.aborted) return true
    const isShort = slot.endsAt - now() < everyMs / 3
    if (isShort && slot.at < openedAt) return true // we began in the middle of it: the next one is near
    if (isShort || busy.has(name)) return false
    const mark = {}
    busy.set(name, mark)
    report.late(Math.max(0, now() - Math.max(slot.at, openedAt)))
    const limit = limitOf(closing.signal, slot.endsAt - now())
    try {
      await deps.turn(name, slot, limit.signal)
      return true
    } finally {
      limit.close()
      if (busy.get(name) === mark) busy.delete(name)
    }
  }
  const turnSafely = async (name: string, slot: Slot): Promise<boolean> => {
    const { signal } = closing
    try {
      const isTaken = await turn(name, slot)
      if (!isTaken) report.missed(1)
      return isTaken
    } catch (error) {
      if (!signal.aborted) report.fault(error)
      return true
    }
  }
  return {
    open: () => {
      closing = newClosing()
      completedAt = performance.now()
      openedAt = now()
    },
    begin: (periodAt, isElected) => {
      const periods = (periodAt - lastPeriod) / everyMs
      if (periods === 0 || closing.signal.aborted) return
      if (Number.isFinite(periods) && periods > 1 && periods < 1000) report.missed(periods - 1)
      lastPeriod = periodAt
      deps.onPeriod(isElected)
      const turns = deps.names().map((name) => {
        const at = periodAt + offsetOf(name, everyMs)
        return turnSafely(name, { at, endsAt: at + everyMs - MARGIN_MS, isElected })
      })
      const pass = Promise.all(turns).then((taken) => {
        underWay.delete(pass)
        if (!taken.every(Boolean)) return
        completedAt = performance.now()
        if (periodAt >= openedAt && !closing.signal.aborted) report.passed?.()
      })
      underWay.add(pass)
    },
    sinceMs: () => performance.now() - completedAt,
    abandon: () => {
      busy.clear()
    },
    close: async () => {
      closing.abort()
      const ended = new AbortController()
      await Promise.race([Promise.all(underWay), wait(CLOSE_MS, ended.signal)])
      ended.abort()
    },
  }
}

/** Every cluster waits with it: hundreds of listeners are no leak, and Node would warn of 11. */
const newClosing = (): AbortController => {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/** Not AbortSignal.any: it would hold on to every turn for as long as we run. */
const limitOf = (outer: AbortSignal, ms: number) => {
  const controller = new AbortController()
  const end = (): void => controller.abort()
  const timer = setTimeout(end, Math.max(1, ms))
  outer.addEventListener('abort', end)
  const close = (): void => {
    clearTimeout(timer)
    outer.removeEventListener('abort', end)
  }
  return { signal: controller.signal, close }
}
