import { dispatch } from '../../commands/dispatch'
import { createJournal } from '../../src/cluster/logs/journal'
import { createObserver } from '../../src/cluster/observe'
import { createWriters } from '../../src/cluster/writes/writers'
import { loadConfig } from '../../src/config/load'
import { openPast } from '../../src/past'
import { wordsOf } from '../../src/slack/asking/request'
import { toolsOf } from '../../src/tools'

/** The subcommands as the bot runs them, in this process: a program for each of thirty would take a minute more. */
export type SlackStage = {
  /** What somebody types behind the slash command. Resolves to what is wrong with it, or undefined. */
  readonly complaint: (text: string) => Promise<string | undefined>
  readonly close: () => Promise<void>
}

export const openSlackStage = async (configFile: string, redisUrl: string): Promise<SlackStage> => {
  const env = { REDIS_URL: redisUrl }
  const config = loadConfig(configFile, env)
  const parts = { journal: createJournal(), writers: createWriters() }
  const observer = createObserver()
  const past = await openPast(config, env)
  const { observe } = observer
  const { history } = past
  const tools = toolsOf({ ...parts, config: () => config, observe, version: 'docs', history })
  const asker = {
    by: 'U024BE7LH',
    may: () => true,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  }
  return {
    complaint: async (text) => {
      const { answer } = await dispatch(wordsOf(text).words, asker, tools)
      const { json, headline } = answer
      return typeof json === 'object' && json !== null && 'error' in json ? headline : undefined
    },
    close: async () => {
      await Promise.all([
        observer.close(),
        past.close(),
        ...Object.values(parts).map((p) => p.close()),
      ])
    },
  }
}
