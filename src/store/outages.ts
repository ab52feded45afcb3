import type { Outage, Span } from '../diagnosis/shift/facts'
import type { Backlog } from './backlog'
import { KEPT_MS, commonKey } from './keys'
import type { Connection } from './redis'
import { script } from './script'

/** When replicas were without Redis or Slack: for handoffs. */
export type Outages = {
  /** That it lasted until then, and again when it goes on. Never rejects: it waits for Redis. */
  readonly keep: (outage: Outage) => Promise<void>
  /** Those that overlap the span, of each replica; the last 500 are kept, 35 days. Rejects while Redis is away. */
  readonly list: (span: Span) => Promise<readonly Outage[]>
}

const MAX_OUTAGES = 500

/** `replica`: whose they are. One outage is one member, whose score grows with it. */
export const createOutages = (
  connection: Connection,
  backlog: Backlog,
  replica: string,
): Outages => ({
  keep: async ({ of, from, to }) => {
    const member = `${of}|${from}|${replica}`
    await backlog.put(member.length, () =>
      connection.run(KEEP, [commonKey('outages')], [to, member, to - KEPT_MS, MAX_OUTAGES]),
    )
  },
  list: async ({ from, to }) => {
    const rows = await connection.ask((redis) =>
      redis.zrangebyscore(commonKey('outages'), from, '+inf', 'WITHSCORES'),
    )
    return outagesIn(connection, rows).filter((outage) => outage.from <= to)
  },
})

const KEEP = script(`
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
for _, old in ipairs(redis.call('ZRANGE', KEYS[1], 0, -tonumber(ARGV[5]) - 1)) do
  redis.call('ZREM', KEYS[1], old)
end
return {'kept'}
`)

const outagesIn = (connection: Connection, rows: readonly string[]): readonly Outage[] =>
  rows.flatMap((member, i) => {
    if (i % 2 === 1) return []
    const [of, begun] = member.split('|')
    const [from, to] = [Number(begun), Number(rows[i + 1])]
    if ((of === 'Redis' || of === 'Slack') && from > 0 && from <= to) return [{ of, from, to }]
    connection.poisoned('outages')
    return []
  })
