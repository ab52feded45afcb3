import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Arg, Reply } from './redis'

/** A change that is whole or not at all. */
export type Script = { readonly text: string; readonly sha: string }

/**
 * What each script begins with. ARGV[1] is the deadline in Redis' time: a Redis that was paused carries out what its
 * callers have long given up, and must not. `opened(hash)` is for the path of an alert: a full Redis (noeviction) refuses
 * a script at its first command that may grow, but not after one that cannot. `own(key, type)` drops a key that
 * somebody made of another type, which would otherwise fail the script for ever. `nextOf(counter)` rises, and is never
 * below the time: after a loss of Redis new numbers stay above the old ones.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then return {'late', tostring(now)} end
local function own(key, kind)
  local is = redis.call('TYPE', key).ok
  if is ~= 'none' and is ~= kind then redis.call('DEL', key) end
end
local function opened(hash)
  own(hash, 'hash')
  redis.call('HDEL', hash, '')
end
local function whole(text, default)
  local number = tonumber(text or '')
  if not number or not (number >= 0 and number < 9e15) then return default end
  return math.floor(number)
end
local function nextOf(counter)
  own(counter, 'string')
  if whole(redis.call('GET', counter), 0) < now then redis.call('SET', counter, now) end
  return redis.call('INCR', counter)
end
`

export const script = (body: string): Script => {
  const text = PRELUDE + body
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

type Call = {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly Arg[]
}

/** By its hash; with its text when Redis does not know it (any more), which is sure not to have run. */
export const evaluate = async (redis: Redis, call: Call, deadline: number): Promise<Reply> => {
  const { script: known, keys } = call
  const args: readonly Arg[] = [...keys, deadline, ...call.args]
  try {
    return (await redis.evalsha(known.sha, keys.length, ...args)) as Reply
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return (await redis.eval(known.text, keys.length, ...args)) as Reply
  }
}
