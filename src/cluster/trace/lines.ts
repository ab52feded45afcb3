import { PassThrough } from 'node:stream'
import type { Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createBrotliDecompress } from 'node:zlib'

/** Where reading stopped, and why. `line` counts from 1. */
export type Damage = { readonly line: number; readonly why: string }

/** Takes the lines of a trace in order. */
export type Book = {
  /** Takes the next line; returns why it cannot be read. */
  readonly add: (line: string) => string | undefined
  /** How many it was given. */
  readonly lines: () => number
}

/** In pieces of any size. */
export type Bytes = AsyncIterable<Uint8Array> | Uint8Array

/** Bytes → lines → book. Returns what stopped it; every line before that is in the book. */
export const readLines = async (book: Book, bytes: Bytes): Promise<Damage | undefined> => {
  const source = chunksOf(bytes)
  const first = await nextChunk(source)
  if (first === undefined) return { line: 1, why: 'the file is empty' }
  const reader = lineReader(book)
  // Not by iterating: a decoder that fails would throw away what it had decoded
  const decoder = isPlain(first) ? new PassThrough() : createBrotliDecompress()
  const decoded = new Promise<Damage | undefined>((resolve) => {
    decoder.on('data', (chunk: Buffer) => {
      if (reader.read(chunk) !== undefined) decoder.destroy()
    })
    decoder.on('error', (error) => resolve(reader.stopped() ?? torn(book, error)))
    decoder.on('close', () => resolve(reader.stopped()))
    decoder.on('end', () => resolve(reader.end()))
  })
  const sent = send(source, first, decoder)
  const [damage, unread] = await Promise.all([decoded, sent])
  return damage ?? (unread === undefined ? undefined : torn(book, unread))
}

const torn = (book: Book, error: unknown): Damage => ({
  line: book.lines() + 1,
  why:
    book.lines() === 0
      ? `not a trace: neither brotli nor text that begins with a header (${textOf(error)})`
      : `the file is torn: ${textOf(error)}`,
})

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Brotli gives out what it decoded when it wants more input: small pieces lose little to what follows them. */
const PIECE_BYTES = 4096

async function* chunksOf(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes)
    for (let at = 0; at < chunk.length; at += PIECE_BYTES)
      yield chunk.subarray(at, at + PIECE_BYTES)
}

const nextChunk = async (source: AsyncGenerator<Uint8Array>): Promise<Uint8Array | undefined> => {
  const { done, value } = await source.next()
  return done === true ? undefined : value
}

/** Returns why the source could not be read to its end. */
const send = async (
  source: AsyncGenerator<Uint8Array>,
  first: Uint8Array,
  decoder: Transform,
): Promise<unknown> => {
  try {
    decoder.write(first)
    for await (const chunk of source) {
      if (decoder.destroyed) return undefined
      if (!decoder.write(chunk)) await drained(decoder)
    }
    decoder.end()
    return undefined
  } catch (error) {
    decoder.destroy()
    return error
  }
}

const drained = (decoder: Transform): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      decoder.off('drain', done).off('close', done)
      resolve()
    }
    decoder.on('drain', done).on('close', done)
  })

/** Traces are brotli; text that begins as a header does is taken as it is. */
const isPlain = (first: Uint8Array): boolean => first[0] === 0x7b // {

type LineReader = {
  readonly read: (chunk: Buffer) => Damage | undefined
  readonly end: () => Damage | undefined
  readonly stopped: () => Damage | undefined
}

/** Cuts text into lines for the book until one cannot be read. */
const lineReader = (book: Book): LineReader => {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let damage: Damage | undefined
  const add = (line: string): void => {
    if (damage !== undefined) return
    const why = book.add(line)
    if (why !== undefined) damage = { line: book.lines(), why }
  }
  return {
    read: (chunk) => {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(add)
      return damage
    },
    end: () => {
      const last = rest + decoder.end()
      if (last !== '') add(last)
      return damage
    },
    stopped: () => damage,
  }
}
