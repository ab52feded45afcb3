import { KEPT_MS, keyOf } from './keys'
import { LONGEST_WAIT_MS, NEW_STORE_MS, TOO_OLD_MS } from './outbox'
import type { Ask, Claim, Dead, Doubt, Entry, Message, Outbox, Settled, Waiting } from './outbox'
import type { Connection, Reply } from './redis'
import { script } from './script'
import { isRecord, isText, read, write } from './stored'
import type { Json } from './stored'

/** The outbox in Redis. Rejects while Redis is away; a claim whose answer was lost comes due again after its lease. */
export const createRedisOutbox = (connection: Connection): Outbox => {
  const sentAs = async (cluster: string, key: string): Promise<Message | undefined> =>
    messageIn(connection, await connection.ask((redis) => redis.get(sentKey(cluster, key))))
  const run = async (what: typeof SETTLE, claim: Claim, args: readonly (string | number)[]) =>
    connection.run(what, entryKeys(claim), [claim.entry.key, claim.fence, ...args])
  return {
    sentAs,
    pending: async (cluster) => {
      const keys = ['outbox:due', 'edits:due'].map((name) => keyOf(cluster, name))
      const [pending] = await connection.run(PENDING, keys, [LONGEST_WAIT_MS])
      return pending === 'waits' || pending === 'none' ? pending : 'due'
    },
    claim: async (cluster, ask) => {
      const args = claimArgs(ask, oldestFor(connection, ask))
      const reply = await connection.run(CLAIM, claimKeys(cluster), args)
      if (reply[0] !== 'claimed') return undefined
      const claim = claimOf(connection, cluster, reply)
      if (claim === undefined) return dropPoisoned(connection, cluster, reply)
      const parent = claim.entry.parent && (await sentAs(cluster, claim.entry.parent))
      return { ...claim, parent: parent || undefined }
    },
    settle: async (claim, message) =>
      settledOf(connection, await run(SETTLE, claim, [write(message), KEPT_MS])),
    postpone: async (claim, afterMs) => {
      const [outcome] = await run(POSTPONE, claim, [Math.ceil(Math.min(afterMs, LONGEST_WAIT_MS))])
      return outcome === 'postponed' ? 'postponed' : 'stolen'
    },
    refuse: async (claim, why) => {
      const { fallback = '' } = claim.entry
      const next = fallback === claim.channel ? '' : fallback
      const [outcome] = await run(REFUSE, claim, [next, why.slice(0, 200)])
      return outcome === 'fallback' || outcome === 'dead' ? outcome : 'stolen'
    },
    waiting: async (cluster) => {
      const [due, tries] = await Promise.all([
        connection.ask((redis) =>
          redis.zrangebyscore(keyOf(cluster, 'outbox:due'), '-inf', '+inf', 'WITHSCORES'),
        ),
        connection.ask((redis) => redis.hgetall(keyOf(cluster, 'outbox:tries'))),
      ])
      return waitingOf(due as readonly string[], tries)
    },
    dead: async (cluster) => {
      const lines = await connection.ask((redis) =>
        redis.lrange(keyOf(cluster, 'outbox:dead'), 0, 99),
      )
      return lines.flatMap(deadOf)
    },
  }
}

const TRIES = `
local function triesOf(text)
  local attempts, fence, at, parent, moved, channel =
    string.match(text or '', '^(%d+)|(%d+)|(%d+)|(%x*)|([01])|(.*)$')
  if not attempts then return {attempts = 1, fence = 0, at = now, parent = '', moved = 0, channel = ''} end
  return {attempts = tonumber(attempts), fence = tonumber(fence), at = tonumber(at),
    parent = parent, moved = tonumber(moved), channel = channel}
end
local function keep(tries, key, is)
  redis.call('HSET', tries, key, string.format('%d|%.0f|%.0f|%s|%d|%s',
    is.attempts, is.fence, is.at, is.parent, is.moved, is.channel))
end
local function drop(due, outbox, tries, key)
  redis.call('ZREM', due, key)
  redis.call('HDEL', outbox, key)
  redis.call('HDEL', tries, key)
end
local function bury(dead, key, why)
  redis.call('LPUSH', dead, now .. '|' .. key .. '|' .. why)
  redis.call('LTRIM', dead, 0, 99)
end
`

/** What was filed before Redis' clock was set back is due too. */
const PENDING = script(`
local many = 0
for _, due in ipairs(KEYS) do
  own(due, 'zset')
  many = many + redis.call('ZCARD', due)
  if redis.call('ZCOUNT', due, '-inf', now) > 0 or redis.call('ZCOUNT', due, '(' .. now + tonumber(ARGV[2]), '+inf') > 0 then
    return {'due'}
  end
end
return {many > 0 and 'waits' or 'none'}
`)

const claimKeys = (cluster: string): readonly string[] =>
  ['outbox', 'outbox:due', 'outbox:tries', 'outbox:fence', 'outbox:since', 'outbox:dead'].map(
    (name) => keyOf(cluster, name),
  )

/** Posts that were decided longer ago wait, ms: after as long without Redis another may be sending them from its memory. */
const oldestFor = ({ absence }: Connection, { leaseMs }: Ask): number => {
  const { agoMs } = absence(leaseMs) ?? { agoMs: Infinity }
  return agoMs < leaseMs ? Math.floor(agoMs) : TOO_OLD_MS
}

const claimArgs = ({ leaseMs, skip = [] }: Ask, oldestMs: number): readonly (string | number)[] => [
  Math.ceil(Math.min(leaseMs, LONGEST_WAIT_MS)),
  TOO_OLD_MS,
  LONGEST_WAIT_MS,
  oldestMs,
  ...skip,
]

const CLAIM = script(`${TRIES}
local outbox, due, tries, fences, since, dead = unpack(KEYS)
opened(outbox)
own(due, 'zset') own(tries, 'hash') own(since, 'string') own(dead, 'list')
redis.call('SET', since, now, 'NX')
local skip = {}
for i = 6, #ARGV do skip[ARGV[i]] = true end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', due, '(' .. now + tonumber(ARGV[4]), '+inf')) do
  redis.call('ZADD', due, now, key)
end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now)) do
  local body, is = redis.call('HGET', outbox, key), triesOf(redis.call('HGET', tries, key))
  local held = is.parent ~= '' and redis.call('ZSCORE', due, is.parent)
  if not body then
    drop(due, outbox, tries, key)
  elseif now - is.at > tonumber(ARGV[3]) then
    drop(due, outbox, tries, key)
    bury(dead, key, 'too old')
  elseif not held and not skip[is.channel] and now - is.at <= tonumber(ARGV[5]) then
    is.fence = nextOf(fences)
    is.attempts = is.attempts + 1
    redis.call('ZADD', due, now + tonumber(ARGV[2]), key)
    keep(tries, key, is)
    return {'claimed', key, body, is.channel, tostring(is.attempts), string.format('%.0f', is.fence),
      tostring(now - is.at), tostring(now - whole(redis.call('GET', since), now))}
  end
end
return {'none'}
`)

const sentKey = (cluster: string, key: string): string => keyOf(cluster, `sent:${key}`)

const entryKeys = ({ cluster, entry }: Claim): readonly string[] => [
  ...['outbox', 'outbox:due', 'outbox:tries', 'outbox:dead'].map((name) => keyOf(cluster, name)),
  sentKey(cluster, entry.key),
]

const OURS = `${TRIES}
local outbox, due, tries, dead, sent = unpack(KEYS)
opened(outbox)
own(due, 'zset') own(tries, 'hash') own(dead, 'list') own(sent, 'string')
local key, fence = ARGV[2], tonumber(ARGV[3])
local is = triesOf(redis.call('HGET', tries, key))
local stands = redis.call('HEXISTS', outbox, key) == 1
`

/** An entry that is neither waiting nor sent was lost with a Redis: what we posted is then the only one known of. */
const SETTLE = script(`${OURS}
local before = redis.call('GET', sent) or ''
if stands and is.fence ~= fence then return {'stolen', before} end
if not stands and before ~= '' then return {'gone', before} end
drop(due, outbox, tries, key)
redis.call('SET', sent, ARGV[4], 'PX', ARGV[5])
return {'settled'}
`)

const POSTPONE = script(`${OURS}
if not stands or is.fence ~= fence then return {'stolen'} end
redis.call('ZADD', due, ARGV[4] == '0' and is.at or now + tonumber(ARGV[4]), key)
is.attempts = math.max(0, is.attempts - 1)
keep(tries, key, is)
return {'postponed'}
`)

const REFUSE = script(`${OURS}
if not stands or is.fence ~= fence then return {'stolen'} end
if ARGV[4] ~= '' and is.moved == 0 then
  is.moved, is.channel, is.attempts = 1, ARGV[4], 0
  redis.call('ZADD', due, now, key)
  keep(tries, key, is)
  return {'fallback'}
end
drop(due, outbox, tries, key)
bury(dead, key, ARGV[5])
return {'dead'}
`)

const claimOf = (
  connection: Connection,
  cluster: string,
  reply: Reply,
): Omit<Claim, 'parent'> | undefined => {
  const [, key, body, channel, attempts, fence, age, storeAge] = reply.map(String)
  const entry = read(body, entryOf, { kind: 'outbox', counts: connection })
  if (entry === undefined || entry.key !== key) return undefined
  const facts = { attempts: Number(attempts), ageMs: Number(age), storeAgeMs: Number(storeAge) }
  const because = doubtOf({ ...facts, unbrokenMs: connection.unbrokenMs() })
  return {
    cluster,
    entry,
    channel: channel || entry.channel,
    fence: Number(fence),
    attempts: facts.attempts,
    ageMs: facts.ageMs,
    mustCheckHistory: because !== undefined,
    because,
  }
}

type Facts = {
  readonly attempts: number
  readonly ageMs: number
  readonly storeAgeMs: number
  readonly unbrokenMs: number
}

/** Replicas that were cut off with us tell again what Redis lost, each when it is back. */
const SETTLING_MS = 30_000

/** A post decided while our connection stood cannot have been lost and settled before: Redis was there all the time. */
export const doubtOf = (facts: Facts): Doubt | undefined => {
  if (facts.attempts > 1) return 'tried'
  if (facts.storeAgeMs < NEW_STORE_MS) return 'new-store'
  const isNew = facts.unbrokenMs < SETTLING_MS || facts.unbrokenMs <= facts.ageMs + 1000
  return isNew ? 'reconnected' : undefined
}

/** What cannot be read can never be sent: it must not come due for ever. */
const dropPoisoned = async (
  connection: Connection,
  cluster: string,
  reply: Reply,
): Promise<undefined> => {
  const [, key = '', , , , fence = ''] = reply.map(String)
  const keys = ['outbox', 'outbox:due', 'outbox:tries', 'outbox:dead', `sent:${key}`]
  await connection.run(
    REFUSE,
    keys.map((name) => keyOf(cluster, name)),
    [key, fence, '', 'cannot be read'],
  )
}

const settledOf = (connection: Connection, [outcome, sent]: Reply): Settled =>
  outcome === 'settled'
    ? { settled: true }
    : {
        settled: false,
        why: outcome === 'gone' ? 'gone' : 'stolen',
        sent: messageIn(connection, sent),
      }

const messageIn = (connection: Connection, text: unknown): Message | undefined =>
  read(text, messageOf, { kind: 'sent', counts: connection })

export const messageOf = (value: Json): Message | undefined => {
  if (!isRecord(value)) return undefined
  const { channel, ts } = value
  return isText(channel, 200) && isText(ts, 40) ? { channel, ts } : undefined
}

const entryOf = (value: Json): Entry | undefined => {
  if (!isRecord(value)) return undefined
  const { key, channel, fallback, parent, payload } = value
  if (!isText(key, 64) || !isText(channel, 200) || payload === undefined) return undefined
  if (fallback !== undefined && !isText(fallback, 200)) return undefined
  if (parent !== undefined && !isText(parent, 64)) return undefined
  return { key, channel, fallback, parent, payload }
}

const waitingOf = (
  due: readonly string[],
  tries: Readonly<Record<string, string>>,
): readonly Waiting[] =>
  due.flatMap((key, i) => {
    if (i % 2 === 1) return []
    const [attempts, , at, , , ...channel] = (tries[key] ?? '').split('|')
    return [
      {
        key,
        channel: channel.join('|'),
        decidedAt: Number(at) || 0,
        dueAt: Number(due[i + 1]) || 0,
        attempts: Number(attempts) || 0,
      },
    ]
  })

const deadOf = (line: string): readonly Dead[] => {
  const [at, key, ...why] = line.split('|')
  return isText(key, 64) && Number.isFinite(Number(at))
    ? [{ key, at: Number(at), why: why.join('|') }]
    : []
}
