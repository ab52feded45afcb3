import type { CoreV1Api, V1Pod } from '@kubernetes/client-node'
import type { PodLogs } from '../../config'
import type { Failure } from '../../diagnosis/facts'
import { whyStopped } from '../deadline'
import { failureOf } from '../failure'
import type { LineReader, Lines, LogFailure } from './batch'
import { dateTimeOf } from './time'

/**
 * Reads pod logs through the Kubernetes API. Needs `list` on pods and `get` on pods/log in the namespace. The client is
 * loaded when a reader is made: it is large, and most clusters do without.
 */
export const createPodReader = (config: PodLogs, endpoints: readonly string[]): LineReader => {
  const read = new Map<string, LastRead>()
  let loading: Promise<Client> | undefined
  let isPast = true
  const loaded = (): Promise<Client> => {
    loading ??= loadClient(config).catch((error: unknown) => {
      loading = undefined // a kubeconfig may be put right
      throw error
    })
    return loading
  }
  void loaded().catch(() => undefined) // now, so that the first reading need not wait; that one tells the failure
  return {
    read: async ({ since, now, signal }) => {
      const client = await loaded()
      const pods = await podsOf(client, config, signal)
      forgetOthers(read, pods)
      const parts = await Promise.all(
        pods.map((pod) =>
          readPod({ client, config, endpoints, read, signal, isPast }, pod, { since, now }),
        ),
      )
      isPast = false
      return {
        batches: parts.flatMap(({ batches }) => batches),
        failures: parts.flatMap(({ failures }) => failures),
        tried: pods.length,
      }
    },
    close: () => Promise.resolve(),
  }
}

/** The last line that was read of a pod: its time, as kubelet writes it, to the nanosecond. */
type LastRead = { readonly stamp: string; readonly at: number }

type Window = { readonly since: number; readonly now: number }

// --- the client ---

type Client = { readonly api: CoreV1Api; readonly optionsFor: (signal: AbortSignal) => Options }
type Options = NonNullable<Parameters<CoreV1Api['listNamespacedPod']>[1]>

const loadClient = async ({ kubeconfig, context }: PodLogs): Promise<Client> => {
  const { KubeConfig, CoreV1Api: Core, Observable } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  if (context !== undefined) config.setCurrentContext(context)
  const now = <T>(value: T) => new Observable(Promise.resolve(value))
  return {
    api: config.makeApiClient(Core),
    // the generated client takes a signal only by way of a middleware
    optionsFor: (signal) => ({
      middlewareMergeStrategy: 'append',
      middleware: [{ pre: (request) => now(signalled(request, signal)), post: now }],
    }),
  }
}

const signalled = <T extends { setSignal(signal: AbortSignal): void }>(
  request: T,
  signal: AbortSignal,
): T => {
  request.setSignal(signal)
  return request
}

// --- pods ---

/** More than any etcd cluster has. */
const MAX_PODS = 50

const podsOf = async (
  { api, optionsFor: options }: Client,
  { namespace, selector }: PodLogs,
  signal: AbortSignal,
): Promise<readonly V1Pod[]> => {
  const request = { namespace, labelSelector: selector, limit: MAX_PODS }
  const { items } = await api
    .listNamespacedPod(request, options(signal))
    .catch((error: unknown) => {
      throw new Error(reasonOf(error, `list pods in ${namespace}`).text)
    })
  if (items.length === 0) throw new Error(`no pod in ${namespace} has the label ${selector}`)
  return items
}

const forgetOthers = (read: Map<string, LastRead>, pods: readonly V1Pod[]): void => {
  const present = new Set(pods.map(keyOf))
  for (const key of read.keys()) if (!present.has(key)) read.delete(key)
}

const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? ''
/** A StatefulSet's pod keeps its name when it is made anew, not its uid. */
const keyOf = (pod: V1Pod): string => pod.metadata?.uid ?? nameOf(pod)

/** The endpoint whose host is the pod's or its node's address or name. Undefined: none, or several. */
const endpointOf = (pod: V1Pod, endpoints: readonly string[]): string | undefined => {
  const names = [
    nameOf(pod),
    pod.spec?.nodeName,
    pod.status?.hostIP,
    ...(pod.status?.podIPs ?? []).map(({ ip }) => ip),
  ].filter((name) => name !== undefined)
  const own = endpoints.filter((endpoint) => names.some((name) => isHost(endpoint, name)))
  return own.length === 1 ? own[0] : undefined
}

const isHost = (endpoint: string, name: string): boolean => {
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
  return name !== '' && (host === name || host.startsWith(`${name}.`))
}

const containerOf = (pod: V1Pod, { container }: PodLogs): string | undefined => {
  const names = (pod.spec?.containers ?? []).map(({ name }) => name)
  if (container !== undefined || names.length < 2) return container
  return names.includes('etcd') ? 'etcd' : names[0]
}

// --- their logs ---

type Reading = {
  readonly client: Client
  readonly config: PodLogs
  readonly endpoints: readonly string[]
  readonly read: Map<string, LastRead>
  readonly signal: AbortSignal
  readonly isPast: boolean
}

const MAX_LOG_BYTES = 4 * 1024 * 1024
/** The start of a log holds the start lines, and with them the timeouts. */
const HEAD_BYTES = 64 * 1024
/** A container that was just made has no log yet. */
const NOT_YET = /is waiting to start|ContainerCreating|not found/

const readPod = async (reading: Reading, pod: V1Pod, window: Window): Promise<Lines> => {
  const { config, endpoints, read, isPast } = reading
  const stream = `${config.namespace}/${nameOf(pod)}`
  const endpoint = endpointOf(pod, endpoints)
  const last = read.get(keyOf(pod))
  try {
    const head = last === undefined ? await logOf(reading, pod, { limitBytes: HEAD_BYTES }) : []
    const came = await logOf(reading, pod, {
      limitBytes: MAX_LOG_BYTES,
      sinceSeconds: secondsSince(last?.at ?? firstSince(window), window.now),
    })
    const fresh = [...wholeOf(head), ...came].filter((one) => isAfter(one, last))
    read.set(keyOf(pod), lastOf(came, last, window))
    return {
      ...NOTHING,
      batches: [{ stream, endpoint, lines: unique(fresh), isPast, skippedBytes: 0, wasCut: false }],
    }
  } catch (error) {
    const { signal } = reading
    const why = signal.aborted
      ? whyStopped(signal)
      : reasonOf(error, `get pods/log in ${config.namespace}`)
    return NOT_YET.test(why.text)
      ? NOTHING
      : { ...NOTHING, failures: [failureAt(stream, endpoint, why)] }
  }
}

const NOTHING: Lines = { batches: [], failures: [], tried: 0 }

const failureAt = (stream: string, endpoint: string | undefined, why: Failure): LogFailure => ({
  stream,
  endpoint,
  why,
})

/** Who asks next may want more of the past than who asked first. */
const firstSince = ({ since, now }: Window): number => Math.min(since, now - FIRST_MS)
const FIRST_MS = 900_000

/** The API counts back in whole seconds from its own clock: a little more is asked, and what is known is left out. */
const secondsSince = (at: number, now: number): number =>
  Math.max(1, Math.ceil((now - at) / 1000)) + 5

type Asked = { readonly limitBytes: number; readonly sinceSeconds?: number }

const logOf = async (
  { client, config, signal }: Reading,
  pod: V1Pod,
  asked: Asked,
): Promise<readonly string[]> => {
  const container = containerOf(pod, config)
  const request = {
    name: nameOf(pod),
    namespace: config.namespace,
    timestamps: true,
    ...(container !== undefined && { container }),
    ...asked,
  }
  const text = await client.api.readNamespacedPodLog(request, client.optionsFor(signal))
  return text.split('\n').filter(Boolean)
}

/** The last line of a head is mostly cut. */
const wholeOf = (head: readonly string[]): readonly string[] => head.slice(0, -1)

const unique = (lines: readonly string[]): readonly string[] => [...new Set(lines)]

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z? /

/** Padded, so that it can be compared: kubelet leaves zeros at the end out. */
const stampOf = (line: string): string => {
  const [, seconds = '', fraction = ''] = STAMP.exec(line) ?? []
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

const isAfter = (line: string, last: LastRead | undefined): boolean =>
  last === undefined || stampOf(line) > last.stamp

const lastOf = (
  came: readonly string[],
  last: LastRead | undefined,
  { since }: Window,
): LastRead => {
  const line = came.at(-1)
  if (line === undefined) return last ?? { stamp: '', at: since }
  return { stamp: stampOf(line), at: dateTimeOf(line, {})?.at ?? since }
}

/** An API error says its status in `code` and Kubernetes' own sentence in the body. */
const reasonOf = (error: unknown, act: string): Failure => {
  const { code, body } = error as { readonly code?: unknown; readonly body?: unknown }
  if (code === 401) return { kind: 'denied', text: 'Kubernetes does not accept our credentials' }
  if (code === 403) return { kind: 'denied', text: `Kubernetes does not let us ${act}` }
  if (typeof code === 'number')
    return { kind: 'http', text: sentenceIn(body) ?? `Kubernetes answered ${code}` }
  return failureOf(error)
}

const sentenceIn = (body: unknown): string | undefined => {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return /"message":"([^"]{1,180})/.exec(text)?.[1]
}
