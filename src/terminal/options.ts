import { parseArgs } from 'node:util'

/** What the command line asks for. `words` are the subcommand and its words. */
export type Options = {
  readonly words: readonly string[]
  readonly json: boolean
  readonly config: string | undefined
  readonly help: boolean
  readonly version: boolean
}

export type Parsed =
  { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly why: string }

const KNOWN = {
  json: { type: 'boolean' },
  config: { type: 'string', short: 'c' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const

/** Reads the options that every subcommand has. An unknown option is named, with those that there are. */
export const readOptions = (args: readonly string[]): Parsed => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: KNOWN,
      allowPositionals: true,
    })
    return {
      ok: true,
      options: {
        words: positionals,
        json: values.json ?? false,
        config: values.config,
        help: values.help ?? false,
        version: values.version ?? false,
      },
    }
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ', 1)
    const known = Object.keys(KNOWN).map((name) => `--${name}`)
    return { ok: false, why: `${sentence}. Options: ${known.join(', ')}.` }
  }
}
