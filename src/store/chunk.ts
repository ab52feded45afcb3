import { promisify } from 'node:util'
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib'
import { createReader, createWriter } from './bytes'
import type { Reader, Writer } from './bytes'
import { readColumn, writeColumn } from './columns'
import type { Value } from './columns'
import { KINDS, LAYOUTS, emptyRows, rowsOf, sampleOf } from './rows'
import type { Kind, Rows, Sample } from './rows'

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

/** First byte of every chunk. */
const VERSION = 1
/** What no chunk of ours passes: a bomb ends here. */
const MAX_BYTES = 16 * 1024 * 1024
const MAX_QUICK_BYTES = 4096
const MAX_LOOKS = 5000
const MAX_THINGS = 5000
const MAX_FIELDS = 2000
const MAX_CELLS = 2_000_000

export const packSamples = (samples: readonly Sample[]): Promise<Buffer> =>
  pack(samples.map(rowsOf))

/** Undefined: not a chunk of ours. */
export const unpackSamples = async (
  chunk: Buffer | null | undefined,
): Promise<readonly Sample[] | undefined> => {
  const samples = (await unpack(chunk))?.map(sampleOf)
  return samples?.every((sample) => sample !== undefined) ? samples : undefined
}

/**
 * Looks as columns: the fields of a kind of thing are named once, then each thing's values follow look by look. Numbers
 * of gains and links, and of times taken, are kept to 2 %; packing again what was unpacked loses nothing more.
 */
export const pack = async (looks: readonly Rows[]): Promise<Buffer> => {
  const out = createWriter()
  out.count(looks.length)
  for (const kind of KINDS) writeTable(out, looks, kind)
  const packed = looks.length === 1 ? quick(out.bytes()) : await small(out.bytes())
  return Buffer.concat([Buffer.of(VERSION), packed])
}

const paramsOf = (bytes: Buffer, quality: number, windowBits: number) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: windowBits,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  },
})

/** One look waits half an hour to be packed with others: 0.05 ms, where the thread pool costs 0.5. */
const quick = (bytes: Buffer): Buffer => brotliCompressSync(bytes, paramsOf(bytes, 2, 14))

const small = (bytes: Buffer): Promise<Buffer> => compress(bytes, paramsOf(bytes, 5, 18))

export const unpack = async (
  chunk: Buffer | null | undefined,
): Promise<readonly Rows[] | undefined> => {
  if (!chunk || chunk[0] !== VERSION) return undefined
  try {
    const input = createReader(await inflated(chunk.subarray(1)))
    const looks = Array.from({ length: input.count(MAX_LOOKS) }, emptyRows)
    for (const kind of KINDS) readTable(input, looks, kind)
    return looks
  } catch {
    return undefined
  }
}

/** A single look is 2 KB: here and now, as it was packed. */
const inflated = (bytes: Buffer): Buffer | Promise<Buffer> =>
  bytes.length > MAX_QUICK_BYTES
    ? decompress(bytes, { maxOutputLength: MAX_BYTES })
    : brotliDecompressSync(bytes, { maxOutputLength: MAX_BYTES / 16 })

const writeTable = (out: Writer, looks: readonly Rows[], kind: Kind): void => {
  const things = thingsIn(looks, kind)
  const rows = things.flatMap((thing) => looks.map((look) => look[kind].get(thing)))
  const seen: boolean[] = []
  for (const row of rows) row?.forEach((_, id) => (seen[id] = true))
  out.count(things.length)
  for (const thing of things) out.text(thing)
  out.count(seen.reduce((count) => count + 1, 0))
  const values: Value[] = []
  seen.forEach((_, id) => {
    for (let i = 0; i < rows.length; i++) values[i] = rows[i]?.[id]
    const path = LAYOUTS[kind].pathOf(id)
    out.text(path)
    writeColumn(out, values, isRough(kind, path))
  })
}

const thingsIn = (looks: readonly Rows[], kind: Kind): readonly string[] => {
  const things = new Set<string>()
  for (const look of looks) for (const thing of look[kind].keys()) things.add(thing)
  return [...things]
}

const readTable = (input: Reader, looks: readonly Rows[], kind: Kind): void => {
  const things = Array.from({ length: input.count(MAX_THINGS) }, input.text)
  const length = things.length * looks.length
  if (length > MAX_CELLS) throw new Error(`Cannot read a chunk: ${length} rows`)
  for (let fields = input.count(MAX_FIELDS); fields > 0; fields--) {
    const id = LAYOUTS[kind].idOf(safe(input.text()))
    readColumn(input, length).forEach((value, i) => {
      if (value === undefined) return
      const rows = looks[i % looks.length]?.[kind]
      const thing = things[Math.floor(i / looks.length)] ?? ''
      const row = rows?.get(thing) ?? []
      if (row.length === 0) rows?.set(thing, row)
      row[id] = value
    })
  }
}

/** A name that changes objects is no field; nor is one that is not of letters, which would fill the layout. */
const safe = (path: string): string => {
  const isUnsafe = /(^|\.)(__proto__|constructor|prototype)(\.|$)/.test(path)
  if (/^\w+(\.\w+){0,4}$/.test(path) && path.length <= 60 && !isUnsafe) return path
  throw new Error('Cannot read a chunk: a field has no name of ours')
}

/** Counts over a time, and how long an answer took. State (terms, indexes, sizes, starts) stays exact. */
const isRough = (kind: Kind, path: string): boolean =>
  kind === 'link' ||
  path.startsWith('gain.') ||
  path.endsWith('tookMs') ||
  path === 'gcPauseMaxSeconds'
