import type { Answer, Cell, Table } from './answer'
import type { Evidence, Finding, Severity } from './facts'
import { evidenceText, usualTexts } from './evidence-text'
import { countText, durationText, timeText } from './quantity'
import { statusJson, type Status } from './status/status'
import type { Hypothesis, Standing, Verdict } from './verdict'

/**
 * The answer of `diagnose`: the verdict over a window, with what the last look says beside it. `title` is how people call
 * the cluster.
 */
export const diagnosisAnswer = (verdict: Verdict, status: Status, title: string): Answer => ({
  at: verdict.at,
  state: verdict.state,
  severity: worse(verdict.severity, status.severity),
  headline: headlineOf(verdict, status, title),
  facts: [watchedText(verdict), ...unusualTexts(verdict), ...electionTexts(verdict)],
  tables: [causeTable(verdict)],
  findings: [
    ...namedFindings(verdict),
    ...status.findings.filter(({ severity }) => severity !== 'ok'),
  ],
  unseen: verdict.unseen,
  action: verdict.cause === 'none' ? (worstAction(status) ?? verdict.action) : verdict.action,
  json: diagnosisJson(verdict, status),
})

/** Where nothing shook the cluster, what is wrong with it all the same comes first. */
const headlineOf = (verdict: Verdict, status: Status, title: string): string => {
  if (verdict.cause === 'none' && status.severity !== 'ok') return status.summary
  return `${title}: ${verdict.headline}.`
}

type Grade = Severity | 'unknown'
const GRADES: readonly Grade[] = ['ok', 'warning', 'unknown', 'critical']

const worse = (one: Grade, other: Grade): Grade =>
  GRADES.indexOf(one) >= GRADES.indexOf(other) ? one : other

const worstAction = ({ findings }: Status) =>
  findings.find(({ severity }) => severity !== 'ok')?.action

const watchedText = ({ at, since, looks, unplanned, planned }: Verdict): string => {
  const elections =
    unplanned + planned === 0
      ? 'no election'
      : `${countText(unplanned, 'unplanned election')}, ${planned} planned`
  return `${countText(looks, 'look')} over ${durationText(at - since)}: ${elections}.`
}

const unusualTexts = ({ unusual = [] }: Verdict): readonly string[] =>
  unusual.map((text) => `Far from usual: ${text}.`)

/** The last ones: an engineer ties them to what else happened then. */
const ELECTIONS_TOLD = 5

const electionTexts = ({ elections, names }: Verdict): readonly string[] =>
  elections.slice(-ELECTIONS_TOLD).map((election) => {
    const who = election.to === undefined ? 'a leader' : (names.get(election.to) ?? election.to)
    const why = election.planned === undefined ? '' : ` (explained by a ${election.planned})`
    return `Election at ${timeText(election.at)}: ${who} won${why}.`
  })

const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  likely: 'likely',
  possible: 'possible',
  'cannot-tell': 'cannot tell',
  'ruled-out': 'ruled out',
}

const causeTable = (verdict: Verdict): Table => ({
  title: 'Causes',
  columns: [
    { title: 'Cause', align: 'left' },
    { title: 'Standing', align: 'left' },
    { title: 'Where', align: 'left' },
    { title: 'For', align: 'left' },
    { title: 'Against', align: 'left' },
  ],
  rows: verdict.causes.map((one) => causeRow(one, verdict)),
})

const causeRow = (one: Hypothesis, verdict: Verdict): readonly Cell[] => [
  { text: one.cause, ...(one.cause === verdict.cause ? { severity: 'warning' as const } : {}) },
  { text: STANDING_WORDS[one.standing] },
  { text: whereOf(one, verdict) },
  { text: evidenceWords(one.supports, whereOf(one, verdict)) },
  { text: evidenceWords(one.refutes, whereOf(one, verdict)) },
]

const whereOf = (
  { member, link }: Pick<Hypothesis, 'member' | 'link'>,
  { names }: Verdict,
): string => {
  const nameOf = (endpoint: string): string => names.get(endpoint) ?? endpoint
  if (link !== undefined) return link.map(nameOf).join(' – ')
  return member === undefined ? '' : nameOf(member)
}

/** The two strongest pieces: the rest is in the JSON. */
const evidenceWords = (evidence: readonly Evidence[], about: string): string =>
  evidence
    .slice(0, 2)
    .map((piece) => withUsual(piece, about))
    .join('; ')

const withUsual = (piece: Evidence, about: string): string =>
  [evidenceText(piece, { about }), ...usualTexts(piece).map((usual) => `(${usual})`)].join(' ')

/** What is likely, else what is possible, each with all that speaks for it. */
const namedFindings = (verdict: Verdict): readonly Finding[] => {
  const likely = verdict.causes.filter((one) => one.cause === verdict.cause)
  const open = likely.length > 0 ? likely : openOnes(verdict)
  return open.slice(0, 2).map((one) => findingOf(one, verdict))
}

const openOnes = ({ cause, causes }: Verdict): readonly Hypothesis[] =>
  cause === 'unknown' ? causes.filter(({ standing }) => standing === 'possible') : []

const findingOf = (one: Hypothesis, verdict: Verdict): Finding => {
  const where = whereOf(one, verdict)
  return {
    rule: `cause-${one.cause}`,
    severity: verdict.severity === 'unknown' ? 'warning' : verdict.severity,
    ...(where === '' ? {} : { member: where }),
    summary: `${one.cause} is ${STANDING_WORDS[one.standing]}${saidAlready(one, verdict) ? '' : `: ${one.summary}`}`,
    evidence: [
      ...one.supports,
      ...one.refutes.map((piece) => ({ ...piece, name: `against: ${piece.name}` })),
    ],
    action: one.action,
  }
}

/** The headline told it: what a cause shows is said once. */
const saidAlready = ({ summary }: Hypothesis, { headline }: Verdict): boolean =>
  headline.toLowerCase().includes(summary.toLowerCase())

/** The documented JSON of `diagnose`: that of `status` at the last look, with the verdict over the window. */
const diagnosisJson = (verdict: Verdict, status: Status): Record<string, unknown> => ({
  ...statusJson(status),
  at: verdict.at,
  state: verdict.state,
  severity: worse(verdict.severity, status.severity),
  summary: verdict.headline,
  since: verdict.since,
  looks: verdict.looks,
  cause: verdict.cause,
  member: verdict.member,
  memberName: verdict.member === undefined ? undefined : verdict.names.get(verdict.member),
  link: verdict.link,
  causes: verdict.causes,
  elections: verdict.unplanned,
  planned: verdict.planned,
  unusual: verdict.unusual,
  action: verdict.action,
  unseen: verdict.unseen,
})

/** One line while the looks are taken: how far, and the answer so far. */
export const progressText = (verdict: Verdict | undefined, done: number, of: number): string => {
  const filled = Math.round((done / of) * 10)
  const bar = '█'.repeat(filled) + '░'.repeat(10 - filled)
  const soFar = verdict === undefined ? 'looking' : `so far: ${verdict.headline}`
  return `${bar} look ${done} of ${of} · ${soFar}`
}
