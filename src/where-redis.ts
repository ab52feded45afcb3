import { readFileSync } from 'node:fs'
import type { RedisConfig, TlsFiles } from './config'
import { optionalSecret, readSecret } from './secrets'
import type { Place, StoreConfig } from './store/redis'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Where Redis is, with its secrets: REDIS_URL, REDIS_PASSWORD and REDIS_SENTINEL_PASSWORD, or each with _FILE.
 * Throws an error that names the file that cannot be read, and holds no secret. Part of the composition root.
 */
export const whereRedis = (config: RedisConfig, env: Env): StoreConfig => {
  const password = optionalSecret('REDIS_PASSWORD', env)
  const { username } = config
  if (username !== undefined && password === undefined)
    throw new Error(
      `Cannot log in to Redis as ${username}: set REDIS_PASSWORD, or REDIS_PASSWORD_FILE to a file that holds it`,
    )
  return {
    ...placeOf(config, env),
    ...(password !== undefined && { user: { password, ...(username && { username }) } }),
    ...(config.tls && { tls: pemOf(config.tls) }),
  }
}

const placeOf = ({ place, sentinelUsername }: RedisConfig, env: Env): Place => {
  switch (place.is) {
    case 'secret-url':
      return { url: readSecret('REDIS_URL', env) }
    case 'url':
      return { url: place.url }
    case 'cluster':
      return { nodes: place.nodes }
    case 'sentinels': {
      const password = optionalSecret('REDIS_SENTINEL_PASSWORD', env)
      const sentinelUser =
        password === undefined
          ? undefined
          : { password, ...(sentinelUsername && { username: sentinelUsername }) }
      return { sentinels: place.sentinels, name: place.name, db: place.db, sentinelUser }
    }
  }
}

const pemOf = ({ ca, cert, key, serverName }: TlsFiles) => ({
  ...(ca !== undefined && { ca: pem(ca) }),
  ...(cert !== undefined && { cert: pem(cert) }),
  ...(key !== undefined && { key: pem(key) }),
  ...(serverName !== undefined && { serverName }),
})

const pem = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new Error(`Cannot read redis.tls ${file}: ${code}`, { cause })
  }
}
