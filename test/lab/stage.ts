import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHANNEL, openChannel, type Channel } from './channel'
import { createPerson, type Person } from './channel-person'
import { startCluster, type LabCluster } from './cluster'
import type { Fault } from './fault'
import { inject } from './faults'
import { startRedis } from './redis'
import { startBot } from './stage-bot'
import { makeWeather, type Weather } from './stage-storms'

/** What the demo plays on: a cluster, a Slack, and the real built bot between them. */
export type Stage = {
  readonly cluster: LabCluster
  readonly channel: Channel
  readonly person: Person
  readonly weather: Weather
  readonly configFile: string
  /** Leaves no process and no file. */
  close(): Promise<void>
}

/** Calm must last so long until the all clear: 15 min elsewhere. */
export const ALL_CLEAR_SECONDS = 45

/** Clients that write, so that members have work to be late with. */
const LOAD: Fault = {
  kind: 'load',
  does: 'puts',
  workers: 2,
  valueBytes: 512,
  perSecond: 20,
}
const DAY_MS = 86_400_000

/** `say` gets what happens on its own: a fault that ends, a bot in trouble. */
export const setStage = async (say: (text: string) => void): Promise<Stage> => {
  const opened: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    // The last opened first; what cannot be closed must not keep the rest open.
    for (const end of opened.splice(0).toReversed()) await end().catch(() => undefined)
  }
  try {
    const redis = await startRedis()
    opened.push(() => redis.close())
    const cluster = await startCluster({ peerProxy: true })
    opened.push(() => cluster.close())
    const channel = await openChannel()
    opened.push(() => channel.close())
    const weather = makeWeather(cluster, say)
    opened.push(() => weather.calm())
    const load = await inject(cluster, LOAD, { forMs: DAY_MS })
    opened.push(() => load.undo())
    const configFile = join(cluster.folder, 'clusters.yaml')
    await writeFile(configFile, configOf(cluster, channel))
    const bot = await startBot({ configFile, redisUrl: redis.url, onTrouble: say })
    opened.push(() => bot.close())
    const person = createPerson({ ...bot, channel })
    return { cluster, channel, person, weather, configFile, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** JSON is YAML, and quotes every path. */
const configOf = ({ members }: LabCluster, { apiUrl }: Channel): string =>
  JSON.stringify(
    {
      clusters: {
        demo: {
          title: 'The demo cluster',
          endpoints: members.map(({ endpoint }) => endpoint),
          logs: { file: Object.fromEntries(members.map((one) => [one.endpoint, one.logFile])) },
          channel: CHANNEL.id,
          limits: { allClearMs: ALL_CLEAR_SECONDS * 1000 },
        },
      },
      slack: { mode: 'http', host: '127.0.0.1', port: 0, apiUrl },
      health: { host: '127.0.0.1', port: 0 },
      watch: { every: '5s' },
      access: { viewers: ['*'], operators: ['*'] },
    },
    undefined,
    2,
  )
