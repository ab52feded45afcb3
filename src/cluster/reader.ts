import type { ClusterConfig, EndpointConfig } from '../config'
import type {
  MemberReading,
  MemberStatus,
  Observation,
  Part,
  Roster,
  Scrape,
} from '../diagnosis/facts'
import { readCredentials, stampOf, type Credentials } from './credentials'
import { ended, fail, startDeadline, timed } from './deadline'
import { createMemberRpc, type MemberRpc } from './etcd'
import { failed, type Result } from './failure'
import { createPages, type OnPage, type Pages } from './page/scrape'

/** The open connections of one cluster, made for one configuration and one state of its files. */
export type Reader = {
  look(at: number, signal?: AbortSignal): Promise<Observation>
  /** This reader, or a new one when the configuration is another object or the files have changed. */
  successor(cluster: ClusterConfig): Reader
  /** Closes when the looks under way have ended. */
  retire(): Promise<void>
}

/** Files are looked at for a change at most every `filesCheckMs`; `onPage` gets every page's text. */
export const createReader = (cluster: ClusterConfig, options: ReaderOptions): Reader => {
  const stamp = stampOf(cluster) // before reading: what changes meanwhile is seen at the next check
  return readerWith({ cluster, options, stamp, credentials: readCredentials(cluster) })
}

export type ReaderOptions = { readonly filesCheckMs: number; readonly onPage?: OnPage | undefined }

type Making = {
  readonly cluster: ClusterConfig
  readonly options: ReaderOptions
  readonly stamp: string
  readonly credentials: Result<Credentials>
}

const readerWith = (making: Making): Reader => {
  const { cluster, options } = making
  const { filesCheckMs } = options
  const lines = openLines(making)
  const underway = new Set<Promise<Observation>>()
  let checkAt = performance.now() + filesCheckMs
  const renewed = (): Reader | undefined => {
    if (performance.now() < checkAt) return undefined
    checkAt = performance.now() + filesCheckMs
    return renew(making)
  }
  const reader: Reader = {
    look: (at, signal) => {
      const look = takeLook({ lines, cluster, at }, signal)
      underway.add(look)
      return look.finally(() => underway.delete(look))
    },
    successor: (next) => (next === cluster ? (renewed() ?? reader) : createReader(next, options)),
    retire: async () => {
      await Promise.allSettled(underway)
      closeLines(lines)
    },
  }
  return reader
}

/** A reader of the changed files. Undefined: nothing changed, or what is there now (half a rotation) cannot be used. */
const renew = (making: Making): Reader | undefined => {
  const stamp = stampOf(making.cluster)
  if (stamp === making.stamp) return undefined
  const credentials = readCredentials(making.cluster)
  if (!credentials.ok && making.credentials.ok) return undefined
  return readerWith({ ...making, stamp, credentials })
}

type Lines = { readonly members: readonly MemberLine[]; readonly pages: Pages }
type MemberLine = { readonly endpoint: EndpointConfig; readonly rpc: MemberRpc }

const openLines = ({ cluster, credentials, options }: Making): Lines => ({
  members: cluster.endpoints.map((endpoint) => ({
    endpoint,
    rpc: rpcOf(cluster, endpoint, credentials),
  })),
  pages: pagesOf(credentials, options.onPage),
})

const rpcOf = (
  { readTimeoutMs }: ClusterConfig,
  { url }: EndpointConfig,
  credentials: Result<Credentials>,
): MemberRpc =>
  credentials.ok
    ? createMemberRpc({ endpoint: url, credentials: credentials.value, readTimeoutMs })
    : {
        status: () => fail(credentials.why),
        memberList: () => fail(credentials.why),
        close: () => {},
      }

/** Without the TLS files the pages behind plain http (kubeadm's port 2381) can be read all the same. */
const pagesOf = (credentials: Result<Credentials>, onPage: OnPage | undefined): Pages => {
  if (credentials.ok) return createPages(credentials.value.tls, onPage)
  const pages = createPages(undefined, onPage)
  const scrape: Pages['scrape'] = (url, signal) =>
    new URL(url).protocol === 'https:'
      ? timed(() => fail(credentials.why))
      : pages.scrape(url, signal)
  return { ...pages, scrape }
}

const closeLines = ({ members, pages }: Lines): void => {
  members.forEach(({ rpc }) => rpc.close())
  pages.close()
}

type Look = { readonly lines: Lines; readonly cluster: ClusterConfig; readonly at: number }

const takeLook = async (
  { lines: { members, pages }, cluster, at }: Look,
  caller: AbortSignal | undefined,
): Promise<Observation> => {
  const deadline = startDeadline(cluster.readTimeoutMs, caller)
  const { signal } = deadline
  const headStart = startDeadline(HEAD_START_MS, signal)
  const statuses = members.map((member) => ({
    ...member,
    status: timed(() => member.rpc.status(signal)),
  }))
  const ready = Promise.race([Promise.all(statuses.map(({ status }) => status)), ended(headStart)])
  const asked = statuses.map((member) => ({
    ...member,
    scrape: ready.then(() => pages.scrape(member.endpoint.metricsUrl, signal)),
  }))
  const [readings, roster] = await Promise.all([
    Promise.all(asked.map((member) => readingOf(member, pages, signal))),
    timed(() => firstRoster(asked, signal)),
  ])
  deadline.clear()
  headStart.clear()
  return { at, members: readings, roster }
}

/**
 * How long pages wait for Status. Writing a page keeps a member busy for some ms, and reading it us: Status side by side
 * with it takes three times as long (measured), and its time is what is judged.
 */
const HEAD_START_MS = 50

type Asked = MemberLine & {
  readonly status: Promise<Part<MemberStatus>>
  readonly scrape: Promise<Part<Scrape>>
}

const readingOf = async (
  { endpoint, status, scrape }: Asked,
  pages: Pages,
  signal: AbortSignal,
): Promise<MemberReading> => {
  const [answer, page] = await Promise.all([
    status.then((part) => withComplaint(part, () => complaintOf(endpoint, pages, signal))),
    scrape,
  ])
  return { endpoint: endpoint.url, status: answer, scrape: page }
}

/** Where Status is denied, alarms are only told by /health. Nobody waits for it: without a quorum it hangs. */
const COMPLAINT_MS = 500

const complaintOf = async (
  { metricsUrl }: EndpointConfig,
  pages: Pages,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const deadline = startDeadline(COMPLAINT_MS, signal)
  const complaint = await pages.complaint(metricsUrl, deadline.signal)
  deadline.clear()
  return complaint
}

const withComplaint = async (
  status: Part<MemberStatus>,
  ask: () => Promise<string | undefined>,
): Promise<Part<MemberStatus>> => {
  if (status.ok || status.why.kind !== 'denied') return status
  const complaint = await ask()
  if (complaint === undefined) return status
  const text = `${status.why.text}; its /health says: ${complaint}`
  return { ...status, why: { ...status.why, text } }
}

/**
 * The list of the member that answers Status first, a refusal included; of the next one where that fails. So the list
 * costs one call a look, and nobody waits for a member that hangs.
 */
const firstRoster = async (
  asked: readonly Asked[],
  signal: AbortSignal,
): Promise<Result<Roster>> => {
  let roster: Promise<Result<Roster>> = Promise.resolve(NOBODY_ANSWERED)
  await Promise.all(
    asked.map(async (member) => {
      const status = await member.status
      if (!isAnswer(status)) return
      roster = roster.then((known) => (known.ok ? known : rosterOf(member, signal)))
    }),
  )
  return roster
}

const NOBODY_ANSWERED = failed('other', 'no member answered')

const isAnswer = (status: Part<MemberStatus>): boolean => status.ok || status.why.kind === 'denied'

const rosterOf = async (
  { endpoint, rpc }: MemberLine,
  signal: AbortSignal,
): Promise<Result<Roster>> => {
  const list = await rpc.memberList(signal)
  return list.ok ? { ok: true, value: { answeredBy: endpoint.url, ...list.value } } : list
}
