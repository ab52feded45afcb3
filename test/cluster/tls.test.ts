import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createObserver } from '../../src/cluster/observe'
import type { ClusterConfig, TlsFiles } from '../../src/config'
import type { MemberReading } from '../../src/diagnosis/facts'
import { startCluster, type LabCluster } from '../lab/cluster'
import type { Certificates } from '../lab/certificates'
import { at, configOf, kinds, member, wordsOf } from './observed'

const observer = createObserver({ filesCheckMs: 0 })
let lab: LabCluster
let files: Certificates
let folder: string

beforeAll(async () => {
  lab = await startCluster({ members: 1, tls: true })
  if (lab.tls === undefined) throw new Error('the lab has no certificates')
  files = lab.tls
  folder = mkdtempSync(join(tmpdir(), 'stormwatch-tls-'))
})

afterAll(async () => {
  await observer.close()
  await lab.close()
  rmSync(folder, { recursive: true })
})

const right = (): TlsFiles => ({
  ca: files.ca,
  cert: files.cert,
  key: files.key,
  serverName: undefined,
})

const clusterWith = (tls: TlsFiles | undefined): ClusterConfig => configOf(lab.members, { tls })

const look = async (cluster: ClusterConfig): Promise<MemberReading> =>
  member(await observer.observe(cluster, 0), 0)

const well = { status: 'ok', scrape: 'ok' }

test('the right certificates read the member, by its name or by a given one', async () => {
  expect(kinds(await look(clusterWith(right())))).toEqual(well)
  expect(kinds(await look(clusterWith({ ...right(), serverName: 'localhost' })))).toEqual(well)
})

const WRONG: [string, () => Partial<TlsFiles>, RegExp][] = [
  ['another CA', () => ({ ca: files.wrongCa }), /not signed by the configured CA/],
  ["the system's CAs", () => ({ ca: undefined }), /not signed by the configured CA/],
  ['no client certificate', () => ({ cert: undefined, key: undefined }), /client certificate/],
  [
    "another authority's client certificate",
    () => ({ cert: files.wrongCert, key: files.wrongKey }),
    /client certificate/,
  ],
  ['another name', () => ({ serverName: 'etcd.example' }), /does not carry the name/],
  ['a CA file that is gone', () => ({ ca: '/gone/ca.pem' }), /cannot read the CA file .*ENOENT/],
  ['a key of another certificate', () => ({ key: files.wrongKey }), /do not fit together/],
  ['a key without certificate', () => ({ cert: undefined }), /needs its key/],
]

test.each(WRONG)('%s is a failure of TLS that says why', async (_, change, words) => {
  const seen = await look(clusterWith({ ...right(), ...change() }))
  expect(kinds(seen)).toEqual({ status: 'tls', scrape: 'tls' })
  expect(wordsOf(seen.status)).toMatch(words)
  expect(wordsOf(seen.scrape)).toMatch(words)
})

test('http to a member that speaks TLS, and https to one that does not', async () => {
  const { endpoint } = lab.members[0] ?? at('')
  const plain = await look(configOf([at(endpoint.replace('https:', 'http:'))]))
  expect(kinds(plain)).toEqual({ status: 'reset', scrape: 'reset' })
  expect(wordsOf(plain.status)).toContain('https://')
  const other = await startCluster({ members: 1 })
  const [open] = other.members
  const secured = await look(
    configOf([at((open?.endpoint ?? '').replace('http:', 'https:'))], { tls: right() }),
  )
  await other.close()
  expect(kinds(secured)).toEqual({ status: 'tls', scrape: 'tls' })
  expect(wordsOf(secured.scrape)).toContain('http://')
})

test('certificates are never shown to http:// (it would silently speak TLS)', async () => {
  const { endpoint, metricsUrl } = lab.members[0] ?? at('')
  const cluster = configOf([at(endpoint.replace('https:', 'http:'), metricsUrl)], { tls: right() })
  expect(wordsOf((await look(cluster)).status)).toContain('want https://')
})

test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async () => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const seen = await look(clusterWith({ ...right(), ca: files.wrongCa }))
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  expect(kinds(seen)).toEqual({ status: 'tls', scrape: 'tls' })
})

test('rotated certificates are taken without a restart, half a rotation is not', async () => {
  const own: TlsFiles = {
    ca: files.ca,
    cert: join(folder, 'client.pem'),
    key: join(folder, 'client.key'),
    serverName: undefined,
  }
  const put = (cert: string, key: string): void => {
    copyFileSync(cert, own.cert ?? '')
    copyFileSync(key, own.key ?? '')
  }
  const cluster = clusterWith(own)
  expect(wordsOf((await look(cluster)).status)).toContain('cannot read the client certificate')

  put(files.cert, files.key)
  expect(kinds(await look(cluster))).toEqual(well)

  // in the middle: the new certificate is there, its key not yet
  copyFileSync(files.wrongCert, own.cert ?? '')
  expect(kinds(await look(cluster))).toEqual(well)
  writeFileSync(own.key ?? '', '')
  expect(kinds(await look(cluster))).toEqual(well)

  copyFileSync(files.wrongKey, own.key ?? '')
  expect(kinds(await look(cluster))).toEqual({ status: 'tls', scrape: 'tls' })

  put(files.cert, files.key)
  const looks = await Promise.all([look(cluster), look(cluster), look(cluster)])
  expect(looks.map(kinds)).toEqual([well, well, well])
})
