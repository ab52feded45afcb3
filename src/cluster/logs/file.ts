import { open, type FileHandle } from 'node:fs/promises'
import type { Failure } from '../../diagnosis/facts'
import { failureOf } from '../failure'
import { filesOf, type NamedFile } from './glob'
import type { LineBatch, LineReader, Lines, LogFailure } from './batch'

/** One path or pattern, and the endpoint that it belongs to where that is configured. */
export type LogPath = { readonly path: string; readonly endpoint: string | undefined }

/**
 * Follows files from read to read. A file is known by its inode, so that a renamed one is read to its end before the new
 * one; a file that was cut at its start (copytruncate) is read from there again. Opens at the tail.
 */
export const createFileReader = (paths: readonly LogPath[]): LineReader => {
  const followed = new Map<string, Followed>()
  let fromTail = true
  const readOne = async (key: string, file: Followed, isLast: boolean): Promise<Lines> => {
    try {
      return { ...NOTHING, batches: await drain(file, { isLast, fromTail }) }
    } catch (error) {
      return {
        ...NOTHING,
        failures: [{ stream: file.path, endpoint: file.endpoint, why: reasonOf(error) }],
      }
    } finally {
      if (isLast) await forget(followed, key)
    }
  }
  return {
    read: async () => {
      const named = await Promise.all(paths.map(namedBy))
      const refused = await followAll(followed, named)
      const keys = new Set(named.flatMap(({ files }) => files.map(({ key }) => key)))
      const read: Lines[] = []
      for (const [key, file] of followed) read.push(await readOne(key, file, !keys.has(key)))
      fromTail = false
      return {
        batches: read.flatMap(({ batches }) => batches),
        failures: [...named, ...read].flatMap(({ failures }) => failures).concat(refused),
        tried: Math.max(paths.length, keys.size),
      }
    },
    close: async () => {
      for (const key of [...followed.keys()]) await forget(followed, key)
    },
  }
}

const NOTHING: Lines = { batches: [], failures: [], tried: 0 }

/** Opens the files that are new. Answers those that could not be opened. */
const followAll = async (
  followed: Map<string, Followed>,
  named: readonly Named[],
): Promise<readonly LogFailure[]> => {
  const failures: LogFailure[] = []
  for (const { path, files } of named)
    for (const file of files.filter(({ key }) => !followed.has(key))) {
      try {
        followed.set(file.key, await opened(file, path))
      } catch (error) {
        failures.push({ stream: file.path, endpoint: path.endpoint, why: reasonOf(error) })
      }
    }
  return failures
}

const opened = async ({ path }: NamedFile, { endpoint }: LogPath): Promise<Followed> => ({
  handle: await open(path, 'r'),
  path,
  endpoint,
  position: 0,
  mark: EMPTY,
  isNew: true,
})

type Followed = {
  readonly handle: FileHandle
  readonly path: string
  readonly endpoint: string | undefined
  /** Everything before it was read. Always the beginning of a line. */
  position: number
  /** The bytes before `position`: when they differ next time, it is another text in the same file. */
  mark: Buffer
  isNew: boolean
}

const EMPTY = Buffer.alloc(0)
const MARK_BYTES = 64

/** At most so much of a file is read at once; the rest is skipped, the newest kept. 4 MiB are some 15,000 lines. */
const MAX_READ_BYTES = 4 * 1024 * 1024
/** The start of a log holds the start lines, and with them the timeouts. */
const HEAD_BYTES = 64 * 1024

type Named = {
  readonly path: LogPath
  readonly files: readonly NamedFile[]
  readonly failures: readonly LogFailure[]
}

const namedBy = async (path: LogPath): Promise<Named> => {
  try {
    const files = await filesOf(path.path)
    return { path, files, failures: files.length === 0 ? [failureAt(path, NONE)] : [] }
  } catch (error) {
    return { path, files: [], failures: [failureAt(path, reasonOf(error))] }
  }
}

const NONE: Failure = { kind: 'other', text: 'no file is there' }

const failureAt = ({ path, endpoint }: LogPath, why: Failure): LogFailure => ({
  stream: path,
  endpoint,
  why,
})

const reasonOf = (error: unknown): Failure => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return NONE
  if (code === 'EACCES' || code === 'EPERM')
    return { kind: 'denied', text: 'the file may not be read by this user' }
  return failureOf(error)
}

const forget = async (followed: Map<string, Followed>, key: string): Promise<void> => {
  const file = followed.get(key)
  followed.delete(key)
  await file?.handle.close()
}

type Drain = {
  /** Nothing names it any more: what stands behind its last line break counts too. */
  readonly isLast: boolean
  readonly fromTail: boolean
}

/** What came since the last time. A new file begins with its head, for the start lines, unless all of it is read. */
const drain = async (
  file: Followed,
  { isLast, fromTail }: Drain,
): Promise<readonly LineBatch[]> => {
  const { size } = await file.handle.stat()
  const wasCut = !file.isNew && (size < file.position || !(await isSameText(file)))
  if (wasCut) file.position = 0
  const head = file.isNew && fromTail && size > MAX_READ_BYTES ? await headOf(file) : []
  const skipped = Math.max(0, size - file.position - MAX_READ_BYTES)
  const lines = await linesFrom(file, { from: file.position + skipped, to: size, isLast })
  const isPast = file.isNew && fromTail
  file.isNew = false
  const came = { lines, isPast, wasCut, skippedBytes: isPast ? 0 : skipped } // before us nothing was missed
  return [batchOf(file, { ...NONE_CAME, lines: head }), batchOf(file, came)].filter(isTelling)
}

type Came = Omit<LineBatch, 'stream' | 'endpoint'>

const NONE_CAME: Came = { lines: [], isPast: true, skippedBytes: 0, wasCut: false }

const batchOf = ({ path, endpoint }: Followed, came: Came): LineBatch => ({
  stream: path,
  endpoint,
  ...came,
})

const isTelling = ({ lines, skippedBytes, wasCut }: LineBatch): boolean =>
  lines.length > 0 || skippedBytes > 0 || wasCut

const isSameText = async ({ handle, position, mark }: Followed): Promise<boolean> =>
  mark.equals(await bytesOf(handle, position - mark.length, position))

const headOf = async ({ handle }: Followed): Promise<readonly string[]> => {
  const head = await bytesOf(handle, 0, HEAD_BYTES)
  return head
    .subarray(0, head.lastIndexOf(NEWLINE) + 1)
    .toString()
    .split('\n')
}

const NEWLINE = 10

type Range = { readonly from: number; readonly to: number; readonly isLast: boolean }

/** The whole lines of a range. One that is cut by its beginning is left out; one without an end waits for it. */
const linesFrom = async (
  file: Followed,
  { from, to, isLast }: Range,
): Promise<readonly string[]> => {
  const bytes = await bytesOf(file.handle, from, to)
  const start = from === file.position ? 0 : bytes.indexOf(NEWLINE) + 1
  const end = isLast ? bytes.length : endOf(bytes)
  if (end > 0) {
    file.position = from + end
    file.mark = Buffer.from(bytes.subarray(Math.max(0, end - MARK_BYTES), end))
  }
  return bytes.subarray(start, end).toString().split('\n').filter(Boolean)
}

/** A line longer than all that is read at once never gets an end: it is given up. */
const endOf = (bytes: Buffer): number => {
  const end = bytes.lastIndexOf(NEWLINE) + 1
  return end === 0 && bytes.length >= MAX_READ_BYTES ? bytes.length : end
}

const bytesOf = async (handle: FileHandle, from: number, to: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(Math.max(0, to - from))
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, Math.max(0, from))
  return bytes.subarray(0, bytesRead)
}
