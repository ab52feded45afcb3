import type { ClusterConfig } from '../../src/config'
import type {
  MemberReading,
  MemberStatus,
  Observation,
  Part,
  Scrape,
} from '../../src/diagnosis/facts'
import type { Limits } from '../../src/diagnosis/limits'

type Watched = { readonly endpoint: string; readonly metricsUrl: string }

let made = 0

/** A cluster to observe: only what reading needs is real. */
export const configOf = (
  members: readonly Watched[],
  more: Partial<ClusterConfig> = {},
): ClusterConfig => ({
  name: `cluster-${++made}`,
  title: 'a cluster',
  endpoints: members.map(({ endpoint, metricsUrl }) => ({ url: endpoint, metricsUrl })),
  tls: undefined,
  auth: undefined,
  logs: undefined,
  readTimeoutMs: 2000,
  settings: {
    name: 'cluster',
    heartbeatMs: 100,
    electionMs: 1000,
    timeoutsFrom: 'default',
    quotaBytes: undefined,
  },
  limits: {} as Limits, // for judging
  channel: undefined,
  maintenance: [],
  access: { viewers: [], operators: [] },
  ...more,
})

/** A member of which one URL is known and the page is where it is by default. */
export const at = (endpoint: string, metricsUrl = `${endpoint}/metrics`): Watched => ({
  endpoint,
  metricsUrl,
})

export const member = (seen: Observation, index: number): MemberReading => {
  const found = seen.members[index]
  if (found === undefined) throw new Error(`no member ${index}: have ${seen.members.length}`)
  return found
}

export const statusOf = (seen: Observation, index: number): MemberStatus =>
  value(member(seen, index).status)

export const scrapeOf = (seen: Observation, index: number): Scrape =>
  value(member(seen, index).scrape)

export const value = <T>(part: Part<T>): T => {
  if (!part.ok) throw new Error(`not read: ${part.why.kind}: ${part.why.text}`)
  return part.value
}

/** The kinds of failure of a member, `ok` where there is none. */
export const kinds = ({ status, scrape }: MemberReading): { status: string; scrape: string } => ({
  status: kindOf(status),
  scrape: kindOf(scrape),
})

export const kindOf = (part: Part<unknown>): string => (part.ok ? 'ok' : part.why.kind)

export const wordsOf = (part: Part<unknown>): string => (part.ok ? '' : part.why.text)

/** What `act` gives and how long it takes, ms. */
export const clocked = async <T>(act: () => Promise<T>): Promise<{ seen: T; tookMs: number }> => {
  const from = performance.now()
  const seen = await act()
  return { seen, tookMs: performance.now() - from }
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
