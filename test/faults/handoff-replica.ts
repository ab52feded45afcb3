import { randomUUID } from 'node:crypto'
import type { Config } from '../../src/config'
import { createAnnouncing } from '../../src/slack/posting/announcing'
import { openStore } from '../../src/store/store'
import { createHanding } from '../../src/watch/handoff/handing'
import { daily, quietReport } from '../watch/handoff/shift'
import { TIMING } from './truth'

/**
 * A replica as far as shifts go, by a clock that runs fast. Arguments: the URLs of Redis and of Slack, when the test began
 * by its own clock (Unix ms), how fast time goes, the cron
 * line, and how far that clock is behind (ms). It ends with its parent.
 */
const [redisUrl = '', apiUrl = '', begun = '', speed = '1', cron = '', behind = '0'] =
  process.argv.slice(2)

const say = (fields: object): void => void process.stdout.write(`${JSON.stringify(fields)}\n`)
const line = (level: string) => (fields: object, text: string) => say({ level, text, ...fields })
const log = { info: line('info'), warn: line('warn'), error: line('error') }

const handoff = daily({ cron, timezone: 'UTC', draftMs: 20 * 60_000 })
const config = {
  slack: { apiUrl, command: '/etcd' },
  watch: { fallbackChannel: undefined },
  clusters: [],
  handoffs: [handoff],
} as unknown as Config

const store = openStore(redisUrl, { replica: randomUUID(), now: Date.now })
const announcer = createAnnouncing({
  config: () => config,
  secrets: { botToken: 'xoxb-faults', signingSecret: '', appToken: '' },
  outbox: store.outbox,
  edits: store.edits,
  slots: store.slots,
  now: Date.now,
  log,
  timing: TIMING,
  report: {
    post: (outcome, reason) => say({ post: outcome, reason }),
    edit: () => undefined,
    swept: (deleted) => say({ swept: deleted }),
    limited: () => undefined,
    depth: () => undefined,
  },
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

process.stdin.resume().on('end', () => process.exit(0))
announcer.start()
void turn()
say({ started: process.pid })
