import type { Outage } from '../diagnosis/shift/facts'
import type { Outages } from '../store/outages'

export type OutageDeps = {
  /** Why each cannot be used now; undefined: it can. */
  readonly troubles: Readonly<Record<Outage['of'], () => string | undefined>>
  readonly keep: Outages['keep']
  /** Unix ms. */
  readonly now: () => number
}

export type OutageBook = {
  readonly start: () => void
  /** What lasts is written as it is. */
  readonly stop: () => Promise<void>
  /** One look at each. */
  readonly check: () => Promise<void>
}

const EVERY_MS = 5000
/** Shorter ones delay nothing that a shift would want to know of. */
const LEAST_MS = 60_000
/** What goes on is written so often: a process that dies in it leaves what it saw. */
const KEEP_EVERY_MS = 60_000

type Open = { readonly from: number; keptAt: number }

/** Notes how long Stormwatch itself was without Redis or Slack. */
export const createOutageBook = ({ troubles, keep, now }: OutageDeps): OutageBook => {
  const open = new Map<Outage['of'], Open>()
  const note = async (of: Outage['of'], one: Open, at: number): Promise<void> => {
    if (at - one.from < LEAST_MS) return
    one.keptAt = at
    await keep({ of, from: one.from, to: at })
  }
  const checkOne = async (of: Outage['of'], isAway: boolean): Promise<void> => {
    const at = now()
    const known = open.get(of)
    if (isAway && known === undefined) open.set(of, { from: at, keptAt: at })
    if (known === undefined) return
    if (!isAway) open.delete(of)
    if (!isAway || at - known.keptAt >= KEEP_EVERY_MS) await note(of, known, at)
  }
  const ofEach = Object.entries(troubles) as readonly [Outage['of'], () => string | undefined][]
  let timer: NodeJS.Timeout | undefined
  const check = async (): Promise<void> => {
    for (const [of, trouble] of ofEach) await checkOne(of, trouble() !== undefined)
  }
  return {
    check,
    start: () => {
      timer = setInterval(() => void check(), EVERY_MS) // never rejects
    },
    stop: async () => {
      clearInterval(timer)
      for (const [of, one] of open) await note(of, one, now())
    },
  }
}
