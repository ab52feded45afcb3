import { expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { noticesFor } from '../../src/watch/office-hours'
import { makeCertificates } from '../lab/certificates'
import { look, member } from '../support/build'
import { HOUR, NOON, clusterConfig, play, stage } from './story'

const notice = { about: 'end-of-life 3.4', headline: 'etcd 3.4 has no fixes', action: { say: 'x' } }

test('a notice is posted once a week, however often it is told', async () => {
  const on = stage({ show: () => ({}) })
  const watcher = await play(on, { to: 60_000 })
  for (on.now = 0; on.now < 15 * 24 * HOUR; on.now += HOUR)
    await watcher.tell(clusterConfig(), [notice])
  expect(on.said.map(({ minute, reason, place }) => [minute / 60 / 24, reason, place])).toEqual([
    [0, 'notice', 'root'],
    [7, 'notice', 'root'],
    [14, 'notice', 'root'],
  ])
  expect(new Set(on.said.map(({ key }) => key)).size).toBe(3)
})

test('a notice waits while the cluster is silenced', async () => {
  const on = stage({ show: () => ({}) })
  const watcher = await play(on, { to: 60_000 })
  const silence = { id: 's', cluster: 'prod', by: 'U1', reason: '' }
  on.silences.push({ ...silence, from: NOON, until: NOON + HOUR })
  await watcher.tell(clusterConfig(), [notice])
  expect(on.said).toEqual([])
  on.now = 2 * HOUR
  await watcher.tell(clusterConfig(), [notice])
  expect(on.said).toHaveLength(1)
})

test('a notice leaves the state of the watch as it is', async () => {
  const on = stage({ show: () => ({ leader: 0 }) })
  const watcher = await play(on, { to: 60_000 })
  await watcher.tell(clusterConfig(), [notice])
  await play(on, { to: HOUR, watcher })
  expect(on.said.map(({ reason }) => reason)).toEqual(['first', 'notice'])
})

const seen = look([member(1, { version: '3.5.33' })])

test('certificates that end within a month are one notice, read from the members themselves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'storm certificates '))
  const files = await makeCertificates(folder)
  const server = createServer({
    cert: readFileSync(files.serverCert),
    key: readFileSync(files.serverKey),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const cluster = clusterConfig({
    endpoints: [{ url, metricsUrl: `${url}/metrics` }],
    tls: { ca: files.ca, cert: files.cert, key: files.key, serverName: undefined },
  })
  const told = await noticesFor(cluster, seen, Date.now())
  expect(told).toHaveLength(1)
  expect(told[0]?.headline).toMatch(
    /^The certificate of .* ends in 1 day, on .*; 1 other soon after/,
  )
  const later = await noticesFor(cluster, seen, Date.now() + 7 * 24 * HOUR)
  expect(later[0]?.headline).toContain(' ended on ')
  server.close()
  rmSync(folder, { recursive: true })
})

test('nobody there, and plain http: no notice', async () => {
  const url = 'https://127.0.0.1:1'
  const dead = clusterConfig({ endpoints: [{ url, metricsUrl: url }] })
  expect(await noticesFor(dead, seen, 0)).toEqual([])
  expect(await noticesFor(clusterConfig(), seen, 0)).toEqual([])
})

test('a version without fixes is a notice by itself', async () => {
  const old = look([member(1, { version: '3.4.23' })])
  expect(await noticesFor(clusterConfig(), old, 0)).toMatchObject([{ about: 'end-of-life 3.4.23' }])
})
