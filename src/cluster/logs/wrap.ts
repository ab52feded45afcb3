import { dateTimeOf, epochTimeOf, syslogTimeOf } from './time'
import type { LineTime, LogClock } from './time'

/** A line without what kubelet, docker or journald put around it, and the time that they gave it. */
export type Unwrapped = { readonly text: string; readonly time: LineTime | undefined }

export type Fields = Readonly<Record<string, unknown>>

/** Takes off CRI's, a pod log's, docker's and journald's wrapping. A bare line comes back as it is. */
export const unwrap = (line: string, clock: LogClock): Unwrapped => {
  if (line.startsWith('{"log":') || line.includes('"MESSAGE":')) return unwrapJson(line, clock)
  if (line.startsWith('{') || !line.includes(' ')) return { text: line, time: undefined }
  const cri = CRI.exec(line)
  if (cri !== null) return cut(line, cri[0], dateTimeOf(line, clock))
  const tagged = SYSLOG_TAG.exec(line)
  if (tagged !== null)
    return cut(line, tagged[0], syslogTimeOf(line, clock) ?? dateTimeOf(line, clock))
  const pod = POD_TIME.exec(line)
  return pod === null ? { text: line, time: undefined } : cut(line, pod[0], dateTimeOf(line, clock))
}

const CRI = /^(\S{20,40}) (?:stdout|stderr) [FP] /
const POD_TIME = /^(\d{4}-\d\d-\d\dT\S{9,30}) /
const SYSLOG_TAG = /^.{1,60}? [\w.-]{1,80}(?:\/[\w.-]{1,80})?\[\d{1,10}\]: /

const cut = (line: string, prefix: string, time: LineTime | undefined): Unwrapped => ({
  text: line.slice(prefix.length),
  time,
})

/** Docker's json-file: log, time. journalctl -o json: MESSAGE, __REALTIME_TIMESTAMP in µs. */
const unwrapJson = (line: string, clock: LogClock): Unwrapped => {
  const { log, time, MESSAGE, __REALTIME_TIMESTAMP: micros } = parseObject(line) ?? {}
  const text = typeof log === 'string' ? log : MESSAGE
  if (typeof text !== 'string') return { text: line, time: undefined }
  const outer = typeof time === 'string' ? dateTimeOf(time, clock) : epochTimeOf(Number(micros))
  return { text: text.trimEnd(), time: outer }
}

/** Undefined: cut in the middle, or no JSON object. */
export const parseObject = (json: string): Fields | undefined => {
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Fields)
      : undefined
  } catch {
    return undefined
  }
}
