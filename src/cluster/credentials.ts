import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { ClusterConfig, EtcdUser } from '../config'
import type { FailureKind } from '../diagnosis/facts'
import { failed, type Result } from './failure'

/** What a cluster's readers show and check. Undefined `tls`: plain http, or https with the system's authorities. */
export type Credentials = {
  readonly tls: Tls | undefined
  readonly user: User | undefined
}

/** The password fails apart: pages and old members are read without it. */
export type User = { readonly username: string; readonly password: Result<string> }

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
  const tls = attempt('tls', () => readTls(cluster))
  if (!tls.ok) return tls
  return { ok: true, value: { tls: tls.value, user: cluster.auth && readUser(cluster.auth) } }
}

const attempt = <T>(kind: FailureKind, read: () => T): Result<T> => {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    return failed(kind, error instanceof Error ? error.message : String(error))
  }
}

/** Changes whenever one of the files does: path, time, size and inode of each (a Kubernetes Secret swaps a link). */
export const stampOf = (cluster: ClusterConfig): string => filesOf(cluster).map(stamp).join(' ')

const filesOf = ({ tls, auth }: ClusterConfig): string[] =>
  [
    tls?.ca,
    tls?.cert,
    tls?.key,
    auth && 'file' in auth.password ? auth.password.file : undefined,
  ].filter((path) => path !== undefined)

const stamp = (path: string): string => {
  const found = attempt('other', () => statSync(path))
  if (!found.ok) return 'unreadable' // reading it says why
  return `${found.value.mtimeMs}:${found.value.size}:${found.value.ino}`
}

const readTls = ({ tls }: ClusterConfig): Tls | undefined => {
  if (tls === undefined) return undefined
  const files: Tls = {
    ca: readPem('CA file', tls.ca),
    cert: readPem('client certificate', tls.cert),
    key: readPem('client key', tls.key),
    serverName: tls.serverName,
  }
  checkPair(files)
  return files
}

const readPem = (what: string, path: string | undefined): Buffer | undefined =>
  path === undefined ? undefined : read(what, path)

const read = (what: string, path: string): Buffer => {
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

const readUser = (user: EtcdUser): User => ({
  username: user.username,
  password: attempt('other', () => readPassword(user)),
})

const readPassword = ({ password: from }: EtcdUser): string => {
  if ('file' in from) return read('password file', from.file).toString().trimEnd()
  const value = process.env[from.env]
  if (value === undefined) throw new Error(`the password variable ${from.env} is not set`)
  return value
}

const codeOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message: string }
  return code ?? message
}
