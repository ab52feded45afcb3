import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Certificates } from './certificates'
import { cleanEnvironment } from './etcd-process'

export type EtcdctlCall = {
  readonly program: string
  readonly endpoints: readonly string[]
  readonly tls: Certificates | undefined
  /** `name:password`; empty: nobody. */
  readonly user: string
  readonly timeoutMs: number
}

const run = promisify(execFile)

/** Standard output of etcdctl. Rejects with what it wrote when it fails or takes too long. */
export const callEtcdctl = async (args: readonly string[], call: EtcdctlCall): Promise<string> => {
  const { stdout } = await run(call.program, [...flagsOf(call), ...args], {
    env: { ...cleanEnvironment(), ETCDCTL_API: '3' },
    timeout: call.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 << 20,
  })
  return stdout
}

const flagsOf = ({ endpoints, tls, user }: EtcdctlCall): string[] => [
  `--endpoints=${endpoints.join(',')}`,
  ...(user === '' ? [] : [`--user=${user}`]),
  ...(tls === undefined ? [] : [`--cacert=${tls.ca}`, `--cert=${tls.cert}`, `--key=${tls.key}`]),
]
