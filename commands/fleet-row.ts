import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import type { State } from '../src/diagnosis/facts'
import { countText, durationText, timeText } from '../src/diagnosis/quantity'
import { statusOf } from '../src/diagnosis/status/status'
import { storyText, type Story } from '../src/diagnosis/storm/story'
import type { Ask, History, Tools } from './command'
import { historyIn, isFresh } from './words'

/** How a cluster stands. */
export type FleetRow = {
  readonly cluster: ClusterConfig
  readonly state: State
  readonly severity: Answer['severity']
  /** Without the cluster's name, and without a full stop. */
  readonly summary: string
  /** By the watch where there is one, else now. Undefined: the watch has not looked at it yet. */
  readonly lookedAt: number | undefined
  /** When the state began. Undefined: one look cannot tell. */
  readonly since?: number
  /** The storm that is open. */
  readonly storm?: Story | undefined
  readonly link?: string | undefined
  /** What could not be seen, a sentence. */
  readonly unseen?: string
}

/** As the watch last decided, where it keeps what it sees; else as one look tells. */
export const fleetRow = async (
  cluster: ClusterConfig,
  ask: Ask,
  tools: Tools,
): Promise<FleetRow> => {
  const kept = historyIn(tools)
  if (!kept.ok) return lookAt(cluster, ask, tools)
  const { history } = kept
  const stands = await history.standing(cluster.name).catch(() => UNREAD)
  if (stands === UNREAD) return lookAt(cluster, ask, tools)
  if (stands === undefined || !isFresh(stands.lookedAt, tools))
    return unwatched(await lookAt(cluster, ask, tools), stands?.lookedAt, tools)
  const { state, severity, headline, lookedAt, since, storm } = stands
  const story = storm === undefined ? '' : ` (${storyText(storm, tools.now())})`
  const summary = `${headline}${story}`
  const link = storm && (await linkOf(storm, history))
  return { cluster, state, severity, summary, lookedAt, since, storm, link }
}

const UNREAD = 'unread' as const

const linkOf = async ({ cluster, id }: Story, history: History): Promise<string | undefined> => {
  const links = await history.links(cluster, [id]).catch(() => undefined)
  return links?.get(id)
}

const lookAt = async (cluster: ClusterConfig, ask: Ask, tools: Tools): Promise<FleetRow> => {
  const look = await tools.observe(cluster, ask.signal)
  const { state, severity, findings, situation } = statusOf(look, cluster.settings, cluster.limits)
  const [worst, ...others] = findings.filter((finding) => finding.severity !== 'ok')
  const more = others.length === 0 ? '' : `, and ${countText(others.length, 'more finding')}`
  const summary =
    worst === undefined ? wellText(situation.members.length) : `${worst.summary}${more}`
  return {
    cluster,
    state,
    severity,
    summary,
    lookedAt: look.at,
    unseen: 'the past: one look cannot tell whether leaders were lost before it',
  }
}

/** Nobody would notice a storm there: however well it looks now, it is not shown as calm. */
const unwatched = (now: FleetRow, lookedAt: number | undefined, tools: Tools): FleetRow => {
  const ago =
    lookedAt === undefined
      ? 'Not watched yet'
      : lookedAt > tools.now()
        ? `Last watched by a clock that is ${durationText(lookedAt - tools.now())} ahead`
        : `Not watched for ${durationText(tools.now() - lookedAt)}`
  return {
    ...now,
    lookedAt,
    state: now.state === 'calm' ? 'unknown' : now.state,
    severity: now.severity === 'critical' ? 'critical' : 'unknown',
    summary: `${ago}; by one look now: ${now.summary}`,
    unseen: `storms ${lookedAt === undefined ? 'before now' : `since ${timeText(lookedAt)}`}: the watch has not looked`,
  }
}

const wellText = (members: number): string =>
  members === 1 ? 'its only member answers and leads' : `all ${members} members answer, one leads`
