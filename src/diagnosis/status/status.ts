import type { Answer, Cell, Table } from '../answer'
import type { ClusterSettings, Finding, Observation, Severity, State } from '../facts'
import type { Limits } from '../limits'
import type { Member } from './members'
import type { Outlook } from '../usual/outlook'
import { DISK_UNSEEN, soonText } from '../usual/quota-words'
import { bytesText, countText, durationText, listText } from '../quantity'
import { runsOut } from '../usual/running-out'
import { indexLag } from '../rules/lag'
import { nameOfLeader } from '../rules/leader'
import { findingsOf } from '../rules/list'
import { leaderOf, leadershipOf } from '../rules/quorum'
import { situationOf, type Situation } from '../rules/situation'
import { DEFAULT_QUOTA_BYTES } from '../rules/space'
import { learnedText } from '../usual/unusual'

/** What one look at a cluster says. `severity` is the worst finding's, or `unknown` with the state. */
export type Status = {
  readonly situation: Situation
  readonly state: State
  readonly severity: Severity | 'unknown'
  readonly summary: string
  readonly findings: readonly Finding[]
  readonly unseen: readonly string[]
}

/**
 * Judges one look. One look sees no elections: its state is calm, leaderless or unknown, and what it cannot tell of the
 * last hour is said in `unseen`.
 */
export const statusOf = (
  look: Observation,
  settings: ClusterSettings,
  limits: Limits,
  outlook?: Outlook,
): Status => {
  const situation = situationOf(look, settings, limits, outlook)
  const findings = findingsOf(situation)
  const state = stateOf(situation)
  return {
    situation,
    state,
    severity: state === 'unknown' ? 'unknown' : (findings[0]?.severity ?? 'ok'),
    summary: summaryOf(situation, findings, state),
    findings,
    unseen: unseenOf(situation),
  }
}

const stateOf = (situation: Situation): State => {
  switch (leadershipOf(situation).kind) {
    case 'led':
      return 'calm'
    case 'leaderless':
      return 'leaderless'
    case 'unknown':
      return 'unknown'
  }
}

/** One sentence, the worst thing first. */
const summaryOf = (situation: Situation, findings: readonly Finding[], state: State): string => {
  const { name } = situation.settings
  const troubles = findings.filter((finding) => finding.severity !== 'ok')
  const [worst, ...others] = troubles
  if (worst === undefined) return `${name} is well: ${wellText(situation)}.`
  const more = others.length === 0 ? '' : `; ${countText(others.length, 'more finding')} below`
  const lead = state === 'calm' ? ` (${leadText(situation)})` : ''
  const unknown = state === 'unknown' ? 'state unknown: ' : ''
  return `${name}: ${unknown}${worst.summary}${more}${lead}.`
}

const wellText = (situation: Situation): string => {
  const { members } = situation
  const versions = listText(
    [...new Set(members.flatMap((member) => member.version ?? []))].toSorted(),
  )
  const answer =
    members.length === 1 ? 'its only member answers' : `all ${members.length} members answer`
  return `${answer}, ${leadText(situation)}, etcd ${versions}, no alarm`
}

const leadText = (situation: Situation): string => {
  const leader = leaderOf(situation)
  if (leader === undefined) return 'a leader is seen'
  if (!leader.reached) return 'an election is due; ask again in a few seconds'
  return `${leader.name} leads${leader.raftTerm === undefined ? '' : ` at term ${leader.raftTerm}`}`
}

const unseenOf = ({ look, members, outlook, limits }: Situation): readonly string[] => [
  ...members.flatMap((member) => partsUnseen(member)),
  ...(look.roster.ok ? [] : ['the member list: whether the configuration names every member']),
  ...(members.some((member) => member.reached && member.quotaBytes === undefined)
    ? ['the quota of some members: how full their databases are']
    : []),
  ...(runsOut(members, outlook, limits).length > 0 ? [DISK_UNSEEN] : []),
  'the past: one look cannot tell whether leaders were lost before it',
]

const partsUnseen = (member: Member): readonly string[] => {
  if (!member.reached)
    return [`${member.name}: everything (${member.statusWhy?.text ?? 'no answer'})`]
  const status =
    member.statusWhy === undefined
      ? []
      : [
          `${member.name}'s Status (${member.statusWhy.text}): its alarms, and its own word on the leader's id`,
        ]
  const page =
    member.scrapeWhy === undefined
      ? []
      : [
          `${member.name}'s metrics page (${member.scrapeWhy.text}): its quota, disk, network and CPU`,
        ]
  return [...status, ...page]
}

/** The answer of `status CLUSTER`. `title` is how people call the cluster. */
export const statusAnswer = (status: Status, title: string): Answer => {
  const { situation, findings } = status
  return {
    at: situation.look.at,
    state: status.state,
    severity: status.severity,
    headline: withTitle(status.summary, situation.settings.name, title),
    facts: [...factsOf(situation), ...outlookFacts(situation)],
    tables: [memberTable(situation, findings)],
    findings,
    unseen: status.unseen,
    action: findings.find((finding) => finding.severity !== 'ok')?.action,
    json: statusJson(status),
  }
}

/** A summary begins with the cluster's name, which is what people type; the title is what they call it. */
const withTitle = (summary: string, name: string, title: string): string =>
  title === name ? summary : `${title} (${name})${summary.slice(name.length)}`

const factsOf = ({ members, voters, quorum, settings }: Situation): readonly string[] => {
  const quotas = [...new Set(members.flatMap((member) => member.quotaBytes ?? []))]
  const quota = quotas.map((bytes) =>
    bytes === DEFAULT_QUOTA_BYTES ? `${bytesText(bytes)} (etcd's default)` : bytesText(bytes),
  )
  return [
    `${countText(voters, 'voting member')}, ${quorum} needed for a write${quota.length === 0 ? '' : `; quota ${listText(quota)}`}; heartbeat ${settings.heartbeatMs} ms, election timeout ${settings.electionMs} ms${settings.timeoutsFrom === 'default' ? " (etcd's defaults: none configured)" : ''}.`,
  ]
}

/** How much was learned, and where the databases are going while that is further than a warning. */
const outlookFacts = ({ members, outlook, limits }: Situation): readonly string[] => {
  const learned = members.flatMap(({ endpoint }) => outlook.usual.get(endpoint)?.statusMs ?? [])
  const [most] = learned.toSorted((a, b) => b.learned - a.learned)
  const later = runsOut(members, outlook, { ...limits, quotaWarningMs: Infinity })[0]
  const isLater = later !== undefined && later.timeToQuotaMs > limits.quotaWarningMs
  return [
    ...(most === undefined ? [] : [`Usual is what was seen ${learnedText(most)}.`]),
    ...(isLater ? [`${soonText(later)}.`] : []),
  ]
}

const SEVERITY_ORDER = ['critical', 'warning', 'ok'] as const

const memberTable = ({ members, outlook }: Situation, findings: readonly Finding[]): Table => {
  const worst = worstByMember(findings)
  const rank = (member: Member): number => SEVERITY_ORDER.indexOf(worst.get(member.name) ?? 'ok')
  const top = Math.max(...members.map((member) => member.raftIndex ?? 0))
  return {
    title: 'Members',
    columns: [
      { title: 'Member', align: 'left' },
      { title: 'ID', align: 'left' },
      { title: 'Version', align: 'left' },
      { title: 'Role', align: 'left' },
      { title: 'Leader', align: 'left' },
      { title: 'Term', align: 'right' },
      { title: 'Lag', align: 'right' },
      { title: 'DB', align: 'right' },
      { title: 'In use', align: 'right' },
      { title: 'Quota', align: 'right' },
      { title: 'Status', align: 'right' },
      { title: 'Errors', align: 'left' },
    ],
    rows: members
      .toSorted((a, b) => rank(a) - rank(b))
      .map((member) =>
        rowOf(member, { members, top, severity: worst.get(member.name) ?? 'ok', outlook }),
      ),
  }
}

const worstByMember = (findings: readonly Finding[]): ReadonlyMap<string, Severity> => {
  const worst = new Map<string, Severity>()
  for (const { member, severity } of findings) {
    if (member !== undefined && !worst.has(member)) worst.set(member, severity) // worst come first
  }
  return worst
}

type RowContext = {
  readonly members: readonly Member[]
  readonly top: number
  readonly severity: Severity
  readonly outlook: Outlook
}

const rowOf = (
  member: Member,
  { members, top, severity, outlook }: RowContext,
): readonly Cell[] => [
  { text: member.name, severity },
  { text: member.id ?? '' },
  { text: member.version ?? '' },
  { text: roleOf(member) },
  { text: nameOfLeader(members, member) },
  numberCell(member.raftTerm),
  numberCell(member.raftIndex === undefined ? undefined : indexLag(member, top)),
  bytesCell(member.dbSizeBytes),
  bytesCell(member.dbInUseBytes),
  bytesCell(member.quotaBytes),
  statusCell(member, outlook),
  { text: troubleOf(member) },
]

/** 12 ms, usual 3 ms. */
const statusCell = ({ endpoint, statusMs }: Member, { usual }: Outlook): Cell => {
  if (statusMs === undefined) return { text: '' }
  const learned = usual.get(endpoint)?.statusMs
  const beside =
    learned === undefined ? '' : `, usual ${durationText(Number(learned.median.toPrecision(2)))}`
  return { text: `${durationText(statusMs)}${beside}`, value: statusMs }
}

const roleOf = (member: Member): string => {
  if (!member.reached) return 'unreached'
  if (member.isLearner === true) return 'learner'
  if (member.leader.sees === 'unseen') return ''
  const leads =
    member.leader.sees === 'leader' && member.id !== undefined && member.leader.id === member.id
  return leads ? 'leader' : 'follower'
}

const troubleOf = (member: Member): string =>
  [
    ...(member.statusWhy === undefined ? [] : [member.statusWhy.text]),
    ...(member.scrapeWhy === undefined || !member.reached
      ? []
      : [`metrics: ${member.scrapeWhy.text}`]),
    ...member.errors,
  ].join('; ')

const numberCell = (value: number | undefined): Cell =>
  value === undefined ? { text: '' } : { text: String(value), value }

const bytesCell = (value: number | undefined): Cell =>
  value === undefined ? { text: '' } : { text: bytesText(value), value }

/** The documented JSON of `status`. Fields that were not seen are absent; ids are hex; sizes are bytes. */
export const statusJson = (status: Status): Record<string, unknown> => ({
  cluster: status.situation.settings.name,
  at: status.situation.look.at,
  state: status.state,
  severity: status.severity,
  summary: status.summary,
  members: status.situation.members.map((member) => memberJson(member, status.situation)),
  findings: status.findings,
  unseen: status.unseen,
})

const memberJson = (member: Member, { members, outlook }: Situation): Record<string, unknown> => ({
  name: member.name,
  id: member.id,
  endpoint: member.endpoint,
  reached: member.reached,
  why: member.statusWhy?.text ?? member.scrapeWhy?.text,
  version: member.version,
  leader:
    member.leader.sees === 'leader'
      ? (member.leader.id ?? nameOfLeader(members, member))
      : undefined,
  learner: member.isLearner,
  raftTerm: member.raftTerm,
  raftIndex: member.raftIndex,
  raftAppliedIndex: member.raftAppliedIndex,
  dbSizeBytes: member.dbSizeBytes,
  dbInUseBytes: member.dbInUseBytes,
  quotaBytes: member.quotaBytes,
  statusMs: member.statusMs === undefined ? undefined : Number(member.statusMs.toFixed(1)),
  usualStatusMs: outlook.usual.get(member.endpoint)?.statusMs?.median,
  growthBytesPerHour: outlook.forecasts.get(member.endpoint)?.growthBytesPerHour,
  timeToQuotaMs: outlook.forecasts.get(member.endpoint)?.timeToQuotaMs,
  errors: member.errors,
})
