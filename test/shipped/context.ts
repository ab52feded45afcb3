import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Copies what `docker build` would send: our .dockerignore names `*`, then folders and files that are let in (`!name`), then
 * paths that are not. Throws on a pattern that it does not know.
 */
export const copyContext = (project: string, to: string): void => {
  const lines = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines[0] !== '*' || lines.slice(1).some((line) => /[*?[]/.test(line)))
    throw new Error('.dockerignore: want `*` first and plain paths after it')
  const out = new Set(lines.slice(1).filter((line) => !line.startsWith('!')))
  for (const name of lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))) {
    if (!existsSync(join(project, name)))
      throw new Error(`.dockerignore lets in ${name}: not there`)
    mkdirSync(dirname(join(to, name)), { recursive: true })
    cpSync(join(project, name), join(to, name), {
      recursive: true,
      filter: (path) => !out.has(path.slice(project.length + 1)),
    })
  }
}

/** Every file of a folder, by its path in it. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  )

export const bytesIn = (folder: string): number =>
  filesIn(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
