import type { Failure, FailureKind, MemberReading, MemberStatus, Part } from '../../diagnosis/facts'
import { parseExposition } from '../page/exposition'

/** One member at one look as a trace spells it: see *A trace* in the design. */
export type RecordedReading = {
  readonly at: number
  readonly endpoint: string
  readonly status?: unknown
  readonly statusMs?: unknown
  readonly statusError?: unknown
  readonly metrics?: unknown
  readonly metricsMs?: unknown
  readonly metricsError?: unknown
}

/** The reading that a line holds. A part that was not recorded is a failure of kind `other` that took 0 ms. */
export const readingOf = (line: RecordedReading, endpoint: string): MemberReading => ({
  endpoint,
  status: statusPart(line),
  scrape: scrapePart(line),
})

const statusPart = (line: RecordedReading): MemberReading['status'] => {
  const tookMs = msOf(line.statusMs)
  if (!isRecord(line.status)) return { ok: false, why: failureOf(line.statusError), tookMs }
  const value = readGatewayStatus(line.status)
  return value === undefined
    ? { ok: false, why: { kind: 'malformed', text: 'this is not a Status of etcd' }, tookMs }
    : { ok: true, value, tookMs }
}

const scrapePart = (line: RecordedReading): MemberReading['scrape'] => {
  const tookMs = msOf(line.metricsMs)
  if (typeof line.metrics !== 'string')
    return { ok: false, why: failureOf(line.metricsError), tookMs }
  const page = parseExposition(line.metrics)
  return page.ok
    ? { ok: true, value: page.scrape, tookMs }
    : { ok: false, why: { kind: 'malformed', text: page.why }, tookMs }
}

const msOf = (value: unknown): number =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : 0

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Status as the JSON gateway spells it: ids and 64-bit numbers are decimal strings, what is zero is left out. */
const readGatewayStatus = (status: Readonly<Record<string, unknown>>): MemberStatus | undefined => {
  const header = isRecord(status.header) ? status.header : {}
  const memberId = hexOf(header.member_id)
  if (memberId === undefined) return undefined
  return {
    memberId,
    clusterId: hexOf(header.cluster_id) ?? '',
    version: typeof status.version === 'string' ? status.version : '',
    leaderId: hexOf(status.leader),
    raftTerm: numberOf(status.raftTerm) ?? 0,
    raftIndex: numberOf(status.raftIndex) ?? 0,
    raftAppliedIndex: numberOf(status.raftAppliedIndex),
    dbSizeBytes: numberOf(status.dbSize) ?? 0,
    dbInUseBytes: numberOf(status.dbSizeInUse),
    quotaBytes: numberOf(status.dbSizeQuota),
    isLearner: status.isLearner === true,
    errors: Array.isArray(status.errors) ? status.errors.filter((e) => typeof e === 'string') : [],
  }
}

/** etcd's id 0 is nobody. */
const hexOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return undefined
  const id = BigInt(text)
  return id === 0n ? undefined : id.toString(16)
}

const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The inverse of reading: for recorders that asked over gRPC. */
export const gatewayStatus = (status: MemberStatus): Readonly<Record<string, unknown>> => ({
  header: {
    cluster_id: decimalOf(status.clusterId),
    member_id: decimalOf(status.memberId),
    raft_term: String(status.raftTerm),
  },
  version: status.version,
  dbSize: String(status.dbSizeBytes),
  raftIndex: String(status.raftIndex),
  raftTerm: String(status.raftTerm),
  ...(status.leaderId !== undefined && { leader: decimalOf(status.leaderId) }),
  ...(status.raftAppliedIndex !== undefined && {
    raftAppliedIndex: String(status.raftAppliedIndex),
  }),
  ...(status.dbInUseBytes !== undefined && { dbSizeInUse: String(status.dbInUseBytes) }),
  ...(status.quotaBytes !== undefined && { dbSizeQuota: String(status.quotaBytes) }),
  ...(status.errors.length > 0 && { errors: status.errors }),
  ...(status.isLearner && { isLearner: true }),
})

const decimalOf = (hex: string): string =>
  /^[0-9a-f]{1,16}$/.test(hex) ? BigInt(`0x${hex}`).toString() : '0'

/** The text a trace keeps of a failure: its kind first, so that reading it back needs no guess. */
export const failureText = (why: Failure): string => `${why.kind}: ${why.text}`

/** One part of a reading as the two or three fields of its line. */
export const partFields = <T>(
  name: 'status' | 'metrics',
  part: Part<T>,
  spell: (value: T) => unknown,
): Readonly<Record<string, unknown>> => ({
  [name]: part.ok ? spell(part.value) : null,
  [`${name}Ms`]: part.tookMs,
  ...(!part.ok && { [`${name}Error`]: failureText(part.why) }),
})

/** Recorders spell failures as their HTTP client does: what the texts have in common tells the kind. */
const failureOf = (error: unknown): Failure => {
  if (typeof error !== 'string') return { kind: 'other', text: 'not recorded' }
  const spelled = KINDS.find((kind) => error.startsWith(`${kind}: `))
  if (spelled !== undefined) return { kind: spelled, text: error.slice(spelled.length + 2) }
  return { kind: SIGNS.find(([sign]) => sign.test(error))?.[1] ?? 'other', text: error }
}

const KINDS: readonly FailureKind[] = [
  'refused',
  'deadline',
  'denied',
  'tls',
  'name',
  'reset',
  'malformed',
  'too-large',
  'http',
  'other',
]

const SIGNS: readonly (readonly [RegExp, FailureKind])[] = [
  [/refused/i, 'refused'],
  [/time(d )?-?out|deadline|aborted/i, 'deadline'],
  [/ENOTFOUND|EAI_AGAIN|no such host/i, 'name'],
  [/certificate|\btls\b|\bssl\b|handshake/i, 'tls'],
  [/permission denied|unauthenticated|401|403/i, 'denied'],
  [/reset|hang up|EPIPE|closed/i, 'reset'],
  [/unreachable/i, 'deadline'], // EHOSTUNREACH: no host answers, as a host that is down or cut off
  [/HTTP \d{3}|status code \d{3}/i, 'http'],
]
