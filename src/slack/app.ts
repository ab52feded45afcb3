import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { App } from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import type { Config } from '../config'
import { createAccess } from './asking/access'
import { createActing, type Clicks, type Deeds } from './storm/acting'
import { createAnswering } from './asking/answering'
import type { AuditRecord } from './asking/audit'
import { listenClicks } from './storm/clicks'
import { clientOptions, createClient, type ClientDeps } from './client'
import type { Entrance } from './entrance'
import { localMemory, memoryOf, type Memory } from './asking/guard'
import { accessOf, namedIn } from './handoff/access'
import { listenHandoffs } from './handoff/clicks'
import { listenHome } from './home/opening'
import { createHomes, type HomeDeps } from './home/publishing'
import { httpEntrance } from './http'
import { createIdentity, type Identity } from './identity'
import { listen } from './asking/listen'
import { boltLogger, redactorOf, type Log, type SlackSecrets } from './log'
import type { ProgressTiming } from './asking/progress'
import type { Asker } from './asking/request'
import type { Dispatch } from './asking/running'
import { socketEntrance, type SocketTiming } from './socket'

export type SlackDeps = {
  /** Read at each request, but slack.mode, host, port and apiUrl only once. */
  readonly config: () => Config
  readonly secrets: SlackSecrets
  readonly dispatch: Dispatch
  /** What buttons change, and what makes a click happen once on all replicas. Undefined: this bot only answers. */
  readonly deeds?: Deeds
  readonly clicks?: Clicks
  /** What App Home shows. Undefined: this bot only answers. */
  readonly home?: Pick<HomeDeps, 'facts' | 'claim' | 'everyMs'>
  /** From a request of Slack to its acknowledgement, ms. */
  readonly acknowledged?: (tookMs: number) => void
  readonly audit: (record: AuditRecord) => void
  readonly log: Log
  /** Unix ms. */
  readonly now: () => number
  /** Socket Mode has been deaf for minutes while Slack answers: leave, so that something starts us anew. */
  readonly onDeaf: (why: string) => void
  /** What all replicas remember; each also remembers by itself. */
  readonly memory?: Memory
  /** For a proxy. Node's own by default. */
  readonly fetch?: typeof fetch
  readonly timing?: Partial<FaceTiming>
}

export type FaceTiming = ProgressTiming &
  SocketTiming & {
    /** Then nobody waits for an answer any more. Slack takes answers for 30 min, people do not. */
    readonly answerWithinMs: number
    readonly checkEveryMs: number
    readonly retryMs: number
    /** Each call of Slack's Web API and each post to a response_url. */
    readonly callMs: number
    /** The memory of all replicas. */
    readonly memoryMs: number
  }

export type SlackFace = {
  /** Listens, or begins to connect. Slack need not be there. Rejects when the port is taken. */
  readonly start: () => Promise<void>
  /** Takes no more requests and waits for those under way, 20 s at most. Resolves to how many were left unanswered. */
  readonly stop: (graceMs: number) => Promise<number>
  /** Whether requests can come in and Slack answers, and if not, why. For /readyz. */
  readonly state: () => SlackState
  /** HTTP mode: where it listens. */
  readonly port: () => number | undefined
}

export type SlackState = {
  readonly connected: boolean
  readonly why?: string
  /** Requests that were acknowledged and are not answered yet. */
  readonly inFlight: number
}

const TIMING: FaceTiming = {
  progressAfterMs: 1000,
  progressEveryMs: 5000,
  answerWithinMs: 120_000,
  helloWithinMs: 15_000,
  retryMs: 1000,
  retryMostMs: 30_000,
  deafAfterMs: 180_000,
  checkEveryMs: 60_000,
  callMs: 5000,
  memoryMs: 1000,
}

const MOST_GRACE_MS = 20_000
/** For the sentence that says that the bot goes away. */
const LAST_WORDS_MS = 1500

/**
 * Stormwatch in Slack: slash command and mentions, by HTTP or Socket Mode. Acknowledges first, then answers. Throws when
 * a secret that its mode needs is empty.
 */
export const createSlackFace = (given: SlackDeps): SlackFace => {
  const { slack } = given.config()
  needSecrets(given.secrets, slack.mode)
  const redact = redactorOf(given.secrets)
  const timing = { ...TIMING, ...given.timing }
  const logger = boltLogger(given.log, redact)
  const ended = new AbortController()
  setMaxListeners(0, ended.signal) // one for each reply that waits for its next try
  const deps = { ...given, redact, timing, logger, ended: ended.signal }

  const clients = clientsOf(deps)
  const identity = createIdentity({ ...deps, ...timing, client: clients.lookups })
  const entrance = entranceOf(deps, identity)
  const teams = (): readonly string[] => teamsOf(deps.config(), identity)
  const memory = memoryOf(localMemory(deps.now), deps.memory, timing.memoryMs)
  const rolesOf = rolesBy(deps, clients.lookups)
  const { answerWithinMs, callMs } = timing
  const answering = createAnswering({ ...deps, answerWithinMs, memory, teams, rolesOf })
  const acting = createActing({ ...deps, memory, teams, rolesOf })
  const inFlight = (): number => answering.inFlight() + acting.inFlight()
  const hearing = {
    ...deps,
    teams,
    answer: answering.answer,
    act: acting.act,
    client: clients.replies,
    fetch: deps.fetch ?? fetch,
    callMs,
    pause: (ms: number) => sleep(ms, undefined, { signal: ended.signal }).catch(() => undefined),
    command: () => deps.config().slack.command,
  }
  const app = appOf(deps, entrance, identity)
  listen(hearing, app)
  listenClicks(hearing, app)
  listenHandoffs(hearing, app)
  const homes =
    deps.home && createHomes({ ...deps, ...deps.home, client: clients.homes, teams, rolesOf })
  if (homes !== undefined) listenHome({ ...hearing, memory, homes }, app)

  return {
    start: async () => {
      await entrance.open()
      identity.start()
    },
    stop: async (graceMs) => {
      entrance.shut()
      await drained(inFlight, Math.min(graceMs, MOST_GRACE_MS))
      ended.abort()
      await drained(inFlight, LAST_WORDS_MS)
      identity.stop()
      await homes?.stop()
      await entrance.close()
      return inFlight()
    },
    state: () => stateOf(entrance.trouble() ?? identity.trouble(), inFlight()),
    port: entrance.port,
  }
}

type Parts = SlackDeps & {
  readonly redact: (text: string) => string
  readonly timing: FaceTiming
  readonly logger: ReturnType<typeof boltLogger>
  readonly ended: AbortSignal
}

const stateOf = (why: string | undefined, inFlight: number): SlackState =>
  why === undefined ? { connected: true, inFlight } : { connected: false, why, inFlight }

/** Bolt takes empty ones, and then anybody can sign. */
const needSecrets = (secrets: SlackSecrets, mode: 'http' | 'socket'): void => {
  const needed = {
    'bot token (xoxb-…)': secrets.botToken,
    ...(mode === 'http'
      ? { 'signing secret': secrets.signingSecret }
      : { 'app-level token (xapp-…)': secrets.appToken }),
  }
  const missing = Object.entries(needed).flatMap(([name, secret]) =>
    secret.trim() === '' ? [name] : [],
  )
  if (missing.length > 0)
    throw new Error(
      `Cannot start Slack in ${mode} mode: need the ${missing.join(' and the ')}, have nothing`,
    )
}

// --- the parts ---

const clientDepsOf = ({ config, logger, timing, fetch }: Parts): ClientDeps => ({
  apiUrl: config().slack.apiUrl,
  logger,
  callMs: timing.callMs,
  fetch,
})

type Clients = Readonly<Record<'replies' | 'lookups' | 'homes', WebClient>>

/** One client's trouble is not the other's. */
const clientsOf = (deps: Parts): Clients => ({
  replies: createClient(deps.secrets.botToken, clientDepsOf(deps)),
  lookups: createClient(deps.secrets.botToken, clientDepsOf(deps)),
  homes: createClient(deps.secrets.botToken, clientDepsOf(deps)),
})

const entranceOf = (deps: Parts, identity: Identity): Entrance => {
  const { slack } = deps.config()
  const { signingSecret, appToken } = deps.secrets
  if (slack.mode === 'http') return httpEntrance({ ...deps, ...slack, signingSecret })
  return socketEntrance({
    ...deps,
    appToken,
    clientOptions: clientOptions(clientDepsOf(deps)),
    slackAnswers: () => identity.trouble() === undefined,
  })
}

/** Bolt gets no token: it would call Slack when it is built, and hand the token to every listener. */
const appOf = (deps: Parts, { receiver }: Entrance, identity: Identity): App => {
  const app = new App({
    receiver,
    authorize: async () => {
      const { userId, botId } = identity.bot() ?? {}
      return {
        ...(userId === undefined ? {} : { botUserId: userId }),
        ...(botId === undefined ? {} : { botId }),
      }
    },
    convoStore: false,
    logger: deps.logger,
    clientOptions: clientOptions(clientDepsOf(deps)),
  })
  app.error(async (error) => deps.logger.error('A request of Slack failed:', error))
  return app
}

/** Those that are configured; by default the one that the bot token belongs to, once Slack has told it. */
const teamsOf = ({ slack }: Config, identity: Identity): readonly string[] => {
  if (slack.teams.length > 0) return slack.teams
  const team = identity.bot()?.team
  return team === undefined ? [] : [team]
}

const rolesBy = (deps: Parts, client: WebClient) => {
  const access = createAccess({
    now: deps.now,
    groupMembers: async (usergroup) =>
      (await client.usergroups.users.list({ usergroup })).users ?? [],
  })
  return (asker: Asker) => {
    const { clusters, handoffs } = deps.config()
    return access.rolesOf(asker, [
      ...clusters.map((cluster) => cluster.access),
      ...handoffs.map((handoff) => accessOf(namedIn(handoff))), // the groups that take shifts
    ])
  }
}

const drained = async (inFlight: () => number, mostMs: number): Promise<void> => {
  for (let waited = 0; inFlight() > 0 && waited < mostMs; waited += 20) await sleep(20)
}
