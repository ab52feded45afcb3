/** Writes numbers and texts one after the other. Varints: 7 bits a byte, whole numbers from 0 to 2^53. */
export type Writer = {
  readonly count: (value: number) => void
  readonly text: (value: string) => void
  readonly bytes: () => Buffer
}

export const createWriter = (): Writer => {
  let buffer = Buffer.allocUnsafe(4096)
  let at = 0
  const need = (more: number): void => {
    if (at + more <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + more))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  const count = (value: number): void => {
    need(8)
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) + 128
    buffer[at++] = rest
  }
  return {
    count,
    text: (value) => {
      const length = Buffer.byteLength(value)
      count(length)
      need(length)
      at += buffer.write(value, at)
    },
    bytes: () => buffer.subarray(0, at),
  }
}

/** Reads what a writer wrote. Throws at the end, and at what no writer writes. */
export type Reader = { readonly count: (max?: number) => number; readonly text: () => string }

export const createReader = (buffer: Buffer): Reader => {
  let at = 0
  const count = (max = Number.MAX_SAFE_INTEGER): number => {
    let value = 0
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = buffer[at++]
      if (byte === undefined) throw new Error('Cannot read a chunk: it ends too early')
      value += (byte & 127) * scale
      if (byte < 128) return within(value, max)
    }
    throw new Error('Cannot read a chunk: a number is too long')
  }
  return {
    count,
    text: () => {
      const length = count(buffer.length)
      const text = buffer.toString('utf8', at, at + length)
      at += length
      return text
    },
  }
}

const within = (value: number, max: number): number => {
  if (value <= max) return value
  throw new Error(`Cannot read a chunk: need at most ${max}, have ${value}`)
}
