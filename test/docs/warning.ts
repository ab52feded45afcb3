import { createReadStream } from 'node:fs'
import { readTrace } from '../../src/cluster/trace/trace'
import type { Observation } from '../../src/diagnosis/facts'
import type { Message } from '../../src/slack/message/blocks'
import { newsOf } from '../../src/slack/storm/news'
import { stormMessage } from '../../src/slack/storm/blocks'
import { clusterConfig, stage } from '../watch/story'
import { pictureOf } from './picture'
import { named, STORM_TRACE } from './storm-trace'

/**
 * The first warning that the watcher posts over a recorded storm, as Slack gets it: a real leader was stopped for 2.5 s
 * again and again. The same at each call, since nothing but the recording goes in.
 */
export const warningMessage = async (): Promise<Message> => {
  const trace = await readTrace(createReadStream(STORM_TRACE))
  const on = stage({ show: () => ({}) })
  let now: Observation | undefined
  const watcher = on.watcherWith({
    now: () => now?.at ?? 0,
    observe: async (_, at) => {
      if (now === undefined) throw new Error('want a look of the recording, have none yet')
      return { ...named(now), at }
    },
  })
  for (const look of trace.looks) {
    now = look
    await watcher.lookAt(clusterConfig({ title: 'Production' }), new AbortController().signal)
    const warning = on.said.find(({ state, place }) => state === 'warning' && place === 'root')
    if (warning === undefined) continue
    const news = newsOf(JSON.parse(JSON.stringify(warning.announcement)))
    if (news !== undefined)
      return stormMessage(news, { lateMs: 0, mayRepeat: false, command: '/etcd' })
  }
  throw new Error(`want a warning as the root message over ${STORM_TRACE}, said: ${on.said.length}`)
}

/** `docs/warning.svg`. */
export const warningPicture = async (): Promise<string> =>
  pictureOf(await warningMessage(), { app: 'Stormwatch', at: '06:37' })
