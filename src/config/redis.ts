import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { RedisConfig } from '../config'
import type { Mistake } from './mistakes'

/** Where Redis is, as people write it. Passwords stand in the environment or in files, never here. */

const isAddress = (text: string): boolean => {
  const port = Number(/^(?:\[[0-9a-f:.]+\]|[^\s/:@[\]]+):(\d{1,5})$/i.exec(text)?.[1])
  return port >= 1 && port <= 65_535
}

const address = z.string().refine(isAddress, { error: 'need host:port' })

const isOpenUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^rediss?:$/.test(url.protocol) && url.password === ''
}

const url = z.string().refine(isOpenUrl, {
  error:
    'need redis://host:port or rediss://host:port without a password: set REDIS_PASSWORD or REDIS_PASSWORD_FILE, or the whole URL as REDIS_URL or REDIS_URL_FILE',
  abort: true,
})

const tls = z.strictObject({
  ca: z.string().optional().describe('PEM file of the authority that signed Redis’ certificate.'),
  cert: z.string().optional().describe('PEM file of the client certificate.'),
  key: z.string().optional().describe('PEM file of its key.'),
  serverName: z.string().optional().describe('The name in Redis’ certificate, when it is another.'),
})

export const redis = z
  .strictObject({
    url: url.optional().describe('redis:// or rediss://, without a password.'),
    sentinels: z.array(address).min(1).optional().describe('The Sentinels, host:port each.'),
    name: z.string().min(1).optional().describe('The master’s name as the Sentinels know it.'),
    nodes: z.array(address).min(1).optional().describe('Of a Redis Cluster, some of them.'),
    username: z.string().min(1).optional(),
    sentinelUsername: z.string().min(1).optional(),
    db: z.int().min(0).optional().describe('With sentinels only; a URL names it itself.'),
    tls: tls.optional().describe('An empty block: TLS with the system’s authorities.'),
  })
  .refine((given) => places(given) <= 1, { error: 'need at most one of url, sentinels and nodes' })
  .refine((given) => (given.sentinels === undefined) === (given.name === undefined), {
    error: 'need sentinels and name together',
  })
  .refine((given) => given.db === undefined || given.sentinels !== undefined, {
    error: 'db goes with sentinels; a URL names it itself: redis://host:6379/1',
  })

export type WrittenRedis = z.output<typeof redis>

type Places = Readonly<Record<'url' | 'sentinels' | 'nodes', unknown>>

const places = (given: Partial<Places>): number =>
  [given.url, given.sentinels, given.nodes].filter((place) => place !== undefined).length

type Env = Readonly<Record<string, string | undefined>>

/** Paths become absolute. Undefined: neither the file nor the environment names a Redis. */
export const redisOf = (
  written: WrittenRedis | undefined,
  { folder, env }: { readonly folder: string; readonly env: Env },
): RedisConfig | undefined => {
  const isInEnv = isSet(env, 'REDIS_URL')
  if (!isInEnv && (written === undefined || places(written) === 0)) return undefined
  const { url: openUrl, sentinels, name, nodes, db, ...rest } = written ?? {}
  const place = isInEnv
    ? { is: 'secret-url' as const }
    : placeOf({ url: openUrl, sentinels, name, nodes, db })
  return {
    place,
    username: rest.username,
    sentinelUsername: rest.sentinelUsername,
    tls: rest.tls && {
      ca: pathOf(rest.tls.ca, folder),
      cert: pathOf(rest.tls.cert, folder),
      key: pathOf(rest.tls.key, folder),
      serverName: rest.tls.serverName,
    },
  }
}

/** What the schema cannot say: the environment names one too, certificates without keys, files that are not there. */
export const redisMistakes = (
  written: WrittenRedis | undefined,
  { folder, env }: { readonly folder: string; readonly env: Env },
): readonly Mistake[] => {
  if (written === undefined) return []
  const { tls: given } = written
  const both =
    places(written) > 0 && isSet(env, 'REDIS_URL')
      ? [mistake([], 'need a Redis here or in REDIS_URL, have both: unset REDIS_URL')]
      : []
  const pair =
    (given?.cert === undefined) === (given?.key === undefined)
      ? []
      : [mistake(['tls'], 'need cert and key together, have one of them')]
  const missing = (['ca', 'cert', 'key'] as const).flatMap((key) => {
    const file = given?.[key]
    return file === undefined || existsSync(resolve(folder, file))
      ? []
      : [mistake(['tls', key], `need a file that is there, have ${JSON.stringify(file)}`)]
  })
  return [...both, ...pair, ...missing]
}

const mistake = (path: readonly string[], text: string): Mistake => ({
  path: ['redis', ...path],
  text,
})

const isSet = (env: Env, name: string): boolean =>
  [env[name], env[`${name}_FILE`]].some((value) => (value ?? '') !== '')

const pathOf = (file: string | undefined, folder: string): string | undefined =>
  file === undefined ? undefined : resolve(folder, file)

const placeOf = (
  written: Pick<WrittenRedis, 'url' | 'sentinels' | 'name' | 'nodes' | 'db'>,
): RedisConfig['place'] => {
  if (written.sentinels !== undefined)
    return {
      is: 'sentinels',
      sentinels: written.sentinels.map(addressOf),
      name: written.name ?? '',
      db: written.db,
    }
  if (written.nodes !== undefined) return { is: 'cluster', nodes: written.nodes.map(addressOf) }
  return { is: 'url', url: written.url ?? '' }
}

const addressOf = (text: string) => {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
