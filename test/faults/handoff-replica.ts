import { createHanding } from '../../src/watch/handoff/handing'
import { daily, quietReport } from '../watch/handoff/shift'
import { announcingReplica } from './announcing-replica'

/**
 * A replica as far as shifts go, by a clock that runs fast. Arguments: the URLs of Redis and of Slack, when the test began
 * by its own clock (Unix ms), how fast time goes, the cron
 * line, and how far that clock is behind (ms). It ends with its parent.
 */
const [redisUrl = '', apiUrl = '', begun = '', speed = '1', cron = '', behind = '0'] =
  process.argv.slice(2)

const handoff = daily({ cron, timezone: 'UTC', draftMs: 20 * 60_000 })
const { store, announcer, log, say, begin } = announcingReplica({
  redisUrl,
  apiUrl,
  watched: { clusters: [], handoffs: [handoff] },
})
const handing = createHanding({
  handoffs: () => [handoff],
  store,
  report: async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return quietReport()
  },
  fallbackChannel: () => undefined,
  now: () => Number(begun) + (Date.now() - Number(behind) - Number(begun)) * Number(speed),
  decided: (lane, is) => {
    say({ decided: is })
    announcer.wake(lane)
  },
  fault: (error) => log.warn({ why: String(error) }, 'a turn failed'),
  leaseMs: 1000,
})

/** The ticks are tested elsewhere, and tell real time. */
const turn = async (): Promise<void> => {
  await store.replicas.beat()
  await handing.turn('daily')
  setTimeout(() => void turn(), 100)
}

begin(turn)
