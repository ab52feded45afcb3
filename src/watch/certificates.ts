import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import type { ClusterConfig, TlsFiles } from '../config'

/** When a certificate ends, Unix ms. `of` is a member's address, or our own certificate. */
export type Expiry = { readonly of: string; readonly endsAt: number }

const HANDSHAKE_MS = 3000

/**
 * The ends of the certificates that the members show, and of the one that we show them. What cannot be read is left out:
 * a handshake that fails is told by the looks. Never rejects.
 */
export const expiriesOf = async (
  cluster: Pick<ClusterConfig, 'endpoints' | 'tls'>,
): Promise<readonly Expiry[]> => {
  const secure = cluster.endpoints.filter(({ url }) => url.startsWith('https:'))
  if (secure.length === 0) return []
  const files = await filesOf(cluster.tls)
  const members = secure.map(async ({ url }) => expiryAt(url, { ...files, tls: cluster.tls }))
  const all = await Promise.all([...members, ownExpiry(files.cert)])
  return all.filter((one) => one !== undefined)
}

type Files = { readonly cert: Buffer | undefined; readonly key: Buffer | undefined }

const filesOf = async (tls: TlsFiles | undefined): Promise<Files> => ({
  cert: await read(tls?.cert),
  key: await read(tls?.key),
})

const read = (file: string | undefined): Promise<Buffer | undefined> =>
  file === undefined ? Promise.resolve(undefined) : readFile(file).catch(() => undefined)

const ownExpiry = async (cert: Buffer | undefined): Promise<Expiry | undefined> => {
  if (cert === undefined) return undefined
  try {
    return {
      of: 'Stormwatch’s own client certificate',
      endsAt: Date.parse(new X509Certificate(cert).validTo),
    }
  } catch {
    return undefined
  }
}

type Showing = Files & { readonly tls: TlsFiles | undefined }

const expiryAt = (url: string, { cert, key, tls }: Showing): Promise<Expiry | undefined> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(port),
      servername: tls?.serverName ?? (/^[\d.]+$|:/.test(host) ? '' : host),
      ...(cert !== undefined && key !== undefined && { cert, key }),
      rejectUnauthorized: false, // one that has ended is what we look for; nothing is sent over it
    })
    const done = (endsAt: number): void => {
      socket.destroy()
      resolve(Number.isFinite(endsAt) ? { of: url, endsAt } : undefined)
    }
    socket.setTimeout(HANDSHAKE_MS, () => done(NaN))
    socket.once('secureConnect', () => done(Date.parse(socket.getPeerCertificate().valid_to)))
    socket.once('error', () => done(NaN))
  })
