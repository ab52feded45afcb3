import { parseArgs } from 'node:util'

/** What the command line asks for. `words` are the subcommand and its words. */
export type Options = {
  readonly words: readonly string[]
  readonly json: boolean
  readonly config: string | undefined
  /** `record`: how long, and how often; as written. */
  readonly for: string | undefined
  readonly every: string | undefined
  /** As Markdown; a handoff always is. */
  readonly markdown: boolean
  /** `explain`: the text comes from standard input. */
  readonly stdin: boolean
  readonly help: boolean
  readonly version: boolean
}

export type Parsed =
  { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly why: string }

const KNOWN = {
  json: { type: 'boolean' },
  config: { type: 'string', short: 'c' },
  for: { type: 'string' },
  every: { type: 'string' },
  markdown: { type: 'boolean' },
  stdin: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const

/** Options of a subcommand of its own: it gets them as they were written, as from Slack. */
const PASSED = {
  hours: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  since: { type: 'string' },
  prefix: { type: 'string' },
  force: { type: 'boolean' },
} as const

/** Reads the options that every subcommand has. An unknown option is named, with those that there are. */
export const readOptions = (args: readonly string[]): Parsed => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...KNOWN, ...PASSED },
      allowPositionals: true,
    })
    return {
      ok: true,
      options: {
        words: [...positionals, ...passed(values)],
        json: values.json ?? false,
        config: values.config,
        for: values.for,
        every: values.every,
        markdown: values.markdown ?? false,
        stdin: values.stdin ?? false,
        help: values.help ?? false,
        version: values.version ?? false,
      },
    }
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ', 1)
    const known = Object.keys({ ...KNOWN, ...PASSED }).map((name) => `--${name}`)
    return { ok: false, why: `${sentence}. Options: ${known.join(', ')}.` }
  }
}

const passed = (
  values: Partial<Record<keyof typeof PASSED, string | boolean>>,
): readonly string[] =>
  (Object.keys(PASSED) as (keyof typeof PASSED)[]).flatMap((name) => {
    const value = values[name]
    if (typeof value === 'string') return [`--${name}=${value}`]
    return value === true ? [`--${name}`] : []
  })
