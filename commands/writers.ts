import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import { countText, durationText, timeText } from '../src/diagnosis/quantity'
import { statusOf, type Status } from '../src/diagnosis/status/status'
import { watchOrder, writersAnswer } from '../src/diagnosis/writes/writers'
import type { WritesSoFar } from '../src/diagnosis/writes/writes'
import { mistake, pickCluster, type Ask, type Command, type Tools } from './command'
import { writersRefusal } from './writers-refusal'

export const writers: Command = {
  name: 'writers',
  usage: '[CLUSTER] [SECONDS] [--prefix P] [--force]',
  summary:
    'who writes now, by key prefix or Kubernetes resource: watches the keys (never the values) for 10s, up to 30s. For operators: the watch costs a member, and key names tell more than numbers do',
  role: 'operator',
  isOfPast: true, // whether a storm warning is open
  run: async (ask: Ask, tools: Tools): Promise<Answer> => {
    const options = optionsIn(ask.words)
    if (!options.ok) return mistake(tools.now(), options.why)
    const picked = pickCluster({ ...ask, words: options.words }, tools, 'operator')
    if (!picked.ok) return picked.answer
    const { cluster, rest } = picked
    const seconds = rest.length === 0 ? DEFAULT_SECONDS : secondsIn(rest)
    if (seconds === undefined)
      return mistake(
        tools.now(),
        `For how long? 1s to ${MOST_SECONDS}s, such as “writers ${cluster.name} 30s --prefix /registry/leases/”; have “${rest.join(' ')}”.`,
      )
    return look({ ask, tools, cluster, forMs: seconds * 1000, ...options })
  },
}

const DEFAULT_SECONDS = 10
const MOST_SECONDS = 30

/** `30`, `30s`. Undefined: not understood, or out of bounds. */
const secondsIn = (words: readonly string[]): number | undefined => {
  const [, digits] = /^(\d{1,4})s?$/.exec(words[0] ?? '') ?? []
  const seconds = Number(digits)
  return words.length === 1 && seconds >= 1 && seconds <= MOST_SECONDS ? seconds : undefined
}

type Options =
  | {
      readonly ok: true
      readonly words: readonly string[]
      readonly prefix: string | undefined
      readonly force: boolean
    }
  | { readonly ok: false; readonly why: string }

/** Phones and Macs turn two hyphens into a dash. */
const optionIn = (word: string): string | undefined => /^(?:--|—|–)([a-z].*)$/is.exec(word)?.[1]

const optionsIn = (words: readonly string[]): Options => {
  const plain: string[] = []
  let prefix: string | undefined
  let force = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const option = optionIn(word)
    if (option === undefined) plain.push(word)
    else if (option.toLowerCase() === 'force') force = true
    else if (option.toLowerCase() === 'prefix') prefix = words[++i] ?? ''
    else if (/^prefix=/i.test(option)) prefix = option.slice('prefix='.length)
    else
      return {
        ok: false,
        why: `writers has no option “${word}”: there are --prefix P and --force.`,
      }
  }
  if (prefix === '')
    return { ok: false, why: '--prefix takes the beginning of a key, such as /registry/leases/.' }
  return { ok: true, words: plain, prefix, force }
}

type Wanted = {
  readonly ask: Ask
  readonly tools: Tools
  readonly cluster: ClusterConfig
  readonly forMs: number
  readonly prefix: string | undefined
  readonly force: boolean
}

/** A look first: it says whether the cluster can bear a watch now, and which member it costs least. */
const look = async (wanted: Wanted): Promise<Answer> => {
  const { ask, tools, cluster, force } = wanted
  ask.onProgress(`Looking whether ${cluster.title} can bear a watch…`)
  const storm = await stormOf(wanted)
  const status = statusOf(
    await tools.observe(cluster, ask.signal),
    cluster.settings,
    cluster.limits,
  )
  const order = watchOrder(status.situation)
  if (order.length === 0)
    return mistake(tools.now(), `No member of ${cluster.title} can be watched: ${status.summary}`)
  const why = storm.open ?? unwellText(status)
  if (why !== undefined && !force) return mistake(tools.now(), stormText(why, wanted))
  return watch(wanted, { status, order, unseen: storm.unseen })
}

type Storm = {
  /** Why a watch should wait. */
  readonly open: string | undefined
  readonly unseen: readonly string[]
}

/** A watcher that has not looked for so long does not know. */
const STALE_MS = 5 * 60_000

/** As the watcher last decided. Without one, the look alone decides; one that cannot be read counts as a storm. */
const stormOf = async ({ tools, cluster }: Wanted): Promise<Storm> => {
  const { history } = tools
  if (history === undefined) return unwatched('there is no store here')
  try {
    const stands = await history.standing(cluster.name)
    if (stands === undefined) return unwatched('nobody has watched it yet')
    const { lookedAt, weather } = stands
    const ageMs = tools.now() - lookedAt
    if (ageMs > STALE_MS) return unreadStorm(`the watch last looked ${durationText(ageMs)} ago`)
    if (weather.openedAt === undefined || weather.worst !== 'warning')
      return { open: undefined, unseen: [] }
    const since = timeText(weather.openedAt)
    return { open: `a storm warning has been open since ${since}`, unseen: [] }
  } catch {
    return unreadStorm(history.trouble() ?? 'the store cannot be read')
  }
}

const unwatched = (why: string): Storm => ({
  open: undefined,
  unseen: [`whether a storm warning is open: ${why}`],
})

const unreadStorm = (why: string): Storm => ({
  open: `whether a storm warning is open cannot be told: ${why}`,
  unseen: [`whether a storm warning is open: ${why}`],
})

/** Not when it is merely critical: a full database is what one looks for the writer of. */
const unwellText = ({ state, summary }: Status): string | undefined => {
  if (state === 'leaderless') return 'a majority of the members sees no leader now'
  return state === 'unknown' ? `too little is seen (${summary.replace(/\.$/, '')})` : undefined
}

const stormText = (why: string, { cluster, forMs, prefix }: Wanted): string => {
  const again = [
    'writers',
    cluster.name,
    `${forMs / 1000}s`,
    ...(prefix === undefined ? [] : [`--prefix ${prefix}`]),
    '--force',
  ]
  return `Not now: on ${cluster.title} ${why}, and a watch makes a member send every write once more. If you need it all the same: “${again.join(' ')}”.`
}

type Ground = {
  readonly status: Status
  readonly order: readonly string[]
  readonly unseen: readonly string[]
}

const watch = async (wanted: Wanted, { status, order, unseen }: Ground): Promise<Answer> => {
  const { ask, tools, cluster, forMs, prefix } = wanted
  const watched = await tools.writers(
    cluster,
    {
      endpoints: order,
      forMs,
      prefix,
      onSoFar: (soFar) => ask.onProgress(progressText(soFar, forMs)),
    },
    ask.signal,
  )
  if (watched.kind !== 'watched') return writersRefusal(watched, { ...wanted, at: tools.now() })
  return writersAnswer(watched.writes, {
    at: tools.now(),
    cluster: cluster.name,
    title: cluster.title,
    situation: status.situation,
    prefix,
    budget: {
      events: cluster.limits.writersEventsPerSecond,
      bytes: cluster.limits.writersBytesPerSecond,
    },
    dominantShare: cluster.limits.writersDominantShare,
    unseen,
  })
}

const progressText = ({ seen, elapsedMs, sampled }: WritesSoFar, forMs: number): string =>
  `Watching, ${durationText(Math.round(elapsedMs / 1000) * 1000)} of ${durationText(forMs)}: ${countText(seen, 'write')} seen${sampled ? ', sampled' : ''}…`
