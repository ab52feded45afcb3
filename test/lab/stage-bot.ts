import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { nap } from './rounds'

/** The built program, as it is installed. */
export const PROGRAM = resolve(__dirname, '../../dist/src/main.js')

/** `stormwatch serve` in a process of its own. */
export type Bot = {
  /** Where it takes Slack's requests. */
  readonly port: number
  readonly signingSecret: string
  close(): Promise<void>
}

export type BotOptions = {
  readonly configFile: string
  readonly redisUrl: string
  /** Errors of its log, and its end when nobody asked for it: a sentence each. */
  readonly onTrouble: (text: string) => void
}

type LogLine = Readonly<Record<string, unknown>>

const STARTS_WITHIN_MS = 30_000
const ENDS_WITHIN_MS = 3000
/** pino's level of errors. */
const ERROR = 50

/** Starts the bot with secrets made up for this run. It dies with this process, however that ends. */
export const startBot = async (options: BotOptions): Promise<Bot> => {
  const signingSecret = randomBytes(16).toString('hex')
  const child = launch(options, signingSecret)
  let complaint = ''
  child.stderr?.on(
    'data',
    (part: Buffer) => (complaint = (complaint + part.toString()).slice(-2000)),
  )
  let isAsked = false
  const exited = new Promise<void>((done) => {
    child.once('error', () => done())
    child.once('exit', () => done())
  })
  const port = portOf(child, options.onTrouble)
  const close = async (): Promise<void> => {
    isAsked = true
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    await exited
    clearTimeout(impatient)
  }
  const ended = exited.then(() => 'ended' as const)
  const first = await Promise.race([port, ended, nap(STARTS_WITHIN_MS).then(() => 'late' as const)])
  if (typeof first === 'string') {
    await close()
    throw new Error(
      `Cannot start the bot: it ${first === 'late' ? 'is late' : 'ended'}\n${complaint}`,
    )
  }
  void exited.then(() => {
    if (!isAsked) options.onTrouble(`The bot has ended. Its last words: ${complaint || 'none'}`)
  })
  return { port: first, signingSecret, close }
}

/** A session of its own: Ctrl-C on a terminal reaches only us. */
const launch = ({ configFile, redisUrl }: BotOptions, signingSecret: string): ChildProcess =>
  spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', process.execPath, PROGRAM, 'serve', '--config', configFile],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      // Nothing else of the environment: no real token may reach a bot that plays.
      env: {
        PATH: process.env['PATH'],
        REDIS_URL: redisUrl,
        SLACK_BOT_TOKEN: `xoxb-${randomBytes(16).toString('hex')}`,
        SLACK_SIGNING_SECRET: signingSecret,
      },
    },
  )

/** Resolves when the log says that it runs. */
const portOf = (child: ChildProcess, onTrouble: (text: string) => void): Promise<number> =>
  new Promise((found) => {
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = lineIn(text)
      if (line['event'] === 'started') found(Number(line['slackPort']))
      if (Number(line['level']) >= ERROR) onTrouble(`The bot's log: ${troubleIn(line)}`)
    })
  })

const lineIn = (text: string): LogLine => {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: ERROR, msg: text }
  }
}

const troubleIn = ({ msg, why }: LogLine): string =>
  [msg, why].filter((part) => typeof part === 'string').join(': ')
