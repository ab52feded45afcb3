import { afterEach, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startPrivateRedis } from '../../src/watch/private-redis'
import { redisBinary } from '../support/redis'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'storm private '))
  folders.push(made)
  return made
}

afterEach(() => folders.splice(0).forEach((one) => rmSync(one, { recursive: true, force: true })))

const started = async (where: string) => {
  const redis = await startPrivateRedis(where, redisBinary())
  if (!redis.ok) throw new Error(redis.why)
  return redis
}

test('what a private Redis was told is there after a restart', async () => {
  const where = join(folder(), 'new', 'data')
  const first = await started(where)
  const client = new Redis(first.socket)
  await client.set('kept', 'yes')
  await client.quit()
  await first.close()
  const second = await started(where)
  const again = new Redis(second.socket)
  expect(await again.get('kept')).toBe('yes')
  await again.quit()
  await second.close()
})

test('a second Stormwatch on the machine shares it', async () => {
  const where = folder()
  const first = await started(where)
  const second = await started(where)
  expect([first.isShared, second.isShared]).toEqual([false, true])
  await second.close()
  const client = new Redis(first.socket)
  expect(await client.ping()).toBe('PONG')
  await client.quit()
  await first.close()
})

test('a folder with a long path works', async () => {
  const redis = await started(join(folder(), 'x'.repeat(120)))
  expect(redis.socket.length).toBeLessThan(100)
  await redis.close()
})

test.each([
  ['is not installed', async () => startPrivateRedis(folder(), 'no-such-redis-server')],
  [
    'set watch.folder',
    async () => {
      const file = join(folder(), 'file')
      writeFileSync(file, '')
      return startPrivateRedis(join(file, 'data'), redisBinary())
    },
  ],
  ['it ended with', async () => startPrivateRedis(folder(), 'false')],
])('what cannot be started says what to do: %s', async (why, start) => {
  const redis = await start()
  expect(redis).toMatchObject({ ok: false })
  expect(redis.ok ? '' : redis.why).toContain(why)
  expect(redis.ok ? '' : redis.why).toContain('Set REDIS_URL')
})
