/**
 * Memory that a page is written on as it comes, and that the next page gets: 160 KB anew for each of a hundred pages a
 * second is memory that the kernel has to clear and to map each time.
 */
export type Sheet = {
  /** Copies the chunk. False: the page is larger than it may be. */
  readonly add: (chunk: Buffer) => boolean
  /** All that was added. Another's after `giveBack`. */
  readonly written: () => Buffer
  readonly giveBack: () => void
}

export const SHEET_MAX_BYTES = 8 << 20

/** It takes no memory before the first chunk. */
export const takeSheet = (): Sheet => {
  let bytes: Buffer | undefined
  let size = 0
  return {
    add: (chunk) => {
      if (size + chunk.length > SHEET_MAX_BYTES) return false
      bytes ??= spare.pop() ?? Buffer.allocUnsafeSlow(USUAL_BYTES)
      if (size + chunk.length > bytes.length) bytes = larger(bytes, size + chunk.length)
      size += chunk.copy(bytes, size)
      return true
    },
    written: () => bytes?.subarray(0, size) ?? NOTHING,
    giveBack: () => {
      if (bytes !== undefined && bytes.length <= KEPT_BYTES && spare.length < KEPT)
        spare.push(bytes)
      bytes = undefined
      size = 0
    },
  }
}

/** A page of etcd is 160 to 250 KB. */
const USUAL_BYTES = 256 * 1024
/** Of pages that come side by side: 16 at most, 8 MB. */
const KEPT = 16
const KEPT_BYTES = 512 * 1024

const NOTHING = Buffer.alloc(0)
const spare: Buffer[] = []

const larger = (bytes: Buffer, least: number): Buffer => {
  const grown = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, least))
  bytes.copy(grown)
  return grown
}
