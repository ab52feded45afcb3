#!/usr/bin/env node
import { open } from 'node:fs/promises'
import { dispatch } from '../commands/dispatch'
import { createObserver } from './cluster/observe'
import { readTrace, type Trace } from './cluster/trace'
import { defaultLimits, loadConfig } from './config/load'
import { packageVersion } from './package'
import { serve } from './serve'
import { runCli } from './terminal/cli'
import { toolsOf } from './tools'
import { replay } from './watch/replay'
import { replayAnswer } from './watch/replay-answer'

/** The composition root: the one place that knows every part, the clock and the environment. */
const main = async (): Promise<number> => {
  const { env, stdout, stderr, argv } = process
  stdout.on('error', endQuietly)
  const version = packageVersion()
  return runCli(argv.slice(2), {
    version,
    env,
    out: stdout,
    err: stderr,
    loadConfig: (file) => loadConfig(file, env),
    ask: async (config, words, onProgress) => {
      const observer = createObserver()
      const asked = {
        may: () => true, // whoever runs the program holds its credentials
        onProgress,
        signal: new AbortController().signal,
      }
      const tools = toolsOf({ config: () => config, observe: observer.observe, version })
      try {
        return (await dispatch(words, asked, tools)).answer
      } finally {
        await observer.close()
      }
    },
    replay: async (file) => replayAnswer(replay(await traceIn(file), defaultLimits()), file),
    serve: (configFile) => serve({ configFile, env, version }),
  })
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
