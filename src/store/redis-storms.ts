import { KEPT_MS, keyOf } from './keys'
import type { Edit } from './edits'
import { MAX_WAITING } from './outbox'
import type { Connection } from './redis'
import { script } from './script'
import { MAX_STORMS } from './storms'
import type { Decided, Decision, Lives, StormRecord, Storms, Stored } from './storms'
import { anything, isRecord, isText, read, write } from './stored'
import type { Json } from './stored'

/** Storms in Redis. Rejects while Redis is away; after a timeout the decision may stand: read again. */
export const createRedisStorms = (connection: Connection): Storms & Lives => ({
  life: async (cluster) => {
    const born = await connection.ask((redis) => redis.hget(keyOf(cluster, 'storm'), 'born'))
    return `${connection.lives()} ${born ?? ''}`
  },
  read: async (cluster) => {
    const [version, state] = await connection.ask((redis) =>
      redis.hmget(keyOf(cluster, 'storm'), 'version', 'state'),
    )
    return storedOf(connection, version, state)
  },
  decide: async (cluster, decision, now) => {
    const { keys, args } = callOf(cluster, decision, now)
    return decidedOf(connection, await connection.run(DECIDE, keys, args))
  },
  history: async (cluster, { from, to }) => {
    const ids = await connection.ask((redis) =>
      redis.zrangebyscore(keyOf(cluster, 'storms'), from, to),
    )
    if (ids.length === 0) return []
    const texts = await connection.ask((redis) =>
      redis.hmget(keyOf(cluster, 'storms:records'), ...ids),
    )
    return texts.flatMap((text) => {
      const record = read(text, recordOf, { kind: 'storms', counts: connection })
      return record === undefined ? [] : [record]
    })
  },
})

/** KEYS: of DECIDE_KEYS, then for each post `sent:KEY`, then for each edit and each shown again `edited:KEY`. */
const DECIDE_KEYS = [
  'storm',
  'outbox',
  'outbox:due',
  'outbox:tries',
  'outbox:dead',
  'outbox:since',
  'outbox:fence',
  'edits',
  'edits:due',
  'edits:made',
  'storms',
  'storms:records',
] as const

/**
 * ARGV: deadline, expected, state, storm (id, since, record), limits, then posts (key, body, parent, channel, tried, sent, after), edits (key, body, only if missing) and those shown again (key).
 * `outbox:tries` holds attempts|fence|decidedAt|parent|moved|channel.
 */
const DECIDE = script(`
local storm, outbox, due, tries, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
opened(outbox)
own(storm, 'hash') own(due, 'zset') own(tries, 'hash') own(dead, 'list') own(KEYS[6], 'string')
own(KEYS[8], 'hash') own(KEYS[9], 'zset') own(KEYS[10], 'zset') own(KEYS[11], 'zset') own(KEYS[12], 'hash')

local version = whole(redis.call('HGET', storm, 'version'), 0)
if version ~= tonumber(ARGV[2]) then
  return {'changed', tostring(version), redis.call('HGET', storm, 'state')}
end
version = math.max(version, tonumber(ARGV[13])) + 1
redis.call('HSET', storm, 'version', version, 'state', ARGV[3])
redis.call('HSETNX', storm, 'born', now)
redis.call('SET', KEYS[6], now, 'NX')
if ARGV[4] ~= '' and not (ARGV[15] == '1' and redis.call('HEXISTS', KEYS[12], ARGV[4]) == 1) then
  redis.call('ZADD', KEYS[11], ARGV[5], ARGV[4])
  redis.call('HSET', KEYS[12], ARGV[4], ARGV[6])
  local old = redis.call('ZRANGEBYSCORE', KEYS[11], '-inf', ARGV[7])
  local many = redis.call('ZCARD', KEYS[11]) - tonumber(ARGV[8])
  if many > 0 then old = redis.call('ZRANGE', KEYS[11], 0, many - 1) end
  for _, id in ipairs(old) do
    redis.call('ZREM', KEYS[11], id)
    redis.call('HDEL', KEYS[12], id)
  end
end

local posts, edits, again, at, filed = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[14]), 16, {}
for i = 1, posts do
  local key, body, parent, channel, tried, sent, after = unpack(ARGV, at, at + 6)
  at = at + 7
  local known = redis.call('EXISTS', KEYS[12 + i]) == 1
  if sent ~= '' and not known then
    redis.call('SET', KEYS[12 + i], sent, 'PX', ARGV[11])
    known = true
  end
  if known then
    redis.call('ZREM', due, key)
    redis.call('HDEL', outbox, key)
    redis.call('HDEL', tries, key)
  elseif redis.call('HEXISTS', outbox, key) == 0 then
    redis.call('ZADD', due, now + tonumber(after), key)
    redis.call('HSET', outbox, key, body)
    redis.call('HSET', tries, key, tried .. '|0|' .. now .. '|' .. parent .. '|0|' .. channel)
    filed[#filed + 1] = key
  elseif tried == '1' then
    local is = redis.call('HGET', tries, key) or ''
    redis.call('HSET', tries, key, (string.gsub(is, '^0|', '1|')))
  end
end
while redis.call('ZCARD', due) > tonumber(ARGV[12]) do
  local key = redis.call('ZRANGE', due, 0, 0)[1]
  redis.call('LPUSH', dead, now .. '|' .. key .. '|too many wait')
  redis.call('LTRIM', dead, 0, 99)
  redis.call('ZREM', due, key)
  redis.call('HDEL', outbox, key)
  redis.call('HDEL', tries, key)
end

local function showSoon(key, edited)
  redis.call('ZADD', KEYS[9], 'NX', now + math.max(0, redis.call('PTTL', edited)), key)
  redis.call('ZREM', KEYS[10], key)
end
for i = 1, edits do
  local key, body, missing = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  at = at + 3
  if missing == '0' or redis.call('HEXISTS', KEYS[8], key) == 0 then
    local revision = string.format('%.0f', nextOf(KEYS[7]))
    redis.call('HSET', KEYS[8], key, revision .. '|' .. body)
    showSoon(key, KEYS[12 + posts + i])
  end
end
for i = 1, again do
  local key = ARGV[at + i - 1]
  if redis.call('HEXISTS', KEYS[8], key) == 1 then showSoon(key, KEYS[12 + posts + edits + i]) end
end
return {'decided', tostring(version), unpack(filed)}
`)

const callOf = (cluster: string, decision: Decision, now: number) => {
  const { posts = [], edits = [], again = [], storm } = decision
  const named = storm && { id: storm.id, since: storm.since, record: storm.record }
  const keys = [
    ...DECIDE_KEYS,
    ...posts.map((post) => `sent:${post.key}`),
    ...[...edits.map(({ of }) => of), ...again].map((of) => `edited:${of}`),
  ].map((name) => keyOf(cluster, name))
  const args = [
    decision.expected,
    write(decision.state),
    storm?.id ?? '',
    storm?.since ?? 0,
    named === undefined ? '' : write(named),
    now - KEPT_MS,
    MAX_STORMS,
    posts.length,
    edits.length,
    KEPT_MS,
    MAX_WAITING,
    decision.above ?? 0,
    again.length,
    storm?.ifMissing === true ? '1' : '0',
    ...posts.flatMap(postArgs),
    ...edits.flatMap(editArgs),
    ...again,
  ]
  return { keys, args }
}

const postArgs = ({
  tried = false,
  sent,
  afterMs = 0,
  ...entry
}: NonNullable<Decision['posts']>[number]): readonly string[] => [
  entry.key,
  write(entry),
  entry.parent ?? '',
  entry.channel,
  tried ? '1' : '0',
  sent === undefined ? '' : write(sent),
  `${Math.ceil(afterMs)}`,
]

const editArgs = ({ of, payload, ifMissing = false }: Edit): readonly string[] => [
  of,
  write(payload),
  ifMissing ? '1' : '0',
]

const decidedOf = (connection: Connection, reply: readonly unknown[]): Decided => {
  const [outcome, version, ...rest] = reply
  if (outcome === 'decided')
    return { decided: true, version: Number(version), filed: rest.map(String) }
  return { decided: false, now: storedOf(connection, version, rest[0]) }
}

const storedOf = (connection: Connection, version: unknown, text: unknown): Stored => {
  const state = read(text, anything, { kind: 'storm', counts: connection })
  const number = Math.floor(Number(version ?? 0))
  return { version: Number.isSafeInteger(number) ? number : 0, state: state ?? undefined }
}

const recordOf = (value: Json): StormRecord | undefined => {
  if (!isRecord(value)) return undefined
  const { id, since, record } = value
  return isText(id, 200) && typeof since === 'number' && record !== undefined
    ? { id, since, record }
    : undefined
}
