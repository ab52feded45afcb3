import type { Config } from '../config'
import type { Answer } from '../diagnosis/answer'
import { countText } from '../diagnosis/quantity'
import { markdownAnswer } from './markdown'
import { readOptions, type Options } from './options'
import { printAnswer } from './print'

/** What the terminal needs of the rest, put together in main.ts. */
export type TerminalDeps = {
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: Sink
  readonly err: Sink
  readonly loadConfig: (file: string) => Config
  /** Answers a subcommand. `onProgress` gets a line while it takes a while. */
  readonly ask: (
    config: Config,
    words: readonly string[],
    onProgress: (line: string) => void,
  ) => Promise<Answer>
  /** Writes a trace of a cluster to standard output; resolves to how many looks are in it. */
  readonly record: (
    config: Config,
    wanted: {
      readonly cluster: string | undefined
      readonly for: string | undefined
      readonly every: string | undefined
      readonly onLook: (looks: number) => void
    },
  ) => Promise<number>
  /** All of standard input. */
  readonly readInput: () => Promise<string>
  /** Runs the watcher over a trace. Rejects when the file cannot be read. */
  readonly replay: (file: string) => Promise<Answer>
  /** Runs the bot until it is told to stop; resolves to the exit code. */
  readonly serve: (configFile: string) => Promise<number>
}

export type Sink = { readonly write: (text: string) => unknown; readonly isTTY?: boolean }

/** Exit codes of monitoring plugins. 3 also means that the request could not be carried out. */
const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const

/** One run of the program: the arguments without node's two. Resolves to the exit code; never rejects. */
export const runCli = async (args: readonly string[], deps: TerminalDeps): Promise<number> => {
  const parsed = readOptions(args)
  if (!parsed.ok) return complain(parsed.why, deps)
  const { options } = parsed
  if (options.version) return say(`stormwatch ${deps.version}\n`, deps)
  try {
    return await run(options, deps)
  } catch (error) {
    return complain((error as Error).message, deps)
  }
}

const run = async (options: Options, deps: TerminalDeps): Promise<number> => {
  const [command, ...rest] = options.words
  if (options.help || command === undefined) return say(usage(deps.version), deps)
  switch (command) {
    case 'check-config':
      return checkConfig(rest[0] ?? configFile(options, deps), deps)
    case 'serve':
      return deps.serve(configFile(options, deps))
    case 'record':
      return record(rest[0], options, deps)
    case 'replay':
      return replay(rest[0], options, deps)
    default:
      return answer(options, deps)
  }
}

const answer = async (options: Options, deps: TerminalDeps): Promise<number> => {
  const config = deps.loadConfig(configFile(options, deps))
  const progress = progressLine(deps.err)
  const words = options.stdin ? [...options.words, await deps.readInput()] : options.words
  const got = await deps.ask(config, words, progress.show)
  progress.clear()
  return print(got, options, deps)
}

/** A trace is bytes: on a terminal they would only hurt. */
const record = async (
  cluster: string | undefined,
  options: Options,
  deps: TerminalDeps,
): Promise<number> => {
  if (deps.out.isTTY === true)
    return complain(
      'A trace is a compressed file: stormwatch record CLUSTER --for 10m > FILE.ndjson.br',
      deps,
    )
  const config = deps.loadConfig(configFile(options, deps))
  const progress = progressLine(deps.err)
  const looks = await deps.record(config, {
    cluster,
    for: options.for,
    every: options.every,
    onLook: (count) => progress.show(`${countText(count, 'look')} recorded; Ctrl-C ends it`),
  })
  progress.clear()
  deps.err.write(`stormwatch: ${countText(looks, 'look')} recorded\n`)
  return EXIT.ok
}

const replay = async (
  file: string | undefined,
  options: Options,
  deps: TerminalDeps,
): Promise<number> => {
  if (file === undefined) return complain('Which trace? stormwatch replay FILE.ndjson.br', deps)
  return print(await deps.replay(file), options, deps)
}

const print = (got: Answer, options: Options, deps: TerminalDeps): number => {
  if (options.json) deps.out.write(`${jsonText(got.json)}\n`)
  else if (options.markdown || isReport(got, options)) deps.out.write(markdownAnswer(got))
  else deps.out.write(printAnswer(got, { colour: wantsColour(deps) }))
  return EXIT[got.severity]
}

/** JSON leaves some control characters as they are, and a terminal may obey them: a member may be named anything. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(
    /[\u007F-\u009F\p{Bidi_Control}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A handoff goes into a ticket; what is wrong with the asking does not. */
const isReport = ({ tables }: Answer, { words }: Options): boolean =>
  words[0] === 'handoff' && tables.length > 0

const checkConfig = (file: string, deps: TerminalDeps): number => {
  const { clusters } = deps.loadConfig(file)
  const each = clusters.map((one) => `${one.name} (${countText(one.endpoints.length, 'endpoint')})`)
  return say(
    `${file} is good: ${countText(clusters.length, 'cluster')}: ${each.join(', ')}\n`,
    deps,
  )
}

const configFile = (options: Options, { env }: TerminalDeps): string =>
  options.config ?? env['STORMWATCH_CONFIG'] ?? 'clusters.yaml'

const wantsColour = ({ out, env }: TerminalDeps): boolean =>
  out.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'

/** One line on a terminal's stderr, overwritten by the next and wiped at the end. Nothing when piped. */
const progressLine = (err: Sink): { show: (line: string) => void; clear: () => void } => {
  const wipe = '\r\u001b[K'
  return {
    show: (line) => void (err.isTTY === true && err.write(`${wipe}${line}`)),
    clear: () => void (err.isTTY === true && err.write(wipe)),
  }
}

const say = (text: string, { out }: TerminalDeps): number => {
  out.write(text)
  return EXIT.ok
}

const complain = (text: string, { err }: TerminalDeps): number => {
  err.write(`stormwatch: ${text}\n`)
  return EXIT.unknown
}

const usage = (
  version: string,
): string => `stormwatch ${version}: watches etcd clusters for election storms; it only reads

  stormwatch status [CLUSTER]        the state in one sentence, members, what is wrong, what to do
  stormwatch clusters                the fleet
  stormwatch help                    every subcommand, as in Slack
  stormwatch diagnose [CLUSTER] [S]  what shakes it, on which member; watches for 20 s, or S seconds up to 30
  stormwatch writers [CLUSTER] [S]   who writes: watches the keys for 10 s, or S up to 30 (--prefix P, --force)
  stormwatch explain TEXT            an error or log line, decoded (--stdin: from standard input)
  stormwatch handoff [CLUSTER…] [H]  the last 12 hours, or H, for the next on call, as Markdown
                                     (--from TIME, --to TIME: a past shift)
  stormwatch compare CLUSTER WINDOW  did the fix work? the last WINDOW against the one before
                                     (--since TIME: before and after it)
  stormwatch note CLUSTER TEXT       a line for the next handoff
  stormwatch record CLUSTER > FILE   writes a trace (--for 10m, --every 2s)
  stormwatch replay FILE             runs the watcher over a recorded trace
  stormwatch check-config FILE       tests a configuration
  stormwatch serve                   runs the Slack bot

  --config FILE, -c   the configuration (default: $STORMWATCH_CONFIG, else ./clusters.yaml)
  --json              the answer for programs
  --markdown          the answer for tickets and mail
  --help, -h          this text
  --version, -V       the version

handoff, compare, note, storms, baseline and silences tell what a bot has kept: they need REDIS_URL, or a bot with a
private Redis on this machine.

Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown or cannot run.
`
