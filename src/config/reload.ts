import { unwatchFile, watchFile } from 'node:fs'
import type { Config } from '../config'

export type ReloadDeps = {
  readonly file: string
  readonly load: (file: string) => Config
  /** How often the file is looked at, ms. Polled, because a mounted ConfigMap changes by swapping a link. */
  readonly everyMs: number
  readonly onTaken: (config: Config, before: Config) => void
  /** The old configuration stays. */
  readonly onRefused: (error: Error) => void
}

export type Reloading = {
  /** The configuration in force. */
  readonly config: () => Config
  /** What stands in the file and is not in force, for /readyz. */
  readonly troubles: () => readonly string[]
  /** Reads the file now, as on SIGHUP. */
  readonly reload: () => void
  readonly close: () => void
}

/** Follows a configuration file: a good new one takes over, a bad one is refused and said. Throws on a bad first one. */
export const followConfig = (deps: ReloadDeps): Reloading => {
  let current = deps.load(deps.file)
  let refused: Error | undefined
  const reload = (): void => {
    try {
      const before = current
      current = deps.load(deps.file)
      refused = undefined
      deps.onTaken(current, before)
    } catch (error) {
      refused = error as Error
      deps.onRefused(refused)
    }
  }
  watchFile(deps.file, { interval: deps.everyMs, persistent: false }, reload)
  return {
    config: () => current,
    troubles: () => (refused === undefined ? [] : [sentenceOf(refused)]),
    reload,
    close: () => unwatchFile(deps.file, reload),
  }
}

const sentenceOf = ({ message }: Error): string =>
  `Configuration: the one before stays in force: ${message.replaceAll(/\s+/g, ' ').slice(0, 500)}`
