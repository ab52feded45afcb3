import { isIP } from 'node:net'
import { noop } from 'cockatiel'
import { Etcd3, type IOptions } from 'etcd3'
import type { Tls } from './credentials'

/**
 * etcd3 for one member. Several hosts in one client would let a random member answer; its own policies run a call
 * three times and keep a healed member away for 5 s, so they are off.
 *
 * Throws on an endpoint or on TLS files that etcd3 does not take: see `endpointFault`.
 */
export const connect = (endpoint: string, tls: Tls | undefined): Etcd3 =>
  new Etcd3({
    hosts: tls === undefined && isSecure(endpoint) ? endpoint : targetOf(endpoint),
    ...(tls !== undefined && isSecure(endpoint) ? credentialsOf(tls) : {}),
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: { ...CHANNEL, ...nameOf(tls) },
  })

const isSecure = (endpoint: string): boolean => new URL(endpoint).protocol === 'https:'

/**
 * An address needs no resolver of names, which gRPC makes for each connection otherwise: 7 KB (measured). etcd3 looks for
 * `https:` only where it is given no TLS files.
 */
const targetOf = (endpoint: string): string => {
  const { hostname, port } = new URL(endpoint)
  const host = hostname.replace(/^\[|\]$/g, '')
  const scheme = { 0: undefined, 4: 'ipv4', 6: 'ipv6' }[isIP(host)]
  if (scheme === undefined) return endpoint
  return `${scheme}:${hostname}:${port || (isSecure(endpoint) ? 443 : 80)}`
}

/**
 * What is wrong with an endpoint beyond what etcd would say, or undefined. `http://` with certificates would silently
 * speak TLS; a path fails at the call; gRPC would take `unix://` and `dns://`. The text leaves user info out.
 */
export const endpointFault = (endpoint: string, tls: Tls | undefined): string | undefined => {
  if (!URL.canParse(endpoint)) return 'the endpoint is no http(s) URL'
  const url = new URL(endpoint)
  if (!/^https?:$/.test(url.protocol)) return 'the endpoint is no http(s) URL'
  if (url.username !== '' || url.password !== '') return 'the endpoint carries user info'
  if (url.pathname !== '/' || endpoint.endsWith('/')) return 'the endpoint carries a path'
  if (url.protocol === 'http:' && tls !== undefined)
    return 'TLS files are given for an http:// endpoint: want https://'
  return undefined
}

const CHANNEL = {
  'grpc.keepalive_time_ms': 10_000, // less, and etcd hangs up
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.enable_http_proxy': 0,
  'grpc.max_receive_message_length': 16 << 20,
  'grpc.initial_reconnect_backoff_ms': 250,
  'grpc.max_reconnect_backoff_ms': 5000,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_channelz': 0, // books for a debugger, 10 KB a connection
  // Otherwise a closed client's half-open connection lives on in a pool of the process, and the next one gets it.
  'grpc.use_local_subchannel_pool': 1,
}

const nameOf = (tls: Tls | undefined): Record<string, string> =>
  tls?.serverName === undefined
    ? {}
    : {
        'grpc.ssl_target_name_override': tls.serverName,
        'grpc.default_authority': tls.serverName,
      }

/** gRPC takes each of the three or none; etcd3's types want the CA. */
const credentialsOf = ({ ca, cert, key }: Tls): Pick<IOptions, 'credentials'> => ({
  credentials: { rootCertificate: ca, certChain: cert, privateKey: key } as NonNullable<
    IOptions['credentials']
  >,
})
