import type { MemberStatus, RosterMember } from '../diagnosis/facts'
import { interned } from './interned'

/**
 * The four messages of etcd's gRPC that reading needs, in protobuf's wire format. etcd3's own proto drops the fields
 * that 3.6 added to Status, and its loader costs more than all else of a call.
 *
 * Numbers are those of etcd's rpc.proto. Decoding throws on bytes that are no protobuf; unknown fields are skipped.
 */
export const decodeStatus = (bytes: Buffer): MemberStatus => {
  const status = readMessage(bytes)
  const header = readMessage(status.bytes(1))
  return {
    memberId: header.hex(2) ?? '',
    clusterId: header.hex(1) ?? '',
    version: interned(status.text(2) ?? ''),
    dbSizeBytes: status.number(3) ?? 0,
    leaderId: status.hex(4),
    raftIndex: status.number(5) ?? 0,
    raftTerm: status.number(6) ?? 0,
    raftAppliedIndex: status.number(7),
    errors: status.texts(8),
    dbInUseBytes: status.number(9),
    isLearner: status.number(10) === 1,
    quotaBytes: status.number(12), // 3.6 and later
  }
}

export type MemberList = {
  readonly memberId: string
  readonly raftTerm: number
  readonly members: readonly RosterMember[]
}

export const decodeMemberList = (bytes: Buffer): MemberList => {
  const list = readMessage(bytes)
  const header = readMessage(list.bytes(1))
  return {
    memberId: header.hex(2) ?? '',
    raftTerm: header.number(4) ?? 0,
    members: list.all(2).map(rosterMember),
  }
}

const rosterMember = (bytes: Buffer): RosterMember => {
  const member = readMessage(bytes)
  return {
    id: member.hex(1) ?? '',
    name: interned(member.text(2) ?? ''),
    peerUrls: member.texts(3),
    clientUrls: member.texts(4),
    isLearner: member.number(5) === 1,
  }
}

/** The token of an AuthenticateResponse. */
export const decodeToken = (bytes: Buffer): string => readMessage(bytes).text(2) ?? ''

export const encodeLogin = (user: { username: string; password: string }): Buffer =>
  Buffer.concat([encodeText(1, user.username), encodeText(2, user.password)])

const encodeText = (field: number, text: string): Buffer => {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([(field << 3) | BYTES, ...varintOf(bytes.length)]), bytes])
}

const varintOf = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varintOf(value >>> 7)]

/** Field → value. A field at its default (0, empty, false) is not on the wire: undefined. */
type Message = {
  number(field: number): number | undefined
  hex(field: number): string | undefined
  text(field: number): string | undefined
  texts(field: number): string[]
  bytes(field: number): Buffer
  all(field: number): Buffer[]
}

type Field = { readonly field: number; readonly value: bigint | Buffer }

const readMessage = (bytes: Buffer): Message => {
  const fields = fieldsOf(bytes)
  const whole = (field: number): bigint | undefined => {
    const value = fields.findLast((one) => one.field === field)?.value
    return typeof value === 'bigint' && value !== 0n ? value : undefined
  }
  const all = (field: number): Buffer[] =>
    fields.flatMap((one) => (one.field === field && Buffer.isBuffer(one.value) ? [one.value] : []))
  const texts = (field: number): string[] => all(field).map((value) => value.toString())
  return {
    number: (field) => {
      const value = whole(field)
      return value === undefined ? undefined : Number(value)
    },
    hex: (field) => {
      const value = whole(field)
      return value === undefined ? undefined : interned(value.toString(16))
    },
    text: (field) => texts(field).at(-1),
    texts,
    bytes: (field) => all(field).at(-1) ?? Buffer.alloc(0),
    all,
  }
}

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

type Cursor = { readonly bytes: Buffer; at: number }

const fieldsOf = (bytes: Buffer): Field[] => {
  const fields: Field[] = []
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(cursor))
    fields.push({ field: tag >>> 3, value: readValue(cursor, tag & 7) })
  }
  return fields
}

const readValue = (cursor: Cursor, wireType: number): bigint | Buffer => {
  if (wireType === VARINT) return readVarint(cursor)
  if (wireType === BYTES) return take(cursor, Number(readVarint(cursor)))
  if (wireType === FIXED_64) return take(cursor, 8)
  if (wireType === FIXED_32) return take(cursor, 4)
  throw new Error(`malformed message: wire type ${wireType}`)
}

const take = (cursor: Cursor, length: number): Buffer => {
  const end = cursor.at + length
  if (end > cursor.bytes.length) throw new Error('malformed message: it ends inside a field')
  const taken = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return taken
}

const readVarint = (cursor: Cursor): bigint => {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined) throw new Error('malformed message: it ends inside a number')
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return BigInt.asUintN(64, value)
  }
  throw new Error('malformed message: a number of more than 64 bits')
}
