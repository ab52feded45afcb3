import { describe, expect, test } from '@jest/globals'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { readTrace } from '../../src/cluster/trace/trace'

const FILE = join(__dirname, '../traces/move-leader-3.5.30.ndjson.br')
const HEADER = { trace: 1, cluster: 'prod', heartbeatMs: 100, electionMs: 1000 }
const PAGE =
  '# HELP etcd_server_has_leader x\n# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n'

const status = {
  header: { member_id: '11', cluster_id: '15' },
  version: '3.5.30',
  leader: '10',
  raftTerm: '2',
  raftIndex: '7',
}
const reading = (at: number, n: number, over: object = {}) => ({
  at,
  endpoint: `http://m${n}:2379`,
  status,
  statusMs: 4,
  metrics: PAGE,
  metricsMs: 9,
  ...over,
})

const plain = (...lines: readonly (object | string)[]): Buffer =>
  Buffer.from(
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n') + '\n',
  )

describe('a trace', () => {
  test("is read look by look, with ids in etcd's spelling", async () => {
    const trace = await readTrace(plain(HEADER, reading(1, 1), reading(1, 2), reading(3000, 1)))
    expect(trace).toMatchObject({
      title: 'prod',
      heartbeatMs: 100,
      electionMs: 1000,
      damage: undefined,
    })
    expect(trace.looks.map((look) => [look.at, look.members.length])).toEqual([
      [1, 2],
      [3000, 1],
    ])
    expect(trace.looks[0]?.members[0]?.status).toMatchObject({
      ok: true,
      value: { memberId: 'b', leaderId: 'a', clusterId: 'f' },
      tookMs: 4,
    })
    expect(trace.looks[0]?.members[0]?.scrape).toMatchObject({
      ok: true,
      value: { hasLeader: true },
    })
  })

  test('is the same compressed, in pieces of any size', async () => {
    const whole = plain(HEADER, reading(1, 1), reading(3000, 1))
    const bytes = brotliCompressSync(whole)
    const expected = await readTrace(whole)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (size) => {
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        )
        expect(
          await readTrace(
            (async function* () {
              yield* pieces
            })(),
          ),
        ).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  test.each([
    ['ECONNREFUSED', 'refused'],
    ['connect ECONNREFUSED 127.0.0.1:2379', 'refused'],
    ['client timeout', 'deadline'],
    ['deadline exceeded after 2000 ms', 'deadline'],
    ['socket hang up', 'reset'],
    ['getaddrinfo ENOTFOUND m1', 'name'],
    ['denied: permission denied', 'denied'],
    ['self-signed certificate', 'tls'],
  ])('tells a failure "%s" as %s', async (statusError, kind) => {
    const trace = await readTrace(plain(HEADER, reading(1, 1, { status: null, statusError })))
    expect(trace.looks[0]?.members[0]?.status).toMatchObject({ ok: false, why: { kind } })
  })

  test('a part that was not recorded took no time and is no failure of the member', async () => {
    const trace = await readTrace(
      plain(HEADER, { at: 1, endpoint: 'http://m1:2379', metrics: PAGE, metricsMs: 9 }),
    )
    expect(trace.looks[0]?.members[0]?.status).toEqual({
      ok: false,
      why: { kind: 'other', text: 'not recorded' },
      tookMs: 0,
    })
  })

  test("a page that is not etcd's fails alone", async () => {
    const trace = await readTrace(plain(HEADER, reading(1, 1, { metrics: '<html>' })))
    expect(trace.looks[0]?.members[0]).toMatchObject({
      status: { ok: true },
      scrape: { ok: false, why: { kind: 'malformed' } },
    })
    expect(trace.damage).toBeUndefined()
  })

  test('log lines come with their look; lines written before their time wait for it', async () => {
    const line = (iso: string) =>
      JSON.stringify({ level: 'info', ts: iso, msg: 'b became leader at term 3' })
    const at = Date.parse('2026-08-01T00:00:00Z')
    const log = (ms: number, iso: string) => ({
      at: at + ms,
      endpoint: 'http://m1:2379',
      log: [line(iso)],
    })
    const trace = await readTrace(
      plain(
        HEADER,
        reading(at, 1),
        log(0, '2026-08-01T00:00:03.500Z'),
        reading(at + 2000, 1),
        log(2000, '2026-08-01T00:00:01.000Z'),
        reading(at + 4000, 1),
      ),
    )
    expect(trace.looks.map((look) => look.logs?.map((event) => event.at - at))).toEqual([
      [],
      [1000],
      [3500],
    ])
  })

  test('without log lines has no log source', async () => {
    const trace = await readTrace(plain(HEADER, reading(1, 1)))
    expect(trace.looks[0]?.logs).toBeUndefined()
  })
})

describe('a damaged trace', () => {
  const good = [HEADER, reading(1, 1), reading(2000, 1)] as const

  test.each<[string, Buffer, number, string, number]>([
    ['a broken line', plain(...good, '{"at":3', reading(4000, 1)), 4, 'not JSON', 2],
    ['a line without time', plain(...good, { endpoint: 'x' }), 4, 'need "at"', 2],
    ['a line without endpoint', plain(...good, { at: 5 }), 4, 'need "endpoint"', 2],
    ['a member twice in one look', plain(...good, reading(2000, 1)), 4, 'second reading', 2],
    ['another file', plain('hello'), 1, 'not a trace', 0],
    ['text that is no JSON', plain('{hello'), 1, 'not JSON', 0],
    ['a header of something else', plain({ hello: 1 }), 1, 'not a trace', 0],
    ['nothing', Buffer.from(''), 1, 'empty', 0],
    ['a last line that ends early', plain(...good).subarray(0, -40), 3, 'not JSON', 1],
  ])('with %s is read up to there', async (_, bytes, line, why, looks) => {
    const trace = await readTrace(bytes)
    expect(trace.damage).toMatchObject({ line, why: expect.stringContaining(why) })
    expect(trace.looks).toHaveLength(looks)
  })

  test('that is torn anywhere is read up to there, and never throws', async () => {
    const whole = readFileSync(FILE)
    const looks = (await readTrace(whole)).looks
    for (const share of [0.01, 0.3, 0.5, 0.9, 0.999]) {
      const torn = await readTrace(whole.subarray(0, Math.floor(whole.length * share)))
      expect(torn.damage).toBeDefined()
      expect(looks.map((look) => look.at).slice(0, Math.max(0, torn.looks.length - 1))).toEqual(
        torn.looks.map((look) => look.at).slice(0, -1),
      )
    }
  })

  test('of any bytes never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const trace = await readTrace(bytes)
        expect(trace.looks).toEqual([])
      }),
    )
  })

  test('of any JSON after its header never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const { looks } = await readTrace(
          plain(HEADER, ...values.map((value) => JSON.stringify(value))),
        )
        expect(looks.length).toBeLessThanOrEqual(values.length)
      }),
    )
  })

  test('flipped in its middle names where it stopped', async () => {
    const bytes = Buffer.from(readFileSync(FILE))
    bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64)
    expect((await readTrace(bytes)).damage?.line).toBeGreaterThan(1)
  })
})

test('a recording of a real cluster is read whole', async () => {
  const trace = await readTrace(createReadStream(FILE))
  const lines = brotliDecompressSync(readFileSync(FILE)).toString().trim().split('\n')
  const readings = lines.filter((line) => line.includes('"statusMs"')).length
  expect(trace.damage).toBeUndefined()
  expect(trace.looks.flatMap((look) => look.members)).toHaveLength(readings)
  expect(trace.looks.some((look) => (look.logs?.length ?? 0) > 0)).toBe(true)
})
