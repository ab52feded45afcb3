import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { ClusterConfig, EtcdUser } from '../config'
import { failed, type Result } from './failure'

/** What a cluster's readers show and check. Undefined `tls`: plain http, or https with the system's authorities. */
export type Credentials = {
  readonly tls: Tls | undefined
  readonly user: { readonly username: string; readonly password: string } | undefined
}

/** PEM. Undefined `ca`: the system's authorities. */
export type Tls = {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly serverName: string | undefined
}

/** For `tls.connect` and what is built on it. Without a CA the system's are asked. */
export const tlsOptions = (tls: Tls | undefined) => ({
  rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
  ...(tls?.ca && { ca: tls.ca }),
  ...(tls?.cert && tls.key && { cert: tls.cert, key: tls.key }),
  ...(tls?.serverName !== undefined && { servername: tls.serverName }),
})

/**
 * Reads the files that the configuration names; fails, naming the file, on one that cannot be read and on a
 * certificate and key that do not fit. Read at once and not through the thread pool: host names that never resolve
 * occupy that, and the files are small and local.
 */
export const readCredentials = (cluster: ClusterConfig): Result<Credentials> => {
  try {
    const tls = readTls(cluster)
    const user = cluster.auth && {
      username: cluster.auth.username,
      password: password(cluster.auth),
    }
    return { ok: true, value: { tls, user } }
  } catch (error) {
    return failed('tls', error instanceof Error ? error.message : String(error))
  }
}

/** Changes whenever one of the files does: path, time, size and inode of each (a Kubernetes Secret swaps a link). */
export const stampOf = (cluster: ClusterConfig): string => filesOf(cluster).map(stamp).join(' ')

const filesOf = ({ tls, auth }: ClusterConfig): string[] =>
  [tls?.ca, tls?.cert, tls?.key, auth && 'file' in auth.password ? auth.password.file : undefined]
    // a certificate of the system's is nobody's file
    .filter((path) => path !== undefined)

const stamp = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'missing' : `${found.mtimeMs}:${found.size}:${found.ino}`
}

const readTls = ({ tls }: ClusterConfig): Tls | undefined => {
  if (tls === undefined) return undefined
  const read: Tls = {
    ca: readPem('CA file', tls.ca),
    cert: readPem('client certificate', tls.cert),
    key: readPem('client key', tls.key),
    serverName: tls.serverName,
  }
  checkPair(read)
  return read
}

const readPem = (what: string, path: string | undefined): Buffer | undefined => {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Error(`cannot read the ${what} ${path}: ${codeOf(error)}`, { cause: error })
  }
}

/** Throws on half-written files and on a certificate beside another one's key, as in the middle of a rotation. */
const checkPair = ({ ca, cert, key }: Tls): void => {
  if ((cert === undefined) !== (key === undefined))
    throw new Error('a client certificate needs its key and the reverse: have one of them')
  try {
    createSecureContext({ ca, cert, key })
  } catch (error) {
    throw new Error(`the TLS files do not fit together: ${codeOf(error)}`, { cause: error })
  }
}

const password = ({ password: from }: EtcdUser): string => {
  if ('file' in from) return (readPem('password file', from.file) ?? '').toString().trimEnd()
  const value = process.env[from.env]
  if (value === undefined) throw new Error(`the password variable ${from.env} is not set`)
  return value
}

const codeOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message: string }
  return code ?? message
}
