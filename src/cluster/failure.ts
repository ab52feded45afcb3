import type { Failure, FailureKind } from '../diagnosis/facts'

/** What may fail in ordinary life, as a value. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: Failure }

export const failed = (kind: FailureKind, text: string): { ok: false; why: Failure } => ({
  ok: false,
  why: { kind, text },
})

/**
 * What an error of gRPC, HTTP, TLS or the network says, in words for who is on call. gRPC reports nearly everything as
 * code 14, hence the text decides. The text is at most 200 characters and holds no user info of a URL.
 */
export const failureOf = (error: unknown): Failure => {
  const text = wordsOf(error)
  const known = SAYINGS.find(({ sign }) => sign.test(text))
  if (known === undefined) return { kind: 'other', text: tidy(text) }
  return { kind: known.kind, text: tidy(known.say ?? text) }
}

type Saying = { readonly sign: RegExp; readonly kind: FailureKind; readonly say?: string }

/** The first sign that fits wins: the particular ones stand before the general ones of their kind. */
const SAYINGS: readonly Saying[] = [
  { sign: /ECONNREFUSED/, kind: 'refused', say: 'connection refused: nothing listens there' },
  {
    sign: /alert certificate required|CERTIFICATE_REQUIRED/,
    kind: 'tls',
    say: 'the member wants a client certificate',
  },
  {
    sign: /alert unknown ca|ALERT_UNKNOWN_CA/,
    kind: 'tls',
    say: 'the member does not trust our client certificate (unknown CA)',
  },
  {
    sign: /alert certificate expired|ALERT_CERTIFICATE_EXPIRED/,
    kind: 'tls',
    say: 'our client certificate has expired',
  },
  {
    sign: /alert bad certificate|ALERT_BAD_CERTIFICATE/,
    kind: 'tls',
    say: 'the member refuses our client certificate (bad certificate)',
  },
  {
    sign: /unable to verify|unable to get|self[- ]signed certificate|UNABLE_TO_|_SIGNED_CERT/,
    kind: 'tls',
    say: "the member's certificate is not signed by the configured CA",
  },
  {
    sign: /ALTNAME|does not match certificate/,
    kind: 'tls',
    say: "the member's certificate does not carry the name that was dialled: set the server name",
  },
  {
    sign: /certificate has expired|CERT_HAS_EXPIRED/,
    kind: 'tls',
    say: "the member's certificate has expired",
  },
  {
    sign: /wrong version number|WRONG_VERSION_NUMBER|packet length too long/,
    kind: 'tls',
    say: 'the member speaks no TLS there: is the URL http://?',
  },
  {
    sign: /before secure TLS connection/,
    kind: 'tls',
    say: 'the other side ended the TLS handshake: is the URL http://?',
  },
  {
    sign: /certificate|handshake|SSL routines|secure TLS|EPROTO|ERR_(SSL|TLS)|\balert\b/i,
    kind: 'tls',
  },
  { sign: /ENOTFOUND|EAI_|ENODATA|Name resolution failed/, kind: 'name', say: 'no such host name' },
  {
    sign: /permission denied|user name is empty|invalid auth token|auth store is old|authentication failed|permission not given/,
    kind: 'denied',
  },
  { sign: /^etcdserver: /, kind: 'other' },
  {
    sign: /DEADLINE_EXCEEDED|ETIMEDOUT|_TIMEOUT\b/,
    kind: 'deadline',
    say: 'no connection in time',
  },
  { sign: /EHOSTUNREACH|ENETUNREACH/, kind: 'other', say: 'no route to the host' },
  {
    sign: /larger than max|MAX_SIZE_EXCEEDED/,
    kind: 'too-large',
    say: 'the answer is larger than 16 MB',
  },
  {
    sign: /parsing error|UNIMPLEMENTED|HTTP\/1\.1 protocol|HEADERS_OVERFLOW|PROTOCOL_ERROR|malformed/i,
    kind: 'malformed',
    say: 'what answers there does not speak like etcd',
  },
  {
    sign: /ECONNRESET|EPIPE|hang up|other side closed|dropped|RST_STREAM|goaway|terminated|aborted|closed/i,
    kind: 'reset',
    say: 'the connection broke in the middle',
  },
  {
    sign: /Failed to connect/,
    kind: 'reset',
    say: 'the connection was closed at once: does the member want https://?',
  },
]

/** Code, name and message of the error and of its causes; gRPC's envelope is taken off. */
const wordsOf = (error: unknown): string => {
  if (!isError(error)) return String(error)
  const { code, details, cause } = error as Error & Told
  if (details !== undefined) return `${signOf(code)}${bare(details)}`
  const said = typeof code === 'string' ? `${error.message} (${code})` : error.message
  return isError(cause) ? `${said}: ${wordsOf(cause)}` : said
}

/** Not instanceof: what Node throws is of another realm in a VM context, such as Jest's. */
const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value

type Told = { readonly code?: unknown; readonly details?: string; readonly cause?: unknown }

/** gRPC's codes that tell more than their texts. */
const signOf = (code: unknown): string => {
  if (code === 4) return 'DEADLINE_EXCEEDED '
  if (code === 12) return 'UNIMPLEMENTED '
  return ''
}

const bare = (details: string): string =>
  details
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/ ?Resolution note: .*$/s, '')

const TEXT_MAX = 200

const tidy = (text: string): string => {
  const line = text.replace(/\/\/[^/\s@]*@/g, '//').replace(/\s+/g, ' ')
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX - 1)}…` : line
}
