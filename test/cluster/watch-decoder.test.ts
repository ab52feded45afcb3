import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createWatchDecoder, KEY_MOST, type Write } from '../../src/cluster/writes/decoder'
import { encodeProgress, encodeWatch } from '../../src/cluster/writes/request'
import { message } from './fake-etcd'

type Kept = Omit<Write, 'key'> & { readonly key: string }

const read = (chunks: readonly Buffer[]) => {
  const writes: Kept[] = []
  const notes: object[] = []
  const decoder = createWatchDecoder({
    onWrite: (write) => writes.push({ ...write, key: write.key.toString('latin1') }),
    onNote: (note) => notes.push(note),
  })
  for (const chunk of chunks) decoder.push(chunk)
  return { writes, notes }
}

const framed = (body: Buffer, flag = 0): Buffer => {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

type Change = {
  readonly key: Buffer
  readonly value: Buffer
  readonly created: number
  readonly modified: number
  readonly deleted: boolean
  readonly lease: bigint
}

const event = ({ key, value, created, modified, deleted, lease }: Change): Buffer =>
  message(...(deleted ? [[1, 1] as [number, number]] : []), [
    2,
    message(
      [1, key],
      ...(created === 0 ? [] : [[2, created] as [number, number]]),
      [3, modified],
      [4, 7],
      ...(value.length === 0 ? [] : [[5, value] as [number, Buffer]]),
      [6, lease],
    ),
  ])

const response = (changes: readonly Change[], revision: number): Buffer =>
  framed(
    message(
      [1, message([1, 2n ** 63n], [2, 5], [3, revision], [4, 9])],
      [2, -1n],
      ...changes.map((change): [number, Buffer] => [11, event(change)]),
    ),
  )

const change = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
  value: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  created: fc.integer({ min: 0, max: 2 ** 40 }),
  modified: fc.integer({ min: 1, max: 2 ** 40 }),
  deleted: fc.boolean(),
  lease: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
})

const pieces = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const all: Buffer[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    all.push(bytes.subarray(at, at + size))
    at += size
  }
  return all
}

test('however the bytes are cut, the same writes are read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }),
      (messages, sizes) => {
        const bytes = Buffer.concat(messages.map((changes, i) => response(changes, i + 1)))
        const { writes, notes } = read(pieces(bytes, sizes))
        expect(writes).toEqual(
          messages.flat().map(({ key, value, created, modified, deleted }) => ({
            key: key.subarray(0, KEY_MOST).toString('latin1'),
            kind: deleted ? 'delete' : created === modified ? 'create' : 'update',
            bytes: key.length + value.length,
            revision: modified,
          })),
        )
        expect(notes).toEqual(
          messages.map((changes, i) => ({
            created: false,
            canceled: false,
            reason: '',
            revision: i + 1,
            wrote: changes.length > 0,
          })),
        )
      },
    ),
    { numRuns: 200 },
  )
})

/** What it throws, or undefined. */
const faultOf = (bytes: Buffer): string | undefined => {
  try {
    read([bytes])
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('rubbish is refused or skipped, and never read for ever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(faultOf(Buffer.from(bytes)) ?? 'malformed message: ').toMatch(/^malformed message: /)
    }),
    { numRuns: 500 },
  )
})

test('a refusal is read with its reason', () => {
  const reason = 'rpc error: code = PermissionDenied desc = etcdserver: permission denied'
  const { notes } = read([framed(message([1, message([3, 4])], [3, 1], [4, 1], [6, reason]))])
  expect(notes).toEqual([{ created: true, canceled: true, reason, revision: 4, wrote: false }])
})

test.each([
  ['a compressed message', framed(message([3, 1]), 1)],
  ['a field past its end', framed(Buffer.from([0x32, 9, 1]))],
  ['a part past its end', framed(Buffer.from([0x5a, 9, 1]))],
  ['wire type 3', framed(Buffer.from([0x0b]))],
  ['a number without an end', framed(Buffer.alloc(12, 255))],
])('%s is malformed', (what, bytes) => {
  expect(() => read([bytes])).toThrow(`malformed message: ${what}`)
})

test('an empty message is one', () => {
  expect(read([framed(Buffer.alloc(0))]).notes).toHaveLength(1)
})

/** [key, range_end] of a request. */
const rangeOf = (prefix: Buffer | undefined): readonly string[] => {
  const bytes = encodeWatch(prefix)
  expect(bytes.readUInt32BE(1)).toBe(bytes.length - 5)
  const create = bytes.subarray(7)
  const keyEnd = 2 + (create[1] ?? 0)
  const rangeEnd = keyEnd + 2 + (create[keyEnd + 1] ?? 0)
  expect(create.subarray(rangeEnd).toString('hex')).toBe('4001') // fragment
  return [
    create.subarray(2, keyEnd).toString('hex'),
    create.subarray(keyEnd + 2, rangeEnd).toString('hex'),
  ]
}

test('a watch asks for all keys, or for those of a prefix', () => {
  expect(rangeOf(undefined)).toEqual(['00', '00'])
  expect(rangeOf(Buffer.from('/a'))).toEqual(['2f61', '2f62'])
  expect(rangeOf(Buffer.from([1, 255, 255]))).toEqual(['01ffff', '02'])
  expect(rangeOf(Buffer.from([255]))).toEqual(['ff', '00'])
  expect(encodeProgress().toString('hex')).toBe('00000000021a00')
})
