import type { Answer } from '../answer'
import type { Explanation, Found } from './errors'
import { GRPC_CODES } from './entry'
import type { Entry, GrpcCode, Written } from './entry'
import type { Finding, Severity, State } from '../facts'
import { countText, listText } from '../quantity'
import type { CauseName } from '../verdict'

/** What a look at a cluster says, to tell whether what was pasted happens there now. */
export type Happening = {
  /** As it is shown. */
  readonly cluster: string
  readonly state: State
  readonly severity: Severity | 'unknown'
  /** One sentence that names the cluster. */
  readonly summary: string
}

/** An explanation in words. `severity` is that of the worst thing pasted, or of the cluster where that is worse. */
export const answerOf = (explanation: Explanation, at: number, happening?: Happening): Answer => {
  const [worst, ...others] = explanation.found
  const answer = worst === undefined ? unknownOf(explanation) : knownOf(worst, others)
  return {
    at,
    state: undefined,
    tables: [],
    ...answer,
    severity: worseOf(answer.severity, happening),
    facts: [
      ...answer.facts,
      ...kubernetesFacts(explanation),
      ...happeningFacts(explanation, happening),
    ],
    unseen: unseenOf(explanation, happening),
    json: jsonOf(explanation, happening),
  }
}

type Told = Pick<Answer, 'severity' | 'headline' | 'facts' | 'findings' | 'action'>

const unknownOf = ({ nearest }: Explanation): Told => ({
  severity: 'unknown',
  headline:
    nearest.length === 0
      ? 'Nothing in this text is an error or a log line of etcd that Stormwatch knows.'
      : `Nothing in this text is known; the nearest is “${titleOf(nearest[0])}”.`,
  facts: nearest.map((entry) => `“${titleOf(entry)}” would mean: ${entry.meaning}`),
  findings: [],
  action: {
    say: 'Paste the whole line as etcd, kubectl or the client printed it, with what stands around it.',
  },
})

const knownOf = (worst: Found, others: readonly Found[]): Told => ({
  severity: worst.entry.severity,
  headline: headlineOf(worst, others),
  facts: others.length === 0 ? factsOf(worst.entry) : [],
  findings: others.length === 0 ? [] : [worst, ...others].map(findingOf),
  action: worst.entry.action,
})

const headlineOf = (worst: Found, others: readonly Found[]): string => {
  const { entry, count } = worst
  const times = count === 1 ? '' : ` (${count} times)`
  const first = `“${titleOf(entry)}”${times}: ${entry.meaning}`
  return others.length === 0 ? first : `${kindsOf([worst, ...others])}; the worst is ${first}`
}

const kindsOf = (found: readonly Found[]): string => {
  const errors = found.filter(({ entry }) => entry.kind === 'error').length
  const lines = found.length - errors
  return listText([
    ...(errors > 0 ? [countText(errors, 'kind') + ' of error'] : []),
    ...(lines > 0 ? [countText(lines, 'kind') + ' of log line'] : []),
  ])
}

const factsOf = (entry: Entry): readonly string[] => [
  `Raised by: ${entry.raisedBy}.`,
  ...codeFacts(entry),
  `${WRITTEN[entry.written]} ${entry.because}`,
  PASSING[entry.transient],
  ...(entry.causes.length === 0 ? [] : [`Points to: ${listText(entry.causes.map(causeText))}.`]),
]

/** Answers "may the write of this call have been applied?". */
const WRITTEN: Readonly<Record<Written, string>> = {
  no: 'Written: not by this call.',
  maybe: 'Written: maybe.',
  'can be': 'Written: it can be, although the call was refused.',
  'n/a': 'Written: says nothing of a write.',
}

const PASSING: Readonly<Record<Entry['transient'], string>> = {
  yes: 'It passes by itself.',
  no: 'It does not pass by itself.',
  depends: 'Whether it passes depends on its cause.',
}

const codeFacts = ({ code, sent }: Entry): readonly string[] => {
  if (code === undefined) return []
  const wire = sent === undefined ? '' : `, though older servers send ${codeText(sent)}`
  return [`gRPC code ${codeText(code)}${wire}.`]
}

const codeText = (code: GrpcCode): string => `${GRPC_CODES[code]} ${code}`

const findingOf = ({ entry, count }: Found): Finding => ({
  rule: entry.id,
  severity: entry.severity,
  summary: `“${titleOf(entry)}”: ${entry.meaning}`,
  evidence: [
    { name: 'seen', value: count, unit: count === 1 ? 'time' : 'times' },
    ...(entry.kind === 'error' ? [{ name: 'written', value: entry.written, unit: '' }] : []),
    ...(entry.causes.length === 0
      ? []
      : [{ name: 'points to', value: listText(entry.causes.map(causeText)), unit: '' }]),
  ],
  action: entry.action,
})

const titleOf = (entry: Entry | undefined): string => entry?.texts[0] ?? ''

const CAUSE_WORDS: Readonly<Record<CauseName, string>> = {
  disk: 'a slow disk',
  network: 'the network between members',
  cpu: 'CPU starvation',
  overload: 'overload',
  timeouts: 'timeouts that are too tight',
  pauses: 'pauses (GC, VM)',
  space: 'database space',
  maintenance: 'maintenance',
  'member-down': 'a member that is down',
  'quorum-lost': 'a lost quorum',
  planned: 'a planned restart or transfer',
  version: 'a version',
}

const causeText = (cause: CauseName): string => CAUSE_WORDS[cause]

const kubernetesFacts = ({ kubernetes, found }: Explanation): readonly string[] =>
  kubernetes && found.some(({ entry }) => entry.kind === 'error')
    ? [
        'One create or update of Kubernetes is several calls of etcd, of which this may be any: read the object back before you conclude that nothing was written. Upstream kube-apiserver repeats no write by itself.',
      ]
    : []

// --- whether it happens now ---

const happeningFacts = (
  { found }: Explanation,
  happening: Happening | undefined,
): readonly string[] => {
  if (happening === undefined || found.length === 0 || happening.state === 'unknown') return []
  if (!isVisible(found)) return []
  const quiet = happening.severity === 'ok'
  return [`Now: ${quiet ? `no sign of it. ` : ''}${happening.summary}`]
}

/** A client's own mistake leaves no trace in a cluster's state. */
const isVisible = (found: readonly Found[]): boolean =>
  found.some(({ entry }) => entry.causes.length > 0)

const unseenOf = (
  { found, cut }: Explanation,
  happening: Happening | undefined,
): readonly string[] => [
  ...(cut ? ['The rest of the text: only its beginning was read.'] : []),
  ...(found.length === 0 ? [] : unseenNow(found, happening)),
]

const unseenNow = (
  found: readonly Found[],
  happening: Happening | undefined,
): readonly string[] => {
  if (!isVisible(found)) return ['Whether it happens now: a cluster’s state does not show it.']
  if (happening === undefined) return ['Whether it happens now: no cluster was looked at.']
  return happening.state === 'unknown'
    ? [
        `Whether it happens now: too little of ${happening.cluster} could be read. ${happening.summary}`,
      ]
    : []
}

const RANKS = ['ok', 'warning', 'unknown', 'critical'] as const

const worseOf = (
  severity: Answer['severity'],
  happening: Happening | undefined,
): Answer['severity'] => {
  const now = happening?.severity ?? 'ok'
  if (now === 'unknown') return severity // said in `unseen`: the text itself was explained
  return RANKS.indexOf(now) > RANKS.indexOf(severity) ? now : severity
}

// --- json ---

const jsonOf = (
  { found, nearest, cut }: Explanation,
  happening: Happening | undefined,
): unknown => ({
  found: found.map(({ entry, count }) => ({ ...jsonEntry(entry), count })),
  nearest: nearest.map(jsonEntry),
  cut,
  ...(happening && { happening }),
})

const jsonEntry = (entry: Entry): object => ({
  id: entry.id,
  kind: entry.kind,
  text: titleOf(entry),
  meaning: entry.meaning,
  raisedBy: entry.raisedBy,
  code: entry.code && { number: GRPC_CODES[entry.code], name: entry.code },
  written: entry.written,
  because: entry.because,
  transient: entry.transient,
  severity: entry.severity,
  causes: entry.causes,
  action: entry.action,
})
