import { randomUUID } from 'node:crypto'
import type { Config } from '../../src/config'
import { createAnnouncing } from '../../src/slack/posting/announcing'
import { openStore } from '../../src/store/store'
import { TIMING } from './truth'

type Place = {
  readonly redisUrl: string
  readonly apiUrl: string
  readonly watched: { readonly clusters: readonly object[]; readonly handoffs: readonly object[] }
}

/** What each replica of a fault run has: a store, an announcer, and a voice to the run, which hears a line of JSON each. */
export const announcingReplica = ({ redisUrl, apiUrl, watched }: Place) => {
  const say = (fields: object): void => void process.stdout.write(`${JSON.stringify(fields)}\n`)
  const line = (level: string) => (fields: object, text: string) => say({ level, text, ...fields })
  const log = { info: line('info'), warn: line('warn'), error: line('error') }
  const config = {
    slack: { apiUrl, command: '/etcd' },
    watch: { fallbackChannel: undefined },
    ...watched,
  } as unknown as Config
  const store = openStore(redisUrl, { replica: randomUUID(), now: Date.now })
  const announcer = createAnnouncing({
    departed: () => [],
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
  /** Ends with its parent. */
  const begin = (work: () => Promise<void>): void => {
    process.stdin.resume().on('end', () => process.exit(0))
    announcer.start()
    void work()
    say({ started: process.pid })
  }
  return { store, announcer, log, say, begin }
}
