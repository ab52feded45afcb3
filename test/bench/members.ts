import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { message, startFakeEtcd } from '../cluster/fake-etcd'
import { chunked, createPage, type Page } from './page'

/** One member, as every cluster of the fleet has it: gRPC on one port, its page on another. */
export type FakeMember = { readonly endpoint: string; readonly metricsUrl: string }

const COUNT = 5
const LEADER = 0
const TERM = 7n
const FIRST_ID = 0xd06bb183bd9b47bcn

/**
 * Five healthy members that answer as real ones do: Status and MemberList by gRPC, and a recorded page of etcd 3.5.30 in
 * chunks of 2 KiB, as Go writes it, its counters going on at a steady rate. All clusters of a fleet may share them: who
 * reads cannot tell, and connections are its own.
 */
export const startMembers = async (): Promise<readonly FakeMember[]> => {
  const ids = Array.from({ length: COUNT }, (_, i) => FIRST_ID + BigInt(i))
  return Promise.all(ids.map((_, i) => startMember(ids, i)))
}

const startMember = async (ids: readonly bigint[], own: number): Promise<FakeMember> => {
  const page = createPage({ ids: ids.map((id) => id.toString(16)), own, leader: LEADER })
  const list = rosterOf(ids, own)
  const { endpoint } = await startFakeEtcd(({ path }) => ({
    message: path.endsWith('/Status') ? statusOf(ids, own, page) : list,
  }))
  return { endpoint, metricsUrl: `http://127.0.0.1:${await servePage(page)}/metrics` }
}

const statusOf = (ids: readonly bigint[], own: number, page: Page): Buffer => {
  const index = BigInt(page.committed())
  return message(
    [1, header(ids[own] ?? 0n)],
    [2, '3.5.30'],
    [3, 20_480_000],
    [4, ids[LEADER] ?? 0n],
    [5, index],
    [6, TERM],
    [7, index],
    [9, 12_288_000],
  )
}

const header = (id: bigint): Buffer => message([1, 0x1234n], [2, id], [3, 3000], [4, TERM])

const rosterOf = (ids: readonly bigint[], own: number): Buffer =>
  message(
    [1, header(ids[own] ?? 0n)],
    ...ids.map((id, i): [number, Buffer] => [
      2,
      message(
        [1, id],
        [2, `etcd-${i}`],
        [3, `http://10.0.0.${i}:2380`],
        [4, `http://10.0.0.${i}:2379`],
      ),
    ]),
  )

const REQUEST_END = '\r\n\r\n'
const HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n'

/** No more than an answer to each request: what it costs is not measured, and must not slow what is. */
const servePage = async (page: Page): Promise<number> => {
  let made = { text: '', answer: Buffer.alloc(0) }
  const answer = (): Buffer => {
    const text = page.text()
    if (text !== made.text)
      made = { text, answer: Buffer.concat([Buffer.from(HEAD), chunked(text)]) }
    return made.answer
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (asked) => {
      if (asked.includes(REQUEST_END)) socket.write(answer())
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}
