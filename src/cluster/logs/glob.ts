import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A file that a path or pattern names now. `key` stays the same when the file is renamed. */
export type NamedFile = {
  readonly path: string
  readonly key: string
  readonly size: number
  readonly changedAt: number
}

/**
 * The regular files that a path names; `*` and `?` stand for any letters within one name. The newest first, at most
 * `MAX_FILES`; compressed ones are left out. Rejects as the file system does when a path without a pattern cannot be read.
 */
export const filesOf = async (pattern: string): Promise<readonly NamedFile[]> => {
  if (!isPattern(pattern)) return regular([await lookAt(pattern)])
  const paths = await expand(pattern)
  const looked = await Promise.allSettled(
    paths.filter((path) => !COMPRESSED.test(path)).map((path) => lookAt(path)),
  )
  const files = regular(looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
  return files.toSorted((a, b) => b.changedAt - a.changedAt).slice(0, MAX_FILES)
}

/** Rotation keeps a handful; a pattern that matches hundreds was not meant for one member. */
const MAX_FILES = 16
/** Names of one folder that are looked at. */
const MAX_NAMES = 10_000
const COMPRESSED = /\.(gz|bz2|xz|zst|zip)$/

const isPattern = (path: string): boolean => /[*?]/.test(path)

type Looked = NamedFile & { readonly isFile: boolean }

const lookAt = async (path: string): Promise<Looked> => {
  const found = await stat(path)
  const { dev, ino, size, mtimeMs } = found
  return { path, key: `${dev}:${ino}`, size, changedAt: mtimeMs, isFile: found.isFile() }
}

/** Two names of one file, as kubelet's links have, are one. */
const regular = (files: readonly Looked[]): readonly NamedFile[] => {
  const byKey = new Map(files.filter(({ isFile }) => isFile).map((file) => [file.key, file]))
  return [...byKey.values()]
}

const expand = async (pattern: string): Promise<readonly string[]> => {
  const folder = dirname(pattern)
  const folders = isPattern(folder) ? await expand(folder) : [folder]
  const name = nameExpression(pattern.slice(folder.length).replace(/^\//, ''))
  const found = await Promise.all(folders.map((one) => namesIn(one, name)))
  return found.flat().slice(0, MAX_NAMES)
}

const namesIn = async (folder: string, name: RegExp): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => []) // a folder that is not there holds no match
  return names.filter((one) => name.test(one)).map((one) => join(folder, one))
}

const nameExpression = (pattern: string): RegExp => {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}
