import type { LogEvent, LogKind } from '../../diagnosis/facts'
import { RAFT_PATTERNS, TEXT_PATTERNS, ZAP_MESSAGES } from './kinds'
import type { TellingFields, TellingPattern } from './kinds'
import { dateTimeOf, durationMsOf, epochTimeOf } from './time'
import type { LineTime, LogClock } from './time'
import { parseObject, unwrap } from './wrap'
import type { Fields } from './wrap'

/**
 * Reads one line of a member's log: zap JSON or console (3.4 with `--logger=zap`, 3.5 and later) or 3.4's text, bare or
 * inside what kubelet, docker or journald put around it. Undefined: the line tells nothing, or not when it was.
 *
 * The common line is of no interest and costs one search for its message: JSON is parsed only for lines whose fields matter.
 * Never throws: a log may hold anything.
 */
export const parseLogLine = (
  line: string,
  endpoint: string,
  clock: LogClock = {},
): LogEvent | undefined => {
  if (line.length > MAX_LINE) return undefined
  const { text, time } = unwrap(line, clock)
  const told = toldBy(text, clock)
  const at = told && timeOf(told.time, time, clock)
  if (told === undefined || at === undefined) return undefined
  return { at, endpoint, kind: told.kind, ...told.details }
}

/** Longer lines are request contents: etcd cuts what it prints, kubelet cuts at 16 KiB. */
const MAX_LINE = 64 * 1024

type Details = Omit<LogEvent, 'at' | 'endpoint' | 'kind'>
type Told = {
  readonly kind: LogKind
  readonly time: LineTime | undefined
  readonly details: Details
}

/** A time with a zone wins over one without, etcd's own over its wrapper's. */
const timeOf = (
  own: LineTime | undefined,
  outer: LineTime | undefined,
  clock: LogClock,
): number | undefined => {
  if (own?.zoned === false && outer?.zoned === true) return outer.at
  return (own ?? outer)?.at ?? clock.seenAt
}

// --- what etcd wrote ---

const CONSOLE = /^(\S{20,40})\t[A-Za-z]+\t(?:[\w.-]+\t)?\S+\.go:\d+\t([^\t]*)(?:\t(\{.*))?$/
const CAPNSLOG = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}) [A-Z] \| (?:[\w./-]+: )?/
const RAFT_STDLOG = /^raft(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) [A-Z]+: /
const PACKAGE = /^(?:(?:raft|etcdserver|rafthttp|wal|embed|etcdmain|mvcc|lease)(?:\/\w+)*: )?/

const toldBy = (text: string, clock: LogClock): Told | undefined => {
  if (text.startsWith('{')) return toldByJson(text, clock)
  if (text.includes('.go:') && text.includes('\t')) return toldByConsole(text, clock)
  const head = CAPNSLOG.exec(text) ?? RAFT_STDLOG.exec(text) ?? PACKAGE.exec(text)
  const message = text.slice(head?.[0].length ?? 0)
  const telling = matched(RAFT_PATTERNS, message) ?? matched(TEXT_PATTERNS, message)
  return telling && { ...telling, time: dateTimeOf(head?.[1] ?? '', clock) }
}

const MESSAGE_MARK = '"msg":"'

const toldByJson = (text: string, clock: LogClock): Told | undefined => {
  const from = text.indexOf(MESSAGE_MARK) + MESSAGE_MARK.length
  const end = text.indexOf('"', from)
  if (from < MESSAGE_MARK.length || end < 0) return undefined
  const message = text.slice(from, end)
  const fields = ZAP_MESSAGES.get(message)
  if (fields === undefined) return toldByRaft(message, text.slice(0, from), clock)
  const parsed = fieldsOf(text)
  return toldByFields(fields, parsed, { text, time: zapTimeOf(parsed.ts, clock) })
}

const RAFT_START = /^(?:raft\.node: )?[0-9a-f]{1,16} /
const STAMP = /"ts":(?:"([^"]{1,40})"|([\d.e+]{1,30}))/

/** `head` is the line up to its message: a raft line holds nothing else of interest, so that it need not be parsed. */
const toldByRaft = (message: string, head: string, clock: LogClock): Told | undefined => {
  if (!RAFT_START.test(message)) return undefined
  const telling = matched(RAFT_PATTERNS, message)
  if (telling === undefined) return toldByMember(message, head, clock)
  return { ...telling, time: stampOf(head, clock) }
}

const stampOf = (head: string, clock: LogClock): LineTime | undefined => {
  const stamp = STAMP.exec(head)
  return zapTimeOf(stamp?.[1] ?? Number(stamp?.[2] ?? NaN), clock)
}

/** `91da5d5e9ef53361 found data inconsistency with peers`: the id before a message that is known without it. */
const toldByMember = (message: string, head: string, clock: LogClock): Told | undefined => {
  const space = message.indexOf(' ')
  const fields = ZAP_MESSAGES.get(message.slice(space + 1))
  if (fields === undefined) return undefined
  const memberId = message.slice(0, space)
  return { kind: fields.kind, time: stampOf(head, clock), details: { memberId } }
}

const toldByConsole = (text: string, clock: LogClock): Told | undefined => {
  const [, stamp = '', message = '', json = '{}'] = CONSOLE.exec(text) ?? []
  const time = dateTimeOf(stamp, clock)
  const fields = ZAP_MESSAGES.get(message)
  if (fields !== undefined) return toldByFields(fields, fieldsOf(json), { text: json, time })
  const telling = matched(RAFT_PATTERNS, message)
  return telling && { ...telling, time }
}

const zapTimeOf = (ts: unknown, clock: LogClock): LineTime | undefined => {
  if (typeof ts === 'string') return dateTimeOf(ts, clock)
  return typeof ts === 'number' ? epochTimeOf(ts) : undefined
}

// --- details ---

const WHOLE_PAIR = /"([\w -]{1,60})":"((?:[^"\\]|\\.)*)"/g

/** A line that something cut in the middle still tells by its fields before the cut: a start line is over 1,000 long. */
const fieldsOf = (json: string): Fields =>
  parseObject(json) ??
  Object.fromEntries([...json.matchAll(WHOLE_PAIR)].map(([, name, value]) => [name, value]))

const toldByFields = (
  { kind, peer, took }: TellingFields,
  fields: Fields,
  { text, time }: { readonly text: string; readonly time: LineTime | undefined },
): Told | undefined => {
  const timeouts = kind === 'settings' ? settingsOf(fields, text) : hintedTimeouts(kind, fields)
  if (kind === 'settings' && Object.keys(timeouts).length === 0) return undefined
  const details = definedOf({
    memberId: idOf(fields['local-member-id']),
    peerId: idOf(peer && fields[peer]),
    tookMs: durationMsOf(took && fields[took]),
  })
  return { kind, time, details: { ...details, ...timeouts } }
}

/** The start line has both as durations; the line of arguments has flags in ms, those that were given. */
const settingsOf = (fields: Fields, text: string): Details =>
  definedOf({
    heartbeatMs: durationMsOf(fields['heartbeat-interval']) ?? flagOf(HEARTBEAT_FLAG, text),
    electionMs: durationMsOf(fields['election-timeout']) ?? flagOf(ELECTION_FLAG, text),
  })

const HEARTBEAT_FLAG = /"--?heartbeat-interval(?:=|", ?")(\d{1,9})"/
const ELECTION_FLAG = /"--?election-timeout(?:=|", ?")(\d{1,9})"/

const flagOf = (flag: RegExp, text: string): number | undefined => wholeOf(flag.exec(text)?.[1])

/** The late heartbeat names its interval; a read gives up after 5 s and two election timeouts. */
const hintedTimeouts = (kind: LogKind, fields: Fields): Details => {
  if (kind === 'heartbeat-late')
    return definedOf({ heartbeatMs: durationMsOf(fields['heartbeat-interval']) })
  const readTimeoutMs = kind === 'read-index-slow' ? durationMsOf(fields.timeout) : undefined
  if (readTimeoutMs === undefined || readTimeoutMs <= READ_TIMEOUT_BASE_MS) return {}
  return { electionMs: (readTimeoutMs - READ_TIMEOUT_BASE_MS) / 2 }
}

const READ_TIMEOUT_BASE_MS = 5000

const wholeOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined

const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[0-9a-f]{1,16}$/.test(value) ? value : undefined

const matched = (
  patterns: readonly TellingPattern[],
  message: string,
): Omit<Told, 'time'> | undefined => {
  for (const [kind, pattern] of patterns) {
    const found = pattern.exec(message)
    if (found !== null) return { kind, details: detailsOf(found.groups ?? {}) }
  }
  return undefined
}

const detailsOf = (groups: Readonly<Record<string, string | undefined>>): Details =>
  definedOf({
    memberId: groups.member,
    peerId: groups.peer,
    term: wholeOf(groups.term),
    tookMs: durationMsOf(groups.took),
    heartbeatMs: wholeOf(groups.heartbeat) ?? durationMsOf(groups.heartbeat),
    electionMs: wholeOf(groups.election),
  })

type Maybe<T> = { readonly [K in keyof T]: T[K] | undefined }

const definedOf = (details: Maybe<Details>): Details =>
  Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as Details
