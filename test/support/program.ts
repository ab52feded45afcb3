import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../src/package'
import { until } from './face'

/** One line of the program's log. */
export type LogLine = Readonly<Record<string, unknown>>

export type Program = {
  readonly log: readonly LogLine[]
  readonly stderr: () => string
  readonly pid: number
  readonly configFile: string
  /** The first line of this event; resolves when it is there. */
  readonly event: (name: string, withinMs?: number) => Promise<LogLine>
  readonly signal: (signal: NodeJS.Signals) => void
  readonly exited: Promise<number | null>
  /** Ends it at once and removes its folder. */
  readonly close: () => Promise<void>
}

export const BOT_SECRETS = {
  SLACK_BOT_TOKEN: 'xoxb-canary-bot-token-1234567890',
  SLACK_SIGNING_SECRET: 'canary0signing0secret0abcdef',
  SLACK_APP_TOKEN: 'xapp-canary-app-token-1234567890',
}

/** The real program, `stormwatch serve`, from the sources, with this configuration. */
export const startServe = (yaml: string, env: Readonly<Record<string, string>> = {}): Program => {
  const folder = mkdtempSync(join(tmpdir(), 'storm serve '))
  const configFile = join(folder, 'clusters.yaml')
  writeFileSync(configFile, yaml)
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', 'serve', '--config', configFile],
    {
      cwd: packageRoot(),
      env: { PATH: process.env['PATH'], ...BOT_SECRETS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const log: LogLine[] = []
  let stderr = ''
  createInterface({ input: child.stdout }).on('line', (line) =>
    log.push(JSON.parse(line) as LogLine),
  )
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    log,
    stderr: () => stderr,
    pid: child.pid ?? 0,
    configFile,
    event: async (name, withinMs = 20_000) => {
      const find = (): LogLine | undefined => log.find((line) => line['event'] === name)
      await until(() => find() !== undefined || child.exitCode !== null, withinMs)
      const line = find()
      if (line === undefined)
        throw new Error(`want the event ${name}, the program said ${JSON.stringify(log)} ${stderr}`)
      return line
    },
    signal: (signal) => void child.kill(signal),
    exited,
    close: async () => {
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
