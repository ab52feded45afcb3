import { announcementOf } from '../support/news'
import { announcingReplica } from './announcing-replica'
import { channelOf, CLUSTERS, keysOf, PHASES, type Storm } from './truth'

/**
 * A replica as far as alerts go: it looks at the truth, decides by compare-and-set what is to be posted, and announces.
 * Arguments: the URLs of Redis, of Slack and of the truth. It ends with its parent.
 */
const [redisUrl = '', apiUrl = '', truthUrl = ''] = process.argv.slice(2)

const { store, announcer, log, begin } = announcingReplica({
  redisUrl,
  apiUrl,
  watched: {
    clusters: CLUSTERS.map((name) => ({ name, channel: channelOf(name) })),
    handoffs: [],
  },
})

type Told = Readonly<Record<string, number>>

const toldIn = (state: unknown): Told =>
  typeof state === 'object' && state !== null ? (state as Told) : {}

/** One storm a phase further, from the state that stands. Another replica may be first. */
const decide = async (storm: Storm): Promise<void> => {
  const { version, state } = await store.storms.read(storm.cluster)
  const told = toldIn(state)
  const phase = told[storm.id] ?? 0
  if (phase >= storm.phase) return
  await store.storms.decide(
    storm.cluster,
    { expected: version, state: { ...told, [storm.id]: phase + 1 }, ...saidAt(storm, phase) },
    Date.now(),
  )
  announcer.wake(storm.cluster)
}

const saidAt = ({ id, cluster, channel }: Storm, phase: number) => {
  const keys = keysOf({ id, cluster })
  const [root = ''] = keys
  const reason = PHASES[phase] ?? 'first'
  const over = reason === 'all clear'
  const payload = announcementOf({
    cluster,
    stormId: id,
    reason,
    place: phase === 0 ? 'root' : 'thread',
    ...(over ? { state: 'all-clear', severity: 'ok', until: 1_700_000_300_000 } : {}),
  })
  const json = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, never>
  const post = { key: keys[phase] ?? '', channel, payload: json(payload) }
  return phase === 0
    ? { posts: [post] }
    : {
        posts: [{ ...post, parent: root }],
        edits: [{ of: root, payload: json({ ...payload, place: 'root' }) }],
      }
}

const look = async (): Promise<void> => {
  try {
    const truth = (await (await fetch(truthUrl)).json()) as readonly Storm[]
    await store.replicas.beat()
    await Promise.all(truth.map(decide))
  } catch (error) {
    log.warn({ why: String(error) }, 'a look failed')
  }
  setTimeout(() => void look(), 300)
}

begin(look)
