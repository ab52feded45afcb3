import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export type Binaries = { readonly etcd: string; readonly etcdctl: string; readonly version: string }

/**
 * The programs of a version that test/support/setup.sh brought. `3.5` is the newest 3.5.x, `3.5.16` exactly that one.
 * Throws, naming what is there, when the version is not.
 */
export const binariesOf = (version: string): Binaries =>
  given(version) ?? newest(version) ?? missing(version)

/** redis-server, from the PATH or from the cache. */
export const redisServer = (): string => {
  const cached = join(cacheFolder(), 'bin', 'redis-server')
  return existsSync(cached) ? cached : 'redis-server'
}

const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'stormwatch')

const given = (version: string): Binaries | undefined => {
  const etcd = {
    '3.5': process.env.STORMWATCH_ETCD_35,
    '3.4': process.env.STORMWATCH_ETCD_34,
  }[minorOf(version)]
  if (etcd === undefined || etcd === '') return undefined
  return { etcd, etcdctl: join(dirname(etcd), 'etcdctl'), version }
}

const newest = (version: string): Binaries | undefined => {
  const [best] = cachedVersions()
    .filter((one) => one === version || minorOf(one) === version)
    .toSorted((a, b) => patchOf(b) - patchOf(a))
  if (best === undefined) return undefined
  const folder = join(cacheFolder(), 'etcd', best)
  return { etcd: join(folder, 'etcd'), etcdctl: join(folder, 'etcdctl'), version: best }
}

const missing = (version: string): never => {
  throw new Error(
    `Cannot start etcd ${version}: have ${cachedVersions().join(', ') || 'none'}; ` +
      'run bash test/support/setup.sh',
  )
}

const cachedVersions = (): string[] => {
  const folder = join(cacheFolder(), 'etcd')
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    : []
}

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.')

const patchOf = (version: string): number => Number(version.split('.')[2] ?? 0)
