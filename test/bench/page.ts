import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { packageRoot } from '../../src/package'

/** A recorded page that goes on in time: made anew once a second. */
export type Page = {
  readonly text: () => string
  /** Its etcd_server_proposals_committed_total. */
  readonly committed: () => number
}

export type PageOf = {
  readonly ids: readonly string[]
  readonly own: number
  readonly leader: number
}

/** The page of a real member of etcd 3.5.30. */
export const recordedPage = (name = 'metrics-3.5.30.txt.br'): string =>
  brotliDecompressSync(readFileSync(join(packageRoot(), 'test', 'fixtures', name))).toString()

/** Recorded about a minute after the member's start: so much is gained a minute. */
const RECORDED_SECONDS = 60

export const createPage = (of: PageOf): Page => {
  const lines = linesFor(of).map(partsOf)
  const from = performance.now()
  let second = -1
  let text = ''
  const now = (): number => Math.floor((performance.now() - from) / 1000)
  const factorAt = (at: number): number => 1 + at / RECORDED_SECONDS
  return {
    text: () => {
      const at = now()
      if (at !== second) text = lines.map((line) => lineAt(line, factorAt(at))).join('\n')
      second = at
      return text
    },
    committed: () => Math.floor(COMMITTED * factorAt(now())),
  }
}

const COMMITTED = 3024

const OWN_ID = 'd06bb183bd9b47bc'
/** Of the recorded member's two peers. */
const LEADER_ID = '78b6f08745be7daf'
const FOLLOWER_ID = '91da5d5e9ef53361'

/**
 * The recorded member was a follower of three. Its link with its leader stands for each link of a leader, both ways, and
 * the other one, that carries next to nothing, for each between two followers: else members would seem to hear nothing of
 * their leader, which no watcher calls calm.
 */
const linesFor = ({ ids, own, leader }: PageOf): readonly string[] => {
  const isLed = (i: number): boolean => own === leader || i === leader
  const peers = ids.map((id, i) => ({ id, i })).filter(({ i }) => i !== own)
  const linesOf = (line: string): readonly string[] => {
    const known = [LEADER_ID, FOLLOWER_ID].find((id) => line.includes(id))
    if (known === undefined) return [line]
    return peers
      .filter(({ i }) => isLed(i) === (known === LEADER_ID))
      .map(({ id }) => line.replace(known, id))
  }
  return recordedPage()
    .replaceAll('etcd_server_is_leader 0', `etcd_server_is_leader ${Number(own === leader)}`)
    .replaceAll(OWN_ID, ids[own] ?? '') // first: a peer of the cluster may have it
    .split('\n')
    .flatMap(linesOf)
}

type Line = { readonly head: string; readonly value: number | undefined; readonly isWhole: boolean }

const COUNTER = /^[a-z_]+_(total|bucket|sum|count)[{ ]/
/** What a healthy member does not do. */
const STAYS = /leader_changes|failure|failed|disconnected|slow|snapshot|defrag|From="0"/

const partsOf = (line: string): Line => {
  const at = line.lastIndexOf(' ') + 1
  const value = Number(line.slice(at))
  const goesOn = COUNTER.test(line) && !STAYS.test(line) && value > 0
  if (!goesOn) return { head: line, value: undefined, isWhole: true }
  return { head: line.slice(0, at), value, isWhole: Number.isInteger(value) }
}

const lineAt = ({ head, value, isWhole }: Line, factor: number): string =>
  value === undefined
    ? head
    : head + goNumber(isWhole ? Math.floor(value * factor) : value * factor)

/** Go writes a million and more as 1.234567e+06. */
const goNumber = (value: number): string =>
  value < 1e6 ? `${value}` : value.toExponential().replace(/e\+(\d)$/, 'e+0$1')

const CHUNK = 2048

/** In the pieces that Go's HTTP server makes of a page. */
export const chunked = (text: string): Buffer => {
  const body = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length; at += CHUNK) {
    const piece = body.subarray(at, at + CHUNK)
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}
