import { EDIT_EVERY_MS } from './edits'
import type { Edits } from './edits'
import { keyOf } from './keys'
import { LONGEST_WAIT_MS } from './outbox'
import { messageOf } from './redis-outbox'
import type { Connection } from './redis'
import { script } from './script'
import { anything, read } from './stored'

/** Content that was shown is kept of so many posts: the last storms of a cluster. */
const MAX_MADE = 20

/**
 * Edits in Redis. `edits` holds revision|content, also after it was shown: who was stopped in the middle of an older edit
 * may write that over it. Rejects while Redis is away.
 */
export const createRedisEdits = (connection: Connection): Edits => {
  const run = (what: typeof SETTLE, cluster: string, of: string, args: readonly number[]) =>
    connection.run(what, keysOf(cluster, of), [of, ...args])
  return {
    claim: async (cluster, { leaseMs }) => {
      const keys = ['edits', 'edits:due'].map((name) => keyOf(cluster, name))
      const [outcome, of, text] = (
        await connection.run(CLAIM, keys, [Math.ceil(leaseMs), LONGEST_WAIT_MS])
      ).map(String)
      if (outcome !== 'claimed' || of === undefined || text === undefined) return undefined
      const sent = await connection.ask((redis) => redis.get(keyOf(cluster, `sent:${of}`)))
      const message = read(sent, messageOf, { kind: 'sent', counts: connection })
      const [revision = '', ...body] = text.split('|')
      const payload = read(body.join('|'), anything, { kind: 'edits', counts: connection })
      if (message !== undefined && payload !== undefined)
        return { cluster, of, payload, message, revision: Number(revision) }
      await run(payload === undefined ? DROP : ORPHAN, cluster, of, [])
      return undefined
    },
    settle: async ({ cluster, of, revision }) => {
      await run(SETTLE, cluster, of, [revision, EDIT_EVERY_MS, MAX_MADE])
    },
    postpone: async ({ cluster, of }, afterMs) => {
      await run(POSTPONE, cluster, of, [Math.ceil(Math.min(afterMs, LONGEST_WAIT_MS))])
    },
  }
}

const keysOf = (cluster: string, of: string): readonly string[] =>
  ['edits', 'edits:due', `edited:${of}`, `sent:${of}`, 'outbox', 'edits:made'].map((name) =>
    keyOf(cluster, name),
  )

const CLAIM = script(`
local edits, due = unpack(KEYS)
opened(edits)
own(due, 'zset')
for _, of in ipairs(redis.call('ZRANGEBYSCORE', due, '(' .. now + tonumber(ARGV[3]), '+inf')) do
  redis.call('ZADD', due, now, of)
end
for _, of in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 10)) do
  local text = redis.call('HGET', edits, of)
  if text then
    redis.call('ZADD', due, now + tonumber(ARGV[2]), of)
    return {'claimed', of, text}
  end
  redis.call('ZREM', due, of)
end
return {'none'}
`)

const START = `
local edits, due, edited, sent, outbox, made = unpack(KEYS)
opened(edits)
own(due, 'zset') own(edited, 'string') own(made, 'zset')
local function drop()
  redis.call('ZREM', due, ARGV[2])
  redis.call('HDEL', edits, ARGV[2])
end
`

/** Newer content is due after the pause that every message gets, also when it was shown before: ours now stands over it. */
const SETTLE = script(`${START}
local revision = string.match(redis.call('HGET', edits, ARGV[2]) or '', '^(%d+)|')
redis.call('SET', edited, '1', 'PX', ARGV[4])
if not revision then drop() return {'settled'} end
if revision == ARGV[3] then
  redis.call('ZREM', due, ARGV[2])
  redis.call('ZADD', made, now, ARGV[2])
  for _, of in ipairs(redis.call('ZRANGE', made, 0, -1 - tonumber(ARGV[5]))) do
    redis.call('HDEL', edits, of)
    redis.call('ZREM', made, of)
  end
  return {'settled'}
end
redis.call('ZREM', made, ARGV[2])
redis.call('ZADD', due, now + tonumber(ARGV[4]), ARGV[2])
return {'newer'}
`)

const POSTPONE = script(`${START}
redis.call('ZADD', due, 'XX', now + tonumber(ARGV[3]), ARGV[2])
return {'postponed'}
`)

const DROP = script(`${START}
drop()
return {'dropped'}
`)

/** Its post waits: again in a second. Its post was given up: never. */
const ORPHAN = script(`${START}
if redis.call('EXISTS', sent) == 0 and redis.call('HEXISTS', outbox, ARGV[2]) == 0 then
  drop()
  return {'dropped'}
end
redis.call('ZADD', due, 'XX', now + 1000, ARGV[2])
return {'waits'}
`)
