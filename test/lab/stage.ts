import { openChannel, type Channel } from './channel'
import { createPerson, type Person } from './channel-person'
import { startCluster, type LabCluster } from './cluster'
import type { Fault } from './fault'
import { inject } from './faults'
import { startRedis } from './redis'
import { startBot } from './stage-bot'
import { writeConfig } from './stage-config'
import { makeWeather, SHORT_TIMEOUTS, type Weather } from './stage-storms'

/** What the demo plays on: a cluster, a Slack, and the real built bot between them. */
export type Stage = {
  readonly cluster: LabCluster
  readonly channel: Channel
  readonly person: Person
  readonly weather: Weather
  /** The bot's. */
  readonly configFile: string
  /** Leaves no process and no file. */
  close(): Promise<void>
}

/** Clients that write, so that members have work to be late with. */
const LOAD: Fault = {
  kind: 'load',
  does: 'puts',
  workers: 2,
  valueBytes: 512,
  perSecond: 20,
}
const DAY_MS = 86_400_000

export type StageOptions = {
  /** Gets what happens on its own: a fault that ends, a bot in trouble. */
  readonly say: (text: string) => void
  /** For `storm timeouts`. */
  readonly hasShortTimeouts: boolean
  /** For `storm network`: a proxy between the members, which a busy machine makes slow. */
  readonly hasPeerProxy: boolean
}

export const setStage = async (options: StageOptions): Promise<Stage> => {
  const { say, hasPeerProxy, hasShortTimeouts } = options
  const opened: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    // The last opened first; what cannot be closed must not keep the rest open.
    for (const end of opened.splice(0).toReversed()) await end().catch(() => undefined)
  }
  try {
    const redis = await startRedis()
    opened.push(() => redis.close())
    const cluster = await startCluster({
      peerProxy: hasPeerProxy,
      ...(hasShortTimeouts && SHORT_TIMEOUTS),
    })
    opened.push(() => cluster.close())
    const channel = await openChannel()
    opened.push(() => channel.close())
    const configFile = writeConfig(cluster, channel.apiUrl)
    const weather = makeWeather({ cluster, onEnd: say })
    opened.push(() => weather.calm())
    const load = await inject(cluster, LOAD, { forMs: DAY_MS })
    opened.push(() => load.undo())
    const bot = await startBot({ configFile, redisUrl: redis.url, onTrouble: say })
    opened.push(() => bot.close())
    const person = createPerson({ ...bot, channel })
    return { cluster, channel, person, weather, configFile, close }
  } catch (error) {
    await close()
    throw error
  }
}
