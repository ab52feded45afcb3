/** A frame that asks for all writes under a prefix from now on; undefined: for all of them. */
export const encodeWatch = (prefix: Buffer | undefined): Buffer => {
  const [key, end] =
    prefix === undefined || prefix.length === 0 ? [ZERO, ZERO] : [prefix, endOf(prefix)]
  const fragment = Buffer.from([0x40, 1]) // field 8: a message larger than a request's limit comes in parts
  return framed(part(1, Buffer.concat([part(1, key), part(2, end), fragment])))
}

/** A frame that asks for the store's revision: whoever answers has told all that it had. */
export const encodeProgress = (): Buffer => framed(part(3, Buffer.alloc(0)))

const BYTES = 2
const HEAD_BYTES = 5
const ZERO = Buffer.from([0])

/** The first key after all with the prefix: the last byte that is not 255 one higher. */
const endOf = (prefix: Buffer): Buffer => {
  const last = prefix.findLastIndex((byte) => byte !== 255)
  if (last === -1) return ZERO
  const end = Buffer.from(prefix.subarray(0, last + 1))
  end[last] = (end[last] ?? 0) + 1
  return end
}

const part = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | BYTES, ...varintOf(bytes.length)]), bytes])

const varintOf = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varintOf(value >>> 7)]

const framed = (message: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
