import { createHash } from 'node:crypto'
import { DAY_MS, commonKey } from './keys'
import type { Connection } from './redis'
import { script } from './script'
import { anything, read, write } from './stored'
import type { Json } from './stored'

/** What tells a click from another: a double click and a repeat by Slack are the same one. */
export type Click = {
  readonly user: string
  readonly messageTs: string
  readonly actionId: string
}

/** `yours`: do it, then tell its result. `under-way`: another has it. `done`: say again what came of it. */
export type Turn =
  | { readonly turn: 'yours' }
  | { readonly turn: 'under-way' }
  | { readonly turn: 'done'; readonly result: Json }

/**
 * State-changing clicks run once on all replicas; without Redis once on this one. Of a replica that was killed in one, the
 * same click may be begun again 2 min later: each deed done twice changes no more than done once.
 */
export type Clicks = {
  readonly begin: (click: Click, now: number) => Promise<Turn>
  /** Kept 24 h, and replayed. */
  readonly end: (click: Click, result: unknown, now: number) => Promise<void>
  /** Nothing came of it: the same click may be begun again. Never rejects. */
  readonly release: (click: Click) => Promise<void>
}

/** A result is told again for so long. */
const KEPT_MS = DAY_MS
/** A deed takes seconds. One that was begun and has not ended by then died with its replica: whoever presses again is heard. */
const UNDER_WAY_MS = 120_000
const MAX_HERE = 1000

export const createClicks = (connection: Connection): Clicks => {
  const here = new Map<string, { readonly until: number; readonly result?: Json }>()
  const note = (id: string, now: number, result?: Json): void => {
    here.delete(id)
    const keptMs = result === undefined ? UNDER_WAY_MS : KEPT_MS
    here.set(id, { until: now + keptMs, ...(result !== undefined && { result }) })
    for (const oldest of here.keys()) if (here.size > MAX_HERE) here.delete(oldest)
  }
  return {
    begin: async (click, now) => {
      const id = idOf(click)
      const known = here.get(id)
      if (known !== undefined && known.until > now) return turnOf(known.result)
      note(id, now)
      const answer = await connection
        .run(BEGIN, [commonKey(`click:${id}`)], [UNDER_WAY_MS])
        .catch(() => undefined)
      if (answer === undefined || answer[0] === 'yours') return { turn: 'yours' }
      const result = read(answer[1], anything, { kind: 'clicks', counts: connection })
      if (result !== undefined) note(id, now, result)
      else here.delete(id)
      return turnOf(result)
    },
    end: async (click, result, now) => {
      const id = idOf(click)
      const text = write(result ?? null)
      note(id, now, read(text, anything, { kind: 'clicks', counts: connection }) ?? null)
      await connection
        .ask((redis) => redis.set(commonKey(`click:${id}`), text, 'PX', KEPT_MS))
        .catch(() => undefined) // another replica then says that it is under way
    },
    release: async (click) => {
      const id = idOf(click)
      here.delete(id)
      await connection.run(RELEASE, [commonKey(`click:${id}`)], []).catch(() => undefined)
    },
  }
}

const turnOf = (result: Json | undefined): Turn =>
  result === undefined ? { turn: 'under-way' } : { turn: 'done', result }

const BEGIN = script(`
own(KEYS[1], 'string')
local before = redis.call('GET', KEYS[1])
if before then return {'begun', before} end
redis.call('SET', KEYS[1], '', 'PX', ARGV[2])
return {'yours'}
`)

/** What ended meanwhile keeps its result. */
const RELEASE = script(`
own(KEYS[1], 'string')
if redis.call('GET', KEYS[1]) == '' then redis.call('DEL', KEYS[1]) end
return {'released'}
`)

const idOf = ({ user, messageTs, actionId }: Click): string =>
  createHash('sha256')
    .update(JSON.stringify([user, messageTs, actionId]))
    .digest('hex')
    .slice(0, 32)
