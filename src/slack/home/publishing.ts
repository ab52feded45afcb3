import type { WebClient } from '@slack/web-api'
import type { ClusterConfig, Config } from '../../config'
import type { Roles } from '../asking/access'
import { refusedWorkspace } from '../asking/guard'
import { homeView, type Home } from './home'
import { reasonOf, type Log } from '../log'
import type { Asker } from '../asking/request'
import { refusedByClient } from '../posting/sent'

/** What Home shows of all clusters, before anybody's rights. */
export type HomeFacts = Pick<Home, 'trouble' | 'clusters' | 'storms' | 'silences' | 'handoffs'>

export type HomeDeps = {
  readonly config: () => Config
  /** Never rejects for a store that is away: that is told in it. */
  readonly facts: () => Promise<HomeFacts>
  /** True for one replica in the time: nobody's Home is shown more often. */
  readonly claim: (user: string, forMs: number) => Promise<boolean>
  readonly client: Pick<WebClient, 'views'>
  readonly rolesOf: (asker: Asker) => Promise<Roles>
  readonly teams: () => readonly string[]
  /** Unix ms. */
  readonly now: () => number
  readonly log: Log
  readonly redact: (text: string) => string
  readonly everyMs?: number
}

export type Homes = {
  /** Somebody opened theirs. Returns at once. */
  readonly opened: (asker: Asker) => void
  /** Resolves when what is under way has ended. */
  readonly stop: () => Promise<void>
}

/** One person's Home is shown anew so often at most. */
const EVERY_MS = 30_000
/** Whoever opened it longer ago looks no more, or opens it again. */
const RECENT_MS = 30 * 60_000
/** Without a change it is shown anew for the times of the last looks. */
const REFRESH_MS = 5 * 60_000
const MOST_PEOPLE = 200
/** Many who open it at one time are told from one reading. */
const FRESH_MS = 5000

type Person = {
  readonly asker: Asker
  readonly openedAt: number
  shownAt: number
  shown: string
  /** It waits for its turn: a Slack that hangs makes no queue that grows. */
  isQueued: boolean
}

/** Shows Home to those who opened it: then, and when what it tells changes. */
export const createHomes = (deps: HomeDeps): Homes => {
  const everyMs = deps.everyMs ?? EVERY_MS
  const people = new Map<string, Person>()
  const facts = sharedFacts(deps)
  let limitedUntil = -Infinity
  let queue: Promise<void> = Promise.resolve()
  let isStopped = false

  const show = async (person: Person): Promise<void> => {
    const { now } = deps
    if (isStopped || now() < limitedUntil || now() - person.shownAt < everyMs) return
    const home = await homeOf(deps, person.asker, facts)
    const shown = signatureOf(home)
    if (shown === person.shown && now() - person.shownAt < REFRESH_MS) return
    if (!(await deps.claim(person.asker.user, everyMs))) return
    person.shownAt = now()
    const waitMs = await publish(deps, person.asker.user, home)
    if (waitMs === undefined) person.shown = shown
    else if (waitMs === Infinity) people.delete(person.asker.user)
    else limitedUntil = now() + waitMs
  }
  const showSafely = (person: Person): void => {
    if (person.isQueued) return
    person.isQueued = true
    queue = queue
      .then(() => show(person).finally(() => (person.isQueued = false)))
      .catch((error: unknown) =>
        deps.log.warn(
          { event: 'home', why: deps.redact(reasonOf(error)) },
          'A Home was not shown; it is tried again',
        ),
      )
  }
  const timer = setInterval(() => {
    for (const [user, person] of people)
      if (deps.now() - person.openedAt > RECENT_MS) people.delete(user)
      else showSafely(person)
  }, everyMs / 3)
  timer.unref()
  return {
    opened: (asker) => {
      const known = people.get(asker.user)
      people.delete(asker.user)
      const person = {
        asker,
        openedAt: deps.now(),
        shownAt: known?.shownAt ?? -Infinity,
        shown: '', // who opens it wants to see it as it is now
        isQueued: false,
      }
      people.set(asker.user, person)
      for (const oldest of people.keys()) if (people.size > MOST_PEOPLE) people.delete(oldest)
      showSafely(person)
    },
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await queue
    },
  }
}

const sharedFacts = ({ facts, now }: HomeDeps): (() => Promise<HomeFacts>) => {
  let last: { readonly at: number; readonly told: Promise<HomeFacts> } | undefined
  return () => {
    if (last === undefined || now() - last.at >= FRESH_MS) last = { at: now(), told: facts() }
    return last.told
  }
}

/** Only what this person may see. */
const homeOf = async (
  deps: HomeDeps,
  asker: Asker,
  facts: () => Promise<HomeFacts>,
): Promise<Home> => {
  const { slack, clusters } = deps.config()
  const refused = refusedWorkspace(asker, deps.teams())
  const roles = await deps.rolesOf(asker)
  const may = (role: 'viewer' | 'operator') => (cluster: ClusterConfig) =>
    refused === undefined && roles.may(role, cluster.access)
  const seen = new Set(clusters.filter(may('viewer')).map(({ name }) => name))
  const told = await facts()
  return {
    at: deps.now(),
    command: slack.command,
    trouble: told.trouble,
    clusters: told.clusters.filter(({ name }) => seen.has(name)),
    storms: told.storms.filter(({ cluster }) => seen.has(cluster)),
    silences: told.silences.filter(({ cluster }) => seen.has(cluster)),
    handoffs: told.handoffs.filter((one) => one.clusters.some((name) => seen.has(name))),
    operates: clusters.filter(may('operator')).map(({ name }) => name),
    unread: refused === undefined ? roles.unread : [refused],
  }
}

/** All but the times that go on by themselves. */
const signatureOf = ({ trouble, clusters, storms, silences, handoffs, operates }: Home): string =>
  JSON.stringify([
    trouble,
    clusters.map(({ name, stands }) => [name, stands?.state, stands?.severity, stands?.since]),
    storms,
    silences,
    handoffs,
    operates,
  ])

/** Undefined: it is shown. Else how long to wait, ms; Infinity: this person has no Home. */
const publish = async (
  { client, log, redact }: HomeDeps,
  user: string,
  home: Home,
): Promise<number | undefined> => {
  try {
    await client.views.publish({ user_id: user, view: homeView(home) })
    return undefined
  } catch (error) {
    const { why, retryAfterMs } = refusedByClient(error)
    log.warn({ event: 'home', why: redact(why) }, 'Slack did not take a Home')
    if (retryAfterMs !== undefined) return retryAfterMs
    return NO_HOME.includes(why) ? Infinity : 0
  }
}

const NO_HOME: readonly string[] = [
  'not_enabled',
  'user_not_found',
  'missing_scope',
  'invalid_arguments',
]
