import type { Certificates } from './certificates'
import { ask } from './gateway'

/** Auth to switch on when the cluster stands. */
export type LabAuth = {
  readonly rootPassword: string
  readonly users?: readonly LabUser[]
}

export type LabUser = {
  readonly name: string
  readonly password: string
  /** Keys under this prefix that the user may read. Undefined: a user without any right. */
  readonly reads?: string
}

export const enableAuth = async (
  auth: LabAuth,
  etcdctl: (args: readonly string[]) => Promise<string>,
): Promise<void> => {
  await etcdctl(['user', 'add', `root:${auth.rootPassword}`])
  await etcdctl(['role', 'add', 'root'])
  await etcdctl(['user', 'grant-role', 'root', 'root'])
  for (const user of auth.users ?? []) await addUser(user, etcdctl)
  await etcdctl(['auth', 'enable'])
}

const addUser = async (
  { name, password, reads }: LabUser,
  etcdctl: (args: readonly string[]) => Promise<string>,
): Promise<void> => {
  await etcdctl(['user', 'add', `${name}:${password}`])
  if (reads === undefined) return
  await etcdctl(['role', 'add', name])
  await etcdctl(['role', 'grant-permission', name, 'read', reads, '--prefix'])
  await etcdctl(['user', 'grant-role', name, name])
}

/** A token of root for the JSON gateway, or undefined when the member gives none. */
export const rootToken = async (
  endpoint: string,
  tls: Certificates | undefined,
  auth: LabAuth,
): Promise<string | undefined> => {
  const answer = await ask({
    url: `${endpoint}/v3/auth/authenticate`,
    tls,
    body: { name: 'root', password: auth.rootPassword },
    timeoutMs: 2000,
  })
  return answer?.code === 200 ? (JSON.parse(answer.text) as { token: string }).token : undefined
}
