import type { Backlog } from './backlog'
import { commonKey } from './keys'
import type { Connection } from './redis'
import { isRecord, read, write } from './stored'
import type { Json } from './stored'

/** One line for each command and button: who, where, what, which cluster, what came of it. `at` is Unix ms. */
export type AuditLine = { readonly at: number; readonly [field: string]: unknown }

export type Audit = {
  /** Never rejects: without Redis the line waits. */
  readonly keep: (line: AuditLine) => Promise<void>
  /** The last ones, newest first. Rejects while Redis is away. */
  readonly last: (count: number) => Promise<readonly AuditLine[]>
}

/** About; a stream is trimmed by whole nodes. A line takes some 300 bytes. */
const MAX_LINES = 10_000

export const createAudit = (connection: Connection, backlog: Backlog): Audit => ({
  keep: async (line) => {
    const text = write(line)
    await backlog.put(text.length, () =>
      connection.ask((redis) =>
        redis.xadd(commonKey('audit'), 'MAXLEN', '~', MAX_LINES, '*', 'line', text),
      ),
    )
  },
  last: async (count) => {
    const lines = await connection.ask((redis) =>
      redis.xrevrange(commonKey('audit'), '+', '-', 'COUNT', count),
    )
    return (lines as readonly (readonly [string, readonly string[]])[]).flatMap(([, fields]) => {
      const line = read(fields[1], lineOf, { kind: 'audit', counts: connection })
      return line === undefined ? [] : [line]
    })
  },
})

const lineOf = (value: Json): AuditLine | undefined =>
  isRecord(value) && typeof value['at'] === 'number' ? { ...value, at: value['at'] } : undefined
