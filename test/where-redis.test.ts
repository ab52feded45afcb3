import { afterAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisConfig } from '../src/config'
import { whereRedis } from '../src/where-redis'

const folder = mkdtempSync(join(tmpdir(), 'storm redis '))
afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const config = (over: Partial<RedisConfig>): RedisConfig => ({
  place: { is: 'url', url: 'redis://cache:6379' },
  username: undefined,
  sentinelUsername: undefined,
  tls: undefined,
  ...over,
})

test('a whole URL comes from a file', () => {
  const env = { REDIS_URL_FILE: fileOf('url', 'redis://u:p@cache:6379\n') }
  expect(whereRedis(config({ place: { is: 'secret-url' } }), env)).toEqual({
    url: 'redis://u:p@cache:6379',
  })
})

test('a password from a file joins the address of the configuration', () => {
  const env = { REDIS_PASSWORD_FILE: fileOf('password', 'p\n') }
  expect(whereRedis(config({ username: 'stormwatch' }), env)).toEqual({
    url: 'redis://cache:6379',
    user: { username: 'stormwatch', password: 'p' },
  })
})

test('Sentinels have a password of their own, and certificates are read', () => {
  const place = { is: 'sentinels', sentinels: [{ host: 's', port: 1 }], name: 'm', db: 2 } as const
  const tls = { ca: fileOf('ca', 'PEM'), cert: undefined, key: undefined, serverName: 'redis' }
  const env = { REDIS_PASSWORD: 'p', REDIS_SENTINEL_PASSWORD: 'q' }
  expect(whereRedis(config({ place, tls }), env)).toMatchObject({
    sentinels: [{ host: 's', port: 1 }],
    name: 'm',
    db: 2,
    user: { password: 'p' },
    sentinelUser: { password: 'q' },
    tls: { ca: 'PEM', serverName: 'redis' },
  })
})

test('a user without a password and a file that is not there are said before anything connects', () => {
  expect(() => whereRedis(config({ username: 'u' }), {})).toThrow('set REDIS_PASSWORD')
  expect(() => whereRedis(config({}), { REDIS_PASSWORD_FILE: '/nowhere' })).toThrow(
    'Cannot read REDIS_PASSWORD_FILE /nowhere: ENOENT',
  )
})
