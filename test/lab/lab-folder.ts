import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// With a space, so that every test also proves that paths are quoted.
const PREFIX = 'stormwatch lab '

/** A private folder of this process. Folders of processes that died without clearing up are removed on the way. */
export const makeLabFolder = (): string => {
  removeOrphans()
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

export const removeLabFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })

const removeOrphans = (): void => {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    if (Number.isInteger(owner) && !isAlive(owner)) removeLabFolder(join(tmpdir(), name))
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process is alive as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
