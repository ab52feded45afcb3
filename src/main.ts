#!/usr/bin/env node
import { open } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { dispatch, isOfPast } from '../commands/dispatch'
import { createJournal } from './cluster/logs/journal'
import { createObserver } from './cluster/observe'
import { readTrace, type Trace } from './cluster/trace/trace'
import { createWriters } from './cluster/writes/writers'
import type { Config } from './config'
import { defaultLimits, loadConfig } from './config/load'
import { durationMs } from './config/quantities'
import { packageVersion } from './package'
import { openPast } from './past'
import { recordTrace } from './recording'
import { serve } from './serve/serve'
import { runCli } from './terminal/cli'
import { toolsOf } from './tools'
import { replay } from './watch/replay'
import { replayAnswer } from './watch/replay-answer'

/** The composition root: the one place that knows every part, the clock and the environment. */
const main = async (): Promise<number> => {
  const { env, stdout, stderr, argv } = process
  stdout.on('error', endQuietly)
  process.noDeprecation = true // gRPC dials members by IP over TLS; its warning (DEP0123) tells our users nothing
  const version = packageVersion()
  return runCli(argv.slice(2), {
    version,
    env,
    out: stdout,
    err: stderr,
    loadConfig: (file) => loadConfig(file, env),
    ask: async (config, words, onProgress) => {
      const observer = createObserver()
      const journal = createJournal()
      const writers = createWriters()
      const asked = {
        by: env['USER'] ?? 'terminal',
        may: () => true, // whoever runs the program holds its credentials
        onProgress,
        signal: new AbortController().signal,
      }
      const past = isOfPast(words) ? await openPast(config, env) : undefined
      const { observe } = observer
      const tools = toolsOf({
        config: () => config,
        observe,
        journal,
        writers,
        version,
        history: past?.history,
      })
      try {
        return (await dispatch(words, asked, tools)).answer
      } finally {
        await Promise.all([observer.close(), journal.close(), writers.close(), past?.close()])
      }
    },
    record: (config, wanted) =>
      recordTrace({ ...recordingOf(config, wanted), onLook: wanted.onLook }, stdout),
    readInput: () => text(process.stdin),
    replay: async (file) => replayAnswer(replay(await traceIn(file), defaultLimits()), file),
    serve: async (configFile) => {
      const code = await serve({ configFile, env, version })
      // All is closed: a call to a Slack that hangs must not hold the process for its 5 s
      setTimeout(() => process.exit(code), ENDING_MS).unref()
      return code
    },
  })
}

const ENDING_MS = 200

type Wanted = Readonly<Record<'cluster' | 'for' | 'every', string | undefined>>

/** What `record` is asked for, or an error that says how to ask. */
const recordingOf = ({ clusters }: Config, wanted: Wanted) => {
  const cluster =
    clusters.find(({ name }) => name === wanted.cluster) ??
    (wanted.cluster === undefined && clusters.length === 1 ? clusters[0] : undefined)
  if (cluster === undefined)
    throw new Error(
      `Which cluster to record? Clusters: ${clusters.map(({ name }) => name).join(', ')}`,
    )
  return {
    cluster,
    forMs: spanOf('--for', wanted.for ?? '10m'),
    everyMs: spanOf('--every', wanted.every ?? '2s'),
  }
}

const spanOf = (option: string, written: string): number => {
  const ms = durationMs(written)
  if (ms === undefined || ms < 100)
    throw new Error(`${option} needs a duration such as 2s or 10m, have ${written}`)
  return ms
}

const traceIn = async (file: string): Promise<Trace> => {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`Cannot read the trace ${file}: ${cause.code ?? cause.message}`, { cause })
  })
  return readTrace(handle.createReadStream())
}

/** `stormwatch status | head -1` closes our output early: that is no failure. */
const endQuietly = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

void main().then((code) => {
  process.exitCode = code
})
